"""How words reach the terminal: results on standard output, everything else on standard error."""

import json
import os
from collections.abc import Iterable

import click
from rich.console import Console, ConsoleOptions
from rich.table import Table
from rich.text import Text

from portraitset.errors import PortraitsetError, State
from portraitset.pipeline.run import Report
from portraitset.pipeline.standing import Standing

_UNFOLDED = 100_000
"""Columns where nobody watches a terminal: more than any path, address or detail has."""


class _Results(Console):
    """Folds a table's cells on a terminal only: in a file or a pipe a path stays in one piece."""

    @property
    def options(self) -> ConsoleOptions:
        """The terminal's; without one, and without COLUMNS, wide enough for everything."""
        options = super().options
        if self.is_terminal or os.environ.get("COLUMNS", "").isdigit():
            return options
        return options.update(max_width=_UNFOLDED)


out = _Results(highlight=False, emoji=False, soft_wrap=True)
err = Console(highlight=False, emoji=False, stderr=True)

STYLES = {
    State.ALIGNED: "green",
    State.FETCHED: "cyan",
    State.PENDING: "dim",
    State.UNAVAILABLE: "yellow",
    State.REFUSED: "yellow",
    State.FAILED: "red",
    State.INVALID: "red",
    State.REMOVED: "magenta",
}


def plain(text: str) -> str:
    """Text of a stranger's making, safe for a terminal."""
    return "".join(
        letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in text
    )


def print_error(what: str, error: PortraitsetError) -> None:
    """Print an error on standard error."""
    words = Text.assemble((f"{what}: ", "bold red"), plain(str(error)))
    err.print(words, soft_wrap=not err.is_terminal)


def print_json(content: object) -> None:
    """One JSON document on standard output, for programs."""
    click.echo(json.dumps(content, indent=1))


def report_json(report: Report) -> dict[str, object]:
    """What `status --json` and its kin print."""
    counts = {state.value: count for state, count in _in_order(report) if count}
    faces = [
        {"name": standing.name, "state": standing.state.value, "reason": standing.reason}
        | ({"detail": standing.detail} if standing.detail else {})
        for standing in report.standings
    ]
    notes = [{"subject": note.subject, "text": note.text} for note in report.notes]
    return {"total": len(faces), "states": counts, "faces": faces, "notes": notes}


def state_table(report: Report) -> Table:
    """Faces by state and reason; the last row adds them up."""
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("state")
    table.add_column("reason")
    table.add_column("faces", justify="right")
    table.add_column("share", justify="right")
    total = len(report.standings)
    for state, count in _in_order(report):
        if not count:
            continue
        reasons = _reasons(report, state)
        first = reasons[0][0] if len(reasons) == 1 else ""
        table.add_row(Text(state, STYLES[state]), first, f"{count:,}", _share(count, total))
        if len(reasons) > 1:
            for reason, many in reasons:
                table.add_row("", Text(reason, "dim"), Text(f"{many:,}", "dim"), "")
    table.add_section()
    table.add_row(Text("all", "bold"), "", Text(f"{total:,}", "bold"), "")
    return table


def failure_table(standings: Iterable[Standing]) -> Table:
    """One row for each face that is not where it should be."""
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("face", overflow="fold")
    table.add_column("reason", no_wrap=True)
    table.add_column("detail", overflow="fold")
    for standing in standings:
        reason = Text(standing.reason or standing.state, STYLES[standing.state])
        table.add_row(Text(plain(standing.name)), reason, Text(plain(standing.detail or "")))
    return table


def _in_order(report: Report) -> list[tuple[State, int]]:
    return [(state, report.tally.states[state]) for state in STYLES]


def _reasons(report: Report, state: State) -> list[tuple[str, int]]:
    found = [
        (reason, count)
        for (its_state, reason), count in report.tally.reasons.items()
        if its_state == state and count
    ]
    return sorted(found, key=lambda pair: (-pair[1], pair[0]))


def _share(count: int, total: int) -> str:
    return f"{100 * count / total:.1f} %" if total else ""
