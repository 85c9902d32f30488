"""One picture looked at in several sizes and mirrored, and what is found fused. Pure.

A detector is trained on faces of some sizes, and its points err differently at each: the mean of
several views is nearer the truth than any of them.
"""

from collections.abc import Iterable, Iterator, Sequence

import numpy as np
from PIL import Image

from portraitset.detect.detection import Detection, Detector, Pixels

SIDES = (640, 960)
"""Longer sides of the views, in pixels."""

THOROUGH_SIDES = (256, 320, 480, 640, 960, 1280)

_SAME = 0.4
"""Two finds are one face if their boxes share so much of what they cover together."""


def find_faces(
    pixels: Pixels, detector: Detector, sides: Sequence[int], threshold: float
) -> list[Detection]:
    """The faces of a picture, the surest first, in its own pixels.

    Args:
        sides: the longer sides of the views; each is looked at as it is and mirrored. With none,
            the picture itself is looked at once.
        threshold: the least score of a fused face.
    """
    if not sides:
        return _surest(detector.find(pixels), threshold)
    height, width = pixels.shape[:2]
    found = [
        each.scaled(width / view.shape[1], height / view.shape[0])
        for view in views(pixels, sides)
        for each in _both_ways(view, detector)
    ]
    looks = 2 * len(sides)
    fusions = (fused(group, _score(group, looks)) for group in groups(found))
    return _surest(fusions, threshold)


def _surest(found: Iterable[Detection], threshold: float) -> list[Detection]:
    return sorted((each for each in found if each.score >= threshold), key=lambda each: -each.score)


def views(pixels: Pixels, sides: Sequence[int]) -> Iterator[Pixels]:
    """The picture, its longer side as many pixels long; at least 32 pixels each way."""
    image = Image.fromarray(pixels)
    for side in sides:
        scale = side / max(image.size)
        width, height = (max(round(length * scale), 32) for length in image.size)
        view = image.resize((width, height), Image.Resampling.BILINEAR, reducing_gap=3.0)
        yield np.asarray(view)


def _both_ways(view: Pixels, detector: Detector) -> list[Detection]:
    mirrored = detector.find(view[:, ::-1])
    return detector.find(view) + [each.mirrored(view.shape[1]) for each in mirrored]


def groups(found: Sequence[Detection]) -> list[list[Detection]]:
    """Finds of one face together: each joins the group whose surest find it overlaps most."""
    groups: list[list[Detection]] = []
    for each in sorted(found, key=lambda each: -each.score):
        overlaps = [_overlap(each.box, group[0].box) for group in groups]
        best = int(np.argmax(overlaps)) if overlaps else -1
        if best >= 0 and overlaps[best] >= _SAME:
            groups[best].append(each)
        else:
            groups.append([each])
    return groups


def _score(group: Sequence[Detection], looks: int) -> float:
    """The mean of a face's scores; looks that missed it count as zero in half."""
    seen = min(len(group) / looks, 1.0)
    return float(np.array([each.score for each in group]).mean() * (1 + seen) / 2)


def fused(group: Sequence[Detection], score: float) -> Detection:
    """The mean of a face's finds, weighted by the squares of their scores."""
    scores = np.array([each.score for each in group])
    weights = scores**2 / (scores**2).sum()
    points = np.einsum("n,nij->ij", weights, np.array([each.points for each in group]))
    more = [each.points68 for each in group if each.points68 is not None]
    points68 = np.einsum("n,nij->ij", weights, more) if len(more) == len(group) else None
    left, top, width, height = map(float, weights @ np.array([each.box for each in group]))
    return Detection((left, top, width, height), points, score, points68)


def _overlap(
    one: tuple[float, float, float, float], other: tuple[float, float, float, float]
) -> float:
    """Intersection over union of two boxes."""
    across = min(one[0] + one[2], other[0] + other[2]) - max(one[0], other[0])
    down = min(one[1] + one[3], other[1] + other[3]) - max(one[1], other[1])
    shared = max(across, 0.0) * max(down, 0.0)
    whole = one[2] * one[3] + other[2] * other[3] - shared
    return shared / whole if whole > 0 else 0.0
