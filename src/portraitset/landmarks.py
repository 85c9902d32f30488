"""Named face points and what can be said of them without the picture. Pure."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields

Point = tuple[float, float]

FARTHEST = 1e7
"""Coordinates beyond this are no picture's: Pillow's own limit on a side is far below."""


@dataclass(frozen=True, slots=True)
class Landmarks:
    """The four points that AAHQ publishes for a face.

    Each is (x, y) in source pixels of the photo's exact size variant, x to the right and y down.
    Left and right are as the viewer sees them. Points may lie outside the photo.
    """

    eye_left: Point
    eye_right: Point
    mouth_left: Point
    mouth_right: Point

    def points(self) -> tuple[Point, Point, Point, Point]:
        """The points in the order of the fields."""
        return self.eye_left, self.eye_right, self.mouth_left, self.mouth_right


POINT_NAMES = tuple(field.name for field in fields(Landmarks))


def landmarks_from_points(points: Mapping[str, object]) -> Landmarks:
    """Read `{point name: [x, y]}`.

    Raises:
        ValueError: a point is missing, is not two finite numbers, or lies absurdly far away.
    """
    return Landmarks(**{name: _read_point(name, points) for name in POINT_NAMES})


def _read_point(name: str, points: Mapping[str, object]) -> Point:
    if name not in points:
        raise ValueError(f"landmark {name} is missing")
    pair = points[name]
    if not isinstance(pair, list | tuple) or len(pair) != 2 or not all(map(_is_number, pair)):
        raise ValueError(f"landmark {name} is not a pair of numbers: {pair!r:.60}")
    x, y = (float(value) for value in pair)
    if not (math.isfinite(x) and math.isfinite(y)):
        raise ValueError(f"landmark {name} is not finite: {pair!r:.60}")
    if max(abs(x), abs(y)) > FARTHEST:
        raise ValueError(f"landmark {name} is more than {FARTHEST:.0e} pixels away: {pair!r:.60}")
    return x, y


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
