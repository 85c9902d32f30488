"""What people's decisions make of a manifest's faces: which are moved, added, deleted."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from portraitset.landmarks import Landmarks
from portraitset.workspace.decisions import Decision, Decisions, read_decisions


@dataclass(frozen=True, slots=True)
class Added:
    """A face that the manifest lacks: its original's file name, and where it was first placed."""

    photo: str
    landmarks: Landmarks


@dataclass(frozen=True, slots=True)
class Edits:
    """The decisions that count and change faces.

    Attributes:
        moved: the landmarks that a face has now, by its name; added ones may be among them.
        added: by name, in the order in which they were added.
        deleted: the names of what is no face.
    """

    moved: Mapping[str, Landmarks] = field(default_factory=dict)
    added: Mapping[str, Added] = field(default_factory=dict)
    deleted: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.moved or self.added or self.deleted)


def edits_of(log: Decisions) -> Edits:
    """What a log comes to."""
    decided = log.decided()
    moved = {
        face: word.landmarks.landmarks
        for face, word in decided.items()
        if word.landmarks is not None and word.landmarks.landmarks is not None
    }
    added = added_by(word.added for word in decided.values() if word.added is not None)
    deleted = frozenset(
        face for face, word in decided.items() if word.verdict and word.verdict.choice == "delete"
    )
    return Edits(moved, added, deleted)


def added_by(decisions: Iterable[Decision]) -> Mapping[str, Added]:
    """What decisions of the kind "add" add, in the order in which they were made."""
    return {
        item.face: Added(item.photo, item.landmarks)
        for item in sorted(decisions, key=lambda item: (item.at, item.id))
        if item.photo is not None and item.landmarks is not None
    }


def read_edits(state_folder: Path) -> Edits:
    """What the log of a workspace comes to.

    Raises:
        WorkspaceError: it cannot be read.
    """
    return edits_of(read_decisions(state_folder))
