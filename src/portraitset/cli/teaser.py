"""The flags of `teaser`."""

from pathlib import Path

import click

from portraitset.cli.options import workspace_option


@click.command()
@workspace_option
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    default=Path("teaser.png"),
    show_default=True,
    help="The picture to write; its name chooses the format.",
)
@click.option("--faces", type=click.IntRange(1, 400), default=24, show_default=True)
def teaser(workspace: Path, output: Path, faces: int) -> int:
    """Lay aligned faces out on one contact sheet."""
    from portraitset.cli.output.teaser import teaser as run

    return run(workspace, output, faces)
