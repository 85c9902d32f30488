"""How far several people's points of the same faces lie apart. Pure.

Distances are in pixels, and in eye distances: divided by the distance between the eyes, as is
customary, so that large and small faces count alike. A profile's eyes are close together, and its
distances come out large.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np
import numpy.typing as npt
from scipy.optimize import linear_sum_assignment

from portraitset.errors import InputError
from portraitset.landmarks import POINT_NAMES, Landmarks
from portraitset.manifest.marking import POINTS68, MarkedPicture, Marking

_SAME_FACE = 1.5
"""Eye distances, mean over the points: beyond it, two markings are of two faces. Eyes that are
swapped are one apart, and two heads that touch, two."""

_MOST_FACES = 1000
_SMALLEST_EYE_DISTANCE = 1.0

_Points = npt.NDArray[np.float64]
"""float64 (4, 2), x then y, pixels of the picture, in the order of `POINT_NAMES`."""


@dataclass(frozen=True, slots=True)
class Spread:
    """Distances summed up."""

    mean: float
    median: float
    p95: float


@dataclass(frozen=True, slots=True)
class PointAgreement:
    """How far two people's places of one point lie apart; `point` is "all" for all four."""

    first: str
    second: str
    point: str
    faces: int
    pixels: Spread
    eye_distances: Spread


@dataclass(frozen=True, slots=True)
class FaceAgreement:
    """A face that several people marked.

    Attributes:
        by: who did.
        point: the one that they are least at one about.
        pixels, eye_distances: how far its farthest two places lie apart.
    """

    face: str
    picture: str
    by: tuple[str, ...]
    point: str
    pixels: float
    eye_distances: float


@dataclass(frozen=True, slots=True)
class AloneFace:
    """A face that only one of those who marked the picture marked."""

    face: str
    picture: str
    by: str


@dataclass(frozen=True, slots=True)
class Agreement:
    """What several people's files come to.

    Attributes:
        pictures: that at least two of them have faces in.
        elsewhere: faces in pictures that only one of them has faces in.
        points: for each two people, each point, and all.
        faces: those that at least two marked, the least agreed upon first.
        alone: those that one marked and another, who has faces in that picture, did not.
        means: a marking for each of `faces`, at the mean of what was marked.
    """

    pictures: int
    elsewhere: int
    points: tuple[PointAgreement, ...]
    faces: tuple[FaceAgreement, ...]
    alone: tuple[AloneFace, ...]
    means: tuple[Marking, ...]


_Group = dict[str, Marking]
"""One face, as each of those who saw it marked it."""


def agreement_of(annotators: Mapping[str, Sequence[Marking]]) -> Agreement:
    """Compare what several people marked in the same pictures.

    Faces of a picture are the same where they lie nearest each other, or have the same name.

    Args:
        annotators: markings by who made them; a name only counts where the file has it.

    Raises:
        InputError: there are not two, or no picture is in two of them.
    """
    if len(annotators) < 2:
        raise InputError("agreement takes at least two files, and different ones")
    by_file: dict[str, dict[str, list[Marking]]] = {}
    for who, markings in annotators.items():
        for each in markings:
            by_file.setdefault(each.picture.file, {}).setdefault(who, []).append(each)
    shared = {file: found for file, found in by_file.items() if len(found) > 1}
    if not shared:
        samples = " and ".join(
            f"{markings[0].picture.file!r:.80} ({who})" for who, markings in annotators.items()
        )
        raise InputError(f"no picture is in two of the files; they have {samples}")
    groups = [group for found in shared.values() for group in _groups(found)]
    together = [(_face(group), group) for group in groups if len(group) > 1]
    alone = [
        AloneFace(_called(each), each.picture.file, who)
        for group in groups
        if len(group) == 1
        for who, each in group.items()
    ]
    return Agreement(
        len(shared),
        sum(
            len(faces) for found in by_file.values() if len(found) == 1 for faces in found.values()
        ),
        tuple(_points([group for _, group in together], list(annotators))),
        tuple(sorted((face for face, _ in together), key=lambda face: -face.eye_distances)),
        tuple(alone),
        tuple(_mean(group, face) for face, group in together),
    )


def _groups(found: Mapping[str, Sequence[Marking]]) -> list[_Group]:
    """The faces of one picture, person by person put to those that are known already."""
    groups: list[_Group] = []
    for who, markings in found.items():
        if len(markings) > _MOST_FACES:
            raise InputError(
                f"{who} has {len(markings):,} faces in {markings[0].picture.file!r:.100}"
            )
        places = _matched([_centre_of(group) for group in groups], list(map(_array, markings)))
        names = {each.name: group for group in groups for each in group.values() if each.name}
        fresh: list[_Group] = []
        for number, marking in enumerate(markings):
            place = places.get(number)
            group = groups[place] if place is not None else names.get(marking.name or "")
            if group is None or who in group:
                fresh.append({who: marking})
            else:
                group[who] = marking
        groups += fresh
    return groups


def _matched(known: Sequence[_Points], found: Sequence[_Points]) -> dict[int, int]:
    """For faces that were found, which known one each is; the nearest pairs, all in all."""
    if not known or not found:
        return {}
    costs = np.array(
        [[_apart(one, other).mean() / _scale(one, other) for other in known] for one in found]
    )
    rows, columns = linear_sum_assignment(np.minimum(costs, 2 * _SAME_FACE))
    pairs = zip(rows.tolist(), columns.tolist(), strict=True)
    return {row: column for row, column in pairs if costs[row, column] < _SAME_FACE}


def _array(marking: Marking) -> _Points:
    return np.array(marking.landmarks.points())


def _centre_of(group: _Group) -> _Points:
    centre: _Points = np.mean([_array(each) for each in group.values()], axis=0)
    return centre


def _apart(one: _Points, other: _Points) -> npt.NDArray[np.float64]:
    """Pixels between two places of each point, float64 (4,)."""
    distances: npt.NDArray[np.float64] = np.hypot(*(one - other).T)
    return distances


def _scale(*faces: _Points) -> float:
    """The mean distance between the eyes, in pixels."""
    eyes = np.mean([math.dist(face[0], face[1]) for face in faces])
    return max(float(eyes), _SMALLEST_EYE_DISTANCE)


def _face(group: _Group) -> FaceAgreement:
    faces = [_array(each) for each in group.values()]
    scale = _scale(*faces)
    widest = np.max([_apart(one, other) for one, other in combinations(faces, 2)], axis=0)
    worst = int(widest.argmax())
    first = _best_named(group)
    return FaceAgreement(
        _called(first),
        first.picture.file,
        tuple(group),
        POINT_NAMES[worst],
        round(float(widest[worst]), 3),
        round(float(widest[worst]) / scale, 4),
    )


def _best_named(group: _Group) -> Marking:
    """The first marking of a face that has a name; the first of all if none has."""
    markings = list(group.values())
    return next((each for each in markings if each.name), markings[0])


def _called(marking: Marking) -> str:
    """A face's name; without one, its picture and where in it the left eye is."""
    x, y = marking.landmarks.eye_left
    return marking.name or f"{marking.picture.file} at {x:.0f}, {y:.0f}"


def _points(groups: Sequence[_Group], annotators: Sequence[str]) -> Iterator[PointAgreement]:
    for first, second in combinations(annotators, 2):
        pairs = [
            (_array(group[first]), _array(group[second]))
            for group in groups
            if first in group and second in group
        ]
        if not pairs:
            continue
        pixels = np.array([_apart(*pair) for pair in pairs])
        scaled = pixels / np.array([[_scale(*pair)] for pair in pairs])
        for place, point in enumerate(POINT_NAMES):
            spreads = _spread(pixels[:, place]), _spread(scaled[:, place])
            yield PointAgreement(first, second, point, len(pairs), *spreads)
        yield PointAgreement(first, second, "all", len(pairs), _spread(pixels), _spread(scaled))


def _spread(distances: npt.NDArray[np.float64]) -> Spread:
    return Spread(
        round(float(distances.mean()), 4),
        round(float(np.median(distances)), 4),
        round(float(np.percentile(distances, 95)), 4),
    )


def _mean(group: _Group, face: FaceAgreement) -> Marking:
    """One marking of a face at the mean of all; all else is of one that has a name."""
    first = _best_named(group)
    points = [(round(float(x), 3), round(float(y), 3)) for x, y in _centre_of(group)]
    extra = {name: value for name, value in first.extra.items() if name != POINTS68}
    extra |= {"annotators": len(group), "apart": face.eye_distances}
    picture = max((each.picture for each in group.values()), key=_how_much_is_known)
    return replace(first, landmarks=Landmarks(*points), extra=extra, picture=picture)


def _how_much_is_known(picture: MarkedPicture) -> tuple[bool, bool, bool]:
    return picture.sha256 is not None, picture.url is not None, picture.width is not None
