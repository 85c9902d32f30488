"""What a detector is asked and answers. Pure."""

from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
import numpy.typing as npt

from portraitset.landmarks import Landmarks

Pixels = npt.NDArray[np.uint8]
"""uint8 (height, width, 3), RGB, as the picture is to be seen."""

Points = npt.NDArray[np.float64]
"""float64 (4, 2): x and y of left eye, right eye, left and right corner of the mouth, as seen."""

_MIRRORED_68 = [
    *range(16, -1, -1),  # the jaw
    *range(26, 16, -1),  # the brows
    *(27, 28, 29, 30, 35, 34, 33, 32, 31),  # the nose
    *(45, 44, 43, 42, 47, 46, 39, 38, 37, 36, 41, 40),  # the eyes
    *(54, 53, 52, 51, 50, 49, 48, 59, 58, 57, 56, 55),  # the lips, outside
    *(64, 63, 62, 61, 60, 67, 66, 65),  # and inside
]
"""Which of the 68 points of iBUG 300-W is which in a mirror."""


@dataclass(frozen=True, slots=True)
class Detection:
    """One face that a detector found.

    Attributes:
        box: left, top, width and height in pixels; it may reach beyond the picture.
        points: as `Points`, in pixels; the centre of the upper left pixel is (0, 0).
        score: how sure the detector is, 0 to 1, in its own measure.
        points68: float64 (68, 2), as `points`: those of iBUG 300-W, if the detector has them.
        confidence: how likely the points are right, 0 to 1, if that is known; see `confidence`.
    """

    box: tuple[float, float, float, float]
    points: Points
    score: float
    points68: Points | None = None
    confidence: float | None = None

    @property
    def landmarks(self) -> Landmarks:
        """The points as a face's landmarks."""
        left, right, mouth_left, mouth_right = ((float(x), float(y)) for x, y in self.points)
        return Landmarks(left, right, mouth_left, mouth_right)

    @property
    def size(self) -> float:
        """The longer side of the box, in pixels."""
        return max(self.box[2], self.box[3])

    def scaled(self, across: float, down: float) -> "Detection":
        """Where it lies in the picture that this one is a resized copy of.

        Args:
            across, down: how many of the other's pixels one of this picture's is wide and high.
        """
        left, top, width, height = self.box
        factors = np.array([across, down])
        box = (left * across, top * down, width * across, height * down)
        points = (self.points + 0.5) * factors - 0.5
        others = None if self.points68 is None else (self.points68 + 0.5) * factors - 0.5
        return replace(self, box=box, points=points, points68=others)

    def shifted(self, right: float, down: float) -> "Detection":
        """Where it lies in a picture of which this one is a part that begins there."""
        left, top, width, height = self.box
        box = (left + right, top + down, width, height)
        by = np.array([right, down])
        others = None if self.points68 is None else self.points68 + by
        return replace(self, box=box, points=self.points + by, points68=others)

    def mirrored(self, width: int) -> "Detection":
        """Where it lies in the mirrored picture, which is `width` pixels wide."""
        left, top, breadth, height = self.box
        points = _mirrored(self.points[[1, 0, 3, 2]], width)
        others = None if self.points68 is None else _mirrored(self.points68[_MIRRORED_68], width)
        box = (width - left - breadth, top, breadth, height)
        return replace(self, box=box, points=points, points68=others)


def _mirrored(points: Points, width: int) -> Points:
    return points * [-1, 1] + [width - 1, 0]


def face_frame(points: Points) -> tuple[npt.NDArray[np.float64], float]:
    """A face's own directions, and its unit.

    Returns:
        float64 (2, 2): rows of length 1, across along eyes and mouth, and down; zeros if the points
        say of no direction. And the larger of eye distance and distance from eyes to mouth, pixels.
    """
    eye_left, eye_right, mouth_left, mouth_right = points
    right = (eye_right - eye_left) + (mouth_right - mouth_left)
    length = float(np.hypot(*right))
    if length == 0:
        return np.zeros((2, 2)), 0.0
    right = right / length
    height = (mouth_left + mouth_right - eye_left - eye_right) / 2
    unit = max(float(np.hypot(*(eye_right - eye_left))), float(np.hypot(*height)))
    return np.array([right, (-right[1], right[0])]), unit


class Detector(Protocol):
    """Finds faces in one picture; each worker process makes its own."""

    def find(self, pixels: Pixels) -> list[Detection]:
        """The faces, in pixels of this picture, overlapping ones left out.

        Raises:
            ItemError: the picture is more than the detector can take.
        """
        ...
