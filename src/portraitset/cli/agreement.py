"""The flags of `agreement`."""

from pathlib import Path
from typing import Any

import click

from portraitset.cli.convert import reading_options, to_option
from portraitset.cli.options import json_option


@click.command()
@click.argument("sources", metavar="FILES…", nargs=-1, required=True, type=click.Path())
@click.option(
    "--mean",
    metavar="OUT",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write the faces that at least two marked, at the mean of their points.",
)
@to_option
@reading_options
@json_option
def agreement(sources: tuple[str, ...], **flags: Any) -> int:
    """Compare several people's landmarks of the same pictures, point by point.

    FILES are of any format that `convert` reads, one for each person. Distances are in pixels and
    in eye distances; the faces that they are least at one about come first.
    """
    from portraitset.cli.output.agreement import agreement as run

    return run(sources, **flags)
