"""Named face points and what can be said of them without the picture. Pure."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, ClassVar, Self

import numpy as np
import numpy.typing as npt

Point = tuple[float, float]
Vector = npt.NDArray[np.floating[Any]]
"""(2,): x then y; float64, or float32 of `SingleLandmarks`."""

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

    precision: ClassVar[type[np.float64] | type[np.float32]] = np.float64
    """In what the geometry of the crop is computed."""

    def points(self) -> tuple[Point, Point, Point, Point]:
        """The points in the order of the fields."""
        return self.eye_left, self.eye_right, self.mouth_left, self.mouth_right

    def shrunk(self, scale: float) -> Self:
        """The same points in a picture of which each pixel covers scale x scale of this one's.

        Coordinates are those of pixel centres, so the picture's corner is at -0.5 in both.
        """
        moved = (((x + 0.5) / scale - 0.5, (y + 0.5) / scale - 0.5) for x, y in self.points())
        return self if scale == 1 else type(self)(*moved)


@dataclass(frozen=True, slots=True)
class SingleLandmarks(Landmarks):
    """Landmarks from which the crop is placed in single precision, as MetFaces' script does it.

    The quad differs from that of `Landmarks` in its last bits, which changes some pixels of a crop.
    """

    precision: ClassVar[type[np.float64] | type[np.float32]] = np.float32


POINT_NAMES = tuple(field.name for field in fields(Landmarks))


def face_axes(landmarks: Landmarks) -> tuple[Vector, Vector, Vector]:
    """The centre of a face's crop and the crop's half sides: along the eyes, and down the face.

    Each is float64 (2,), x then y, source pixels; float32 of `SingleLandmarks`.

    Source: FFHQ's dataset script, "oriented crop rectangle"; AAHQ's is the same, and MetFaces' but
    for the precision.

    Raises:
        ValueError: eyes and mouth coincide or cancel out, so there is no "up".
    """
    points = np.array(landmarks.points(), landmarks.precision)
    eye_left, eye_right, mouth_left, mouth_right = points
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
    points = np.array(landmarks.points(), landmarks.precision)
    eye_left, eye_right, mouth_left, mouth_right = points
    eye_to_mouth = (mouth_left + mouth_right) * 0.5 - (eye_left + eye_right) * 0.5
    length = _half_side(eye_right - eye_left, eye_to_mouth)
    x: Vector = np.array([length, 0.0], landmarks.precision)
    return centre, x, _turned(x)


def _half_side(eye_to_eye: Vector, eye_to_mouth: Vector) -> float:
    # NumPy 1, which upstream ran on, multiplies a lone float32 by a number in double precision.
    return max(float(np.hypot(*eye_to_eye)) * 2.0, float(np.hypot(*eye_to_mouth)) * 1.8)


def _turned(vector: Vector) -> Vector:
    """A quarter turn, from along the eyes to down the face."""
    return np.array([-vector[1], vector[0]])


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


def landmarks_from_68(points: Sequence[Point]) -> Landmarks:
    """The four points of the 68 that dlib and FFHQ have, in their order.

    An eye is the mean of its six points. The first eye of the 68 is the person's right one, which
    is the left one as seen.

    Source: FFHQ's dataset script, "parse landmarks".
    """
    return Landmarks(*_four_of_68(np.asarray(points, dtype=np.float64)))


def single_landmarks_from_68(points: Sequence[Point], scale: float) -> SingleLandmarks:
    """The four points of the 68 that MetFaces has, which were found in a smaller picture.

    Args:
        points: in that picture, corners of pixels counted from 0, as dlib gives them.
        scale: how many of the original's pixels one of its pixels covers, along a side.

    Source: MetFaces' script, "sanitize facial landmarks"; all of it in float32.
    """
    found = (np.asarray(points, dtype=np.float32) + np.float32(0.5)) * np.float32(scale)
    return SingleLandmarks(*_four_of_68(found))


def _four_of_68(found: npt.NDArray[np.floating[Any]]) -> Iterator[Point]:
    eyes = (found[36:42].mean(axis=0), found[42:48].mean(axis=0))
    return ((float(x), float(y)) for x, y in (*eyes, found[48], found[54]))


def has_sides_crossed(landmarks: Landmarks) -> bool:
    """Whether left and right are swapped: with the mouth below the eyes, left is not on the left.

    It holds for heads that are tilted or upside down, too.
    """
    eye_left, eye_right, mouth_left, mouth_right = landmarks.points()
    along = eye_right[0] - eye_left[0], eye_right[1] - eye_left[1]
    down = (
        mouth_left[0] + mouth_right[0] - eye_left[0] - eye_right[0],
        mouth_left[1] + mouth_right[1] - eye_left[1] - eye_right[1],
    )
    return along[0] * down[1] - along[1] * down[0] < 0
