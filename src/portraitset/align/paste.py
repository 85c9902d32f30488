"""An edited crop back into its photo: what the edit changed is added to what the photo has.

Not the crop's pixels are laid back but their difference from the crop as it was cut. Where nothing
was edited that difference is nought, so that the photo keeps its very pixels there, its detail
beyond the crop's resolution and what the padding's blur took from the crop's edge. The price: such
detail shows through an edit, too.

The difference is brought to the photo's grid by the inverse of the crop's own sampling: reduced
first where the crop was enlarged, then interpolated by Catmull and Rom's cubic (1974).
"""

import numpy as np
import numpy.typing as npt
from PIL import Image

from portraitset.align.geometry import CropGeometry
from portraitset.align.jit import kernel
from portraitset.picture.decode import Pixels

FEATHER = 1 / 16
"""Of the crop's side: over how much an edit fades out towards the crop's edge."""

Floats = npt.NDArray[np.float32]
_Doubles = npt.NDArray[np.float64]

_RIM = 2
"""Pixels that the cubic reads beyond its own."""


def paste(
    photo: Pixels, crop: Pixels, edited: Pixels, geometry: CropGeometry, feather: float = FEATHER
) -> bool:
    """Add what an edit changed to the photo, in place; whether a pixel of it was touched at all.

    An edit that changed nothing changes nothing: not one level of one pixel.

    Args:
        photo: uint8 (height, width, 3), to be written on; a view of a larger array will do.
        crop, edited: uint8 (size, size, 3): as it was cut, and after.
        geometry: how it was cut.
        feather: of the crop's side, 0 to 0.5: the width of the border in which the edit fades in.
    """
    changes = edited.astype(np.float32) - crop
    changes *= feather_mask(geometry.size, feather)[:, :, np.newaxis]
    if not changes.any():
        return False
    side = min(max(round(geometry.size * geometry.scale), 1), geometry.size)
    changes = _reduced(changes, side)
    rows, columns = (np.flatnonzero(changes.any(axis=(axis, 2))) for axis in (1, 0))
    if rows.size == 0:
        return False
    reach = np.array([columns[0], columns[-1], rows[0], rows[-1]], np.float64)
    rimmed = np.pad(changes, ((_RIM, _RIM), (_RIM, _RIM), (0, 0)))
    _add(photo, rimmed, geometry.resized(side).forward, reach)
    return True


def feather_mask(size: int, feather: float) -> Floats:
    """float32 (size, size): near 0 at the edge, 1 from `feather` of the side inwards, smoothly."""
    if feather <= 0:
        return np.ones((size, size), np.float32)
    at = (np.arange(size) + 0.5) / size
    rise = np.clip(np.minimum(at, 1 - at) / feather, 0, 1)
    line = (rise * rise * (3 - 2 * rise)).astype(np.float32)
    return np.outer(line, line)


def _reduced(changes: Floats, side: int) -> Floats:
    """float32 (side, side, 3), antialiased."""
    if side == changes.shape[0]:
        return changes
    bands = (Image.fromarray(np.ascontiguousarray(changes[:, :, band])) for band in range(3))
    small = [np.asarray(band.resize((side, side), Image.Resampling.BICUBIC)) for band in bands]
    return np.stack(small, axis=2)


@kernel
def _add(photo: Pixels, changes: Floats, forward: _Doubles, reach: _Doubles) -> None:
    """Add changes, which have a rim of noughts, to the photo's pixels within reach and the crop."""
    height, width = photo.shape[:2]
    across = np.empty(4, np.float32)
    down = np.empty(4, np.float32)
    for y in range(height):
        first, stop = 0, width
        for axis in range(2):
            slope = forward[axis, 0]
            start = forward[axis, 1] * y + forward[axis, 2]
            edge = changes.shape[1 - axis] - 4.5
            low, high = max(reach[2 * axis] - 2, -0.5), min(reach[2 * axis + 1] + 2, edge)
            if abs(slope) < 1e-12:
                if not low < start < high:
                    stop = 0
                continue
            near, far = (low - start) / slope, (high - start) / slope
            first = max(first, int(min(max(np.ceil(min(near, far)), 0.0), width)))
            stop = min(stop, int(min(max(np.floor(max(near, far)) + 1, 0.0), width)))
        for x in range(first, stop):
            u = forward[0, 0] * x + forward[0, 1] * y + forward[0, 2] + 2
            v = forward[1, 0] * x + forward[1, 1] * y + forward[1, 2] + 2
            left, top = int(np.floor(u)), int(np.floor(v))
            if left < 1 or top < 1 or left + 2 >= changes.shape[1] or top + 2 >= changes.shape[0]:
                continue
            _weigh(np.float32(u - left), across)
            _weigh(np.float32(v - top), down)
            red = green = blue = np.float32(0)
            for row in range(4):
                line = changes[top - 1 + row]
                r = g = b = np.float32(0)
                for column in range(4):
                    weight, at = across[column], left - 1 + column
                    r += weight * line[at, 0]
                    g += weight * line[at, 1]
                    b += weight * line[at, 2]
                red += down[row] * r
                green += down[row] * g
                blue += down[row] * b
            pixel = photo[y, x]
            pixel[0] = _settled(pixel[0] + red)
            pixel[1] = _settled(pixel[1] + green)
            pixel[2] = _settled(pixel[2] + blue)


@kernel
def _weigh(t: np.float32, weights: Floats) -> None:
    """Catmull and Rom's weights of four neighbours, `t` beyond the second."""
    half = np.float32(0.5)
    weights[0] = half * t * (t * (np.float32(2) - t) - np.float32(1))
    weights[1] = half * (t * t * (np.float32(3) * t - np.float32(5)) + np.float32(2))
    weights[2] = half * t * (t * (np.float32(4) - np.float32(3) * t) + np.float32(1))
    weights[3] = half * t * t * (t - np.float32(1))


@kernel
def _settled(value: np.float32) -> int:
    return int(min(max(np.rint(value), 0.0), 255.0))
