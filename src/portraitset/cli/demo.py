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
@click.option(
    "--model",
    metavar="FILE",
    type=click.Path(path_type=Path, dir_okay=False),
    help="The face detector's weights, for the last step. [default: fetched once, checked, kept]",
)
@json_option
def demo(workspace: Path, model: Path | None, as_json: bool) -> int:
    """Draw portraits, serve them on loopback with realistic faults, and build the dataset.

    At last, the face detector looks for what was drawn, by nothing but the pictures.
    """
    from portraitset.cli.output.demo import demo as run

    return run(workspace, model, as_json)
