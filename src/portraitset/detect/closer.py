"""One face of a picture looked at again: alone, upright, large, softened, in several turns. Pure.

A detector places points best on a face that stands upright and fills about half of what it is
shown; and brushwork, which it takes for features, is better not seen. Each look errs by something
else, so that their middle is nearer the truth than any of them, and how far they lie apart says how
far the points can be trusted. docs/detecting.md says what it helps.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from portraitset.detect.cutting import cut_out
from portraitset.detect.detection import Detector, Pixels, Points

WINDOW = 320
"""Side of what the detector is shown, pixels."""

UNIT = 112
"""What the face's unit measures there, pixels; see `face_frame`."""

TURNS = (0, -15, 15)
"""Degrees that the face is turned by from upright, each looked at as it is and mirrored. What the
first does not show is no face."""

ROUNDS = 2
"""The second begins where the first placed the face."""

COARSENESS = 4
"""What is shown has one pixel of detail on so many of the window's, each way."""

_ASTRAY = 0.7
"""Points whose middle lies so far from the face's, in its units, are another face's."""

_Array = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class CloserLook:
    """What looking again at one face came to.

    Attributes:
        points: the middle of what the looks found, in pixels of the picture.
        seen: the share of the looks that saw a face there, 0 to 1.
        score: the mean of their scores.
        spread: the mean distance of their points from that middle, in the face's units.
    """

    points: Points
    seen: float
    score: float
    spread: float


def look_closer(pixels: Pixels, points: Points, detector: Detector) -> CloserLook | None:
    """Look again at the face that has these points; None if it is not seen any more."""
    look = None
    for _ in range(ROUNDS):
        look = _one_round(pixels, points, detector)
        if look is None:
            return None
        points = look.points
    return look


def _one_round(pixels: Pixels, points: Points, detector: Detector) -> CloserLook | None:
    cut = cut_out(pixels, points, unit=UNIT, side=WINDOW, coarseness=COARSENESS)
    if cut is None:
        return None
    found, scores = [], []
    for degrees in TURNS:
        for placed, score in _looks(cut.window(degrees), detector):
            back = cut.back(placed, degrees)
            if np.hypot(*(back.mean(axis=0) - cut.middle)) < _ASTRAY * UNIT * cut.scale:
                found.append(back)
                scores.append(score)
        if not found:
            return None
    return _together(np.array(found), np.array(scores), UNIT * cut.scale)


def _looks(view: Pixels, detector: Detector) -> Iterator[tuple[Points, float]]:
    """The find nearest to the middle of a window, as it is and mirrored."""
    straight = detector.find(view)
    mirrored = [each.mirrored(WINDOW) for each in detector.find(view[:, ::-1])]
    for finds in (straight, mirrored):
        if finds:
            best = min(
                finds, key=lambda each: float(np.hypot(*(each.points.mean(axis=0) - WINDOW / 2)))
            )
            yield best.points, best.score


def _together(found: _Array, scores: _Array, unit: float) -> CloserLook:
    """What several looks, float64 (n, 4, 2), came to: each point's geometric median.

    Source: E. Weiszfeld, 1937; the weights are the squares of the scores.
    """
    middle = found.mean(axis=0)
    for _ in range(20):
        apart = np.linalg.norm(found - middle, axis=2) + 1e-6 * unit
        weights = (scores[:, None] ** 2 + 1e-6) / apart
        middle = (weights[..., None] * found).sum(axis=0) / weights.sum(axis=0)[:, None]
    spread = np.linalg.norm(found - middle, axis=2).mean() / unit
    seen = len(found) / (2 * len(TURNS))
    return CloserLook(middle, seen, float(scores.mean()), float(spread))
