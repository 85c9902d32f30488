"""The gallery's small pictures: as large as a page of so many faces can carry."""

import base64
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

MOST = 60_000
"""Faces that a gallery lists at the most."""

_LARGEST = 29_200_000
"""Characters of a page, its plots and tables aside, so that all of it stays below 30 MB."""

_NUMBERS = 99
"""Characters that a face's numbers and its candidate artist take on the page."""

_SAMPLE = 256
"""So many faces tell how large a grade comes out; their mean is within 3 % of the whole's."""


@dataclass(frozen=True, slots=True)
class Grade:
    """How small pictures are made: their side in pixels, and WebP's quality."""

    side: int
    quality: int


GRADES = (
    Grade(160, 70),
    Grade(128, 65),
    Grade(96, 60),
    Grade(80, 50),
    Grade(64, 45),
    Grade(64, 30),
    Grade(64, 22),
    Grade(64, 16),
    Grade(48, 25),
    Grade(32, 20),
    Grade(16, 20),
)
"""The best first. Of 25,000 paintings, 64 at 45 fit; of drawn faces, 64 at 16."""


@dataclass(frozen=True, slots=True)
class SmallPicture:
    """A face's picture on the page.

    Attributes:
        data: a WebP file, in base64.
    """

    data: str


def small_pictures(
    paths: Sequence[Path], grades: Sequence[Grade]
) -> list[list[SmallPicture | None]]:
    """Each thumbnail in each grade; None for one that is not there or cannot be read."""
    side = max(grade.side for grade in grades)
    images = (_opened(path, side) for path in paths)
    return [[_made(image, grade) for grade in grades] for image in images]


def sample_of(paths: Sequence[Path]) -> list[Path]:
    """Some of them, spread evenly, that tell how large all will be. Pure."""
    step = max(len(paths) // _SAMPLE, 1)
    return list(paths[::step])


def choose_grade(sample: Sequence[Sequence[SmallPicture | None]], count: int, words: int) -> Grade:
    """The best grade in which so many pictures fit on a page. Pure.

    Args:
        sample: some of the pictures, each in every one of `GRADES`.
        words: characters of the faces' names and addresses.
    """
    room = _LARGEST - words - _NUMBERS * count
    for at, grade in enumerate(GRADES):
        sizes = [len(made.data) for row in sample if (made := row[at]) is not None]
        if not sizes or sum(sizes) / len(sizes) * count <= room:
            return grade
    return GRADES[-1]


def _opened(path: Path, side: int) -> Image.Image | None:
    try:
        with Image.open(path, formats=("JPEG",)) as image:
            image.draft("RGB", (side, side))  # no smaller than this, and twice as fast
            return image.convert("RGB")
    except (OSError, ValueError, SyntaxError):
        return None


def _made(image: Image.Image | None, grade: Grade) -> SmallPicture | None:
    if image is None:
        return None
    small = image.resize((grade.side, grade.side), Image.Resampling.LANCZOS)
    buffer = io.BytesIO()
    small.save(buffer, "WEBP", quality=grade.quality, method=4)
    return SmallPicture(base64.b64encode(buffer.getvalue()).decode())
