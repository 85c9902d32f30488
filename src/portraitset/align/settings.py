"""What decides a crop's pixels and its file format."""

from dataclasses import dataclass
from typing import Literal, get_args

from portraitset.errors import InputError

ImageFormat = Literal["png", "webp", "jpeg"]
Quality = Literal["exact", "fast", "reference"]

LARGEST_SIZE = 8192
"""The widest output: 8 times AAHQ's; the supersampled square of it is 32,768 pixels wide."""


@dataclass(frozen=True, slots=True)
class CropSettings:
    """What decides a crop's pixels.

    Attributes:
        size: the side of the crop, in pixels.
        transform_size: the side of the supersampled square in between; None means 4 * size.
        padding: continue the picture beyond its edges; without it the outside is black.
        quality: `exact` and `reference` make upstream's pixels, `fast` better-sampled ones.
        image_format: the crops' file format; None means the one that each face's name says.

    Raises:
        InputError: a value makes no sense.
    """

    size: int = 1024
    transform_size: int | None = None
    padding: bool = True
    quality: Quality = "exact"
    image_format: ImageFormat | None = None

    def __post_init__(self) -> None:
        if not 1 <= self.size <= LARGEST_SIZE:
            raise InputError(f"size must lie in 1..{LARGEST_SIZE}: {self.size}")
        if not self.size <= self.supersampled_size <= 4 * LARGEST_SIZE:
            raise InputError(
                f"transform size must lie in {self.size}..{4 * LARGEST_SIZE}: {self.transform_size}"
            )
        if self.quality not in get_args(Quality):
            raise InputError(f"quality must be one of {get_args(Quality)}: {self.quality!r}")
        if self.image_format not in (None, *get_args(ImageFormat)):
            raise InputError(
                f"format must be one of {get_args(ImageFormat)}: {self.image_format!r}"
            )

    @property
    def supersampled_size(self) -> int:
        """The side of the supersampled square, in pixels."""
        return 4 * self.size if self.transform_size is None else self.transform_size
