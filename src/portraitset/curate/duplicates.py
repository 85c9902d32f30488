"""Copies of one work, and of one face: found by their looks, grouped around a medoid. Pure.

A group is whoever lies within the threshold of its medoid, never a chain of neighbours' neighbours,
so that two members are at most twice the threshold apart. Whatever the order of the input, the
groups are the same.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from portraitset.curate.measure import Measures
from portraitset.curate.neighbours import Exact, Hashes, Index, Neighbourhood, signs_of
from portraitset.handoffs import Face
from portraitset.workspace.tombstones import is_telling

SAME_WORK = 48
SAME_FACE = 40
"""At most so many of 256 bits differ. Calibrated in docs/curating.md; for a work's mirrored copy,
too."""


@dataclass(frozen=True, slots=True)
class Reach:
    """How many of 256 bits may differ between copies of one work, and of one face."""

    same_work: int = SAME_WORK
    same_face: int = SAME_FACE


MOST_EXACT = 100_000
"""Above so many, an index finds the pairs; `neighbours.recall_at` says how many of them."""


@dataclass(frozen=True, slots=True)
class Item:
    """One picture among which copies are sought.

    Attributes:
        name: a photo's or a face's.
        photo: two items of one photo are never copies.
        look: 64 hex digits.
        look_mirrored: the same of the mirrored picture; None where only straight copies count.
        native_size: of the face, in pixels; of a photo's largest face.
        sharpness: see `Measures`.
    """

    name: str
    photo: str
    look: str
    look_mirrored: str | None
    native_size: float
    sharpness: float


@dataclass(frozen=True, slots=True)
class Copy:
    """A member of a group: how many bits it is from the medoid, and whether mirrored."""

    name: str
    distance: int
    mirrored: bool


@dataclass(frozen=True, slots=True)
class Group:
    """Copies of one picture.

    Attributes:
        medoid: the one in the middle, with the most copies around it.
        copies: all of them, the medoid too, the best first: by native size, then sharpness, then
            name.
        reason: why the first one is the best, for a reader.
    """

    medoid: str
    copies: tuple[Copy, ...]
    reason: str

    @property
    def best(self) -> str:
        """The copy to keep: the first of the group."""
        return self.copies[0].name

    @property
    def names(self) -> tuple[str, ...]:
        """The copies' names, sorted."""
        return tuple(sorted(copy.name for copy in self.copies))


def works_of(faces: Iterable[Face], measures: Mapping[str, Measures]) -> tuple[Item, ...]:
    """Each photo with a measured face; its face with the most pixels stands for it.

    A plain surface is left out: its hash is that of every other.
    """
    found: dict[str, Item] = {}
    for face in faces:
        measured, photo = measures.get(face.name), face.photo.raw_name
        if measured is None or not is_telling(measured.look):
            continue
        item = Item(
            photo,
            photo,
            measured.look,
            measured.look_mirrored,
            measured.native_size,
            measured.sharpness,
        )
        found[photo] = min(found.get(photo, item), item, key=_rank)
    return tuple(found.values())


def faces_of(faces: Iterable[Face], measures: Mapping[str, Measures]) -> tuple[Item, ...]:
    """The measured faces as items to compare, without plain surfaces, which all look alike."""
    return tuple(
        Item(
            face.name,
            face.photo.raw_name,
            measured.crop_look,
            None,
            measured.native_size,
            measured.sharpness,
        )
        for face in faces
        if (measured := measures.get(face.name)) is not None and is_telling(measured.crop_look)
    )


def find_duplicates(
    items: Sequence[Item], threshold: int, most_exact: int = MOST_EXACT
) -> tuple[Group, ...]:
    """The groups of copies, by the name of their first member.

    An item belongs to one group at most. The ones with the most neighbours become medoids first;
    among equals, those nearest to their neighbours, then the first by name.
    """
    ranked = sorted(items, key=lambda item: item.name)
    if len(ranked) < 2:
        return ()
    hashes = _hashes(ranked)
    search = Exact if len(ranked) <= most_exact else Index
    neighbourhood: Neighbourhood = search(hashes, threshold)
    groups = _grouped(ranked, hashes, neighbourhood)
    return tuple(sorted(groups, key=lambda group: group.names))


def _hashes(items: Sequence[Item]) -> Hashes:
    mirrored = [item.look_mirrored for item in items if item.look_mirrored is not None]
    both = len(mirrored) == len(items)
    return Hashes(signs_of([item.look for item in items]), signs_of(mirrored) if both else None)


def _grouped(items: Sequence[Item], hashes: Hashes, near: Neighbourhood) -> Iterable[Group]:
    counts, sums = (values.tolist() for values in near.crowds())
    crowded = (index for index, count in enumerate(counts) if count)
    free = [True] * len(items)
    for index in sorted(crowded, key=lambda at: (-counts[at], sums[at], at)):
        if not free[index]:
            continue
        members = _members(items, near, index, free)
        if len(members) > 1:
            for member in members:
                free[member] = False
            yield _group(items, hashes, index, members)


def _members(
    items: Sequence[Item], near: Neighbourhood, medoid: int, free: Sequence[bool]
) -> Mapping[int, int]:
    """A medoid and its free neighbours with their distances, one of each photo: the nearest."""
    members, photos = {medoid: 0}, {items[medoid].photo}
    found = zip(*(values.tolist() for values in near.of(medoid)), strict=True)
    for index, distance in sorted(found, key=lambda pair: (pair[1], pair[0])):
        if free[index] and items[index].photo not in photos:
            members[index] = distance
            photos.add(items[index].photo)
    return members


def _group(items: Sequence[Item], hashes: Hashes, medoid: int, members: Mapping[int, int]) -> Group:
    ranked = sorted(members, key=lambda index: _rank(items[index]))
    copies = (
        Copy(items[index].name, members[index], hashes.is_mirrored(medoid, index))
        for index in ranked
    )
    reason = _reason(items[ranked[0]], items[ranked[1]])
    return Group(items[medoid].name, tuple(copies), reason)


def _rank(item: Item) -> tuple[float, float, str]:
    """The best copy first: native size, then sharpness, then name."""
    return -round(item.native_size, 1), -round(item.sharpness, 4), item.name


def _reason(best: Item, next_best: Item) -> str:
    one, other = _rank(best), _rank(next_best)
    if one[0] != other[0]:
        return f"its face is larger: {-one[0]:.1f} against {-other[0]:.1f} pixels"
    if one[1] != other[1]:
        return f"its face is as large and sharper: {-one[1]:.4f} against {-other[1]:.4f}"
    return "its face is as large and as sharp; the first by name"
