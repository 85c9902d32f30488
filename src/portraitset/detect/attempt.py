"""One picture, as a worker looks at it: read, turned upright, looked at, and its faces named."""

import hashlib
import io
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import numpy as np
from PIL import Image

from portraitset.detect.calibration import calibrated
from portraitset.detect.choice import CheckedDetector, DetectorChoice
from portraitset.detect.detection import Detection, Pixels, Points
from portraitset.detect.pyramid import find_faces
from portraitset.detect.settings import DetectSettings
from portraitset.errors import DegenerateFace, ItemError
from portraitset.landmarks import face_axes
from portraitset.picture.decode import read_picture

_ORIENTATION = 0x0112


@dataclass(frozen=True, slots=True)
class Look:
    """What looking at one picture gave.

    Attributes:
        sha256: of the file's bytes, hex; empty if it could not be read.
        orientation: the EXIF orientation, 1 to 8, that it was turned by while looked at.
        faces: in pixels of the file as it is stored.
        reason, detail: why nothing can be said of it; None if it was looked at.
    """

    sha256: str
    orientation: int = 1
    faces: tuple[Detection, ...] = ()
    reason: str | None = None
    detail: str | None = None


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
    orientation = _orientation(data)
    upright = _turned(pixels, orientation)
    sides = detector.thorough if settings.thorough else detector.sides
    try:
        found = find_faces(upright, _started(detector), sides, settings.threshold)
    except ItemError as error:
        return Look(sha256, orientation, reason=error.reason, detail=str(error))
    if detector.calibration:
        found = [calibrated(each) for each in found]
    kept = _kept(found, upright.shape, settings)
    height, width = pixels.shape[:2]
    faces = (_as_stored(each, orientation, width, height) for each in kept)
    return Look(sha256, orientation, tuple(each for each in faces if _can_be_cut(each)))


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


def _orientation(data: bytes) -> int:
    try:
        with Image.open(io.BytesIO(data)) as image:
            found = image.getexif().get(_ORIENTATION, 1)
    except Exception:  # noqa: BLE001  Pillow raises anything on damaged EXIF, which says nothing
        return 1
    return found if isinstance(found, int) and 1 <= found <= 8 else 1


def _turned(pixels: Pixels, orientation: int) -> Pixels:
    """The picture as EXIF says that it is to be seen."""
    if orientation >= 5:
        pixels = pixels.transpose(1, 0, 2)
    if orientation in (2, 3, 6, 7):
        pixels = pixels[:, ::-1]
    if orientation in (3, 4, 7, 8):
        pixels = pixels[::-1]
    return np.ascontiguousarray(pixels)


def _as_stored(face: Detection, orientation: int, width: int, height: int) -> Detection:
    """A face of the upright picture in the pixels of the stored one, `width` x `height`.

    Left and right stay as the upright picture shows them, so that its crop is upright, too.
    """
    if orientation == 1:
        return face
    left, top, breadth, tallness = face.box
    ends = np.array([(left - 0.5, top - 0.5), (left + breadth - 0.5, top + tallness - 0.5)])
    corners = _stored_points(ends, orientation, width, height) + 0.5
    (x0, y0), (x1, y1) = corners.min(axis=0), corners.max(axis=0)
    box = (float(x0), float(y0), float(x1 - x0), float(y1 - y0))
    points = _stored_points(face.points, orientation, width, height)
    others = face.points68
    others = None if others is None else _stored_points(others, orientation, width, height)
    return replace(face, box=box, points=points, points68=others)


def _stored_points(points: Points, orientation: int, width: int, height: int) -> Points:
    """Points of the upright picture in pixels of the stored one; undoes `_turned`'s steps."""
    moved = points.copy()
    upright = (height, width) if orientation >= 5 else (width, height)
    if orientation in (2, 3, 6, 7):
        moved[:, 0] = upright[0] - 1 - moved[:, 0]
    if orientation in (3, 4, 7, 8):
        moved[:, 1] = upright[1] - 1 - moved[:, 1]
    return moved[:, ::-1].copy() if orientation >= 5 else moved
