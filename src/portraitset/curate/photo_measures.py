"""Measuring the faces of one photo: its header and its look, and the pixels of each crop."""

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
from PIL import Image

from portraitset.align.settings import CropSettings
from portraitset.align.square import Square, place_square
from portraitset.curate.measure import (
    COLOUR_SIDE,
    LEAST_SHARPNESS_SIDE,
    Mask,
    Measures,
    inside_mask,
    jpeg_quality_of,
    native_size_of,
    roll_of,
    sharpness_of,
    tones_of,
    yaw_proxy_of,
)
from portraitset.errors import BadPicture, ItemError
from portraitset.handoffs import Face, Photo
from portraitset.manifest.addresses import artist_of, upload_year
from portraitset.picture.decode import Pixels, read_picture
from portraitset.picture.perceptual_hash import look_of, mirrored_look
from portraitset.workspace.layout import translated

_WITH_TABLES = ("JPEG", "MPO")
"""The formats that tell their compression."""


@dataclass(frozen=True, slots=True)
class MeasureTask:
    """One photo and its faces, as they are to be measured.

    Attributes:
        original: where the file lies.
        width, height, byte_count, format: what is known of that file.
        look: its perceptual hash; None if it was never taken.
        scale: how many of its pixels make one of the picture's that the landmarks belong to.
        settings: how the crops are cut.
        faces: each face, and where its crop lies.
    """

    photo: Photo
    original: Path
    width: int
    height: int
    byte_count: int
    format: str
    look: str | None
    scale: float
    settings: CropSettings
    faces: tuple[tuple[Face, Path], ...]


@dataclass(frozen=True, slots=True)
class PhotoMeasures:
    """The measures of one photo's faces by name, and why a face has none."""

    measures: Mapping[str, Measures]
    failures: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class _Look:
    """What is read from an original: hashes, as it is and mirrored, and compression."""

    straight: str
    mirrored: str
    quality: int | None


def measure_photo(task: MeasureTask) -> PhotoMeasures:
    """Read the files of one photo and measure its faces; what cannot be read is told.

    Raises:
        WorkspaceError: the disk refuses.
    """
    measures: dict[str, Measures] = {}
    failures: dict[str, str] = {}
    try:
        look = _look_of(task)
    except ItemError as error:
        why = f"the original cannot be read: {error}"
        return PhotoMeasures({}, {face.name: why for face, _ in task.faces})
    for face, crop in task.faces:
        try:
            pixels = read_picture(_read(crop), task.settings.size**2).pixels
            measures[face.name] = _measure(task, look, pixels, face)
        except ItemError as error:
            failures[face.name] = f"the crop cannot be read: {error}"
    return PhotoMeasures(measures, failures)


def _look_of(task: MeasureTask) -> _Look:
    """The original is only decoded where nobody did so before."""
    look = task.look
    if look is None:
        limit = task.width * task.height
        look = look_of(read_picture(_read(task.original), limit).pixels)
    quality = _quality(task.original) if task.format in _WITH_TABLES else None
    return _Look(look, mirrored_look(look), quality)


def _measure(task: MeasureTask, look: _Look, crop: Pixels, face: Face) -> Measures:
    size = task.width, task.height
    landmarks = face.landmarks.shrunk(1 / task.scale)
    square = place_square(landmarks, size, task.settings, face.name, face.draw)
    side = crop.shape[0]
    image = Image.fromarray(crop)
    small = image.reduce(max(side // COLOUR_SIDE, 1))
    padded = square.share_outside(size)
    tones = tones_of(np.asarray(small), _mask(square, size, small.width, padded))
    detail = min(max(round(square.side), LEAST_SHARPNESS_SIDE), side)
    grey = image.convert("L").resize((detail, detail), Image.Resampling.BOX)
    mask = _mask(square, size, detail, padded)
    return Measures(
        native_size=native_size_of(landmarks),
        upsampling=side / square.side,
        padded_fraction=padded,
        roll=roll_of(landmarks),
        yaw_proxy=yaw_proxy_of(landmarks),
        sharpness=sharpness_of(np.asarray(grey, dtype=np.float32), mask),
        brightness=tones.brightness,
        contrast=tones.contrast,
        colourfulness=tones.colourfulness,
        palette=tones.palette,
        compression_quality=look.quality,
        width=task.width,
        height=task.height,
        byte_count=task.byte_count,
        format=task.format,
        artist=artist_of(task.photo.url),
        upload_year=upload_year(task.photo.url),
        look=look.straight,
        look_mirrored=look.mirrored,
        crop_look=look_of(crop),
    )


def _mask(square: Square, size: tuple[int, int], side: int, padded: float) -> Mask:
    if padded == 0:
        return np.ones((side, side), np.bool_)
    return inside_mask(square, *size, side)


def _quality(path: Path) -> int | None:
    """A JPEG's, from its header."""
    with translated(path), _opened(path) as file, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            with Image.open(file, formats=_WITH_TABLES) as image:
                tables = getattr(image, "quantization", None)
        except Exception as error:  # Pillow raises anything on damaged bytes
            raise BadPicture(f"its header does not decode ({error})"[:200]) from error
    return jpeg_quality_of(tables) if isinstance(tables, dict) else None


def _read(path: Path) -> bytes:
    """A file's bytes.

    Raises:
        BadPicture: it is no longer there.
    """
    with translated(path), _opened(path) as file:
        return file.read()


def _opened(path: Path) -> BinaryIO:
    try:
        return path.open("rb")
    except FileNotFoundError as error:
        raise BadPicture("the file is not there") from error
