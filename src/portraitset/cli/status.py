"""The flags of `status`."""

from pathlib import Path

import click

from portraitset.cli.options import json_option, workspace_option


@click.command()
@workspace_option
@click.option(
    "--list", "listed", is_flag=True, help="List every face that is not aligned, or was rescued."
)
@json_option
def status(workspace: Path, listed: bool, as_json: bool) -> int:
    """Show where every face stands: each in exactly one state, adding up to the manifest."""
    from portraitset.cli.output.status import status as run

    return run(workspace, listed, as_json)
