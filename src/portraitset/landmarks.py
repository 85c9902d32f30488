"""Named face points and what can be said of them without the picture. Pure."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Self

import numpy as np
import numpy.typing as npt

Point = tuple[float, float]
Vector = npt.NDArray[np.float64]
"""float64 (2,): x then y."""

FARTHEST = 1e7
"""Coordinates beyond this are no picture's: Pillow's own limit on a side is far below."""

SMALLEST_DIRECTION = 1e-9
"""Below this share of the face's scale, the direction of "up" is rounding noise."""


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

    def shrunk(self, scale: float) -> Self:
        """The same points in a picture of which each pixel covers scale x scale of this one's.

        Coordinates are those of pixel centres, so the picture's corner is at -0.5 in both.
        """
        moved = (((x + 0.5) / scale - 0.5, (y + 0.5) / scale - 0.5) for x, y in self.points())
        return self if scale == 1 else type(self)(*moved)


POINT_NAMES = tuple(field.name for field in fields(Landmarks))


def face_axes(landmarks: Landmarks) -> tuple[Vector, Vector, Vector]:
    """The centre of a face's crop and the crop's half sides: along the eyes, and down the face.

    Each is float64 (2,), x then y, source pixels.

    Source: FFHQ's dataset script, "oriented crop rectangle"; AAHQ's is the same.

    Raises:
        ValueError: eyes and mouth coincide or cancel out, so there is no "up".
    """
    eye_left, eye_right, mouth_left, mouth_right = (np.array(p) for p in landmarks.points())
    eye_middle = (eye_left + eye_right) * 0.5
    mouth_middle = (mouth_left + mouth_right) * 0.5
    eye_to_eye = eye_right - eye_left
    eye_to_mouth = mouth_middle - eye_middle
    x = eye_to_eye - _turned(eye_to_mouth)
    length = np.hypot(*x)
    scale = _half_side(eye_to_eye, eye_to_mouth)
    if not length > SMALLEST_DIRECTION * scale:
        raise ValueError("eyes and mouth coincide or cancel out, so there is no up")
    x /= length
    x *= scale
    return eye_middle + eye_to_mouth * 0.1, x, _turned(x)


def level_axes(landmarks: Landmarks) -> tuple[Vector, Vector, Vector]:
    """`face_axes` of a crop that is not turned: the same centre and length, to the right and down.

    Source: FFHQ's dataset script, `--no-rotation`.

    Raises:
        ValueError: as for `face_axes`.
    """
    centre, _, _ = face_axes(landmarks)
    eye_left, eye_right, mouth_left, mouth_right = (np.array(p) for p in landmarks.points())
    eye_to_mouth = (mouth_left + mouth_right) * 0.5 - (eye_left + eye_right) * 0.5
    x = np.array([_half_side(eye_right - eye_left, eye_to_mouth), 0.0])
    return centre, x, _turned(x)


def _half_side(eye_to_eye: Vector, eye_to_mouth: Vector) -> float:
    return float(max(np.hypot(*eye_to_eye) * 2.0, np.hypot(*eye_to_mouth) * 1.8))


def _turned(vector: Vector) -> Vector:
    """A quarter turn, from along the eyes to down the face."""
    return np.flipud(vector) * [-1, 1]


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
    if not all(abs(value) < math.inf for value in pair):
        raise ValueError(f"landmark {name} is not finite: {pair!r:.60}")
    if max(map(abs, pair)) > FARTHEST:
        raise ValueError(f"landmark {name} is more than {FARTHEST:.0e} pixels away: {pair!r:.60}")
    return float(pair[0]), float(pair[1])


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
