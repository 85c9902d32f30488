"""The flags of `detect`."""

from pathlib import Path
from typing import Any, get_args

import click

from portraitset.cli.options import json_option
from portraitset.detect.settings import DetectSettings, Faces

_DEFAULT = DetectSettings()


@click.command()
@click.argument("pictures", metavar="PICTURES…", nargs=-1, required=True)
@click.option(
    "-o",
    "--output",
    required=True,
    type=click.Path(path_type=Path, dir_okay=False),
    help="The manifest to write, JSON lines; FILE.detected beside it remembers what was looked at.",
)
@click.option(
    "--faces",
    type=click.Choice(get_args(Faces)),
    default=_DEFAULT.faces,
    show_default=True,
    help="Which of a picture's faces to keep.",
)
@click.option(
    "--min-size",
    type=click.IntRange(0),
    default=_DEFAULT.min_size,
    show_default=True,
    help="Longer side of the smallest face, in pixels.",
)
@click.option(
    "--threshold",
    type=click.FloatRange(0, 1, min_open=True),
    default=_DEFAULT.threshold,
    show_default=True,
    help="The least score.",
)
@click.option("--thorough", is_flag=True, help="Look in more sizes: slower, finds more.")
@click.option(
    "--originals",
    metavar="DIR",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    help="Folder that the manifest's paths start from. [default: the manifest's own]",
)
@click.option(
    "--detector",
    metavar="NAME",
    default="yunet",
    show_default=True,
    help="yunet; dlib, for FFHQ's 68 points, whose model is not for commercial use; one that is"
    " installed; or FILE.toml, which maps the outputs of an ONNX model.",
)
@click.option(
    "--model",
    metavar="FILE",
    type=click.Path(path_type=Path, dir_okay=False),
    help="The detector's weights. [default: its own, fetched once, checked and kept]",
)
@click.option("--proxy", metavar="URL", help="Fetch the weights by this HTTP proxy.")
@click.option("--workers", type=click.IntRange(1, 1024), help="Processes. [default: usable cores]")
@json_option
def detect(pictures: tuple[str, ...], **flags: Any) -> int:
    """Find faces in pictures of your own, and write a manifest with their landmarks.

    PICTURES are files, folders with all below them, and patterns such as 'scans/**/*.tif'. Look at
    the result with `portraitset review FILE -w W`, then `portraitset build FILE -w W`.
    """
    from portraitset.cli.output.detect import detect as run

    return run(pictures, **flags)
