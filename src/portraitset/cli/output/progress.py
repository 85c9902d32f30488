"""What a person sees while a run goes on: counts, rate, time left, failures so far."""

import time
from types import TracebackType
from typing import Self

from rich.console import Group
from rich.live import Live
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.text import Text

from portraitset.cli.console import STYLES, err
from portraitset.errors import State
from portraitset.pipeline.tally import Tally

QUIET_INTERVAL = 30.0
"""Seconds between two lines where nobody watches a terminal."""

_DRAWN_EVERY = 0.1
"""Seconds between two looks at the counts; a photo may take less than wording them."""


class RunProgress:
    """Follows a run's tally; use it as a context manager and as the run's observer.

    On a terminal a bar and a line of counts are redrawn in place; elsewhere a line is printed now
    and then.
    """

    def __init__(self, verb: str) -> None:
        self._started = self._last = time.monotonic()
        self._counts = Text()
        self._bar = Progress(
            TextColumn(verb),
            BarColumn(bar_width=32),
            MofNCompleteColumn(),
            TextColumn("photos"),
            TextColumn("{task.fields[rate]}"),
            TimeRemainingColumn(compact=True),
            TextColumn("left"),
            console=err,
        )
        self._drawn = 0.0
        self._task = self._bar.add_task(verb, total=None, rate="")
        self._live = Live(
            console=err, refresh_per_second=8, transient=True, get_renderable=self._shown
        )

    def __enter__(self) -> Self:
        if err.is_terminal:
            self._live.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._live.stop()

    def __call__(self, tally: Tally) -> None:
        now = time.monotonic()
        if now - self._drawn < _DRAWN_EVERY and not tally.activity and tally.finished < tally.due:
            return
        self._drawn = now
        elapsed = now - self._started
        rate = f"{tally.finished / elapsed:.1f}/s" if elapsed > 1 else ""
        self._bar.update(self._task, total=tally.due, completed=tally.finished, rate=rate)
        self._counts = Text(f"{tally.activity} …") if tally.activity else counts_line(tally)
        if tally.activity and not err.is_terminal:
            err.print(f"{tally.activity} …", markup=False)
        if not err.is_terminal and time.monotonic() - self._last > QUIET_INTERVAL:
            self._last = time.monotonic()
            line = f"{tally.finished:,} of {tally.due:,} photos, {rate}: {self._counts.plain}"
            err.print(line, markup=False)

    def _shown(self) -> Group:
        return Group(self._bar, self._counts)


def counts_line(tally: Tally) -> Text:
    """Faces by state on one line, with reasons where something went wrong."""
    parts = [
        Text.assemble((f"{state} ", STYLES[state]), f"{count:,}", (_reasons(tally, state), "dim"))
        for state in STYLES
        if (count := tally.states[state])
    ]
    received = Text(f"{tally.received / 1e6:,.1f} MB received", "dim")
    return Text("  ·  ").join([*parts, received] if tally.received else parts)


def _reasons(tally: Tally, state: State) -> str:
    found = {reason: n for (its_state, reason), n in tally.reasons.items() if its_state == state}
    listed = ", ".join(f"{reason} {count:,}" for reason, count in sorted(found.items()) if count)
    return f" ({listed})" if listed else ""
