"""What was found of what was taken out, printed."""

from pathlib import Path

from portraitset.cli.console import err, out, plain, print_json
from portraitset.errors import InputError
from portraitset.pipeline.recipe import usable_cores
from portraitset.removal.items import Problem
from portraitset.removal.scan import Hit, Scan, scan_tree
from portraitset.removal.ways import WAYS, Way
from portraitset.workspace.layout import translated
from portraitset.workspace.removal_log import parse_removals

_MOST_LISTED = 40


def verify_removed(
    tree: Path, log_path: Path, ways: str, workers: int | None, as_json: bool
) -> int:
    """Do what `verify-removed` is asked for; its exit code."""
    chosen = _ways(ways)
    removals = parse_removals(_read(log_path), str(log_path))
    with err.status("looking into every file"), translated(tree):
        found = scan_tree(tree, removals, chosen, workers or usable_cores())
    if as_json:
        print_json(_scan_json(found, chosen))
    else:
        _print_scan(found, chosen)
    return 1 if found.hits or found.problems else 0


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror or error}") from error


def _ways(text: str) -> frozenset[Way]:
    words = [word.strip() for word in text.split(",") if word.strip()]
    known: dict[str, Way] = {way: way for way in WAYS}
    unknown = [word for word in words if word not in known]
    if unknown or not words:
        raise InputError(f"--by {text!r:.80}: known are {', '.join(WAYS)}")
    return frozenset(known[word] for word in words)


def _scan_json(found: Scan, ways: frozenset[Way]) -> dict[str, object]:
    return {
        "by": sorted(ways),
        "files": found.files,
        "members": found.members,
        "bytes": found.byte_count,
        "hits": [
            {"where": h.where, "offset": h.offset, "by": h.way, "entry": h.sequence}
            for h in found.hits
        ],
        "problems": [{"where": p.where, "why": p.why} for p in found.problems],
    }


def _print_scan(found: Scan, ways: frozenset[Way]) -> None:
    for hit in found.hits:
        out.print(plain(_described(hit)), style="red", markup=False)
    for problem in found.problems[:_MOST_LISTED]:
        out.print(plain(_unread(problem)), style="yellow", markup=False)
    if len(found.problems) > _MOST_LISTED:
        out.print(f"… and {len(found.problems) - _MOST_LISTED:,} more: --json lists them all")
    out.print(
        f"{len(found.hits):,} found among {found.members:,} items in {found.files:,} files,"
        f" by {', '.join(sorted(ways))}"
    )


def _described(hit: Hit) -> str:
    offset = "" if hit.offset is None else f" @ {hit.offset:,}"
    return f"{hit.where}{offset}: entry {hit.sequence}, by its {hit.way}"


def _unread(problem: Problem) -> str:
    return f"{problem.where}: not looked into: {problem.why}"
