"""By how much a detector's points lie beside those that people place, and set right. Pure.

YuNet with the refiner sets eyes a little too low and the corners of the mouth too far apart.
docs/detecting.md says how far it helps, and benchmarks/detection.py measures it.
"""

from dataclasses import replace

import numpy as np

from portraitset.detect.detection import Detection, face_frame

NAME = "yunet-s/2"
"""Raised whenever the offsets or the refiner change."""

OFFSETS = np.array([(-0.019, -0.039), (0.019, -0.039), (0.061, 0.032), (-0.061, 0.032)])
"""What is added, in the face's own frame and unit: to the left eye, the right eye, left and right
corner of the mouth, as seen. Means over the old masters' ten faces, left and right made alike."""


def calibrated(found: Detection) -> Detection:
    """A find with its points where people would place them."""
    frame, unit = face_frame(found.points)
    return replace(found, points=found.points + (OFFSETS @ frame) * unit)
