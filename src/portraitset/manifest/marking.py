"""A face as some tool marked it: what every format of landmarks is read into and written from."""

import hashlib
import math
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import TypeGuard

from portraitset.errors import BadEntry, InputError
from portraitset.landmarks import FARTHEST, Landmarks, Point, face_axes, landmarks_from_68
from portraitset.manifest.dataset import InvalidEntry

POINTS68 = "points68"
"""The further field with a face's 68 points, where its four were made of them."""

HIDDEN = "hidden"
"""The further field that lists points which were placed although something covers them."""

_LONGEST_STEM = 100
_DIGITS = 8
_LARGEST_SIDE = 10_000_000
_MOST_DIGITS = 12
_CLOSE = 0.02
"""Pixels; a little more than rounding both to two digits may put them apart by."""


@dataclass(frozen=True, slots=True)
class MarkedPicture:
    """The picture that a face was marked in.

    Attributes:
        file: path relative to the folder of pictures, `/` between folders.
        url: where it is published; None if only the file is known.
        raw_name: its name in `raw/`; None if nobody stated one.
        sha256: of the file's bytes, hex; None if nobody stated it.
        width, height: in pixels, as stored; None if nobody stated them.
    """

    file: str
    url: str | None = None
    raw_name: str | None = None
    sha256: str | None = None
    width: int | None = None
    height: int | None = None


@dataclass(frozen=True, slots=True)
class Marking:
    """One face as it was marked.

    Attributes:
        name: the crop's file name; None if the format has none.
        landmarks: in pixels of the picture as stored, left and right as seen.
        extra: further fields, as a manifest keeps them.
        mark: what tells the face from others of its picture where it has no name.
    """

    name: str | None
    picture: MarkedPicture
    landmarks: Landmarks
    extra: Mapping[str, object] = field(default_factory=dict)
    mark: str | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """What a file of landmarks holds.

    Attributes:
        format: the name of its format.
        invalid: what is no face, and why.
        not_carried: what was there and is not kept, and how often.
        has_sides: whether left and right were told by the points' names, which can be wrong.
    """

    format: str
    markings: tuple[Marking, ...]
    invalid: tuple[InvalidEntry, ...] = ()
    not_carried: Mapping[str, int] = field(default_factory=dict)
    has_sides: bool = False


@dataclass(frozen=True, slots=True)
class Written:
    """A file of landmarks, and what its format has no place for, with how often."""

    data: bytes
    not_carried: Mapping[str, int] = field(default_factory=dict)


def named(markings: Iterable[Marking]) -> tuple[list[Marking], list[InvalidEntry]]:
    """Each face with a name; a second face of one name is an error.

    A name is made of the picture's file name, eight digits of its path's sha256, and what tells
    the face from others: the same file gets the same names every time.
    """
    ranks: Counter[str] = Counter()
    kept: dict[str, Marking] = {}
    doubled: list[InvalidEntry] = []
    for each in markings:
        ranks[each.picture.file] += 1
        name = each.name or _made_name(each.picture.file, each.mark or ranks[each.picture.file])
        if name in kept:
            doubled.append(InvalidEntry(name, BadEntry("the face is there twice"), None))
        else:
            kept[name] = replace(each, name=name)
    return list(kept.values()), doubled


def _made_name(file: str, mark: str | int) -> str:
    digest = hashlib.sha256(file.encode(errors="surrogatepass")).hexdigest()[:_DIGITS]
    name = file.rpartition("/")[2]
    return f"{(name.rpartition('.')[0] or name)[:_LONGEST_STEM]}-{digest}-{mark}.png"


def by_picture(markings: Iterable[Marking]) -> dict[MarkedPicture, list[Marking]]:
    """Each picture once, in order of first mention, with all its faces."""
    groups: dict[MarkedPicture, list[Marking]] = {}
    for each in markings:
        groups.setdefault(each.picture, []).append(each)
    return groups


def count_fields(markings: Iterable[Marking], kept: Collection[str] = ()) -> Counter[str]:
    """How many faces have each further field, apart from those that are kept."""
    return Counter(name for each in markings for name in each.extra if name not in kept)


def score_of(marking: Marking) -> int | float | None:
    """A face's score; None if it is no number that every reader can read."""
    score = marking.extra.get("score")
    return score if is_number(score) and -FARTHEST <= score <= FARTHEST else None


def further_points(marking: Marking) -> tuple[dict[str, Point], dict[str, object]]:
    """A face's further points by name, and what stands among them and is no point."""
    found = marking.extra.get("landmarks")
    points: dict[str, Point] = {}
    rest: dict[str, object] = {}
    for name, value in found.items() if isinstance(found, dict) else ():
        try:
            points[name] = read_pair(value, name)
        except BadEntry:
            rest[name] = value
    return points, rest


def points68_of(marking: Marking) -> tuple[Point, ...] | None:
    """The 68 points that a face's four were made of; None if it has none, or they are of another
    place than the four, which were moved since.
    """
    try:
        points = read_points68(marking.extra.get(POINTS68))
        implied = landmarks_from_68(points)
    except (BadEntry, ValueError):
        return None
    pairs = zip(implied.points(), marking.landmarks.points(), strict=True)
    return points if all(math.dist(*pair) < _CLOSE for pair in pairs) else None


def all_points68(markings: Sequence[Marking], format_name: str) -> list[tuple[Point, ...]]:
    """The 68 points of every face.

    Raises:
        InputError: a face has none: four points do not tell where the other 64 are.
    """
    found = [points68_of(each) for each in markings]
    whole = [points for points in found if points is not None]
    if len(whole) < len(found):
        first = next(each for each, points in zip(markings, found, strict=True) if points is None)
        why = "were moved away from them" if POINTS68 in first.extra else "are all it has"
        raise InputError(
            f"{format_name} takes 68 points a face, and {len(found) - len(whole)} of {len(found)}"
            f" have only four that can be trusted: of {first.name!r:.100}, the four {why}. Four"
            " points do not tell where the others are; `--to coco`, `dlib` and `csv` take four"
        )
    return whole


def read_points68(value: object) -> tuple[Point, ...]:
    """68 pairs of numbers.

    Raises:
        BadEntry: it is something else.
    """
    if not isinstance(value, list | tuple):
        raise BadEntry(f"68 points must be a list of 68 pairs of numbers, not {value!r:.60}")
    if len(value) != 68:
        raise BadEntry(f"68 points must be a list of 68 pairs of numbers, not of {len(value)}")
    if _are_plain_pairs(value):
        return tuple((float(x), float(y)) for x, y in value)
    return tuple(read_pair(pair, str(number)) for number, pair in enumerate(value))


def _are_plain_pairs(value: Sequence[object]) -> bool:
    """Whether `read_pair` would take all of them, told at once; it alone says what is wrong.

    Saves more than half of the reading of a large file.
    """
    if set(map(type, value)) != {list} or set(map(len, value)) != {2}:  # type: ignore[arg-type]
        return False
    numbers: list[float] = list(chain.from_iterable(value))  # type: ignore[arg-type]
    if not set(map(type, numbers)) <= {int, float}:
        return False
    near = min(numbers) >= -FARTHEST and max(numbers) <= FARTHEST
    return near and not math.isnan(sum(numbers))


def read_pair(pair: object, what: str) -> Point:
    """A pair of numbers that may be a point.

    Raises:
        BadEntry: it is something else, not finite, or absurdly far away.
    """
    if not isinstance(pair, list | tuple) or len(pair) != 2 or not all(map(is_number, pair)):
        raise BadEntry(f"point {what} is not a pair of numbers: {pair!r:.60}")
    if not all(-FARTHEST <= value <= FARTHEST for value in pair):
        raise BadEntry(f"point {what} is not finite or absurdly far away: {pair!r:.60}")
    return float(pair[0]), float(pair[1])


def is_number(value: object) -> TypeGuard[int | float]:
    """Whether a value is a number, and not a truth value, which Python counts as one."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def read_side(value: object) -> int | None:
    """A picture's width or height as a file states it; None if it states none that can be."""
    if isinstance(value, str):
        value = (
            int(value)
            if value.isascii() and value.isdigit() and len(value) < _MOST_DIGITS
            else None
        )
    return (
        int(value)
        if is_number(value) and 1 <= value <= _LARGEST_SIDE and value == int(value)
        else None
    )


def read_box(value: object) -> tuple[float, float, float, float]:
    """Left, top, width and height in pixels.

    Raises:
        BadEntry: it is something else.
    """
    if not isinstance(value, list | tuple) or len(value) != 4 or not all(map(is_number, value)):
        raise BadEntry(f"a box must be four numbers, not {value!r:.60}")
    if not all(-FARTHEST <= side <= FARTHEST for side in value) or min(value[2:]) < 0:
        raise BadEntry(f"a box is left, top, width and height in pixels, not {value!r:.60}")
    left, top, width, height = map(float, value)
    return left, top, width, height


def box_of(marking: Marking) -> tuple[tuple[float, float, float, float], bool]:
    """A face's box, and whether it is its own: where it has none, one about its points.

    That is the middle half of the square that its crop would be, laid level.
    """
    if "box" in marking.extra:
        try:
            return read_box(marking.extra["box"]), True
        except BadEntry:
            pass
    centre, across, _ = face_axes(marking.landmarks)
    half = math.hypot(*across) / 2
    left, top = float(centre[0]) - half, float(centre[1]) - half
    return (round(left, 2), round(top, 2), round(2 * half, 2), round(2 * half, 2)), False
