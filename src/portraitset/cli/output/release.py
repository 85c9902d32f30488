"""What was written for publication, printed."""

from dataclasses import asdict
from pathlib import Path

from portraitset.cli.console import err, out, plain, print_json
from portraitset.manifest.terms import DESCRIPTION
from portraitset.release.output import Released
from portraitset.release.output import release as write_release
from portraitset.workspace.layout import folders_of


def release(
    workspace: Path, output: Path, with_pictures: bool, base_url: str | None, as_json: bool
) -> int:
    """Do what `release` is asked for; its exit code."""
    with err.status("writing the release"):
        done = write_release(folders_of(workspace), output, with_pictures, base_url)
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
    if done.at_hand:
        err.print(
            f"{done.at_hand:,} of the pictures are published nowhere: only who has the files can"
            " build their faces. --base-url names the address where you will publish them.",
            markup=False,
        )
    if done.defaults:
        count, names = len(done.defaults), ", ".join(done.defaults)
        err.print(
            plain(f"defaults stand in for {count} fields that no {DESCRIPTION} states: {names}"),
            markup=False,
        )
    for complaint in done.complaints:
        err.print(plain(f"incomplete: {complaint}"), markup=False)
