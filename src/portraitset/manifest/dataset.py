"""A manifest in memory: its faces, its bad entries, and what was odd about it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from portraitset.errors import ItemError
from portraitset.handoffs import SHIFT_DRAW, Face, Photo
from portraitset.landmarks import Landmarks


@dataclass(frozen=True, slots=True)
class InvalidEntry:
    """An entry that makes no face: its name, why, and its content as it was."""

    name: str
    error: ItemError
    content: object


@dataclass(frozen=True, slots=True)
class Note:
    """A remark about an oddity that stops nothing."""

    subject: str
    text: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """A dataset's faces in the manifest's order; iterating yields each `Face`.

    Attributes:
        schema: the name of the schema that it was read in, such as "aahq".
        entries: every entry in order, good or bad; their count is what all states add up to.
        notes: oddities, such as a file name that is not the one its address implies.
        pictures: originals that are wanted, though no face of them is known yet.
    """

    schema: str
    entries: tuple[Face | InvalidEntry, ...]
    notes: tuple[Note, ...] = ()
    pictures: tuple[Photo, ...] = ()

    def __iter__(self) -> Iterator[Face]:
        return (entry for entry in self.entries if isinstance(entry, Face))

    def __len__(self) -> int:
        return len(self.entries)

    def with_landmarks(self, moved: Mapping[str, Landmarks]) -> "Manifest":
        """The manifest in which these faces, by name, have other landmarks."""
        entries = (
            replace(entry, landmarks=type(entry.landmarks)(*moved[entry.name].points()))
            if isinstance(entry, Face) and entry.name in moved
            else entry
            for entry in self.entries
        )
        return replace(self, entries=tuple(entries))

    def with_draws(self, draws: Mapping[str, tuple[float, float]]) -> "Manifest":
        """The manifest in which these faces, by name, are shifted by these; see `Face.draw`."""
        entries = (
            replace(entry, extra={**entry.extra, SHIFT_DRAW: list(draws[entry.name])})
            if isinstance(entry, Face) and entry.name in draws
            else entry
            for entry in self.entries
        )
        return replace(self, entries=tuple(entries))

    def invalid(self) -> Iterator[InvalidEntry]:
        """The entries that make no face."""
        return (entry for entry in self.entries if isinstance(entry, InvalidEntry))

    def by_photo(self) -> dict[Photo, list[Face]]:
        """Each photo once, in order of first mention, with all its faces, and then the pictures."""
        groups: dict[Photo, list[Face]] = {}
        for face in self:
            groups.setdefault(face.photo, []).append(face)
        return groups | {photo: [] for photo in self.pictures if photo not in groups}
