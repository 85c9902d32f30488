"""The command that hands crops on."""

from pathlib import Path

import click

from portraitset.align.encode import ImageFormat
from portraitset.cli.console import err, out, plain, print_json
from portraitset.cli.options import json_option, workspace_option
from portraitset.export.run import Exported
from portraitset.export.run import export as export_faces
from portraitset.export.sample import FORMATS, SHARD_SIZE, ExportSettings, FormatName
from portraitset.pipeline.recipe import usable_cores
from portraitset.pipeline.space import in_words
from portraitset.workspace.layout import folders_of


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
    split: str | None,
    workers: int | None,
    as_json: bool,
) -> int:
    """Write the aligned faces as a trainer reads them.

    FORMAT is folder, imagefolder or parquet (Hugging Face), webdataset (tar shards), stylegan
    (zip) or lmdb (stylegan2-pytorch). What `curate` left out stays out. A crop's bytes are handed
    on unchanged where size and format fit. After a kill the same command goes on.
    """
    settings = ExportSettings(
        format_name, sizes, image_format, shard_size, labels, split, workers or usable_cores()
    )
    with err.status("exporting") as shown:

        def observe(done: int, total: int) -> None:
            shown.update(f"exporting: {done:,} of {total:,} faces")

        made = export_faces(folders_of(workspace), output, settings, observe)
    if as_json:
        print_json(_as_json(made))
    else:
        _print(made)
    return 0


def _as_json(made: Exported) -> dict[str, object]:
    return {
        "output": str(made.output),
        "faces": sum(made.faces.values()),
        "splits": dict(made.faces),
        "sizes": list(made.sizes),
        "unchanged": made.unchanged,
        "bytes": made.byte_count,
        "withheld": made.withheld,
    }


def _print(made: Exported) -> None:
    total = sum(made.faces.values())
    splits = ", ".join(f"{split} {count:,}" for split, count in made.faces.items())
    sizes = ", ".join(map(str, made.sizes))
    out.print(
        plain(
            f"{made.output}: {total:,} faces ({splits}), {sizes} pixels a side,"
            f" {in_words(made.byte_count)} of pictures, read back and equal;"
            f" {made.unchanged:,} handed on unchanged"
        ),
        markup=False,
    )
    if made.withheld:
        out.print(f"{made.withheld:,} are on the log of removals and were kept back")
