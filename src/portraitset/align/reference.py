"""The oracle: upstream's alignment in Pillow and SciPy, one plain step after the other.

Slow and memory-hungry on purpose: it is what `exact` must equal, bit for bit, and `exact` is
what is meant to be used. Its pixels are those that upstream's script made under NumPy 1.
"""

import numpy as np
import numpy.typing as npt
from PIL import Image
from scipy.ndimage import gaussian_filter

from portraitset.align.fill import Fill
from portraitset.align.mirror import reflected
from portraitset.align.quad import CropPlan

Pixels = npt.NDArray[np.uint8]


def align_reference(pixels: Pixels, plan: CropPlan, size: int, transform_size: int) -> Pixels:
    """Cut the crop that `plan` describes.

    Args:
        pixels: uint8 (height, width, 3), RGB.
        plan: where to cut; made for this picture's size and this output size.
        size: the side of the result.
        transform_size: the side of the supersampled square in between; at least `size`.

    Returns uint8 (size, size, 3), RGB.
    """
    image = Image.fromarray(pixels)
    if plan.shrink > 1:
        image = shrink_reference(image, plan.shrunk)
    image = image.crop(plan.box)
    if plan.pads is not None:
        image = Image.fromarray(_padded(np.asarray(image), plan.pads, plan))
    square = (transform_size, transform_size)
    corners = tuple((plan.quad + 0.5).ravel().tolist())
    image = image.transform(square, Image.Transform.QUAD, corners, Image.Resampling.BILINEAR)
    if size < transform_size:
        image = image.resize((size, size), Image.Resampling.LANCZOS)
    return np.asarray(image)


def shrink_reference(image: Image.Image, size: tuple[int, int]) -> Image.Image:
    """Reduce to (width, height) `size`: across first, then down, bytes in between.

    Pillow up to 12.1 does so of itself; 13 begins with what is more than twice as high as wide
    from the other side, and gets other pixels.
    """
    across = image.resize((size[0], image.height), Image.Resampling.LANCZOS)
    return across.resize(size, Image.Resampling.LANCZOS)


def _padded(pixels: Pixels, pads: tuple[int, int, int, int], plan: CropPlan) -> Pixels:
    if plan.fill.kind == "blur":
        return pad_reference(pixels, pads, plan.quad_size)
    return fill_reference(pixels, pads, plan.fill)


def fill_reference(pixels: Pixels, pads: tuple[int, int, int, int], fill: Fill) -> Pixels:
    """Continue a picture beyond its edges by what is no blur; as `pad_reference`."""
    left, top, right, bottom = pads
    rows = fill.sources(top, pixels.shape[0], bottom)
    columns = fill.sources(left, pixels.shape[1], right)
    padded = pixels[rows][:, columns]
    padded[rows < 0] = fill.colour
    padded[:, columns < 0] = fill.colour
    return padded


def pad_reference(pixels: Pixels, pads: tuple[int, int, int, int], quad_size: float) -> Pixels:
    """Continue a picture beyond its edges: mirrored, then ever more blurred, then its median.

    Args:
        pixels: uint8 (height, width, 3).
        pads: left, top, right, bottom, in pixels.
        quad_size: the crop's side in pixels; the blur's sigma is 0.02 of it.

    Returns uint8 (top + height + bottom, left + width + right, 3).

    All steps are float32 as under NumPy 1, where an array's float32 outlived an int64 scalar.
    """
    left, top, right, bottom = pads
    rows, columns = reflected(top, pixels.shape[0], bottom), reflected(left, pixels.shape[1], right)
    padded = pixels.astype(np.float32)[rows][:, columns]
    mask = _edge_mask(padded.shape[0], padded.shape[1], pads)[:, :, np.newaxis]
    sigma = quad_size * 0.02
    blurred = gaussian_filter(padded, [sigma, sigma, 0])
    padded += (blurred - padded) * np.clip(mask * 3.0 + 1.0, 0.0, 1.0)
    padded += (np.median(padded, axis=(0, 1)) - padded) * np.clip(mask, 0.0, 1.0)
    return np.clip(np.rint(padded), 0, 255).astype(np.uint8)


def _edge_mask(height: int, width: int, pads: tuple[int, int, int, int]) -> npt.NDArray[np.float32]:
    """float32 (height, width): 1 at the outer edge, 0 where the picture begins, below 0 inside."""
    left, top, right, bottom = (np.float32(side) for side in pads)
    x = np.arange(width, dtype=np.float32)[np.newaxis, :]
    y = np.arange(height, dtype=np.float32)[:, np.newaxis]
    across = np.float32(1) - np.minimum(x / left, (np.float32(width - 1) - x) / right)
    down = np.float32(1) - np.minimum(y / top, (np.float32(height - 1) - y) / bottom)
    mask: npt.NDArray[np.float32] = np.maximum(across, down)
    return mask
