"""How a crop is cut: the shrink, box and pads around its quad. Pure geometry.

The method is that of FFHQ's alignment, which AAHQ shares; its steps are written down in
docs/alignment.md. Frame: source pixels, x to the right, y down, integer coordinates at the
upper left corner of a pixel's index (Pillow's and FFHQ's convention), so that the warp adds 0.5.
"""

import math
from dataclasses import dataclass

import numpy as np

from portraitset.align.fill import BLUR, Fill
from portraitset.align.square import Precision, Quad, Square, bounds, face_square
from portraitset.errors import DegenerateFace
from portraitset.landmarks import Landmarks


@dataclass(frozen=True, slots=True)
class CropPlan:
    """How one crop is cut from one photo, step by step.

    Attributes:
        shrink: the integer by which the photo is reduced first; 1 means not at all.
        shrunk: (width, height) of the photo after that.
        box: left, top, right, bottom of the crop box, in shrunk pixels.
        pads: left, top, right, bottom of the padding around the box, in shrunk pixels;
            None where nothing is padded.
        quad: the corners, in pixels of the boxed and padded picture.
        quad_size: the side of the quad, in shrunk pixels ("qsize").
        fill: what the padding shows.
    """

    shrink: int
    shrunk: tuple[int, int]
    box: tuple[int, int, int, int]
    pads: tuple[int, int, int, int] | None
    quad: Quad
    quad_size: float
    fill: Fill


def crop_quad(landmarks: Landmarks) -> Quad:
    """Place the square crop that sets one face upright.

    Returns float64 (4, 2), x then y, source pixels, order TL, BL, BR, TR.
    Corners may fall outside the photo; `pad` fills in.

    Source: FFHQ's dataset script, "oriented crop rectangle"; AAHQ's is the same.

    Raises:
        DegenerateFace: eyes and mouth coincide or cancel out, so there is no "up".
    """
    return face_square(landmarks).corners()


def crop_size(landmarks: Landmarks) -> float:
    """The side of `crop_quad`, in source pixels ("qsize")."""
    return face_square(landmarks).side


def plan_crop(
    square: Square, size: tuple[int, int], output_size: int, fill: Fill | None = BLUR
) -> CropPlan:
    """Decide how the crop of `output_size` pixels is cut from a photo of (width, height) `size`.

    `fill` is what the padding shows; None for no padding, where the outside is black.

    Raises:
        DegenerateFace: the crop box misses the picture.
    """
    precision = square.precision
    quad = square.corners()
    quad_size = square.side
    shrink = max(math.floor(quad_size / output_size * 0.5), 1)
    shrunk = size
    if shrink > 1:
        shrunk = (round(size[0] / shrink), round(size[1] / shrink))
        quad = _held(quad / shrink, precision)
        quad_size /= shrink
    border = max(round(quad_size * 0.1), 3)
    box = _crop_box(quad, border, shrunk)
    quad = _held(quad - box[:2], precision)
    width, height = box[2] - box[0], box[3] - box[1]
    pads = _pads(quad, border, (width, height), quad_size) if fill else None
    if pads is not None:
        quad = _held(quad + pads[:2], precision)
    if precision is np.float32:
        quad = _held(quad + 0.5, precision) - 0.5  # the warp adds that half, and must not round it
    return CropPlan(shrink, shrunk, box, pads, quad, quad_size, fill or BLUR)


def _held(corners: Quad, precision: Precision) -> Quad:
    """Corners as upstream holds them between two steps, in float64.

    One operation in float64 and then rounded to float32 is the operation in float32.
    """
    return corners.astype(precision, copy=False).astype(np.float64, copy=False)


def _crop_box(quad: Quad, border: int, size: tuple[int, int]) -> tuple[int, int, int, int]:
    left, top, right, bottom = bounds(quad)
    width, height = size
    box = (
        max(left - border, 0),
        max(top - border, 0),
        min(right + border, width),
        min(bottom + border, height),
    )
    if box[0] >= box[2] or box[1] >= box[3]:
        raise DegenerateFace(
            f"the crop lies outside the picture: it spans {left}..{right} x {top}..{bottom}"
            f" and the picture is {width} x {height}"
        )
    return box


def _pads(
    quad: Quad, border: int, size: tuple[int, int], quad_size: float
) -> tuple[int, int, int, int] | None:
    left, top, right, bottom = bounds(quad)
    width, height = size
    reach = (
        max(-left + border, 0),
        max(-top + border, 0),
        max(right - width + border, 0),
        max(bottom - height + border, 0),
    )
    if max(reach) <= border - 4:
        return None
    least = round(quad_size * 0.3)
    a, b, c, d = (max(side, least) for side in reach)
    return a, b, c, d
