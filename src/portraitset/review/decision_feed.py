"""What people decided so far, followed as the log grows, by whomever."""

import math
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from portraitset.workspace.decisions import (
    LATEST,
    LOG,
    Decision,
    Decisions,
    FaceDecision,
    append_decisions,
    parse_decisions,
)
from portraitset.workspace.edits import Added, added_by
from portraitset.workspace.layout import translated

_EARLY = 60.0
"""Seconds by which a page's clock may be ahead of ours."""


@dataclass(frozen=True, slots=True)
class Mark:
    """Where one face stands by what people decided.

    Attributes:
        disagreed: whether one keeps it and another rejects it.
        revision: the first revision of `Marks` that has it.
    """

    decision: FaceDecision
    disagreed: bool
    revision: int


@dataclass(frozen=True, slots=True)
class Marks:
    """Where all faces stand at one moment; `revision` is raised whenever one of them changes."""

    revision: int = 0
    by_face: Mapping[str, Mark] = field(default_factory=dict)

    def since(self, revision: int) -> Mapping[str, Mark]:
        """The marks that changed after a revision."""
        return {face: mark for face, mark in self.by_face.items() if mark.revision > revision}


class DecisionFeed:
    """The log of one workspace in memory; reads only what is new.

    One thread at a time may refresh it or add to it; others may read `marks` meanwhile, which is
    replaced as a whole, so that nobody sees a revision without the marks that belong to it.
    """

    def __init__(self, state_folder: Path) -> None:
        self._state = state_folder
        self._path = state_folder / LOG
        self._known: dict[str, Decision] = {}
        self._by_face: dict[str, list[Decision]] = {}
        self._read_to = 0
        self._file: tuple[int, int] | None = None
        self.marks = Marks()

    def added(self) -> Mapping[str, Added]:
        """The faces that people added, in the order in which they did."""
        makers = [mark.decision.added for mark in self.marks.by_face.values()]
        return added_by(item for item in makers if item is not None)

    def refresh(self) -> None:
        """Read what was added since, or all of it if the log was written anew.

        Raises:
            WorkspaceError: it cannot be read.
        """
        with translated(self._path):
            if touched := self._catch_up():
                self._mark(touched)

    def append(self, decisions: Sequence[Decision]) -> None:
        """Add what is new to the log; what came before is not written twice.

        Raises:
            WorkspaceError: they are not on the disk.
        """
        self.refresh()
        new = [self._in_time(item) for item in decisions if item.id not in self._known]
        append_decisions(self._state, new)
        self.refresh()

    def _in_time(self, item: Decision) -> Decision:
        """A decision that is made now, at a time at which it counts.

        A page's clock may be wrong; and where another's was ahead, what is decided now would count
        as the earlier word until that time has come.
        """
        now = time.time()
        at = item.at if item.at <= now + _EARLY else now
        newest = max((other.at for other in self._by_face.get(item.face, ())), default=at)
        if newest > now:
            at = min(math.nextafter(newest, math.inf), math.nextafter(LATEST, 0.0))
        return item if at == item.at else replace(item, at=at)

    def _catch_up(self) -> set[str]:
        """Read what is new; the faces that it is about."""
        try:
            stat = self._path.stat()
        except FileNotFoundError:
            return self._start_over(None) if self._file is not None else set()
        file, touched = (stat.st_dev, stat.st_ino), set[str]()
        if file != self._file or stat.st_size < self._read_to:
            touched = self._start_over(file)
        if stat.st_size > self._read_to:
            touched |= self._take_in(self._read_on())
        return touched

    def _read_on(self) -> tuple[Decision, ...]:
        """The whole lines that were added; half a line waits for its end."""
        with self._path.open("rb") as log:
            log.seek(self._read_to)
            data = log.read()
        whole = data[: data.rfind(b"\n") + 1]
        self._read_to += len(whole)
        return parse_decisions(whole).items

    def _start_over(self, file: tuple[int, int] | None) -> set[str]:
        faces = set(self._by_face)
        self._known, self._by_face, self._read_to, self._file = {}, {}, 0, file
        return faces

    def _take_in(self, items: Iterable[Decision]) -> set[str]:
        touched: set[str] = set()
        for item in items:
            if item.id in self._known:
                continue
            self._known[item.id] = item
            faces = {item.face}
            if item.undoes in self._known:
                faces.add(self._known[item.undoes].face)
            for face in faces:
                self._by_face.setdefault(face, []).append(item)
            touched |= faces
        return touched

    def _mark(self, faces: Iterable[str]) -> None:
        revision = self.marks.revision + 1
        changed = {}
        for face in faces:
            items = sorted(self._by_face.get(face, ()), key=lambda item: (item.at, item.id))
            log = Decisions(tuple(items))
            decision = log.decided().get(face, FaceDecision())
            changed[face] = Mark(decision, face in log.conflicts(), revision)
        self.marks = Marks(revision, {**self.marks.by_face, **changed})
