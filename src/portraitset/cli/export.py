"""The flags of `export`."""

from pathlib import Path

import click

from portraitset.align.settings import ImageFormat
from portraitset.cli.options import json_option, workspace_option
from portraitset.export.sample import FORMATS, SHARD_SIZE, FormatName


@click.command()
@click.argument("format_name", metavar="FORMAT", type=click.Choice(FORMATS))
@workspace_option
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    required=True,
    help="Folder to write, or a .zip for stylegan; replaced only if an export made it.",
)
@click.option(
    "--size",
    "sizes",
    type=int,
    multiple=True,
    help="Side of the pictures, in pixels. Repeatable. [default: as the crops are]",
)
@click.option(
    "--format",
    "image_format",
    type=click.Choice(["png", "jpeg", "webp"]),
    help="The pictures' file format. [default: as the crops are; stylegan: png]",
)
@click.option(
    "--shard-size",
    type=int,
    default=SHARD_SIZE,
    show_default=True,
    help="Faces in a shard, and in what a second run need not do again.",
)
@click.option(
    "--labels",
    metavar="FIELD",
    help="stylegan's labels: split, artist (the candidate), or a field of the manifest.",
)
@click.option(
    "--geometry",
    is_flag=True,
    help="Add geometry.parquet: where each picture lies in its photo; see `sidecars`.",
)
@click.option("--split", metavar="NAME", help="Hand on this split only. [default: all]")
@click.option("--workers", type=click.IntRange(1, 1024), help="Processes. [default: usable cores]")
@json_option
def export(
    format_name: FormatName,
    workspace: Path,
    output: Path,
    sizes: tuple[int, ...],
    image_format: ImageFormat | None,
    shard_size: int,
    labels: str | None,
    geometry: bool,
    split: str | None,
    workers: int | None,
    as_json: bool,
) -> int:
    """Write the aligned faces as a trainer reads them.

    FORMAT is folder, imagefolder or parquet (Hugging Face), webdataset (tar shards), stylegan
    (zip) or lmdb (stylegan2-pytorch). What `curate` left out stays out. A crop's bytes are handed
    on unchanged where size and format fit. After a kill the same command goes on.
    """
    from portraitset.cli.output.export import export as run

    return run(
        format_name,
        workspace,
        output,
        sizes,
        image_format,
        shard_size,
        labels,
        split,
        geometry,
        workers,
        as_json,
    )
