"""Upstream's alignment written afresh, step by step, for the libraries of its day.

Meant to run under NumPy 1.23, SciPy 1.9 and Pillow 9.5, and to be right only there: the sizes of
its floats and the order of Pillow's passes are left to them, as upstream left them. The steps are
described in docs/alignment.md. Nothing of portraitset is used, so that no mistake can be shared.
"""

from __future__ import annotations  # Python 3.8 runs this

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import PIL.Image
import scipy.ndimage

if TYPE_CHECKING:
    from align.random_faces import RandomFace

Doubles = npt.NDArray[np.float64]


class OutsideError(ValueError):
    """The crop's box misses the picture."""


def crop_as_upstream(face: RandomFace) -> npt.NDArray[np.uint8]:
    """uint8 (size, size, 3).

    Raises:
        OutsideError: the crop's box misses the picture, where upstream's script breaks off.
    """
    image = PIL.Image.fromarray(face.pixels)
    quad, side = _placed(face.points if face.of_68 is None else _metfaces_points(*face.of_68))
    image, quad, side = _shrunk(image, quad, side, face.size)
    border = max(int(np.rint(side * 0.1)), 3)
    image, quad = _cropped(image, quad, border)
    if face.padding:
        image, quad = _padded(image, quad, border, side)
    square = (face.transform_size, face.transform_size)
    corners = (quad + 0.5).flatten().tolist()
    image = image.transform(
        square, PIL.Image.Transform.QUAD, corners, PIL.Image.Resampling.BILINEAR
    )
    if face.size < face.transform_size:
        image = image.resize((face.size, face.size), PIL.Image.Resampling.LANCZOS)
    return np.asarray(image)


def _metfaces_points(points: list[tuple[float, float]], shrink: int) -> list[Any]:
    """The four points of the 68; all that is made of them stays float32 from here on."""
    found = (np.array(points, np.float32) + 0.5) * shrink
    return [np.mean(found[36:42], axis=0), np.mean(found[42:48], axis=0), found[48], found[54]]


def _placed(points: list[Any]) -> tuple[Doubles, float]:
    """The corners TL, BL, BR, TR, and the length of a side."""
    eye_left, eye_right, mouth_left, mouth_right = (np.array(point) for point in points)
    eyes, mouth = (eye_left + eye_right) * 0.5, (mouth_left + mouth_right) * 0.5
    along, downwards = eye_right - eye_left, mouth - eyes
    x = along - _turned(downwards)
    x /= np.hypot(*x)
    x *= max(np.hypot(*along) * 2.0, np.hypot(*downwards) * 1.8)
    y = _turned(x)
    centre = eyes + downwards * 0.1
    quad = np.stack([centre - x - y, centre - x + y, centre + x + y, centre + x - y])
    return quad, np.hypot(*x) * 2


def _turned(vector: Doubles) -> Doubles:
    return np.array([-vector[1], vector[0]])


def _shrunk(
    image: PIL.Image.Image, quad: Doubles, side: float, size: int
) -> tuple[PIL.Image.Image, Doubles, float]:
    factor = math.floor(side / size * 0.5)
    if factor <= 1:
        return image, quad, side
    reduced = (int(np.rint(image.width / factor)), int(np.rint(image.height / factor)))
    if 0 in reduced:
        raise OutsideError
    return image.resize(reduced, PIL.Image.Resampling.LANCZOS), quad / factor, side / factor


def _bounds(quad: Doubles) -> tuple[int, int, int, int]:
    return (
        int(np.floor(min(quad[:, 0]))),
        int(np.floor(min(quad[:, 1]))),
        int(np.ceil(max(quad[:, 0]))),
        int(np.ceil(max(quad[:, 1]))),
    )


def _cropped(image: PIL.Image.Image, quad: Doubles, border: int) -> tuple[PIL.Image.Image, Doubles]:
    left, top, right, bottom = _bounds(quad)
    left, top = max(left - border, 0), max(top - border, 0)
    right, bottom = min(right + border, image.width), min(bottom + border, image.height)
    if left >= right or top >= bottom:
        raise OutsideError
    return image.crop((left, top, right, bottom)), quad - np.array([left, top], quad.dtype)


def _padded(
    image: PIL.Image.Image, quad: Doubles, border: int, side: float
) -> tuple[PIL.Image.Image, Doubles]:
    left, top, right, bottom = _bounds(quad)
    reach = (
        max(-left + border, 0),
        max(-top + border, 0),
        max(right - image.width + border, 0),
        max(bottom - image.height + border, 0),
    )
    if max(reach) <= border - 4:
        return image, quad
    # NumPy integers, as upstream's: under NumPy 1 a float32 array divided by one stays float32.
    pads = np.maximum(reach, int(np.rint(side * 0.3)))
    values: Any = np.asarray(image, np.float32)
    values = np.pad(values, ((pads[1], pads[3]), (pads[0], pads[2]), (0, 0)), "reflect")
    mask = _mask(values.shape[0], values.shape[1], pads)
    blurred = scipy.ndimage.gaussian_filter(values, [side * 0.02, side * 0.02, 0])
    values += (blurred - values) * np.clip(mask * 3.0 + 1.0, 0.0, 1.0)
    values += (np.median(values, axis=(0, 1)) - values) * np.clip(mask, 0.0, 1.0)
    made = np.clip(np.rint(values), 0, 255).astype(np.uint8)
    return PIL.Image.fromarray(made), quad + pads[:2].astype(quad.dtype)


def _mask(height: int, width: int, pads: npt.NDArray[np.int64]) -> Any:
    y, x, _ = np.ogrid[:height, :width, :1]
    across = np.minimum(np.float32(x) / pads[0], np.float32(width - 1 - x) / pads[2])
    down = np.minimum(np.float32(y) / pads[1], np.float32(height - 1 - y) / pads[3])
    return np.maximum(1.0 - across, 1.0 - down)
