"""Running counts of a run: what a progress line shows and what a summary says."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from portraitset.errors import State
from portraitset.pipeline.standing import Standing


@dataclass(slots=True)
class Tally:
    """How many faces stand where, and what the run has done so far.

    Attributes:
        states: faces by state; they add up to the manifest's count at any moment.
        reasons: faces by (state, reason) where there is a reason.
        due: photos that the run set out to handle.
        finished: how many of those it has handled.
        requests: how often a server was asked.
        received: bytes of originals that came.
        cut: crops written or adopted.
        activity: what holds everything up at the moment; empty if nothing does.
    """

    states: Counter[State] = field(default_factory=Counter)
    reasons: Counter[tuple[State, str]] = field(default_factory=Counter)
    due: int = 0
    finished: int = 0
    requests: int = 0
    received: int = 0
    cut: int = 0
    activity: str = ""

    @property
    def total(self) -> int:
        """Faces in all."""
        return self.states.total()

    def add(self, standings: Iterable[Standing]) -> None:
        """Add standings to the counts."""
        for standing in standings:
            self.states[standing.state] += 1
            if standing.reason:
                self.reasons[standing.state, standing.reason] += 1

    def recount(self, standings: Iterable[Standing]) -> None:
        """Count all faces anew."""
        self.states.clear()
        self.reasons.clear()
        self.add(standings)

    def move(self, before: Iterable[Standing], after: Iterable[Standing]) -> None:
        """Take standings out of the counts and put others in."""
        for standing in before:
            self.states[standing.state] -= 1
            if standing.reason:
                self.reasons[standing.state, standing.reason] -= 1
        self.add(after)
