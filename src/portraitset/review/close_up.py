"""What the landmark editor shows, as its worker process makes it from the whole original.

The picture that was asked for last stays decoded, so that a zoom or a moved point costs no new
decoding; there is never more than one, and the decoder's own limits hold.
"""

import io
from dataclasses import dataclass, replace
from pathlib import Path

from PIL import Image

from portraitset.align.encode import encode_image
from portraitset.align.face import cut_crop
from portraitset.align.settings import LARGEST_SIZE, CropSettings
from portraitset.landmarks import Landmarks
from portraitset.picture.decode import Picture, read_picture, through_profile
from portraitset.workspace.layout import FileStamp, stamp_of, translated

LONGEST_SIDE = 2048
"""Of a view, in pixels."""

_QUALITY = 92


@dataclass(frozen=True, slots=True)
class Region:
    """A part of an original, in its pixels as stored."""

    left: int
    top: int
    width: int
    height: int


class _Desk:
    """The one picture that lies decoded in this process."""

    def __init__(self) -> None:
        self._key: tuple[Path, FileStamp | None] | None = None
        self._picture: Picture | None = None

    def picture(self, path: Path, max_pixels: int) -> Picture:
        """The picture of a file, decoded at most once while nobody asks for another."""
        key = path, stamp_of(path)
        if self._picture is not None and self._key == key:
            return self._picture
        self._key, self._picture = None, None  # before the next one takes as much again
        with translated(path):
            data = path.read_bytes()
        self._picture = read_picture(data, max(max_pixels, LARGEST_SIZE**2))
        self._key = key
        return self._picture


_DESK = _Desk()


def size_of(path: Path, max_pixels: int) -> tuple[int, int]:
    """Width and height of an original in pixels.

    Raises:
        ItemError: it cannot be read as a picture.
        FileNotFoundError, WorkspaceError: it is gone, or cannot be read.
    """
    picture = _DESK.picture(path, max_pixels)
    return picture.width, picture.height


def view_of(path: Path, max_pixels: int, region: Region, side: int) -> bytes:
    """A part of an original as a JPEG in sRGB, at most `side` pixels wide and high, never enlarged.

    What lies outside the picture is left out.

    Raises:
        ItemError, FileNotFoundError, WorkspaceError: as for `size_of`.
    """
    picture = _DESK.picture(path, max_pixels)
    left, top = min(region.left, picture.width - 1), min(region.top, picture.height - 1)
    right = min(left + max(region.width, 1), picture.width)
    bottom = min(top + max(region.height, 1), picture.height)
    image = Image.fromarray(picture.pixels[top:bottom, left:right])
    image.thumbnail((side, side), Image.Resampling.LANCZOS, reducing_gap=2.0)
    profile = picture.icc_profile
    shown = image if profile is None else through_profile(image, profile)
    buffer = io.BytesIO()
    shown.save(buffer, "JPEG", quality=_QUALITY, subsampling=0)
    return buffer.getvalue()


def live_crop(
    path: Path, max_pixels: int, landmarks: Landmarks, settings: CropSettings, side: int
) -> bytes:
    """The crop that these landmarks would make, as a PNG with the original's colour profile.

    With the dataset's own side its pixels are those that a build writes.

    Args:
        landmarks: in pixels of the file at `path`.
        settings: how the dataset's crops are cut.
        side: of the crop, in pixels; the dataset's own is the most.

    Raises:
        DegenerateFace: these landmarks allow no crop.
        ItemError, FileNotFoundError, WorkspaceError: as for `size_of`.
    """
    picture = _DESK.picture(path, max_pixels)
    pixels = cut_crop(picture.pixels, landmarks, _at(settings, side))
    return encode_image(pixels, "png", picture.icc_profile, {})


def draft(
    path: Path, max_pixels: int, landmarks: Landmarks, settings: CropSettings, side: int
) -> bytes:
    """A small crop that was never cut, as a JPEG in sRGB.

    Raises:
        DegenerateFace, ItemError, FileNotFoundError, WorkspaceError: as for `live_crop`.
    """
    with translated(path):
        data = path.read_bytes()
    picture = read_picture(data, max(max_pixels, LARGEST_SIZE**2))
    image = Image.fromarray(cut_crop(picture.pixels, landmarks, _at(settings, side)))
    profile = picture.icc_profile
    buffer = io.BytesIO()
    (image if profile is None else through_profile(image, profile)).save(buffer, "JPEG")
    return buffer.getvalue()


def _at(settings: CropSettings, side: int) -> CropSettings:
    """The dataset's settings at a side; below the dataset's own, supersampled by default."""
    if side >= settings.size:
        return settings
    return replace(settings, size=side, transform_size=None)
