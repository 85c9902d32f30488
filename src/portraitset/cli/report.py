"""The flags of `report`."""

from pathlib import Path

import click

from portraitset.cli.options import json_option, workspace_option


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
    from portraitset.cli.output.report import report as run

    return run(workspace, output, public, workers, as_json)
