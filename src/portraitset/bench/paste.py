"""What pasting a crop back costs beside decoding and encoding, and what plain Pillow takes."""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from PIL import Image

from portraitset.align.face import cut_crop
from portraitset.align.geometry import CropGeometry, crop_geometry
from portraitset.align.paste import feather_mask, paste
from portraitset.align.settings import CropSettings
from portraitset.landmarks import Landmarks
from portraitset.picture.decode import Pixels


@dataclass(frozen=True, slots=True)
class PasteCost:
    """Seconds of one paste from pixels to pixels, the best of the rounds.

    Attributes:
        ours: a copy of the photo, with what an edit of the whole crop changed added to it.
        plain: the edited crop and its mask warped to the photo's size by Pillow, and composed.
    """

    case: str
    ours: float
    plain: float

    def row(self) -> tuple[str, ...]:
        """The table's cells."""
        ratio = self.plain / self.ours
        return self.case, f"{self.ours * 1e3:.0f}", f"{self.plain * 1e3:.0f}", f"{ratio:.1f}"


PASTE_HEAD = ("paste-back", "ours, ms", "Pillow, ms", "times Pillow's speed")


def paste_cost(name: str, photo: Pixels, points: Landmarks, size: int, rounds: int) -> PasteCost:
    """Measure one photo and face, with a crop of so many pixels; both ways take turns."""
    settings = CropSettings(size)
    height, width = photo.shape[:2]
    crop = cut_crop(photo, points, settings)
    edited = 255 - crop
    geometry = crop_geometry(points, (width, height), settings, "JPEG")
    ours = plain = math.inf
    for _ in range(rounds + 1):
        ours = min(ours, _timed(lambda: paste(photo.copy(), crop, edited, geometry)))
        plain = min(plain, _timed(lambda: paste_plainly(photo, edited, geometry)))
    return PasteCost(name, ours, plain)


def paste_plainly(photo: Pixels, edited: Pixels, geometry: CropGeometry) -> Pixels:
    """The usual way: crop and feathered mask warped to the whole photo, then composed."""
    below = Image.fromarray(photo)
    mask = np.rint(feather_mask(geometry.size, 1 / 16) * 255).astype(np.uint8)
    # Pillow's frame has the picture's corner at (0, 0); ours has its first pixel's centre there.
    matrix = geometry.forward.copy()
    matrix[:, 2] += 0.5 - matrix[:, :2].sum(axis=1) / 2
    affine, how = Image.Transform.AFFINE, Image.Resampling.BICUBIC
    warped = Image.fromarray(edited).transform(below.size, affine, matrix.ravel().tolist(), how)
    where = Image.fromarray(mask).transform(below.size, affine, matrix.ravel().tolist(), how)
    return np.asarray(Image.composite(warped, below, where))


def _timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began
