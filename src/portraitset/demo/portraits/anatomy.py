"""The bare sitter: head, ears, neck, eyes, brows, nose and mouth, placed in the picture."""

from __future__ import annotations

import numpy as np

from portraitset.demo.portraits.curves import (
    Points,
    ellipse,
    flipped,
    mirrored,
    moved,
    ribbon,
    smooth,
)
from portraitset.demo.portraits.shapes import Line, Parts, Shape
from portraitset.demo.portraits.sitter import Pose, Sitter, mouth_corner

SIDES = (-1.0, 1.0)


def head_knots(sitter: Sitter) -> Points:
    """Return the outline of the skull and jaw as knots, face frame."""
    half = np.array(
        [
            (0.0, -1.0),
            (0.36, -0.94),
            (0.60, -0.72),
            (0.70, -0.40),
            (0.72, -0.08),
            (0.695, 0.20),
            (0.635, 0.45),
            (sitter.jaw, 0.70),
            (sitter.chin, 0.935),
            (0.0, 1.0),
        ]
    )
    return mirrored(half * (sitter.width, 1.0))


def head(pose: Pose) -> Parts:
    """Return the face itself with its jaw contour."""
    outline = smooth(head_knots(pose.sitter), closed=True, count=160)
    jaw = outline[(outline[:, 1] > -0.15)]
    width = 0.03 * pose.scale
    contour = Line("contour", "line", pose.at_depth(jaw), (width * 0.3, width, width, width * 0.3))
    return Parts((Shape("face", "skin", pose.at_depth(outline)),), (contour,))


def ears(pose: Pose) -> Parts:
    """Return both ears; the far one slides behind the head as it turns."""
    knots = [(0.66, -0.12), (0.75, -0.17), (0.83, -0.09), (0.81, 0.08), (0.75, 0.24), (0.67, 0.30)]
    fold = [(0.72, -0.09), (0.78, -0.06), (0.76, 0.08), (0.71, 0.16)]
    parts = Parts()
    for side in SIDES:
        grow = (pose.sitter.width * side, 1.0)
        outline = pose.at_depth(smooth(np.array(knots) * grow, closed=True), -0.22)
        inner = pose.at_depth(smooth(np.array(fold) * grow), -0.22)
        w = 0.022 * pose.scale
        lines = (
            Line("contour", "line", outline, (w, w * 1.3, w)),
            Line("contour", "line", inner, (w * 0.3, w, w * 0.3)),
        )
        parts += Parts((Shape("ear", "skin", outline, 0.15, 0.08),), lines)
    return parts


def neck(pose: Pose) -> Parts:
    """Return the neck from behind the jaw to the collar bones."""
    girth = 0.40 * pose.sitter.neck
    throat = [(girth + 0.02, 0.30), (girth, 0.75)]
    root = [(girth * 1.02, -0.12), (girth * 1.35, 0.12), (0.95, 0.34), (0.62, 0.80), (0.0, 0.95)]
    right = np.vstack([pose.at_depth(throat, -0.15), pose.on_body(root)])
    left = np.vstack(
        [
            pose.at_depth(flipped(np.array(throat), -1), -0.15),
            pose.on_body(flipped(np.array(root), -1)),
        ]
    )
    outline = np.vstack([smooth(right), smooth(left)[::-1]])
    w = 0.026 * pose.scale
    sides = [
        Line("contour", "line", smooth(part)[:58], (w * 0.4, w, w * 0.3)) for part in (left, right)
    ]
    return Parts((Shape("neck", "skin", outline, -0.25, 0.42),), tuple(sides))


def eye_outline(sitter: Sitter, side: float) -> tuple[Points, Points]:
    """Return the upper lid's line and the lower lid's, inner to outer corner, face frame."""
    half, rise = 0.158 * sitter.eyes, 0.088 * sitter.eyes * sitter.lids
    fall = 0.048 * sitter.eyes
    inner, outer = (-half, 0.018), (half, -0.012 - sitter.slant)
    upper = [
        inner,
        (-0.52 * half, -0.66 * rise),
        (0.1 * half, -rise),
        (0.65 * half, -0.72 * rise),
        outer,
    ]
    lower = [
        inner,
        (-0.4 * half, 0.8 * fall),
        (0.25 * half, fall),
        (0.75 * half, 0.35 * fall),
        outer,
    ]
    lids = (moved(smooth(knots, count=40), sitter.eye_gap, 0.0) for knots in (upper, lower))
    first, second = (flipped(lid, side) for lid in lids)
    return first, second


def eye(pose: Pose, side: float) -> Parts:
    """Return one eye: white, iris, pupil, glint, lids and lashes."""
    upper, lower = eye_outline(pose.sitter, side)
    if pose.sitter.lids == 0:
        return closed_eye(pose, lower, side)
    return Parts(eyeball(pose, upper, lower, side), lids(pose, upper, lower, side))


def eyeball(pose: Pose, upper: Points, lower: Points, side: float) -> tuple[Shape, ...]:
    """Return what shows between two lids."""
    size = pose.sitter.eyes
    almond = pose.on_face(np.vstack([upper, lower[::-1]]))
    x, y = pose.sitter.eye_gap * side + pose.sitter.gaze, -0.012
    iris = ellipse((x, y), 0.080 * size, 0.080 * size)
    pupil = ellipse((x, y), 0.038 * size, 0.038 * size)
    glint = ellipse((x - 0.026, y - 0.028), 0.017 * size, 0.017 * size)
    shade = np.vstack([upper, moved(upper[::-1], 0.0, 0.048 * size)])
    return (
        Shape("eye", "white", almond),
        Shape("iris", "iris", pose.on_face(iris), clip=almond),
        Shape("pupil", "line", pose.on_face(pupil), clip=almond),
        Shape("shade", "line", pose.on_face(shade), clip=almond, opacity=0.38),
        Shape("glint", "white", pose.on_face(glint), clip=almond),
    )


def lids(pose: Pose, upper: Points, lower: Points, side: float) -> tuple[Line, ...]:
    """Return the lashes of the upper lid, the crease above it, and the lower lid."""
    flick = np.vstack([upper, upper[-1:] + np.array([0.030 * side, -0.022])])
    crease = moved(upper[6:], 0.006 * side, -0.052 * pose.sitter.eyes)
    return (
        stroke(pose, "line", flick, (0.012, 0.034, 0.040, 0.006)),
        stroke(pose, "crease", crease, (0.004, 0.016, 0.004)),
        stroke(pose, "crease", lower[6:], (0.004, 0.012, 0.012)),
    )


def stroke(
    pose: Pose, material: str, points: Points, widths: tuple[float, ...], lift: float = 0.0
) -> Line:
    """Return a feature line from points and widths in face units."""
    scaled = tuple(pose.scale * width for width in widths)
    return Line("feature", material, pose.on_face(points, lift), scaled)


def closed_eye(pose: Pose, lower: Points, side: float) -> Parts:
    """Return a lowered lid: its rim with a few lashes, and the crease above."""
    rim = moved(lower, 0.0, 0.012)
    lines = [stroke(pose, "line", rim, (0.010, 0.036, 0.036, 0.012))]
    for at in (16, 24, 31, 38):
        lash = rim[at] + np.array([(0.0, 0.0), (0.022 * side, 0.026), (0.052 * side, 0.034)])
        lines.append(stroke(pose, "line", smooth(lash), (0.020, 0.012, 0.002)))
    fold = smooth([(-0.13, -0.045), (-0.03, -0.085), (0.09, -0.07), (0.15, -0.035)])
    crease = flipped(moved(fold, pose.sitter.eye_gap, 0.0), side)
    lines.append(stroke(pose, "crease", crease, (0.004, 0.016, 0.004)))
    return Parts((), tuple(lines))


def brow(pose: Pose, side: float) -> Parts:
    """Return one eyebrow, thick at the nose and thin at the temple."""
    sitter = pose.sitter
    gap, lift = sitter.eye_gap, -0.185 - 0.02 * sitter.eyes
    arch = sitter.brow_arch
    knots = [
        (gap - 0.175, lift + 0.025 - sitter.brow_rise),
        (gap - 0.04, lift - 0.02 - arch - 0.5 * sitter.brow_rise),
        (gap + 0.10, lift - 0.02 - arch * 1.3),
        (gap + 0.225, lift + 0.055 - sitter.slant + 0.4 * sitter.brow_rise),
    ]
    line = flipped(smooth(knots, count=40), side)
    widths = [w * sitter.brow_weight for w in (0.052, 0.060, 0.040, 0.008)]
    outline = pose.on_face(ribbon(line, widths), 0.05)
    return Parts((Shape("brow", "brow", outline, 0.0, 0.03),))


def nose(pose: Pose) -> Parts:
    """Return the lines of the nose: one side of the ridge, the wings and the nostrils."""
    tip, spread = pose.sitter.nose, 0.112 * pose.sitter.nose_width
    away = -1.0 if pose.sitter.yaw < 0 else 1.0
    ridge = smooth([(0.115, -0.15), (0.062, -0.02), (0.052, tip - 0.17), (0.066, tip - 0.07)])
    under = smooth([(-0.035, tip + 0.035), (0.0, tip + 0.045), (0.035, tip + 0.035)])
    wing = smooth(
        [(spread - 0.012, tip - 0.075), (spread + 0.006, tip - 0.03), (spread - 0.01, tip)]
    )
    hole = smooth(
        [(spread - 0.030, tip + 0.016), (spread - 0.052, tip + 0.012), (0.032, tip + 0.030)]
    )
    lines = [
        stroke(pose, "crease", flipped(ridge, away), (0.004, 0.016, 0.012, 0.004), 0.04),
        stroke(pose, "crease", under, (0.004, 0.014, 0.004), 0.08),
    ]
    for side in SIDES:
        lines.append(stroke(pose, "crease", flipped(wing, side), (0.003, 0.016, 0.003), 0.04))
        lines.append(stroke(pose, "line", flipped(hole, side), (0.006, 0.026, 0.006), 0.06))
    return Parts((), tuple(lines))


def mouth(pose: Pose) -> Parts:
    """Return both lips and the line between them; it ends at the mouth corners exactly."""
    (half, corner), middle = mouth_corner(pose.sitter), pose.sitter.mouth_y
    full = pose.sitter.lips
    top = lip_line(
        [
            (half, corner),
            (0.5 * half, middle - 0.052 * full),
            (0.19 * half, middle - 0.078 * full),
            (0.0, middle - 0.058 * full),
        ]
    )
    between = lip_line([(half, corner), (0.45 * half, middle + 0.004), (0.0, middle + 0.014)])
    low = lip_line(
        [(half, corner), (0.62 * half, middle + 0.078 * full), (0.0, middle + 0.118 * full)]
    )
    under = lip_line([(0.4 * half, middle + 0.135 * full), (0.0, middle + 0.15 * full)])
    upper, lower = np.vstack([top, between[::-1]]), np.vstack([between, low[::-1]])
    shapes = (
        Shape("upper_lip", "lip", pose.on_face(upper, 0.04)),
        Shape("lower_lip", "lip", pose.on_face(lower, 0.04)),
    )
    lines = (
        stroke(pose, "line", between, (0.006, 0.020, 0.024, 0.020, 0.006), 0.04),
        stroke(pose, "crease", under, (0.003, 0.014, 0.003), 0.02),
    )
    return Parts(shapes, lines)


def lip_line(right: list[tuple[float, float]]) -> Points:
    """Mirror a right half that ends on the axis into a smooth line from right to left."""
    return smooth(np.array([*right, *[(-x, y) for x, y in right[-2::-1]]]), count=60)


def features(pose: Pose) -> Parts:
    """Return everything inside the face."""
    parts = nose(pose) + mouth(pose)
    for side in SIDES:
        parts += eye(pose, side) + brow(pose, side)
    return parts
