"""One face, from pixels in memory to pixels in memory: the aligner that everything else wraps."""

import numpy as np

from portraitset.align.fill import fill_of
from portraitset.align.quad import plan_crop
from portraitset.align.settings import Border, CropSettings, Quality, Rotation
from portraitset.align.square import Draw, place_square
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
    *,
    rotation: Rotation = "keep",
    scale: float = 1.0,
    offset: tuple[float, float] = (0.0, 0.0),
    random_shift: float = 0.0,
    retry_crops: bool = False,
    shift_seed: int = 0,
    name: str | None = None,
    draw: Draw | None = None,
    border: Border = "blur",
    border_colour: str | None = None,
    reject_above: float = 0.0,
) -> Pixels:
    """Cut the square, upright crop of one face.

    Args:
        image: uint8 (height, width, 3), RGB.
        points: the face's landmarks, in pixels of `image`.
        name: the face's, which decides its random shift.
        draw: what decides it instead, as `replay` says it.
        offset: x and y of it.
        size, transform_size and all others: see `CropSettings`.

    Returns uint8 (size, size, 3), RGB.

    Raises:
        DegenerateFace: the landmarks allow no crop of this picture.
        InputError: the image or a setting is not of the form above, or exclude each other.
    """
    settings = CropSettings(
        size,
        transform_size,
        padding,
        quality,
        rotation=rotation,
        scale=scale,
        offset_x=offset[0],
        offset_y=offset[1],
        random_shift=random_shift,
        retry_crops=retry_crops,
        shift_seed=shift_seed,
        border=border,
        border_colour=border_colour,
        reject_above=reject_above,
    )
    if random_shift and name is None and draw is None:
        raise InputError("a random shift is drawn by the face's name: it needs name")
    if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3:
        raise InputError(f"not an RGB image, uint8 (height, width, 3): {image.dtype} {image.shape}")
    return cut_crop(image, points, settings, name, draw)


def cut_crop(
    image: Pixels,
    points: Landmarks,
    settings: CropSettings,
    name: str | None = None,
    draw: Draw | None = None,
) -> Pixels:
    """`align_face` with its settings already checked; see `place_square`."""
    height, width = image.shape[:2]
    square = place_square(points, (width, height), settings, name, draw)
    # The kernels bring numba, half a second of import that only an alignment should cost.
    if settings.quality == "fast":
        from portraitset.align.fast import align_fast

        return align_fast(image, square, settings.size, fill_of(settings))
    plan = plan_crop(square, (width, height), settings.size, fill_of(settings))
    if settings.quality == "reference":
        from portraitset.align.reference import align_reference  # brings SciPy, as slow to load

        return align_reference(image, plan, settings.size, settings.supersampled_size)
    from portraitset.align.exact import align_exact

    return align_exact(image, plan, settings.size, settings.supersampled_size)
