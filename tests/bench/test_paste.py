"""The rival pastes where we do, or the ratio would mean nothing."""

import numpy as np

from portraitset.align.face import cut_crop
from portraitset.align.geometry import crop_geometry
from portraitset.align.paste import paste
from portraitset.align.settings import CropSettings
from portraitset.bench.align import Case
from portraitset.bench.paste import paste_plainly


def test_both_ways_paste_the_same_edit_at_the_same_place() -> None:
    case = Case("", 400, 360, (200, 180), 200, 15)
    photo = np.full((case.height, case.width, 3), 100, np.uint8)  # its resampling shows nothing
    crop = cut_crop(photo, case.points(), CropSettings(128))
    geometry = crop_geometry(case.points(), (400, 360), CropSettings(128), "PNG")
    edited = crop.copy()
    edited[40:80, 50:90] += 40
    ours = photo.copy()
    paste(ours, crop, edited, geometry)
    apart = np.abs(ours.astype(int) - paste_plainly(photo, edited, geometry))
    assert (ours != photo).any(axis=2).sum() > 3000
    assert apart.max() <= 8  # 6 measured; a shift by a quarter of a pixel makes 17
