"""A face cut out of its picture, upright and in a stated size, and the way back. Pure."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image

from portraitset.detect.detection import Pixels, Points, face_frame

_Array = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class CutOut:
    """A square around a face, as it stands in the picture, to take upright windows from.

    Attributes:
        image: the square, `coarseness` pixels of a window on each of its own.
        middle: float64 (2,), the points' mean, which is the middle of every window.
        frame: the face's own directions, as `face_frame` gives them.
        scale: how many of the picture's pixels one of a window's is.
        side: of the windows, pixels.
        coarseness: how much less detail they have than pixels.
    """

    image: Image.Image
    middle: _Array
    frame: _Array
    scale: float
    side: int
    coarseness: int

    def window(self, degrees: float) -> Pixels:
        """The face turned by that much from upright, uint8 (side, side, 3)."""
        back = self._directions(degrees).T / self.coarseness
        start = self.image.width / 2 - back @ (self.side / 2, self.side / 2)
        (a, b), (c, d) = back
        data = (a, b, start[0], c, d, start[1])
        size = (self.side, self.side)
        return np.asarray(
            self.image.transform(size, Image.Transform.AFFINE, data, Image.Resampling.BILINEAR)
        )

    def back(self, points: Points, degrees: float) -> Points:
        """Points of a window in pixels of the picture."""
        placed: Points = (points - (self.side - 1) / 2) @ self._directions(degrees)
        return self.middle + placed * self.scale

    def _directions(self, degrees: float) -> _Array:
        angle = np.radians(degrees)
        turn = np.array([(np.cos(angle), -np.sin(angle)), (np.sin(angle), np.cos(angle))])
        return np.asarray(turn @ self.frame)


def cut_out(
    pixels: Pixels, points: Points, *, unit: int, side: int, coarseness: int = 1
) -> CutOut | None:
    """The surroundings of a face.

    Args:
        points: the face's, which need not be exact.
        unit: what its unit, as `face_frame` has it, is to measure in a window, pixels.

    Returns:
        None if the points are no face's in this picture.
    """
    frame, own = face_frame(points)
    if not 1 <= own <= max(pixels.shape):
        return None
    middle, scale = points.mean(axis=0), own / unit
    image = _square(
        pixels, middle, scale * coarseness, 2 * round((side * 0.5**0.5 + 2) / coarseness)
    )
    return None if image is None else CutOut(image, middle, frame, scale, side, coarseness)


def _square(pixels: Pixels, middle: _Array, grain: float, side: int) -> Image.Image | None:
    """The square around a point, each of its pixels `grain` of the picture's wide.

    What lies beyond the picture's border goes on as the border does.
    """
    height, width = pixels.shape[:2]
    start = middle + 0.5 - side / 2 * grain
    before = np.ceil(np.maximum(-start / grain, 0)).astype(int)
    after = np.ceil(np.maximum((start + side * grain - (width, height)) / grain, 0)).astype(int)
    across, down = (int(count) for count in side - before - after)
    if across < 1 or down < 1:
        return None
    left, top = np.maximum(start + before * grain, 0)
    x, y = int(left), int(top)
    part = pixels[y : int(top + down * grain) + 1, x : int(left + across * grain) + 1]
    right = min(left - x + across * grain, part.shape[1])
    bottom = min(top - y + down * grain, part.shape[0])
    small = Image.fromarray(np.ascontiguousarray(part)).resize(
        (across, down),
        Image.Resampling.BILINEAR,
        (left - x, top - y, right, bottom),
        reducing_gap=3.0,
    )
    pads = ((before[1], after[1]), (before[0], after[0]), (0, 0))
    return Image.fromarray(np.pad(np.asarray(small), pads, mode="edge"))
