"""How faces are looked for."""

from dataclasses import dataclass
from typing import Literal, get_args

from portraitset.errors import InputError

Faces = Literal["all", "largest", "best", "centre"]
"""Every face of a picture; the largest, the surest, or the one nearest to the middle."""


@dataclass(frozen=True, slots=True)
class DetectSettings:
    """How faces are looked for, and which are kept.

    Attributes:
        faces: which of a picture's faces are kept.
        min_size: the longer side of the smallest face, in pixels of the original.
        threshold: the least score, 0 to 1.
        thorough: look in more sizes; slower, and finds smaller and larger faces.
        max_pixels: the largest picture.
        turned: look at it turned by one, two and three quarters, too; a face may then be found in
            two turns.

    Raises:
        InputError: a value makes no sense.
    """

    faces: Faces = "all"
    min_size: int = 24
    threshold: float = 0.5
    thorough: bool = False
    max_pixels: int = 100_000_000
    turned: bool = False

    def __post_init__(self) -> None:
        if self.faces not in get_args(Faces):
            raise InputError(f"faces must be one of {', '.join(get_args(Faces))}: {self.faces!r}")
        if not 0 < self.threshold <= 1:
            raise InputError(f"threshold must be above 0 and at most 1: {self.threshold}")
        if self.min_size < 0 or self.max_pixels < 1:
            raise InputError("min_size and max_pixels must not be below zero")
