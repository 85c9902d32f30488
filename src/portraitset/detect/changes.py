"""What may have become of a picture since its points were set, as other places of the points. Pure.

A change is tried on the points of all faces of a picture at once, as it happened to the picture.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

import numpy as np
import numpy.typing as npt

from portraitset.detect.orientation import stored_points

Faces = npt.NDArray[np.float64]
"""float64 (n, 4, 2): the four points of n faces, as `Points`."""

NAMES_SWAPPED = [1, 0, 3, 2]
"""Left for right: what is left as seen is right in the mirrored picture."""

SAME_SIZE = 0.03
"""Factors nearer to 1 than this are no resizing."""

MOST_FACES = 24
"""Of a picture's faces and finds, so many are enough to see what became of it."""

_WAYS = {
    2: "mirrored",
    3: "turned-180",
    4: "mirrored-turned-180",
    5: "mirrored-turned-270",
    6: "turned-270",
    7: "mirrored-turned-90",
    8: "turned-90",
}
"""What became of a picture that only this EXIF orientation would show as it was: mirrored left to
right, then turned to the right by so many degrees."""

_MIRRORED = (2, 4, 5, 7)


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that may have become of a picture.

    Attributes:
        cause: its word.
        words: the same with its numbers, for a reader: "The picture …".
        faces: where the points would lie in the picture as it is.
        fitted: how many numbers were fitted to what was found.
    """

    cause: str
    words: str
    faces: Faces
    fitted: int


def changes(
    stated: Faces, found: Faces, size: tuple[int, int], stated_width: float | None
) -> Iterator[Change]:
    """All that is tried.

    Args:
        stated: the manifest's points.
        found: the detector's.
        size: width and height of the picture.
        stated_width: the width of the picture that the points were made for, if that is known.
    """
    width, height = size
    for orientation, cause in _WAYS.items():
        flat = stored_points(stated.reshape(-1, 2), orientation, width, height)
        faces = flat.reshape(stated.shape)
        if orientation in _MIRRORED:
            faces = faces[:, NAMES_SWAPPED]
        yield Change(cause, _turned_words(cause), faces, 0)
    if stated_width is not None:
        yield from _resized(stated, width / stated_width, size, 0)
    for points, find in product(stated, found):
        factor = float(((points + 0.5) * (find + 0.5)).sum() / ((points + 0.5) ** 2).sum())
        yield from _resized(stated, factor, size, 1)
        yield _shifted(stated, (find - points).mean(axis=0))


def _resized(stated: Faces, factor: float, size: tuple[int, int], fitted: int) -> Iterator[Change]:
    if factor <= 0 or abs(factor - 1) < SAME_SIZE:
        return
    width, height = (round(side / factor) for side in size)
    words = (
        f"The points fit if multiplied by {factor:.3g}:"
        f" they were set in a copy of about {width:,} by {height:,} pixels."
    )
    yield Change("rescaled", words, (stated + 0.5) * factor - 0.5, fitted)


def _shifted(stated: Faces, by: npt.NDArray[np.float64]) -> Change:
    right, down = (round(float(value)) for value in by)
    ways = "right" if right > 0 else "left", "down" if down > 0 else "up"
    words = (
        f"The points fit if moved {abs(right):,} pixels {ways[0]} and {abs(down):,} {ways[1]}:"
        " the picture was cut otherwise, or they were set beside the face."
    )
    return Change("shifted", words, stated + by, 2)


def _turned_words(cause: str) -> str:
    done = ["mirrored left to right"] if "mirrored" in cause else []
    if "turned" in cause:
        done.append(f"turned to the right by {cause.rpartition('-')[2]} degrees")
    return f"The points fit if the picture was {' and '.join(done)}."
