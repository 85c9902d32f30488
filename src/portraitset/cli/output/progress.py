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


class _Bar:
    """How many are done, redrawn in place on a terminal; elsewhere a line is printed now and then.

    Use it as a context manager.
    """

    def __init__(self, verb: str, things: str) -> None:
        self._things = things
        self._started = self._last = time.monotonic()
        self._below: Text | None = None
        self._total: int | None = None
        self._before = 0
        self._bar = Progress(
            TextColumn(verb),
            BarColumn(bar_width=32),
            MofNCompleteColumn(),
            TextColumn(things),
            TextColumn("{task.fields[rate]}"),
            TimeRemainingColumn(compact=True),
            TextColumn("left"),
            console=err,
        )
        self._task = self._bar.add_task(verb, total=None, rate="")
        self._live = Live(
            console=err, refresh_per_second=8, transient=True, get_renderable=self._shown
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._live.stop()

    def show(self, done: int, total: int, below: Text | None = None) -> None:
        """Draw so many done of so many, and a line below."""
        if err.is_terminal:
            self._live.start()  # not before there is something to show: another bar may be there
        now = time.monotonic()
        if total != self._total:  # the first time, or another round: what is done took no time
            self._total, self._before, self._started = total, done, now
        elapsed = now - self._started
        rate = f"{(done - self._before) / elapsed:.1f}/s" if elapsed > 1 else ""
        self._bar.update(self._task, total=total, completed=done, rate=rate)
        self._below = below
        if not err.is_terminal and now - self._last > QUIET_INTERVAL:
            self._last = now
            words = f"{done:,} of {total:,} {self._things}, {rate}"
            err.print(words if below is None else f"{words}: {below.plain}", markup=False)

    def _shown(self) -> Group:
        return Group(self._bar) if self._below is None else Group(self._bar, self._below)


class CountProgress(_Bar):
    """Follows whatever tells how many it has done, and how many there are."""

    def __call__(self, done: int, total: int) -> None:
        self.show(done, total)


class RunProgress(_Bar):
    """Follows a run's tally, as the run's observer."""

    def __init__(self, verb: str) -> None:
        super().__init__(verb, "photos")
        self._drawn = 0.0

    def __call__(self, tally: Tally) -> None:
        now = time.monotonic()
        if now - self._drawn < _DRAWN_EVERY and not tally.activity and tally.finished < tally.due:
            return
        self._drawn = now
        words = Text(f"{tally.activity} …") if tally.activity else counts_line(tally)
        if tally.activity and not err.is_terminal:
            err.print(words.plain, markup=False)
        self.show(tally.finished, tally.due, words)


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
