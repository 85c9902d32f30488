"""Getting the kernels ready before the work begins, and saying beforehand if that takes long."""

from dataclasses import replace

import numpy as np

from portraitset.align import blur, canvas, fast_pad, fast_warp, lanczos, pad, png, shrink, warp
from portraitset.align.face import cut_crop
from portraitset.align.fill import BLUR, fill_of
from portraitset.align.jit import is_cached
from portraitset.align.settings import CropSettings
from portraitset.landmarks import Landmarks

_SIDE = 256
_FACE = Landmarks((113.0, 110.0), (143.0, 110.0), (118.0, 140.0), (138.0, 140.0))
_FACE_AT_THE_EDGE = Landmarks((13.0, 110.0), (43.0, 110.0), (18.0, 140.0), (38.0, 140.0))
_FACE_TO_SHRINK = Landmarks((80.0, 110.0), (176.0, 110.0), (95.0, 200.0), (161.0, 200.0))
_WARP = (canvas.paint, warp.warp_rows, lanczos.fill_taps, shrink.shrink_rows)
_NEEDED = {
    "exact": (*_WARP, blur.blur_down, blur.blur_across, pad.median_of, pad.settle, png.apply_paeth),
    "fast": (*_WARP, fast_warp.warp_tiles, fast_pad.pick, fast_pad.average, png.apply_paeth),
    "reference": (png.apply_paeth,),
}


def is_compiled(settings: CropSettings) -> bool:
    """Whether `warm_up` will be quick: the machine code it needs lies on disk."""
    fills = settings.quality != "reference" and fill_of(settings) not in (None, BLUR)
    return all(is_cached(each) for each in _NEEDED[settings.quality]) and (
        not fills or is_cached(canvas.paint_filled)
    )


def warm_up(settings: CropSettings) -> None:
    """Compile or load the kernels that crops of these settings need; under 30 s the first time."""
    picture = np.zeros((_SIDE, _SIDE, 3), np.uint8)
    small = CropSettings(64, 128, settings.padding, settings.quality)
    for points in (_FACE, _FACE_AT_THE_EDGE, _FACE_TO_SHRINK):
        crop = cut_crop(picture, points, small)
    if settings.quality == "fast" and not settings.padding:
        cut_crop(picture, _FACE_AT_THE_EDGE, replace(small, padding=True))
    if fill_of(settings) not in (None, BLUR):
        cut_crop(picture, _FACE_AT_THE_EDGE, replace(small, border=settings.border))
    png.encode_png(crop, None, {})
