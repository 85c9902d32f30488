"""Measuring the faces of one photo from its files: one look at the original, one at each crop."""

import io
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from portraitset.curate.measure import (
    COLOUR_SIDE,
    LEAST_SHARPNESS_SIDE,
    Measures,
    inside_mask,
    jpeg_quality_of,
    native_size_of,
    padded_fraction_of,
    roll_of,
    sharpness_of,
    tones_of,
    yaw_proxy_of,
)
from portraitset.errors import BadPicture, ItemError
from portraitset.handoffs import Photo
from portraitset.landmarks import Landmarks
from portraitset.likeness import look_of
from portraitset.manifest.addresses import artist_of, upload_year
from portraitset.picture import Pixels, read_picture
from portraitset.workspace import translated

_LOOK_SIDE = 256
"""A JPEG is decoded no smaller than this, which moves its hash by 4 bits of 256 at the most."""


@dataclass(frozen=True, slots=True)
class Sitting:
    """One photo and its faces, as they are to be measured.

    Attributes:
        original: where the file lies.
        width, height, byte_count, format: what is known of that file.
        look: its perceptual hash; None if it was never taken.
        scale: how many of its pixels make one of the picture's that the landmarks belong to.
        crop_side: the crops' side, in pixels.
        faces: each face's name, with its crop and its landmarks.
    """

    photo: Photo
    original: Path
    width: int
    height: int
    byte_count: int
    format: str
    look: str | None
    scale: float
    crop_side: int
    faces: tuple[tuple[str, Path, Landmarks], ...]


@dataclass(frozen=True, slots=True)
class Reading:
    """What came of a sitting: the measures by face, and why a face has none."""

    measures: Mapping[str, Measures]
    failures: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class _Look:
    """What is read from an original: hashes, as it is and mirrored, and compression."""

    straight: str
    mirrored: str
    quality: int | None


def gauge(sitting: Sitting) -> Reading:
    """Read the files of one photo and measure its faces; what cannot be read is told.

    Raises:
        WorkspaceError: the disk refuses.
    """
    measures: dict[str, Measures] = {}
    failures: dict[str, str] = {}
    try:
        look = _look_of(sitting)
    except ItemError as error:
        why = f"the original cannot be read: {error}"
        return Reading({}, {name: why for name, _, _ in sitting.faces})
    for name, crop, landmarks in sitting.faces:
        try:
            pixels = read_picture(_read(crop), sitting.crop_side**2).pixels
            measures[name] = _measure(sitting, look, pixels, landmarks.shrunk(1 / sitting.scale))
        except ItemError as error:
            failures[name] = f"the crop cannot be read: {error}"
    return Reading(measures, failures)


def _look_of(sitting: Sitting) -> _Look:
    data = _read(sitting.original)
    limit = sitting.width * sitting.height
    shorter = min(sitting.width, sitting.height)
    scale = 1
    if sitting.look is not None:
        scale = next((by for by in (8, 4, 2) if shorter // by >= _LOOK_SIDE), 1)
    pixels = read_picture(data, limit, scale).pixels
    mirrored = look_of(np.ascontiguousarray(pixels[:, ::-1]))
    return _Look(sitting.look or look_of(pixels), mirrored, _quality(data))


def _measure(sitting: Sitting, look: _Look, crop: Pixels, landmarks: Landmarks) -> Measures:
    size = sitting.width, sitting.height
    native = native_size_of(landmarks)
    side = crop.shape[0]
    image = Image.fromarray(crop)
    small = image.reduce(max(side // COLOUR_SIDE, 1))
    tones = tones_of(np.asarray(small), inside_mask(landmarks, *size, small.width))
    detail = min(max(round(native), LEAST_SHARPNESS_SIDE), side)
    grey = image.convert("L").resize((detail, detail), Image.Resampling.BOX)
    mask = inside_mask(landmarks, *size, detail)
    return Measures(
        native_size=native,
        upsampling=side / native,
        padded_fraction=padded_fraction_of(landmarks, *size),
        roll=roll_of(landmarks),
        yaw_proxy=yaw_proxy_of(landmarks),
        sharpness=sharpness_of(np.asarray(grey, dtype=np.float32), mask),
        brightness=tones.brightness,
        contrast=tones.contrast,
        colourfulness=tones.colourfulness,
        palette=tones.palette,
        compression_quality=look.quality,
        width=sitting.width,
        height=sitting.height,
        byte_count=sitting.byte_count,
        format=sitting.format,
        artist=artist_of(sitting.photo.url),
        upload_year=upload_year(sitting.photo.url),
        look=look.straight,
        look_mirrored=look.mirrored,
        crop_look=look_of(crop),
    )


def _quality(data: bytes) -> int | None:
    """A JPEG's, from its header."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with Image.open(io.BytesIO(data)) as image:
            tables = getattr(image, "quantization", None)
    return jpeg_quality_of(tables) if isinstance(tables, dict) else None


def _read(path: Path) -> bytes:
    """A file's bytes.

    Raises:
        BadPicture: it is no longer there.
    """
    try:
        with translated(path):
            return path.read_bytes()
    except FileNotFoundError as error:
        raise BadPicture("the file is not there") from error
