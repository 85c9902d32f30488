"""Where a crop lies: the square around a face, and the options that move it. Pure.

Frame: source pixels, x to the right, y down, integer coordinates at the upper left corner of a
pixel's index (Pillow's and FFHQ's convention), so that the warp adds 0.5.
"""

import hashlib
from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

from portraitset.align.settings import CropSettings, Rotation
from portraitset.errors import DegenerateFace
from portraitset.landmarks import Landmarks, Vector, face_axes, level_axes

Quad = npt.NDArray[np.float64]
"""float64 (4, 2): x then y of the corners TL, BL, BR, TR."""

Precision = type[np.float64] | type[np.float32]

Draw = tuple[float, float]
"""Two normal numbers: how far a square is moved to the right and down, in deviations."""

MOST_TRIES = 1000
"""Draws of a shift before a face is given up. Source: FFHQ's dataset script."""


@dataclass(frozen=True, slots=True)
class Square:
    """A square in a photo.

    Attributes:
        centre: float64 (2,), x then y; float32 of `SingleLandmarks`.
        across, down: likewise, from the centre to the middle of the right and the lower side.
    """

    centre: Vector
    across: Vector
    down: Vector

    def corners(self) -> Quad:
        """float64 (4, 2), x then y, order TL, BL, BR, TR; they may lie outside the photo."""
        c, x, y = self.centre, self.across, self.down
        return np.stack([c - x - y, c - x + y, c + x + y, c + x - y]).astype(np.float64)

    @property
    def precision(self) -> Precision:
        """In what it was computed, and all that follows from it is; see `Landmarks`."""
        return np.float32 if self.centre.dtype == np.float32 else np.float64

    @property
    def side(self) -> float:
        """The length of a side, in source pixels ("qsize")."""
        return float(np.hypot(*self.across) * 2)

    def bounds(self) -> tuple[int, int, int, int]:
        """The box of whole pixels around it: left, top, right, bottom."""
        return bounds(self.corners())

    def lies_inside(self, size: tuple[int, int]) -> bool:
        """Whether its box touches neither the right nor the lower edge of (width, height) `size`.

        As strict as FFHQ's script, which a box that ends with the picture does not satisfy.
        """
        left, top, right, bottom = self.bounds()
        return left >= 0 and top >= 0 and right < size[0] and bottom < size[1]

    def share_outside(self, size: tuple[int, int]) -> float:
        """How much of it lies outside a photo of (width, height) `size`: 0 to 1."""
        return share_outside(self.corners(), size)

    def shifted(self, draw: Draw, deviation: float) -> Self:
        """The same, moved in the photo by `draw` times so many of its sides: right, and down."""
        moved = self.centre + np.hypot(*self.across) * 2 * deviation * np.array(draw)
        return type(self)(moved.astype(self.centre.dtype), self.across, self.down)


def face_square(landmarks: Landmarks, rotation: Rotation = "keep") -> Square:
    """The square that upstream's scripts cut for a face.

    Source: FFHQ's dataset script, "oriented crop rectangle"; AAHQ's is the same.

    Raises:
        DegenerateFace: eyes and mouth coincide or cancel out, so there is no "up".
    """
    try:
        return Square(*(face_axes if rotation == "keep" else level_axes)(landmarks))
    except ValueError as error:
        raise DegenerateFace(str(error)) from error


def place_square(
    landmarks: Landmarks,
    size: tuple[int, int],
    settings: CropSettings,
    name: str | None = None,
    draw: Draw | None = None,
) -> Square:
    """The square that these settings cut for a face in a photo of (width, height) `size`.

    `name` is the face's, from which its random shift is drawn, unless that `draw` is known; with
    neither there is no shift.

    Raises:
        DegenerateFace: there is no "up", no shift lies inside the photo, a sequence is replayed
            and has no draw for it, or more of the square lies outside than the settings allow.
    """
    square = framed_square(landmarks, settings)
    if settings.replay is not None and name is not None and draw is None:
        raise DegenerateFace(f"it has no draw in the sequence of {settings.replay}'s shifts")
    if settings.random_shift > 0 and (name is not None or draw is not None):
        inside = size if settings.retry_crops else None
        square = _shifted(square, name or "", draw, settings, inside)
    if settings.border == "reject":
        share = square.share_outside(size)
        if share > settings.reject_above:
            raise DegenerateFace(
                f"{share:.1%} of the crop lies outside the picture, more than the"
                f" {settings.reject_above:.1%} that border = reject lets pass"
            )
    return square


def framed_square(landmarks: Landmarks, settings: CropSettings) -> Square:
    """`face_square`, scaled about its centre and moved by shares of upstream's square; no shift.

    Raises:
        DegenerateFace: there is no "up".
    """
    square, scale = face_square(landmarks, settings.rotation), settings.scale
    moved = square.centre + 2 * (
        square.across * settings.offset_x + square.down * settings.offset_y
    )
    return Square(moved, square.across * scale, square.down * scale)


def dice_of(name: str, seed: int) -> np.random.RandomState:
    """The dice of one face: the same whenever and in whatever order faces are cut.

    NumPy's Mersenne twister, whose stream is frozen (NEP 19), keyed by the eight little-endian
    32-bit words of the SHA-256 of the seed in decimal, a line feed and the name in UTF-8.
    """
    digest = hashlib.sha256(f"{seed}\n{name}".encode("utf-8", "surrogatepass")).digest()
    return np.random.RandomState(np.frombuffer(digest, "<u4").astype(np.uint32))


def drawn_shift(
    square: Square,
    dice: np.random.RandomState,
    deviation: float,
    inside: tuple[int, int] | None,
) -> Draw:
    """The normal numbers by which a square is moved; deviation: so many of its sides on each axis.

    Args:
        inside: draw again until it lies inside a photo of this (width, height); None for the
            first draw, whatever it is. The last of `MOST_TRIES` draws if none does.

    Source: FFHQ's dataset script, `--random-shift` and `--retry-crops`.
    """
    for _ in range(MOST_TRIES):
        x, y = dice.normal(0, 1, 2)
        if inside is None or square.shifted((x, y), deviation).lies_inside(inside):
            break
    return float(x), float(y)


def _shifted(
    square: Square,
    name: str,
    draw: Draw | None,
    settings: CropSettings,
    inside: tuple[int, int] | None,
) -> Square:
    deviation = settings.random_shift
    if draw is None:
        draw = drawn_shift(square, dice_of(name, settings.shift_seed), deviation, inside)
    shifted = square.shifted(draw, deviation)
    if inside is not None and not shifted.lies_inside(inside):
        raise DegenerateFace(
            f"no crop of {square.side:.0f} pixels a side lay inside the picture of"
            f" {inside[0]} x {inside[1]} in {MOST_TRIES:,} draws"
        )
    return shifted


def bounds(quad: Quad) -> tuple[int, int, int, int]:
    """The box of whole pixels around a quad: left, top, right, bottom."""
    left, top = np.floor(quad.min(axis=0))
    right, bottom = np.ceil(quad.max(axis=0))
    return int(left), int(top), int(right), int(bottom)


_Polygon = list[tuple[float, float]]


def share_outside(quad: Quad, size: tuple[int, int]) -> float:
    """How much of a quad lies outside a photo of (width, height) `size`: 0 to 1.

    The photo's own corner is at (0, 0).
    """
    corners = [(float(x), float(y)) for x, y in quad]
    inside = corners
    edges = ((0, 0, 1), (0, size[0], -1), (1, 0, 1), (1, size[1], -1))
    for axis, limit, sign in edges:
        inside = _clipped(inside, axis, float(limit), sign)
    return min(max(1 - _area(inside) / _area(corners), 0.0), 1.0)


def _clipped(polygon: _Polygon, axis: int, limit: float, sign: int) -> _Polygon:
    """What of a polygon lies on one side of a line (Sutherland and Hodgman, 1974)."""
    kept: _Polygon = []
    for before, here in zip(polygon[-1:] + polygon[:-1], polygon, strict=True):
        left, right = (sign * (point[axis] - limit) for point in (before, here))
        if left * right < 0:
            share = left / (left - right)
            kept.append(
                (
                    before[0] + share * (here[0] - before[0]),
                    before[1] + share * (here[1] - before[1]),
                )
            )
        if right >= 0:
            kept.append(here)
    return kept


def _area(polygon: _Polygon) -> float:
    """By the shoelace formula."""
    pairs = zip(polygon[-1:] + polygon[:-1], polygon, strict=True)
    return abs(sum(a[0] * b[1] - b[0] * a[1] for a, b in pairs)) / 2
