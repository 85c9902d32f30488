"""The flags of `rot`."""

from pathlib import Path

import click

from portraitset.cli.options import json_option, workspace_option


@click.command()
@workspace_option
@json_option
def rot(workspace: Path, as_json: bool) -> int:
    """Report link rot: what became of the addresses, by host, by year of upload, by outcome."""
    from portraitset.cli.output.rot import rot as run

    return run(workspace, as_json)
