"""What reading every file found, printed."""

from pathlib import Path

from rich.table import Table
from rich.text import Text

from portraitset.cli.choices import open_lock
from portraitset.cli.console import err, out, plain, print_json
from portraitset.manifest.lock import Verdict
from portraitset.pipeline.recipe import usable_cores
from portraitset.pipeline.verification import Verification
from portraitset.pipeline.verification import verify as verify_workspace
from portraitset.workspace.layout import folders_of

_MOST_LISTED = 12

_STYLES = {
    Verdict.SAME_BYTES: "green",
    Verdict.SAME_PIXELS: "green",
    Verdict.OTHER_DECODER: "yellow",
    Verdict.LOOKS_ALIKE: "yellow",
    Verdict.CHANGED: "red",
    Verdict.MISSING: "red",
}


def verify(workspace: Path, lock_path: Path | None, workers: int | None, as_json: bool) -> int:
    """Do what `verify` is asked for; its exit code."""
    wanted = open_lock(lock_path) if lock_path else None
    with err.status("reading every file"):
        found = verify_workspace(folders_of(workspace), wanted, workers or usable_cores())
    if as_json:
        print_json(_verification_json(found))
    else:
        _print_verification(found)
    return 0 if found.succeeded else 1


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
