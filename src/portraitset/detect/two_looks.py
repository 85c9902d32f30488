"""Faces looked for from afar, and each that shows again from near, by itself. Pure.

No single view shows a detector all faces, as each was trained for some sizes; and what it takes for
a face from afar is one only if it is still seen from near.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import product

import numpy as np

from portraitset.detect.closer import look_closer
from portraitset.detect.confidence import confidence
from portraitset.detect.detection import Detection, Detector, Pixels, face_frame
from portraitset.detect.pyramid import fused, groups, views

_APART = 0.5
"""Two faces' middles are at least so far from each other, in units of the surer one."""

_MOST = 100
"""So many finds of a picture are looked at again, the surest first: what has more is a pattern."""

_TILE = 1280
"""Longest side of what the detector is shown at once, pixels: its memory grows with it."""

_OVERLAP = 160
"""What neighbouring tiles share, pixels; larger faces are found in smaller views."""


def find_by_two_looks(
    pixels: Pixels,
    detector: Detector,
    sides: Sequence[int],
    threshold: float,
    *,
    thorough: bool = False,
) -> list[Detection]:
    """The faces of a picture, the surest first, in its own pixels.

    Args:
        sides: the longer sides of the views.
        threshold: the least score of a face: the mean over the closer looks, none where one missed.
        thorough: look at each view mirrored as well, and in larger ones up to the picture itself.
    """
    found = list(_first_look(pixels, detector, sides, thorough))
    fusions = (fused(group, max(each.score for each in group)) for group in groups(found))
    likely = sorted(fusions, key=lambda each: -each.score)[:_MOST]
    faces = [face for each in likely if (face := _closer(pixels, each, detector)) is not None]
    sure = (each for each in faces if each.score >= threshold)
    return _apart(sorted(sure, key=lambda each: -each.score))


def _first_look(
    pixels: Pixels, detector: Detector, sides: Sequence[int], thorough: bool
) -> Iterator[Detection]:
    height, width = pixels.shape[:2]
    all_sides = (*sides, *(_doubled(max(sides), max(height, width)) if thorough else ()))
    for side, view in zip(all_sides, views(pixels, all_sides), strict=True):
        across, down = width / view.shape[1], height / view.shape[0]
        for each in _in_tiles(view, detector):
            yield each.scaled(across, down)
        if thorough and side in sides:
            for each in _in_tiles(view[:, ::-1], detector):
                yield each.mirrored(view.shape[1]).scaled(across, down)


def _doubled(side: int, most: int) -> Iterator[int]:
    while (side := 2 * side) <= most:
        yield side
    if side < 2 * most:
        yield most


def _in_tiles(view: Pixels, detector: Detector) -> Iterator[Detection]:
    height, width = view.shape[:2]
    for top, left in product(_starts(height), _starts(width)):
        for each in detector.find(view[top : top + _TILE, left : left + _TILE]):
            yield each.shifted(left, top)


def _starts(length: int) -> range:
    """Where tiles begin, so that each shares enough with the next."""
    return range(0, max(length - _OVERLAP, 1), _TILE - _OVERLAP)


def _closer(pixels: Pixels, found: Detection, detector: Detector) -> Detection | None:
    look = look_closer(pixels, found.points, detector)
    if look is None:
        return None
    sure = confidence(look)
    return replace(found, points=look.points, score=look.seen * look.score, confidence=sure)


def _apart(faces: Sequence[Detection]) -> list[Detection]:
    """The faces, the surest first, without those that came to lie on a surer one."""
    kept: list[Detection] = []
    for each in faces:
        middle = each.points.mean(axis=0)
        if all(
            np.hypot(*(other.points.mean(axis=0) - middle)) >= _APART * face_frame(other.points)[1]
            for other in kept
        ):
            kept.append(each)
    return kept
