"""The commands that prove what a dataset holds: lock and verify; and what time did: rot."""

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

import click
from rich.table import Table
from rich.text import Text

from portraitset.cli.console import err, out, plain, print_json
from portraitset.cli.options import json_option, open_lock, workspace_option
from portraitset.errors import InputError
from portraitset.manifest.lock import Lock, Verdict, write_lock
from portraitset.pipeline.linkrot import FATES, GONE, UNASKED, link_rot
from portraitset.pipeline.recipe import usable_cores
from portraitset.pipeline.verification import Verification, make_lock
from portraitset.pipeline.verification import verify as verify_workspace
from portraitset.workspace.layout import folders_of, translated, write_whole
from portraitset.workspace.lineage import Lineage, Member, Output

_MOST_LISTED = 12
_MOST_ROWS = 20
_STYLES = {
    Verdict.SAME_BYTES: "green",
    Verdict.SAME_PIXELS: "green",
    Verdict.LOOKS_ALIKE: "yellow",
    Verdict.CHANGED: "red",
    Verdict.MISSING: "red",
}

_workers_option = click.option(
    "--workers", type=click.IntRange(1, 1024), help="Processes that read. [default: usable cores]"
)


@click.command()
@workspace_option
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    required=True,
    help="The lock file to write.",
)
@_workers_option
@json_option
def lock(workspace: Path, output: Path, workers: int | None, as_json: bool) -> int:
    """Write a lock file: the digests of every original and crop, and one fingerprint for all.

    It holds no picture and no path. `verify --lock` and `download --lock` compare with it.
    """
    _check_replaceable(output)
    folders = folders_of(workspace)
    with err.status("gathering the digests"):
        made = make_lock(folders, workers or usable_cores())
    with Lineage.open(folders.state) as lineage:
        lineage.begin(Output(output.absolute(), "lock"))
        write_whole(output, write_lock(made))
        lineage.finish(output, (Member(face.name, ".") for face in made.faces))
    _print_lock(made, output, as_json)
    return 0


@click.command()
@workspace_option
@click.option(
    "--lock",
    "lock_path",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Compare with this lock file, as `portraitset lock` writes it. [default: the ledger]",
)
@_workers_option
@json_option
def verify(workspace: Path, lock_path: Path | None, workers: int | None, as_json: bool) -> int:
    """Read every file and compare it with a lock file, or with the ledger.

    Each face has the same bytes, the same pixels, looks alike, has changed or is missing. Exits 1
    unless all have the same bytes or the same pixels.
    """
    wanted = open_lock(lock_path) if lock_path else None
    with err.status("reading every file"):
        found = verify_workspace(folders_of(workspace), wanted, workers or usable_cores())
    if as_json:
        print_json(_verification_json(found))
    else:
        _print_verification(found)
    return 0 if found.succeeded else 1


@click.command()
@workspace_option
@json_option
def rot(workspace: Path, as_json: bool) -> int:
    """Report link rot: what became of the addresses, by host, by year of upload, by outcome."""
    found = link_rot(folders_of(workspace))
    if as_json:
        print_json(asdict(found))
        return 0
    for what, rows in (("host", found.hosts), ("uploaded", found.years)):
        out.print(_fate_table(what, rows))
        out.print()
    out.print(_count_table("outcome", found.outcomes))
    if found.since:
        out.print()
        out.print(_count_table("held, and asked again", found.since))
    return 0


def _fate_table(what: str, rows: Mapping[str, Mapping[str, int]]) -> Table:
    """Photos by host or year, and what became of them; a share is of those that were asked for."""
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column(what, no_wrap=True)
    for word in ("photos", *FATES, "% gone"):
        table.add_column(word, justify="right")
    for name, counts in list(rows.items())[:_MOST_ROWS]:
        total = sum(counts.values())
        asked = total - counts.get(UNASKED, 0)
        share = f"{100 * counts.get(GONE, 0) / asked:.1f}" if asked else ""
        cells = (f"{counts.get(fate, 0):,}" for fate in FATES)
        table.add_row(plain(name), f"{total:,}", *cells, share)
    if len(rows) > _MOST_ROWS:
        table.add_row(f"… and {len(rows) - _MOST_ROWS:,} more: --json lists them all")
    return table


def _count_table(what: str, counts: Mapping[str, int]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column(what)
    table.add_column("photos", justify="right")
    for outcome, count in counts.items():
        table.add_row(plain(outcome), f"{count:,}")
    table.add_section()
    table.add_row(Text("all", "bold"), Text(f"{sum(counts.values()):,}", "bold"))
    return table


def _check_replaceable(output: Path) -> None:
    """Refuse to write over a file that is no lock.

    Raises:
        InputError: it is somebody's own.
    """
    if not output.is_file():
        return
    with translated(output), output.open("rb") as file:
        if b'"portraitset-lock"' not in file.readline(1000):
            raise InputError(f"{output} is there already and is no lock file; it is left alone")


def _print_lock(made: Lock, output: Path, as_json: bool) -> None:
    counts = {"originals": len(made.originals), "faces": len(made.faces)}
    if as_json:
        print_json(counts | {"fingerprint": made.fingerprint, "file": str(output)})
        return
    out.print(f"{output}", markup=False)
    out.print(f"{counts['faces']:,} faces of {counts['originals']:,} originals", style="dim")
    out.print(f"fingerprint {made.fingerprint}")


def _verification_json(found: Verification) -> dict[str, object]:
    return {
        "against": found.against or "ledger",
        "total": len(found.faces),
        "verdicts": {verdict.value: found.counts[verdict] for verdict in Verdict},
        "crops_checked": found.crops,
        "faces": [
            {"name": face.name, "verdict": face.verdict.value}
            | ({"detail": face.detail} if face.detail else {})
            for face in found.faces
        ],
        "extras": list(found.extras),
        "succeeded": found.succeeded,
    }


def _print_verification(found: Verification) -> None:
    out.print(_verdict_table(found))
    wrong = [face for face in found.faces if not face.verdict.is_good]
    for face in wrong[:_MOST_LISTED]:
        words = (f"{face.verdict} ", _STYLES[face.verdict]), plain(face.name)
        out.print(Text.assemble(*words, plain(f"  {face.detail or ''}")))
    if len(wrong) > _MOST_LISTED:
        out.print(f"… and {len(wrong) - _MOST_LISTED:,} more: --json lists them all")
    if not found.crops and found.faces:
        out.print("No crop was made here yet: only the originals were compared.", style="dim")
    for name in found.extras[:_MOST_LISTED]:
        out.print(plain(f"extra: {name}: nothing explains this file"), markup=False)
    if len(found.extras) > _MOST_LISTED:
        out.print(f"… and {len(found.extras) - _MOST_LISTED:,} more extra files")


def _verdict_table(found: Verification) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column(f"against {found.against or 'the ledger'}")
    table.add_column("faces", justify="right")
    for verdict in Verdict:
        if count := found.counts[verdict]:
            table.add_row(Text(verdict, _STYLES[verdict]), f"{count:,}")
    table.add_section()
    table.add_row(Text("all", "bold"), Text(f"{len(found.faces):,}", "bold"))
    return table
