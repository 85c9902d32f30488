"""Continuous line: one unbroken stroke over a few flat colours that do not quite meet it."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from PIL import Image

from portraitset.demo.portraits.curves import Points, ribbon
from portraitset.demo.portraits.grain import Field, tooth
from portraitset.demo.portraits.raster import ink_map, stamp, to_image
from portraitset.demo.portraits.scene import Commission, Scene, compose, palette

FLAT = frozenset(
    {
        "backdrop",
        "face",
        "neck",
        "hair",
        "cloth",
        "collar",
        "hat",
        "beard",
        "flower",
        "ear",
        "lower_lip",
        "upper_lip",
    }
)


def line(commission: Commission, rng: np.random.Generator) -> Image.Image:
    """Return a drawing in a single line."""
    scene = compose(commission, rng)
    paper = flat_colours(scene)
    weight = 0.030 * scene.unit
    runs = [
        r.points
        for r in scene.lines
        if (r.role != "strand" and extent(r.points) > 0.20 * scene.unit and r.role != "feature")
        or (r.role == "feature" and extent(r.points) > 0.26 * scene.unit)
    ]
    runs += [s.outline for s in scene.shapes if s.name == "iris"]
    runs += [brow_line(s.outline) for s in scene.shapes if s.name == "brow"]
    stroke = chained(runs)
    inked = ink_map([ribbon(part, (weight, weight)) for part in stroke], scene.size)
    dots = ink_map([s.outline for s in scene.shapes if s.name == "pupil"], scene.size)
    dark = palette(commission)["line"][0]
    picture = paper + np.maximum(inked, dots)[..., None] * (dark - paper)
    return to_image(picture + 0.008 * tooth(rng, inked.shape)[..., None])


def extent(points: Points) -> float:
    """Return the diagonal of the box round some points."""
    return float(np.hypot(*np.ptp(points, axis=0)))


def brow_line(outline: Points) -> Points:
    """Return the middle line of a brow's outline."""
    half = len(outline) // 2
    return 0.5 * (outline[:half] + outline[half:][::-1])


def flat_colours(scene: Scene) -> Field:
    """Return paper with large flat shapes, printed a little out of register."""
    ramps = palette(scene.commission)
    paper = np.broadcast_to(ramps["sky"][2], scene.colour.shape).astype(np.float32).copy()
    slip = np.array([0.05, -0.035]) * scene.unit
    for shape in scene.shapes:
        if shape.name in FLAT:
            still = shape.name in ("upper_lip", "lower_lip", "backdrop")
            outline = shape.outline + (0.0 if still else slip)
            stamp(paper, outline, ramps[shape.material][1 if shape.material != "skin" else 2])
    return paper


def chained(runs: list[Points]) -> list[Points]:
    """Join the runs with loose curves into one stroke."""
    chains = [chain_from(first, runs) for first in range(len(runs))]
    stroke = min(chains, key=slack)
    joints = [joined(a, b) for a, b in pairwise(stroke)]
    return [*stroke, *joints]


def slack(stroke: list[Points]) -> float:
    """Return how much the joints of a chain would show: the sum of their squared lengths."""
    return sum(float(((b[0] - a[-1]) ** 2).sum()) for a, b in pairwise(stroke))


def chain_from(first: int, runs: list[Points]) -> list[Points]:
    """Order the runs by nearest ends, beginning with one of them."""
    left = list(runs)
    stroke = [left.pop(first)]
    while left:
        end = stroke[-1][-1]
        left = [begun_near(run, end) for run in left]
        gaps = [min(np.hypot(*(run[0] - end)), np.hypot(*(run[-1] - end))) for run in left]
        following = left.pop(int(np.argmin(gaps)))
        if np.hypot(*(following[-1] - end)) < np.hypot(*(following[0] - end)):
            following = following[::-1]
        stroke.append(following)
    return stroke


def begun_near(run: Points, at: Points) -> Points:
    """Return a closed run begun again at its point nearest to `at`; an open one as it is."""
    if np.hypot(*(run[0] - run[-1])) > 0.15 * extent(run):
        return run
    nearest = int(np.argmin(((run - at) ** 2).sum(axis=1)))
    rolled = np.roll(run, -nearest, axis=0)
    return np.vstack([rolled, rolled[:1]])


def joined(before: Points, after: Points) -> Points:
    """Return a curve that leaves one run and enters the next in their own directions."""
    a, b = before[-1], after[0]
    span = float(np.hypot(*(b - a)))
    out = before[-1] - before[-3]
    into = after[2] - after[0]
    out, into = (v / max(float(np.hypot(*v)), 1e-6) * span * 0.8 for v in (out, into))
    t = np.linspace(0, 1, 30)[:, None]
    h = (2 * t**3 - 3 * t**2 + 1, t**3 - 2 * t**2 + t, -2 * t**3 + 3 * t**2, t**3 - t**2)
    curve: Points = h[0] * a + h[1] * out + h[2] * b + h[3] * into
    return curve
