"""The flags of `check-landmarks`."""

from pathlib import Path
from typing import Any

import click

from portraitset.cli.options import detector_options, json_option, workspace_option


@click.command("check-landmarks")
@click.argument("manifest", metavar="[MANIFEST]", required=False)
@workspace_option
@detector_options
@click.option("--proxy", metavar="URL", help="Fetch the weights by this HTTP proxy.")
@click.option("--workers", type=click.IntRange(1, 1024), help="Processes. [default: usable cores]")
@json_option
def check_landmarks(manifest: str | None, workspace: Path, **flags: Any) -> int:
    """Compare the landmarks with what a detector finds, and list those that disagree.

    Pictures that were changed, resized, mirrored, turned, cut or swapped since their landmarks were
    set are told with the likely cause. Nothing is changed: `review` has them as a queue, `report`
    lists them. With a MANIFEST, its originals at hand are placed first, and no server is asked.
    Exits 1 if some disagree.
    """
    from portraitset.cli.output.check_landmarks import check_landmarks as run

    return run(manifest, workspace, **flags)
