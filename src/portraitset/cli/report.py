"""The command that makes a dataset visible: report."""

from pathlib import Path

import click

from portraitset.cli.console import err, out, print_json
from portraitset.cli.options import json_option, workspace_option
from portraitset.pipeline.recipe import usable_cores
from portraitset.pipeline.space import in_words
from portraitset.report.output import Written, write_report
from portraitset.workspace.layout import folders_of


@click.command()
@workspace_option
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    required=True,
    help="The HTML file to write.",
)
@click.option("--public", is_flag=True, help="Leave every picture out.")
@click.option(
    "--workers", type=click.IntRange(1, 1024), help="Processes that read. [default: usable cores]"
)
@json_option
def report(workspace: Path, output: Path, public: bool, workers: int | None, as_json: bool) -> int:
    """Write one HTML file that shows the dataset: numbers, plots, failures, copies, every face.

    It works from a disk, without a network. Faces that were not measured yet are measured first.
    """
    with err.status("looking") as line:
        written = write_report(
            folders_of(workspace),
            output,
            public=public,
            workers=workers or usable_cores(),
            observer=lambda done, total: line.update(f"measuring {done:,} of {total:,} faces"),
        )
    _print(written, as_json)
    return 0


def _print(written: Written, as_json: bool) -> None:
    if as_json:
        print_json(
            {
                "file": str(written.path),
                "bytes": written.byte_count,
                "total": written.total,
                "faces": written.faces,
                "picture_side": written.picture_side,
            }
        )
        return
    out.print(f"{written.path}", markup=False)
    size = in_words(written.byte_count)
    out.print(f"{written.faces:,} of {written.total:,} faces, {size}", style="dim")
