"""What can be said of a face and its photo without any model. Pure.

Dark, bright and grey are style: they are described here, and nothing is dropped for them unless a
rule says so.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image

from portraitset.align.square import Square
from portraitset.landmarks import Landmarks, face_axes
from portraitset.picture.decode import Pixels

OF_THE_FACE = (
    "native_size",
    "upsampling",
    "padded_fraction",
    "roll",
    "yaw_proxy",
    "sharpness",
    "brightness",
    "contrast",
    "colourfulness",
    "compression_quality",
)
"""The measures that are numbers and are of the face as it is seen: what a person sorts by."""

OF_THE_FILE = ("width", "height", "byte_count", "upload_year")
"""The other numbers."""

Mask = npt.NDArray[np.bool_]
"""bool (height, width): which pixels count."""

MEASURE_VERSION = 2
"""Raised whenever the same crop and original would come to other measures."""

PALETTE_COLOURS = 5
COLOUR_SIDE = 64
"""The side of the reduced crop that colours are counted on, in pixels."""

LEAST_SHARPNESS_SIDE = 32
"""Sharpness is never measured on less, in pixels: a smaller face has no detail to speak of."""

_REC601 = (0.299, 0.587, 0.114)
_WHITE_NOISE = 20.0
"""What the Laplacian makes of white noise: 4² + 4 · 1² times its variance."""

# ITU-T T.81, table K.1, row by row: what libjpeg scales by its quality.
_LUMINANCE_TABLE = np.array(
    [
        *(16, 11, 10, 16, 24, 40, 51, 61, 12, 12, 14, 19, 26, 58, 60, 55),
        *(14, 13, 16, 24, 40, 57, 69, 56, 14, 17, 22, 29, 51, 87, 80, 62),
        *(18, 22, 37, 56, 68, 109, 103, 77, 24, 35, 55, 64, 81, 104, 113, 92),
        *(49, 64, 78, 87, 103, 121, 120, 101, 72, 92, 95, 98, 112, 100, 103, 99),
    ]
)


@dataclass(frozen=True, slots=True)
class Swatch:
    """One colour of a palette: `#rrggbb`, and the share of the picture that it stands for."""

    colour: str
    share: float


@dataclass(frozen=True, slots=True)
class Measures:
    """What was measured of one face and its photo.

    What lies outside the photo, where the crop is padding, counts for nothing but
    `padded_fraction`.

    Attributes:
        native_size: the side of the face's square as upstream cuts it, in pixels of the original
            file.
        upsampling: the crop's side over that of the square it shows, in the same pixels; above 1
            the crop shows fewer details than it has pixels.
        padded_fraction: the share of the crop that lies outside the photo, 0 to 1.
        roll: how far the face is turned in the picture's plane, in degrees, -180 to 180;
            positive is clockwise as the viewer sees it. The crop undoes it.
        yaw_proxy: -1 to 1, 0 for a mouth straight below the eyes; positive where the mouth stands
            to the right, as of a face turned to the viewer's right. It orders faces, it is no
            angle; see `yaw_proxy_of`.
        sharpness: 0 for a flat picture, 1 for white noise; see `sharpness_of`.
        brightness: the mean of luma (Rec. 601), 0 to 1; this and the next three are of the crop
            reduced to `COLOUR_SIDE`.
        contrast: the standard deviation of luma, 0 to 0.5.
        colourfulness: Hasler and Süsstrunk's M, 0 for grey, above 109 "extremely colourful".
        palette: up to five dominant colours, the largest share first.
        compression_quality: of a JPEG original, as libjpeg counts it, 1 to 100; estimated from
            its quantisation tables. None for other formats.
        width, height: of the original, in pixels.
        byte_count: of the original's file.
        format: of the original; Pillow's name.
        artist: the candidate from the address; never proof.
        upload_year: from the address; None if it does not tell.
        look: the perceptual hash of the original, 64 hex digits; see `likeness.look_of`.
        look_mirrored: the same with left and right exchanged; see `likeness.mirrored_look`.
        crop_look: the same of the crop.
    """

    native_size: float
    upsampling: float
    padded_fraction: float
    roll: float
    yaw_proxy: float
    sharpness: float
    brightness: float
    contrast: float
    colourfulness: float
    palette: tuple[Swatch, ...]
    compression_quality: int | None
    width: int
    height: int
    byte_count: int
    format: str
    artist: str
    upload_year: int | None
    look: str
    look_mirrored: str
    crop_look: str


@dataclass(frozen=True, slots=True)
class Tones:
    """The colours of a picture; see `Measures`."""

    brightness: float
    contrast: float
    colourfulness: float
    palette: tuple[Swatch, ...]


def native_size_of(landmarks: Landmarks) -> float:
    """The side of a face's square, in the pixels that the landmarks are in.

    Raises:
        ValueError: the landmarks have no "up".
    """
    _, x, _ = face_axes(landmarks)
    return float(np.hypot(*x) * 2)


def roll_of(landmarks: Landmarks) -> float:
    """How far a face is turned in the picture's plane; degrees, clockwise is positive.

    Raises:
        ValueError: the landmarks have no "up".
    """
    _, x, _ = face_axes(landmarks)
    return math.degrees(math.atan2(x[1], x[0]))


def yaw_proxy_of(landmarks: Landmarks) -> float:
    """The cosine of the angle between the line of the eyes and the line from eyes to mouth.

    The mouth stands before the eyes, so that it moves sideways as a head turns. Neither scale nor
    roll changes it. A face that is drawn askew has one, too.
    """
    eye_left, eye_right, mouth_left, mouth_right = np.array(landmarks.points())
    across = eye_right - eye_left
    down = (mouth_left + mouth_right - eye_left - eye_right) / 2
    lengths = math.hypot(*across) * math.hypot(*down)
    return float(np.clip(across @ down / lengths, -1, 1)) if lengths > 0 else 0.0


def inside_mask(square: Square, width: int, height: int, side: int) -> Mask:
    """Which pixels of a square's crop of `side` x `side` show the photo, not padding.

    The photo is width x height pixels.
    """
    centre, x, y = square.centre, square.across, square.down
    steps = (np.arange(side) + 0.5) / side * 2 - 1
    columns = centre[0] + x[0] * steps[None, :] + y[0] * steps[:, None]
    rows = centre[1] + x[1] * steps[None, :] + y[1] * steps[:, None]
    inside = (columns >= 0) & (columns < width) & (rows >= 0) & (rows < height)
    return np.asarray(inside, dtype=np.bool_)


def sharpness_of(grey: npt.NDArray[np.float32], mask: Mask) -> float:
    """The variance of the Laplacian over that of the picture, as a share of white noise's.

    Both float32 and bool (height, width); only what the mask and its neighbours hold counts.
    Contrast cancels out. It is to be measured at a face's native scale, where an enlarged picture
    gains nothing from its size. 0 for a flat picture, 1 for white noise, up to 3.2.

    Source: Pech-Pacheco et al., "Diatom autofocusing in brightfield microscopy", ICPR 2000, for
    the variance of the Laplacian; the normalisation is ours.
    """
    whole = mask[1:-1, 1:-1] & mask[:-2, 1:-1] & mask[2:, 1:-1] & mask[1:-1, :-2] & mask[1:-1, 2:]
    if np.count_nonzero(whole) < 2:
        return 0.0
    edges = grey[:-2, 1:-1] + grey[2:, 1:-1] + grey[1:-1, :-2] + grey[1:-1, 2:]
    edges -= 4 * grey[1:-1, 1:-1]
    within = grey[1:-1, 1:-1]
    if not whole.all():
        within, edges = within[whole], edges[whole]
    spread = float(within.var(dtype=np.float64))
    if spread < 1e-3:  # of 255² levels: rounding alone makes more
        return 0.0
    return float(edges.var(dtype=np.float64)) / spread / _WHITE_NOISE


def tones_of(pixels: Pixels, mask: Mask) -> Tones:
    """Brightness, contrast, colourfulness and palette of the pixels that the mask holds.

    Colourfulness: Hasler and Süsstrunk, "Measuring colourfulness in natural images", Human Vision
    and Electronic Imaging VIII, 2003. The palette is Pillow's median cut, which is deterministic.
    """
    colours = pixels[mask] if mask.any() else pixels.reshape(-1, 3)
    red, green, blue = colours.astype(np.float64).T
    luma = _REC601[0] * red + _REC601[1] * green + _REC601[2] * blue
    red_green, yellow_blue = red - green, (red + green) / 2 - blue
    spread = math.hypot(red_green.std(), yellow_blue.std())
    mean = math.hypot(red_green.mean(), yellow_blue.mean())
    return Tones(
        float(luma.mean() / 255), float(luma.std() / 255), spread + 0.3 * mean, _palette(colours)
    )


def jpeg_quality_of(tables: Mapping[int, Sequence[int]]) -> int | None:
    """The quality at which libjpeg makes tables like these; None without any.

    Args:
        tables: Pillow's `quantization`: 64 divisors each, row by row; the first is luminance's.
    """
    if not tables:
        return None
    found = np.asarray(tables[min(tables)], dtype=np.float64)
    if found.shape != (64,):
        return None
    misses = np.abs(_scaled_tables() - found).sum(axis=1)
    return int(misses.argmin()) + 1


def _scaled_tables() -> npt.NDArray[np.int64]:
    """libjpeg's luminance tables of quality 1 to 100: int64 (100, 64). Source: jcparam.c."""
    quality = np.arange(1, 101)
    percent = np.where(quality < 50, 5000 // quality, 200 - 2 * quality)
    tables = (_LUMINANCE_TABLE[None, :] * percent[:, None] + 50) // 100
    return np.asarray(np.clip(tables, 1, 255), dtype=np.int64)


def _palette(colours: npt.NDArray[np.uint8]) -> tuple[Swatch, ...]:
    """From uint8 (n, 3)."""
    strip = Image.fromarray(np.ascontiguousarray(colours[None]))
    reduced = strip.quantize(PALETTE_COLOURS, Image.Quantize.MEDIANCUT)
    entries = reduced.getpalette() or []
    counts = np.bincount(np.asarray(reduced).ravel(), minlength=1)
    swatches = [
        Swatch("#{:02x}{:02x}{:02x}".format(*entries[3 * at : 3 * at + 3]), count / len(colours))
        for at, count in enumerate(counts.tolist())
        if count
    ]
    return tuple(sorted(swatches, key=lambda swatch: (-swatch.share, swatch.colour)))
