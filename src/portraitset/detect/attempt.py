"""One picture, as a worker looks at it: read, turned upright, looked at, and its faces named."""

import hashlib
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import numpy as np

from portraitset.detect.calibration import calibrated
from portraitset.detect.choice import CheckedDetector, DetectorChoice
from portraitset.detect.detection import Detection, Pixels
from portraitset.detect.orientation import QUARTER_TURNS, as_stored, orientation_of, turned
from portraitset.detect.pyramid import find_faces
from portraitset.detect.refiner import Refiner
from portraitset.detect.settings import DetectSettings
from portraitset.detect.two_looks import find_by_two_looks
from portraitset.errors import DegenerateFace, ItemError
from portraitset.landmarks import face_axes
from portraitset.picture.decode import read_picture


@dataclass(frozen=True, slots=True)
class Look:
    """What looking at one picture gave.

    Attributes:
        sha256: of the file's bytes, hex; empty if it could not be read.
        orientation: the EXIF orientation, 1 to 8, that it was turned by while looked at.
        faces: in pixels of the file as it is stored.
        reason, detail: why nothing can be said of it; None if it was looked at.
        width, height: in pixels, as stored; 0 if it was not looked at.
    """

    sha256: str
    orientation: int = 1
    faces: tuple[Detection, ...] = ()
    reason: str | None = None
    detail: str | None = None
    width: int = 0
    height: int = 0


def look_at(file: Path, detector: DetectorChoice, settings: DetectSettings) -> Look:
    """Look for faces in one file."""
    try:
        data = file.read_bytes()
    except OSError as error:
        return Look("", reason="missing", detail=str(error.strerror or error))
    sha256 = hashlib.sha256(data).hexdigest()
    try:
        pixels = read_picture(data, settings.max_pixels).pixels
    except ItemError as error:
        return Look(sha256, reason=error.reason, detail=str(error))
    orientation = orientation_of(data)
    upright = turned(pixels, orientation)
    try:
        found = _found(upright, detector, settings)
    except ItemError as error:
        return Look(sha256, orientation, reason=error.reason, detail=str(error))
    kept = _kept(found, upright.shape, settings)
    height, width = pixels.shape[:2]
    stored = (as_stored(each, orientation, width, height) for each in kept)
    faces = tuple(each for each in stored if _can_be_cut(each))
    return Look(sha256, orientation, faces, width=width, height=height)


def start(detector: DetectorChoice) -> None:
    """Make this process's own detector.

    Raises:
        InputError: it cannot be made here.
    """
    _started(detector)


@lru_cache(1)
def _started(detector: DetectorChoice) -> CheckedDetector:
    return detector.make()


def can_be_decoded(file: Path, settings: DetectSettings) -> bool:
    """Whether the decoder gets through a file; if it crashes on it, so does this process."""
    try:
        read_picture(file.read_bytes(), settings.max_pixels)
    except (OSError, ItemError):
        return False
    return True


def _found(upright: Pixels, choice: DetectorChoice, settings: DetectSettings) -> list[Detection]:
    """The faces of the upright picture, the surest first, in whichever turns it is looked at."""
    detector = _started(choice)
    sides = choice.thorough if settings.thorough else choice.sides
    height, width = upright.shape[:2]
    found: list[Detection] = []
    for turn in QUARTER_TURNS if settings.turned else QUARTER_TURNS[:1]:
        view = turned(upright, turn)
        if choice.looks_closer:
            thorough = settings.thorough
            faces = find_by_two_looks(view, detector, sides, settings.threshold, thorough=thorough)
        else:
            faces = find_faces(view, detector, sides, settings.threshold)
        if choice.calibration:
            faces = [_set_right(view, each) for each in faces]
        else:  # confidence is that of points that were set right
            faces = [replace(each, confidence=None) for each in faces]
        found.extend(as_stored(each, turn, width, height) for each in faces)
    return sorted(found, key=lambda each: -each.score)


@lru_cache(1)
def _refiner() -> Refiner:
    return Refiner()


def _set_right(pixels: Pixels, found: Detection) -> Detection:
    """A find with its points refined and calibrated."""
    return calibrated(replace(found, points=_refiner().refined(pixels, found.points)))


def _kept(
    found: list[Detection], shape: tuple[int, ...], settings: DetectSettings
) -> list[Detection]:
    """Those of the faces that the settings want, the surest first."""
    large = [each for each in found if each.size >= settings.min_size]
    if settings.faces == "all" or not large:
        return large
    middle = np.array([shape[1], shape[0]]) / 2
    ranks = {
        "largest": lambda each: each.size,
        "best": lambda each: each.score,
        "centre": lambda each: -float(np.hypot(*(each.points.mean(axis=0) - middle))),
    }
    return [max(large, key=ranks[settings.faces])]


def _can_be_cut(face: Detection) -> bool:
    try:
        face_axes(face.landmarks)
    except (ValueError, DegenerateFace):
        return False
    return True
