"""By how much a detector's points lie beside those that people place, and set right. Pure.

The offsets are medians over the old masters' ten hand-placed faces, left and right made alike, in
the face's own frame: across along eyes and mouth, down from eyes to mouth, in units of the larger
of eye distance and distance from eyes to mouth. docs/detecting.md says how far they help.
"""

from dataclasses import replace

import numpy as np

from portraitset.detect.detection import Detection, Points

NAME = "yunet-s/1"
"""Raised whenever the offsets change."""

_OFFSETS = np.array([(-0.026, -0.051), (0.026, -0.051), (0.049, 0.026), (-0.049, 0.026)])
"""Of left eye, right eye, left and right corner of the mouth, as seen."""


def calibrated(found: Detection) -> Detection:
    """A find with its points where people would place them."""
    frame, unit = _frame(found.points)
    return replace(found, points=found.points + (_OFFSETS @ frame) * unit)


def _frame(points: Points) -> tuple[Points, float]:
    """The face's own directions, across and down, as rows of length 1; and its unit in pixels."""
    eye_left, eye_right, mouth_left, mouth_right = points
    right = (eye_right - eye_left) + (mouth_right - mouth_left)
    length = float(np.hypot(*right))
    if length == 0:
        return np.zeros((2, 2)), 0.0
    right = right / length
    height = (mouth_left + mouth_right - eye_left - eye_right) / 2
    unit = max(float(np.hypot(*(eye_right - eye_left))), float(np.hypot(*height)))
    return np.array([right, (-right[1], right[0])]), unit
