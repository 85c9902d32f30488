"""What was handed on, printed."""

from pathlib import Path

from portraitset.align.settings import ImageFormat
from portraitset.cli.console import err, out, plain, print_json
from portraitset.export.run import Exported
from portraitset.export.run import export as export_faces
from portraitset.export.sample import ExportSettings, FormatName
from portraitset.pipeline.recipe import usable_cores
from portraitset.pipeline.space import in_words
from portraitset.workspace.layout import folders_of


def export(
    format_name: FormatName,
    workspace: Path,
    output: Path,
    sizes: tuple[int, ...],
    image_format: ImageFormat | None,
    shard_size: int,
    labels: str | None,
    split: str | None,
    geometry: bool,
    workers: int | None,
    as_json: bool,
) -> int:
    """Do what `export` is asked for; its exit code."""
    settings = ExportSettings(
        format_name,
        sizes,
        image_format,
        shard_size,
        labels,
        split,
        geometry,
        workers or usable_cores(),
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
