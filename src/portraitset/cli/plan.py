"""The flags of `plan`."""

from typing import Any

import click

from portraitset.cli.options import manifest_argument, shared_options
from portraitset.cli.sections import SectionedCommand


@click.command(cls=SectionedCommand)
@manifest_argument
@shared_options(download=True, align=True)
def plan(manifest: str, **flags: Any) -> int:
    """Say what a build would take: requests, disk space, time, opt-outs. Asks for no picture."""
    from portraitset.cli.output.plan import plan as run

    return run(manifest, **flags)
