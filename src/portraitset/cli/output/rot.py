"""Link rot, printed."""

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

from rich.table import Table
from rich.text import Text

from portraitset.cli.console import out, plain, print_json
from portraitset.pipeline.linkrot import FATES, GONE, UNASKED, link_rot
from portraitset.workspace.layout import folders_of

_MOST_ROWS = 20


def rot(workspace: Path, as_json: bool) -> int:
    """Do what `rot` is asked for; its exit code."""
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
