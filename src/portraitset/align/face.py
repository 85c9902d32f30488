"""One face, from pixels in memory to pixels in memory: the aligner that everything else wraps."""

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from portraitset.align.encode import ImageFormat
from portraitset.align.quad import plan_crop
from portraitset.errors import InputError
from portraitset.landmarks import Landmarks
from portraitset.picture.decode import Pixels

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


def align_face(
    image: Pixels,
    points: Landmarks,
    size: int = 1024,
    transform_size: int | None = None,
    padding: bool = True,
    quality: Quality = "exact",
) -> Pixels:
    """Cut the square, upright crop of one face.

    Args:
        image: uint8 (height, width, 3), RGB.
        points: the face's landmarks, in pixels of `image`.
        size, transform_size, padding, quality: see `CropSettings`.

    Returns uint8 (size, size, 3), RGB.

    Raises:
        DegenerateFace: the landmarks allow no crop of this picture.
        InputError: the image or a setting is not of the form above.
    """
    settings = CropSettings(size, transform_size, padding, quality)
    if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3:
        raise InputError(f"not an RGB image, uint8 (height, width, 3): {image.dtype} {image.shape}")
    return cut_crop(image, points, settings)


def cut_crop(image: Pixels, points: Landmarks, settings: CropSettings) -> Pixels:
    """`align_face` with its settings already checked."""
    # The kernels bring numba, half a second of import that only an alignment should cost.
    if settings.quality == "fast":
        from portraitset.align.fast import align_fast

        return align_fast(image, points, settings.size, settings.padding)
    height, width = image.shape[:2]
    plan = plan_crop(points, (width, height), settings.size, settings.padding)
    if settings.quality == "reference":
        from portraitset.align.reference import align_reference  # brings SciPy, as slow to load

        return align_reference(image, plan, settings.size, settings.supersampled_size)
    from portraitset.align.exact import align_exact

    return align_exact(image, plan, settings.size, settings.supersampled_size)
