"""What the sitters wear below the brow: collars, beards, glasses, earrings."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from portraitset.demo.portraits.curves import Knots, Points, ellipse, flipped, scalloped, smooth
from portraitset.demo.portraits.shapes import Line, Parts, Shape
from portraitset.demo.portraits.sitter import Pose

NOTHING = Parts()
SHOULDER = [(0.98, 0.36), (1.42, 0.56), (1.72, 1.05), (1.85, 2.2), (1.9, 9.0)]


def piece(
    pose: Pose,
    name: str,
    material: str,
    outline: Points,
    base: float = 0.0,
    bulge: float = 0.3,
) -> Parts:
    """Return one filled piece with its contour."""
    loop = np.vstack([outline, outline[:1]])
    width = 0.022 * pose.scale
    line = Line("contour", "line", loop, (width, width * 1.3, width))
    return Parts((Shape(name, material, outline, base, bulge),), (line,))


def whole(half: Knots) -> Points:
    """Mirror a right half, listed from the axis outward, into a line from left to right."""
    right = np.asarray(half, dtype=np.float64)
    return np.vstack([flipped(right[::-1], -1), right[int(abs(right[0, 0]) < 1e-9) :]])


def garment(pose: Pose, neckline: Knots) -> Parts:
    """Return the body of the clothing below a neckline (right half, from the axis outward)."""
    shoulder = np.array(SHOULDER) * (0.80 + 0.2 * pose.sitter.neck, 1.0)
    top = whole(neckline)
    right = smooth(np.vstack([top[-1:], shoulder]), count=60)
    left = flipped(right, -1)
    outline = np.vstack([smooth(top, count=60), right, left[::-1]])
    return piece(pose, "cloth", "cloth", pose.on_body(outline), -0.45, 0.75)


def crew(pose: Pose) -> Parts:
    """Return a round neckline with a trim."""
    line = [(0.0, 0.46), (0.30, 0.38), (0.52, 0.15), (0.60, 0.08)]
    return garment(pose, line) + band(pose, line)


def band(pose: Pose, line: Knots) -> Parts:
    """Return a trim that follows the neckline."""
    top = smooth(whole(line), count=60)
    low = smooth(whole(np.array(line) * (1.08, 1.0) + (0.0, 0.15)), count=60)
    return piece(pose, "collar", "trim", pose.on_body(np.vstack([top, low[::-1]])), -0.1, 0.08)


def lapels(pose: Pose) -> Parts:
    """Return a coat with lapels open to the breastbone."""
    parts = garment(pose, [(0.0, 0.95), (0.26, 0.50), (0.50, 0.08), (0.58, 0.02)])
    for side in (-1.0, 1.0):
        knots = np.array(
            [
                (0.50, 0.00),
                (0.68, 0.06),
                (0.92, 0.52),
                (0.64, 0.62),
                (0.06, 1.62),
                (-0.04, 1.3),
                (0.28, 0.55),
            ]
        )
        parts += piece(pose, "collar", "trim", pose.on_body(flipped(knots, side)), 0.0, 0.15)
    return parts


def turtleneck(pose: Pose) -> Parts:
    """Return a jersey whose collar reaches the jaw."""
    g = 0.46 * pose.sitter.neck
    body = garment(pose, [(0.0, 0.10), (g * 0.7, 0.05), (g, -0.05), (g * 1.15, 0.03)])
    half = [
        (0.0, -0.30),
        (g * 0.7, -0.34),
        (g, -0.42),
        (g * 1.06, -0.2),
        (g * 1.18, 0.14),
        (0.6 * g, 0.30),
        (0.0, 0.32),
    ]
    right = np.array(half)
    outline = smooth(np.vstack([right, flipped(right[-2:0:-1], -1)]), closed=True, count=90)
    return body + piece(pose, "collar", "trim", pose.on_body(outline), -0.1, 0.25)


def ruff(pose: Pose) -> Parts:
    """Return two tiers of pleated collar round the neck."""
    parts = garment(pose, [(0.0, 0.30), (0.5, 0.1), (0.6, 0.05)])
    for grow, bumps in ((1.0, 17), (0.72, 13)):
        rim = scalloped(ellipse((0.0, -0.30 + 0.08 * grow), 1.02 * grow, 0.46 * grow), bumps, 0.10)
        parts += piece(pose, "collar", "trim", pose.on_body(rim), 0.05 - 0.1 * grow, 0.2)
    return parts


def scarf(pose: Pose) -> Parts:
    """Return a scarf in two wraps with one end hanging."""
    parts = garment(pose, [(0.0, 0.40), (0.5, 0.12), (0.6, 0.05)])
    wraps = [
        [
            (-0.72, -0.02),
            (-0.3, 0.28),
            (0.3, 0.40),
            (0.80, 0.20),
            (0.84, 0.44),
            (0.4, 0.68),
            (-0.3, 0.62),
            (-0.80, 0.28),
        ],
        [
            (-0.62, -0.30),
            (-0.2, -0.06),
            (0.25, -0.02),
            (0.66, -0.28),
            (0.80, 0.06),
            (0.36, 0.40),
            (-0.25, 0.36),
            (-0.78, 0.02),
        ],
    ]
    tail = [(0.20, 0.42), (0.52, 0.40), (0.66, 1.0), (0.78, 1.9), (0.36, 1.95), (0.26, 1.2)]
    for base, knots in zip((-0.05, 0.0, 0.05), (tail, *wraps), strict=True):
        outline = smooth(np.array(knots), closed=True, count=90)
        parts += piece(pose, "collar", "trim", pose.on_body(outline), base, 0.2)
    return parts


def kimono(pose: Pose) -> Parts:
    """Return a robe whose collar crosses over the chest."""
    parts = garment(pose, [(0.0, 0.95), (0.30, 0.45), (0.52, 0.04), (0.60, -0.02)])
    left = [
        (-0.46, -0.14),
        (-0.66, -0.12),
        (-0.76, 0.16),
        (-0.30, 1.0),
        (0.34, 2.3),
        (0.66, 2.3),
        (-0.05, 0.98),
        (-0.42, 0.2),
    ]
    for outline in (flipped(np.array(left), -1), np.array(left)):
        parts += piece(
            pose, "collar", "trim", pose.on_body(smooth(outline, closed=True)), 0.0, 0.12
        )
    return parts


def full_beard(pose: Pose) -> Parts:
    """Return a beard from ear to ear."""
    w = pose.sitter.width
    outer = [(0.70 * w, 0.05), (0.72 * w, 0.40), (0.62 * w, 0.86), (0.34, 1.20), (0.0, 1.30)]
    inner = [
        (0.63 * w, 0.10),
        (0.58 * w, 0.42),
        (0.42, 0.54),
        (0.24, 0.50),
        (0.08, 0.475),
        (0.0, 0.49),
    ]
    rim = np.array(outer)
    low = smooth(pose.at_depth(np.vstack([rim, flipped(rim[-2::-1], -1)]), 0.08), count=110)
    top = np.array(inner)
    high = smooth(pose.on_face(np.vstack([flipped(top, -1), top[-2::-1]]), 0.05), count=90)
    return piece(pose, "beard", "hair", np.vstack([low, high]), 0.2, 0.25)


def goatee(pose: Pose) -> Parts:
    """Return a pointed chin beard with a moustache."""
    knots = [
        (-0.20, 0.80),
        (-0.10, 0.765),
        (0.10, 0.765),
        (0.20, 0.80),
        (0.16, 1.02),
        (0.0, 1.30),
        (-0.16, 1.02),
    ]
    chin = piece(pose, "beard", "hair", pose.on_face(smooth(knots, closed=True), 0.05), 0.4, 0.15)
    return chin + moustache(pose)


def moustache(pose: Pose) -> Parts:
    """Return a moustache that curls up at both ends."""
    parts = NOTHING
    for side in (-1.0, 1.0):
        knots = np.array(
            [
                (0.0, 0.475),
                (0.14, 0.485),
                (0.28, 0.56),
                (0.42, 0.55),
                (0.30, 0.625),
                (0.14, 0.565),
                (0.0, 0.555),
            ]
        )
        outline = pose.on_face(flipped(smooth(knots, closed=True), side), 0.07)
        parts += piece(pose, "beard", "hair", outline, 0.5, 0.08)
    return parts


def spectacles(pose: Pose) -> Parts:
    """Return round glasses drawn as lines, so that the eyes stay visible."""
    sitter, unit = pose.sitter, pose.scale
    radius = 0.235 if pose.sitter.glasses == "round" else 0.25
    squash = 1.0 if pose.sitter.glasses == "round" else 0.74
    widths = (0.032 * unit, 0.032 * unit, 0.032 * unit)
    lines = []
    for side in (-1.0, 1.0):
        rim = ellipse((sitter.eye_gap * side * 1.02, 0.015), radius, radius * squash)
        lines.append(
            Line("wear", "metal", pose.on_face(np.vstack([rim, rim[:1]]), 0.08), widths, 0)
        )
        arm = [(0.54 * side, -0.03), (0.73 * side, -0.07)]
        lines.append(Line("wear", "metal", pose.on_face(smooth(arm, count=12)), widths, 0))
    bridge = smooth([(-0.08, 0.0), (0.0, -0.04), (0.08, 0.0)], count=20)
    lines.append(Line("wear", "metal", pose.on_face(bridge, 0.12), widths, 0))
    return Parts((), tuple(lines))


def earrings(pose: Pose) -> Parts:
    """Return a hoop, or two beads, below each ear."""
    parts = NOTHING
    for side in (-1.0, 1.0):
        x = 0.755 * side * pose.sitter.width
        if pose.sitter.earrings == "hoops":
            ring = pose.at_depth(ellipse((x, 0.48), 0.13, 0.16), -0.2)
            width = 0.04 * pose.scale
            parts += Parts(
                (), (Line("wear", "metal", np.vstack([ring, ring[:1]]), (width, width), level=0),)
            )
            continue
        for y, r in ((0.38, 0.05), (0.55, 0.10)):
            bead = pose.at_depth(ellipse((x, y), r * 0.85, r * 1.15), -0.2)
            parts += piece(pose, "earring", "metal", bead, 0.1, 0.06)
    return parts


COLLARS: Mapping[str, Callable[[Pose], Parts]] = {
    "crew": crew,
    "lapels": lapels,
    "turtleneck": turtleneck,
    "ruff": ruff,
    "scarf": scarf,
    "kimono": kimono,
}
BEARDS: Mapping[str, Callable[[Pose], Parts]] = {
    "full": full_beard,
    "goatee": goatee,
    "moustache": moustache,
}
