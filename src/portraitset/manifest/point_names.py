"""What other tools call a face's points, and whose left is meant. Pure."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, get_args

from portraitset.errors import BadEntry
from portraitset.landmarks import POINT_NAMES, Landmarks, Point, landmarks_from_68
from portraitset.landmarks import landmarks_from_points as landmarks_from_four
from portraitset.manifest.marking import HIDDEN, POINTS68

Sides = Literal["person", "seen"]
"""Whose left "left" is: that of the person who is shown, or of who looks at the picture."""

_SIDE = r"(?P<side>left|right|l|r)"
_PART = r"(?P<part>(?:eye|pupil)(?:center|centre)?|mouth(?:corner)?|lips?corner)"
_PERSONS = re.compile(f"{_SIDE}{_PART}")
_SEEN = re.compile(rf"{_PART}{_SIDE}(?:corner)?")
_NUMBERS = [str(number) for number in range(68)]


@dataclass(frozen=True, slots=True)
class Spelling:
    """What a user says of a file's points.

    Attributes:
        sides: whose left is meant; by the spelling if None.
        points: our name of a point, and the file's.
    """

    sides: Sides | None = None
    points: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Naming:
    """Where the four points are among a file's.

    Attributes:
        four: the file's name of each of ours; empty if its points are the 68.
    """

    four: Mapping[str, str]

    def read(
        self, points: Mapping[str, Point], hidden: Collection[str] = ()
    ) -> tuple[Landmarks, dict[str, object]]:
        """The four points, and the fields with all others.

        Raises:
            BadEntry: one of them is missing.
        """
        if not self.four:
            numbers = {int(name): point for name, point in points.items()}
            if len(numbers) != 68:
                raise BadEntry(f"only {len(numbers)} of its 68 points are placed")
            whole = [numbers[number] for number in range(68)]
            fields: dict[str, object] = {POINTS68: [list(point) for point in whole]}
            return landmarks_from_68(whole), fields | ({HIDDEN: list(hidden)} if hidden else {})
        for ours, theirs in self.four.items():
            if theirs not in points:
                raise BadEntry(f"the point {theirs!r:.60}, which is {ours}, is not placed")
        four = landmarks_from_four({ours: points[theirs] for ours, theirs in self.four.items()})
        ours_of = {theirs: ours for ours, theirs in self.four.items()}
        more = {name: list(at) for name, at in points.items() if name not in ours_of}
        covered = [ours_of.get(name, name) for name in hidden]
        return four, ({"landmarks": more} if more else {}) | ({HIDDEN: covered} if covered else {})


def naming_of(names: Sequence[str], spelling: Spelling) -> Naming:
    """Find the four points among names such as `left_eye`, `eye_left`, `mouthCornerR`, 00 to 67.

    Where the side comes first it is the person's, as in COCO; where it comes last, it is as seen,
    as in AAHQ. A user's word goes before both.

    Raises:
        ValueError: they are not all there, or more than one name would do; with which.
    """
    plain = [name.lstrip("0") or "0" for name in names if name.isascii() and name.isdigit()]
    if not spelling.points and len(plain) == len(names) and set(plain) == set(_NUMBERS):
        return Naming({})
    if missing := sorted(set(spelling.points.values()) - set(names)):
        raise ValueError(f"there is no point {missing[0]!r:.60}")
    if not spelling.points and spelling.sides != "person" and set(POINT_NAMES) <= set(names):
        return Naming({ours: ours for ours in POINT_NAMES})
    four, manners = _spelt_points(names, spelling)
    if len(manners) > 1 and spelling.sides is None:
        raise ValueError(
            "some names begin with the side, others end with it, so that it cannot be told whose"
            f" left is meant: say it with --sides {' or '.join(get_args(Sides))}"
        )
    four |= spelling.points
    if missing := [ours for ours in POINT_NAMES if ours not in four]:
        names_them = f"; --points {missing[0]}=NAME,… names them"
        raise ValueError(f"no point is {', '.join(missing)}{names_them}")
    return Naming({ours: four[ours] for ours in POINT_NAMES})


def _spelt_points(names: Sequence[str], spelling: Spelling) -> tuple[dict[str, str], set[Sides]]:
    """Our names of the points that are told by their spelling, and theirs; and whose sides."""
    four: dict[str, str] = {}
    manners: set[Sides] = set()
    for name in set(names) - set(spelling.points.values()):
        if (found := _spelt(name)) is None:
            continue
        part, side, manner = found
        if (spelling.sides or manner) == "person":
            side = "right" if side == "left" else "left"
        ours = f"{part}_{side}"
        if ours in four:
            both = sorted((four[ours], name))
            raise ValueError(f"{both[0]!r:.60} and {both[1]!r:.60} could both be {ours}")
        if ours not in spelling.points:
            four[ours] = name
            manners.add(manner)
    return four, manners


def _spelt(name: str) -> tuple[str, str, Sides] | None:
    """The part and the side that a name says, and whose side that is by custom."""
    plain = re.sub(r"[\W_]+", "", name).lower()
    for pattern, manner in ((_PERSONS, "person"), (_SEEN, "seen")):
        if found := pattern.fullmatch(plain):
            part = "eye" if found["part"].startswith(("eye", "pupil")) else "mouth"
            side = "left" if found["side"].startswith("l") else "right"
            return part, side, "person" if manner == "person" else "seen"
    return None


def read_point_map(text: str) -> dict[str, str]:
    """Read `eye_left=NAME,…`: our names of points, and a file's.

    Raises:
        ValueError: it is something else.
    """
    pairs = [pair.partition("=") for pair in text.split(",")]
    for ours, _, theirs in pairs:
        if ours.strip() not in POINT_NAMES or not theirs.strip():
            raise ValueError(
                f"must be {POINT_NAMES[0]}=NAME,…; points are {', '.join(POINT_NAMES)}"
            )
    found = {ours.strip(): theirs.strip() for ours, _, theirs in pairs}
    if len(found) != len(pairs) or len(set(found.values())) != len(pairs):
        raise ValueError("a point is named twice")
    return found
