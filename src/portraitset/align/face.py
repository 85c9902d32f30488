"""One face, from pixels in memory to pixels in memory: the aligner that everything else wraps."""

import numpy as np

from portraitset.align.quad import plan_crop
from portraitset.align.settings import CropSettings, Quality
from portraitset.errors import InputError
from portraitset.landmarks import Landmarks
from portraitset.picture.decode import Pixels


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
