"""Random faces by number, the same under any Python and NumPy: nothing but bytes and halvings.

Runs under Python 3.8 as well, for the environment that upstream's script was made for. The bytes
come from the standard library's and NumPy's Mersenne twister, whose streams are frozen (NEP 19);
every point is rounded to 1/64 of a pixel, which no mathematical library moves.
"""

from __future__ import annotations  # Python 3.8 runs this

import math
import random
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

SIZES = (32, 48, 64)
NAMED = (216, 517, 3), (260, 596, 4), (355, 751, 3), (151, 465, 3)
"""Width, height and shrink of the pictures on which the order of Pillow's passes was noticed."""

_FACE = ((-0.125, -0.025), (0.125, -0.025), (-0.09, 0.225), (0.09, 0.225))
"""Eyes and corners of the mouth of a face whose crop has the side 1 and its centre at 0."""


class RandomFace(NamedTuple):
    """One picture with one face, and how to cut it.

    Attributes:
        pixels: uint8 (height, width, 3).
        points: left eye, right eye, left and right corner of the mouth; x, y in pixels.
        of_68: instead of these, 68 points and the number of pixels that one of theirs covers, as
            MetFaces has them.
    """

    kind: str
    pixels: npt.NDArray[np.uint8]
    points: list[tuple[float, float]]
    size: int
    transform_size: int
    padding: bool
    of_68: tuple[list[tuple[float, float]], int] | None = None


class _Shape(NamedTuple):
    width: int
    height: int
    side: float
    x: float
    y: float
    degrees: float


def random_face(number: int) -> RandomFace:
    """Six kinds take turns; negative numbers are those of `NAMED`."""
    draw = random.Random(number)
    if number < 0:
        width, height, shrink = NAMED[-number - 1]
        shape = _Shape(width, height, (2 * shrink + 0.7) * 64, width / 2, height / 2, 9.0)
        return _face("named", number, shape, 64, 256)
    kind = list(_KINDS)[number % len(_KINDS)]
    size = SIZES[int(draw.random() * len(SIZES))]
    shape = _KINDS[kind](draw, size)
    factor = (2, 3, 4, 4, 4)[int(draw.random() * 5)]
    return _face(kind, number, shape, size, factor * size + int(draw.random() < 0.1))


def random_metface(number: int) -> RandomFace:
    """A random face with the 68 points of MetFaces, most of them whole numbers, as dlib's are."""
    face, draw = random_face(number), random.Random(number)
    shrink = 1 + int(3 * draw.random())
    unit = 1 if face.kind != "tiny" and draw.random() < 0.7 else 64

    def near(point: tuple[float, float], reach: float) -> tuple[float, float]:
        x, y = (v / shrink - 0.5 + reach * (draw.random() - 0.5) for v in point)
        return math.floor(x * unit + 0.5) / unit, math.floor(y * unit + 0.5) / unit

    eye_left, eye_right, mouth_left, mouth_right = face.points
    reach = abs(eye_left[0] - eye_right[0]) / shrink / 4
    points = [near(eye_left, 4 * reach) for _ in range(36)]
    points += [near(eye, reach) for eye in (eye_left, eye_right) for _ in range(6)]
    points += [near(mouth_left, 0) for _ in range(6)] + [near(mouth_right, 0) for _ in range(14)]
    return face._replace(kind="metface", of_68=(points, shrink))


def _face(kind: str, number: int, shape: _Shape, size: int, transform_size: int) -> RandomFace:
    padding = kind in ("padded", "named") or number % 5 > 0
    pixels = _pixels(abs(number), shape.width, shape.height)
    return RandomFace(kind, pixels, _points(shape), size, transform_size, padding)


def _between(draw: random.Random, least: float, most: float) -> float:
    """As evenly spread over the powers as over the numbers."""
    return float(least * (most / least) ** draw.random())


def _tall(draw: random.Random, size: int) -> _Shape:
    width = int(_between(draw, 40, 300))
    height = int(width * (2.02 + 2 * draw.random()))
    # Half of them shrunk, where the order of the passes counts.
    side = _between(draw, 4.1, 12) * size if draw.random() < 0.5 else _between(draw, 20, 4 * size)
    return _Shape(width, height, side, width * draw.random(), height * draw.random(), 0.0)


def _wide(draw: random.Random, size: int) -> _Shape:
    tall = _tall(draw, size)
    return tall._replace(width=tall.height, height=tall.width, x=tall.y, y=tall.x)


def _tiny(draw: random.Random, size: int) -> _Shape:
    width, height = 1 + int(12 * draw.random()), 1 + int(12 * draw.random())
    x, y = width * (2 * draw.random() - 0.5), height * (2 * draw.random() - 0.5)
    return _Shape(width, height, _between(draw, 0.5, 40), x, y, 20.0)


def _turned(draw: random.Random, size: int) -> _Shape:
    width, height = int(_between(draw, 60, 400)), int(_between(draw, 60, 400))
    side = _between(draw, 10, 1.5 * min(width, height))
    degrees = 90.0 * int(4 * draw.random()) if draw.random() < 0.3 else 360 * draw.random()
    return _Shape(width, height, side, width * draw.random(), height * draw.random(), degrees)


def _shrunk(draw: random.Random, size: int) -> _Shape:
    width, height = int(_between(draw, 130, 600)), int(_between(draw, 130, 600))
    side = _between(draw, 4.05, 16) * size
    x, y = width * (0.2 + 0.6 * draw.random()), height * (0.2 + 0.6 * draw.random())
    return _Shape(width, height, side, x, y, 60 * draw.random() - 30)


def _padded(draw: random.Random, size: int) -> _Shape:
    width, height = int(_between(draw, 40, 300)), int(_between(draw, 40, 300))
    side = _between(draw, 20, 3.9 * size)
    x, y = (edge if draw.random() < 0.5 else 0 for edge in (width, height))
    off = side * (0.6 * draw.random() - 0.3)
    return _Shape(width, height, side, x + off, y - off, 40 * draw.random() - 20)


_KINDS: dict[str, Callable[[random.Random, int], _Shape]] = {
    "tall": _tall,
    "wide": _wide,
    "tiny": _tiny,
    "turned": _turned,
    "shrunk": _shrunk,
    "padded": _padded,
}


def _points(shape: _Shape) -> list[tuple[float, float]]:
    angle = math.radians(shape.degrees)
    across, down = math.cos(angle) * shape.side, math.sin(angle) * shape.side
    turned = [(x * across - y * down, x * down + y * across) for x, y in _FACE]
    return [(_rounded(shape.x + x), _rounded(shape.y + y)) for x, y in turned]


def _rounded(value: float) -> float:
    return math.floor(value * 64 + 0.5) / 64


def _pixels(seed: int, width: int, height: int) -> npt.NDArray[np.uint8]:
    """Blocks of noise: noise itself, black and white, or brightness that rises and falls."""
    block = 1 + seed % 7
    shape = (-(-height // block), -(-width // block), 3)
    blocks = np.random.RandomState(seed).randint(0, 256, shape).astype(np.uint8)
    if seed % 4 == 0:
        blocks = np.where(blocks > 127, np.uint8(255), np.uint8(0))
    pixels = blocks.repeat(block, axis=0).repeat(block, axis=1)[:height, :width]
    if seed % 4 == 1:
        slopes = np.arange(width) * 3 + np.arange(height)[:, np.newaxis] * 2
        waves = np.abs(slopes % 510 - 255).astype(np.uint8)
        pixels = (waves[:, :, np.newaxis] >> 1) + (pixels >> 1)
    return np.ascontiguousarray(pixels)
