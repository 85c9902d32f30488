"""The flags of `demo`."""

from pathlib import Path

import click

from portraitset.cli.options import json_option


@click.command()
@click.option(
    "-w",
    "--workspace",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("demo-output"),
    show_default=True,
    help="Folder for the demo's workspace and teaser.",
)
@json_option
def demo(workspace: Path, as_json: bool) -> int:
    """Draw portraits, serve them on loopback with realistic faults, and build the dataset."""
    from portraitset.cli.output.demo import demo as run

    return run(workspace, as_json)
