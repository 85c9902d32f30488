"""The flags of `detect`."""

from pathlib import Path
from typing import Any, get_args

import click

from portraitset.cli.options import detector_options, fetching_options
from portraitset.cli.sections import FACES, OUTPUT, WHERE, SectionedCommand, flags_of
from portraitset.detect.settings import DetectSettings, Faces

_DEFAULT = DetectSettings()
_faces, _where, _output = flags_of(FACES), flags_of(WHERE), flags_of(OUTPUT)


@click.command(cls=SectionedCommand)
@click.argument("pictures", metavar="PICTURES…", nargs=-1, required=True)
@_output(
    "-o",
    "--output",
    metavar="FILE",
    required=True,
    type=click.Path(path_type=Path, dir_okay=False),
    help="The manifest to write: .jsonl, .parquet, or .json in AAHQ's schema. FILE.detected beside"
    " it remembers what was looked at.",
)
@_faces(
    "--faces",
    type=click.Choice(get_args(Faces)),
    default=_DEFAULT.faces,
    show_default=True,
    help="Which of a picture's faces to keep.",
)
@_faces(
    "--min-size",
    type=click.IntRange(0),
    default=_DEFAULT.min_size,
    show_default=True,
    help="Longer side of the smallest face, in pixels.",
)
@_faces(
    "--threshold",
    type=click.FloatRange(0, 1, min_open=True),
    default=_DEFAULT.threshold,
    show_default=True,
    help="The least score.",
)
@_faces("--thorough", is_flag=True, help="Look in more sizes: slower, finds more.")
@detector_options
@_where(
    "--originals",
    metavar="DIR",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    help="Folder that the paths of files start from. [default: the manifest's own]",
)
@_where(
    "--url-column", metavar="NAME", help="A list's column that holds the addresses. [default: url]"
)
@fetching_options()
def detect(pictures: tuple[str, ...], **flags: Any) -> int:
    """Find faces in pictures, and write a manifest with their landmarks.

    PICTURES are files, folders with all below them, and patterns such as 'scans/**/*.tif'. They may
    also be addresses, lists of them (text, CSV, TSV, JSON, Parquet, with .gz or without; - is
    standard input) and manifests; those originals are fetched into the workspace's raw/ first.

    Look at the result with `portraitset review FILE -w W`, then `portraitset build FILE -w W`.
    """
    from portraitset.cli.output.detect import detect as run

    return run(pictures, **flags)
