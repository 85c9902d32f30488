"""The pictures that the page shows beyond crops, as worker processes make them; none is kept."""

import io
from dataclasses import replace
from pathlib import Path

from PIL import Image

from portraitset.align.face import cut_crop
from portraitset.align.settings import LARGEST_SIZE, CropSettings
from portraitset.landmarks import Landmarks
from portraitset.picture.decode import Picture, read_picture, through_profile
from portraitset.workspace.layout import translated

PREVIEW_SIDE = 16
"""Of the blurred stand-in that a tile shows until its thumbnail is there, in pixels."""

PREVIEW_BYTES = PREVIEW_SIDE * PREVIEW_SIDE * 3

LONGEST_SIDE = 1600
"""Of an original as it is shown, in pixels."""

TRIAL_SIDE = 512
"""Of a crop that is only tried, in pixels."""

_QUALITY = 88


def shown_original(path: Path, max_pixels: int) -> bytes:
    """An original as a JPEG in sRGB, at most `LONGEST_SIDE` wide and high.

    Raises:
        ItemError: it cannot be read as a picture.
        WorkspaceError: it is gone.
    """
    picture = _read(path, max_pixels)
    image = Image.fromarray(picture.pixels)
    image.thumbnail((LONGEST_SIDE, LONGEST_SIDE), Image.Resampling.LANCZOS, reducing_gap=2.0)
    return _jpeg(image, picture.icc_profile)


def trial_crop(path: Path, max_pixels: int, landmarks: Landmarks, settings: CropSettings) -> bytes:
    """The crop that other landmarks would make, as a JPEG in sRGB.

    Args:
        landmarks: in pixels of the file at `path`.
        settings: how the dataset's crops are cut; the size is that of a trial, and a random shift
            is left out.

    Raises:
        DegenerateFace: these landmarks allow no crop.
        ItemError, WorkspaceError: as for `shown_original`.
    """
    picture = _read(path, max_pixels)
    side = min(settings.size, TRIAL_SIDE)
    trial = replace(settings, size=side, transform_size=None)
    pixels = cut_crop(picture.pixels, landmarks, trial)
    return _jpeg(Image.fromarray(pixels), picture.icc_profile)


def previews(thumbnails: tuple[Path, ...]) -> tuple[bytes | None, ...]:
    """`PREVIEW_BYTES` of RGB for each thumbnail, row by row; None where there is none."""
    return tuple(map(_preview, thumbnails))


def _preview(thumbnail: Path) -> bytes | None:
    try:
        with Image.open(thumbnail, formats=("JPEG",)) as image:
            image.draft("RGB", (PREVIEW_SIDE, PREVIEW_SIDE))
            small = image.convert("RGB").resize((PREVIEW_SIDE, PREVIEW_SIDE), Image.Resampling.BOX)
            return small.tobytes()
    except (OSError, ValueError, SyntaxError):
        return None


def _read(path: Path, max_pixels: int) -> Picture:
    with translated(path):
        return read_picture(path.read_bytes(), max(max_pixels, LARGEST_SIZE**2))


def _jpeg(image: Image.Image, icc_profile: bytes | None) -> bytes:
    buffer = io.BytesIO()
    shown = image if icc_profile is None else through_profile(image, icc_profile)
    shown.save(buffer, "JPEG", quality=_QUALITY)
    return buffer.getvalue()
