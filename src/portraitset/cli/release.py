"""The flags of `release`."""

from pathlib import Path

import click

from portraitset.cli.options import json_option, workspace_option


@click.command()
@workspace_option
@click.option(
    "-o",
    "--output",
    required=True,
    type=click.Path(path_type=Path),
    help="The release's folder; an earlier release in its place is replaced, nothing else is.",
)
@click.option(
    "--with-pictures",
    is_flag=True,
    help="Hand on the crops, too: only where their owners allow it. The ledger notes it.",
)
@click.option(
    "--base-url",
    metavar="URL",
    help="Where you will publish originals at hand: URL + their paths, so that others can build.",
)
@json_option
def release(
    workspace: Path, output: Path, with_pictures: bool, base_url: str | None, as_json: bool
) -> int:
    """Write what can be published of a dataset: manifest, digests, licence set, no picture.

    The manifest comes as JSON lines, Parquet and AAHQ's JSON, with landmarks, digests, a lock,
    croissant.json, a dataset card, the page for owners, and the licence set. `portraitset build`
    makes the same dataset of it.
    """
    from portraitset.cli.output.release import release as run

    return run(workspace, output, with_pictures, base_url, as_json)
