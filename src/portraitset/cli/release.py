"""The command that writes the publishable release."""

from dataclasses import asdict
from pathlib import Path

import click

from portraitset.cli.console import err, out, plain, print_json
from portraitset.cli.options import json_option, workspace_option
from portraitset.manifest.terms import DESCRIPTION
from portraitset.release.output import Released
from portraitset.release.output import release as write_release
from portraitset.workspace.layout import folders_of


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
@json_option
def release(workspace: Path, output: Path, with_pictures: bool, as_json: bool) -> int:
    """Write what can be published of a dataset: manifest, digests, licence set, no picture.

    The manifest comes as JSON lines, Parquet and AAHQ's JSON, with landmarks, digests, a lock,
    croissant.json, a dataset card, the page for owners, and the licence set. `portraitset build`
    makes the same dataset of it.
    """
    with err.status("writing the release"):
        done = write_release(folders_of(workspace), output, with_pictures)
    if as_json:
        print_json(asdict(done) | {"path": str(done.path)})
    else:
        _print(done)
    return 0


def _print(done: Released) -> None:
    out.print(plain(str(done.path)), markup=False)
    pictures = f", with {done.pictures:,} crops" if done.pictures else ", no pictures"
    out.print(f"{done.faces:,} faces of {done.photos:,} pictures{pictures}", style="dim")
    out.print(f"fingerprint {done.fingerprint}")
    if done.defaults:
        count, names = len(done.defaults), ", ".join(done.defaults)
        err.print(
            plain(f"defaults stand in for {count} fields that no {DESCRIPTION} states: {names}"),
            markup=False,
        )
    for complaint in done.complaints:
        err.print(plain(f"incomplete: {complaint}"), markup=False)
