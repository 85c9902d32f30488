"""The flags of `sidecars`."""

from pathlib import Path

import click

from portraitset.cli.options import json_option, workspace_option


@click.command()
@workspace_option
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    help="Folder to write; only earlier sidecars are replaced. [default: sidecars/ in -w]",
)
@click.option("--texts", is_flag=True, help="A JSON file for each crop, too.")
@click.option("--masks", is_flag=True, help="A PNG for each crop, too: white where it is padding.")
@json_option
def sidecars(workspace: Path, output: Path | None, texts: bool, masks: bool, as_json: bool) -> int:
    """Write where each crop lies in its photo: quad, matrices, landmarks, scale, padding.

    The table is geometry.parquet, a row a face. JSON and masks are named like the crops.
    """
    from portraitset.cli.output.sidecars import sidecars as run

    return run(workspace, output, texts, masks, as_json)
