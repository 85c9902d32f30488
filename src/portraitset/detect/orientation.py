"""EXIF's eight orientations: a picture turned upright, and what is found in it turned back."""

import io
from dataclasses import replace

import numpy as np
from PIL import Image

from portraitset.detect.detection import Detection, Pixels, Points

QUARTER_TURNS = (1, 6, 3, 8)
"""Orientations that do not mirror: no turn, and one, two and three quarters to the right."""

_TAG = 0x0112


def orientation_of(data: bytes) -> int:
    """What a file says of its orientation, 1 to 8; 1 if nothing or nonsense."""
    try:
        with Image.open(io.BytesIO(data)) as image:
            found = image.getexif().get(_TAG, 1)
    except Exception:  # noqa: BLE001  Pillow raises anything on damaged EXIF, which says nothing
        return 1
    return found if isinstance(found, int) and 1 <= found <= 8 else 1


def turned(pixels: Pixels, orientation: int) -> Pixels:
    """The picture as EXIF says that it is to be seen."""
    if orientation >= 5:
        pixels = pixels.transpose(1, 0, 2)
    if orientation in (2, 3, 6, 7):
        pixels = pixels[:, ::-1]
    if orientation in (3, 4, 7, 8):
        pixels = pixels[::-1]
    return np.ascontiguousarray(pixels)


def as_stored(face: Detection, orientation: int, width: int, height: int) -> Detection:
    """A face of the upright picture in the pixels of the stored one, `width` x `height`.

    Left and right stay as the upright picture shows them, so that its crop is upright, too.
    """
    if orientation == 1:
        return face
    left, top, breadth, tallness = face.box
    ends = np.array([(left - 0.5, top - 0.5), (left + breadth - 0.5, top + tallness - 0.5)])
    corners = stored_points(ends, orientation, width, height) + 0.5
    (x0, y0), (x1, y1) = corners.min(axis=0), corners.max(axis=0)
    box = (float(x0), float(y0), float(x1 - x0), float(y1 - y0))
    points = stored_points(face.points, orientation, width, height)
    others = face.points68
    others = None if others is None else stored_points(others, orientation, width, height)
    return replace(face, box=box, points=points, points68=others)


def stored_points(points: Points, orientation: int, width: int, height: int) -> Points:
    """Points of the upright picture in pixels of the stored one; undoes `turned`'s steps."""
    moved = points.copy()
    upright = (height, width) if orientation >= 5 else (width, height)
    if orientation in (2, 3, 6, 7):
        moved[:, 0] = upright[0] - 1 - moved[:, 0]
    if orientation in (3, 4, 7, 8):
        moved[:, 1] = upright[1] - 1 - moved[:, 1]
    return moved[:, ::-1].copy() if orientation >= 5 else moved
