"""The flags of `convert`."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from portraitset.cli.options import json_option

_TARGETS = ("jsonl", "parquet", "aahq", "coco", "coco68", "ffhq", "dlib", "dlib68", "csv")
to_option = click.option(
    "--to",
    "target",
    type=click.Choice(_TARGETS),
    help="What to write. [default: by OUT's ending; .json may be aahq, coco or ffhq]",
)


def reading_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The flags that say how points are to be read, and where their pictures are."""
    sides = click.option(
        "--sides",
        type=click.Choice(["person", "seen"]),
        help="Whose left the points' names mean. [default: left_eye the person's, as COCO says;"
        " eye_left as seen]",
    )
    points = click.option(
        "--points",
        metavar="NAMES",
        help="Which of the file's points are ours, such as eye_left=pupilL,mouth_left=lipL.",
    )
    originals = click.option(
        "--originals",
        metavar="DIR",
        type=click.Path(path_type=Path, file_okay=False, exists=True),
        help="Where the pictures are; those found are named by path. [default: the folder of the"
        " manifest]",
    )
    return sides(points(originals(command)))


@click.command()
@click.argument("source", metavar="IN", type=click.Path(path_type=Path))
@click.argument("output", metavar="OUT", type=click.Path(path_type=Path, dir_okay=False))
@to_option
@reading_options
@json_option
def convert(source: Path, output: Path, **flags: Any) -> int:
    """Read landmarks in another tool's format and write them in yet another.

    IN is a manifest, COCO keypoints (of CVAT, Label Studio, FiftyOne), FFHQ's JSON, dlib's XML or
    CSV; its content says which. What OUT's format has no place for is told.

    \b
    portraitset convert mine.jsonl coco.json --to coco     to an annotation tool
    portraitset convert coco.json mine.jsonl               and back
    portraitset convert ffhq-dataset-v2.json ffhq.jsonl
    """
    from portraitset.cli.output.convert import convert as run

    return run(source, output, **flags)
