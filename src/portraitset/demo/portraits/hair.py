"""Hair: each style gives what lies behind the head and what falls in front of it.

Outer edges are placed in the head's plane; hairlines lie on the face, so they turn with it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from portraitset.demo.portraits.curves import Knots, Points, ellipse, flipped, scalloped, smooth
from portraitset.demo.portraits.shapes import Line, Parts, Shape
from portraitset.demo.portraits.sitter import Pose

HAIRLINE = [(0.70, 0.02), (0.665, -0.16), (0.58, -0.38), (0.53, -0.52), (0.30, -0.62), (0.0, -0.64)]
NOTHING = Parts()


def back(pose: Pose) -> Parts:
    """Return the hair behind head and shoulders."""
    style = BACKS.get(pose.sitter.hair)
    return style(pose) if style else NOTHING


def front(pose: Pose) -> Parts:
    """Return the hair in front of the head."""
    style = FRONTS.get(pose.sitter.hair)
    return style(pose) if style else NOTHING


def lock(pose: Pose, outline: Points, *, base: float = 0.0, bulge: float = 0.22) -> Parts:
    """Return a hair shape with its contour."""
    loop = np.vstack([outline, outline[:1]])
    width = 0.022 * pose.scale
    line = Line("contour", "line", loop, (width, width * 1.4, width))
    return Parts((Shape("hair", "hair", outline, base, bulge),), (line,))


def strand(pose: Pose, root: Points, tip: Points, k: int) -> Line:
    """Return one drawn hair from the hairline toward the crown; `k` varies its length."""
    first, last = ((2, 16), (5, 33), (1, 24), (9, 20), (3, 37))[k % 5]
    middle = 0.5 * (root + tip) + 0.06 * np.array([root[1] - tip[1], tip[0] - root[0]]) * (-1) ** k
    curve = smooth(np.array([root, middle, tip]), count=40)[first:last]
    widths = tuple(w * pose.scale for w in (0.004, 0.02, 0.003))
    return Line("strand", "strand", curve, widths, level=0)


def falling(pose: Pose, inside: Points, outside: Points) -> Parts:
    """Return drawn hairs that run the length of a curtain, between its two edges."""
    a = inside[np.linspace(0, len(inside) - 1, 60).astype(int)]
    b = outside[::-1][np.linspace(0, len(outside) - 1, 60).astype(int)]
    widths = tuple(w * pose.scale for w in (0.004, 0.03, 0.03, 0.004))
    runs = ((0.22, 2, 44), (0.42, 12, 58), (0.58, 4, 36), (0.78, 10, 56))
    lines = (Line("strand", "strand", (a + (b - a) * f)[i:j], widths, level=0) for f, i, j in runs)
    return Parts((), tuple(lines))


def both_sides(half: Knots) -> Points:
    """Mirror a right half that does not touch the axis into one line, right to left."""
    right = np.asarray(half, dtype=np.float64)
    return np.vstack([right, flipped(right[::-1], -1)])


def cap(
    pose: Pose, outer: Knots, hairline: Knots, bulge: float = 0.22, *, combed: bool = True
) -> Parts:
    """Return a cap between an outer edge (right to left) and a hairline (left to right)."""
    rim = smooth(pose.at_depth(outer), count=90)
    brow = smooth(pose.on_face(hairline, 0.03), count=70)
    parts = lock(pose, np.vstack([rim, brow]), base=0.35, bulge=bulge)
    if not combed:
        return parts
    hairs = [(brow[round(t * 69)], rim[round((1 - t) * 89)]) for t in np.linspace(0.05, 0.95, 27)]
    return parts + Parts((), tuple(strand(pose, a, b, k) for k, (a, b) in enumerate(hairs)))


def full_hairline(pose: Pose, drop: float = 0.0) -> Points:
    """Return the natural hairline from the left ear over the forehead to the right one."""
    right = np.array(HAIRLINE) * (pose.sitter.width, 1.0) + (0.0, drop)
    right[-1, 1] += pose.sitter.peak
    return np.vstack([flipped(right, -1), right[-2::-1]])


def cropped(pose: Pose) -> Parts:
    """Return hair cut close to the skull."""
    outer = [(0.74, 0.02), (0.79, -0.30), (0.74, -0.74), (0.46, -1.06), (0.12, -1.15)]
    return cap(pose, both_sides(outer), full_hairline(pose))


def quiff(pose: Pose) -> Parts:
    """Return short sides and a wave that leans over one temple."""
    outer = [
        (0.72, 0.00), (0.76, -0.35), (0.80, -0.80), (0.93, -1.12), (0.66, -1.36),
        (0.20, -1.33), (-0.34, -1.30), (-0.66, -1.02), (-0.76, -0.55), (-0.76, -0.25), (-0.72, 0.0),
    ]  # fmt: skip
    line = [
        (-0.69, 0.0),
        (-0.655, -0.30),
        (-0.55, -0.60),
        (-0.2, -0.74),
        (0.25, -0.70),
        (0.56, -0.56),
        (0.655, -0.28),
        (0.69, 0.0),
    ]
    return cap(pose, outer, line, 0.3)


def swept(pose: Pose) -> Parts:
    """Return a heavy fringe swept over one side of the forehead."""
    side = 1.0 if pose.sitter.part <= 0 else -1.0
    outer = [
        (0.73, 0.10),
        (0.85, -0.30),
        (0.83, -0.78),
        (0.52, -1.16),
        (0.0, -1.25),
        (-0.5, -1.14),
        (-0.80, -0.78),
        (-0.82, -0.3),
        (-0.73, 0.10),
    ]
    line = [
        (-0.69, 0.05),
        (-0.60, -0.42),
        (-0.42, -0.66),
        (-0.1, -0.50),
        (0.3, -0.30),
        (0.60, -0.14),
        (0.70, 0.16),
    ]
    outer_points, line_points = np.array(outer), np.array(line)
    if side < 0:
        outer_points, line_points = flipped(outer_points, -1)[::-1], flipped(line_points, -1)[::-1]
    return cap(pose, outer_points, line_points, 0.26)


def bob_back(pose: Pose) -> Parts:
    """Return the body of a bob."""
    half = [
        (0.30, 0.92),
        (0.80, 0.90),
        (0.95, 0.60),
        (0.97, 0.05),
        (0.92, -0.58),
        (0.60, -1.08),
        (0.16, -1.24),
    ]
    return lock(
        pose,
        smooth(pose.at_depth(both_sides(half), -0.1), closed=True, count=160),
        base=-0.2,
        bulge=0.3,
    )


def bob_front(pose: Pose) -> Parts:
    """Return the fringe and sides of a bob."""
    outer = [(0.84, 0.86), (0.965, 0.40), (0.95, -0.2), (0.88, -0.66), (0.56, -1.12), (0.16, -1.25)]
    inner = [
        (0.60, 0.84),
        (0.66, 0.4),
        (0.655, 0.02),
        (0.60, -0.24),
        (0.46, -0.30),
        (0.22, -0.33),
        (0.0, -0.335),
    ]
    line = np.array(inner)
    return cap(pose, both_sides(outer), np.vstack([flipped(line, -1), line[-2::-1]]), 0.26)


def long_back(pose: Pose) -> Parts:
    """Return straight hair down to the chest."""
    half = [
        (0.50, 2.6),
        (1.10, 2.5),
        (1.22, 1.7),
        (1.02, 0.9),
        (1.00, 0.1),
        (0.94, -0.56),
        (0.60, -1.08),
        (0.16, -1.24),
    ]
    return lock(
        pose,
        smooth(pose.at_depth(both_sides(half), -0.1), closed=True, count=200),
        base=-0.5,
        bulge=0.35,
    )


def long_front(pose: Pose) -> Parts:
    """Return two curtains that fall from the parting."""
    parts = Parts()
    part = pose.sitter.part
    for side in (-1.0, 1.0):
        inner = [
            (part * side, -0.86),
            (0.28, -0.72),
            (0.55, -0.40),
            (0.655, 0.05),
            (0.66, 0.55),
            (0.72, 1.0),
        ]
        outer = [
            (0.92, 1.75),
            (1.06, 1.35),
            (0.96, 0.75),
            (0.98, 0.1),
            (0.94, -0.5),
            (0.62, -1.08),
            (0.22, -1.25),
            (part * side, -1.22),
        ]
        inside = smooth(pose.on_face(flipped(np.array(inner), side), 0.03), count=60)
        outside = smooth(pose.at_depth(flipped(np.array(outer), side)), count=80)
        parts += lock(pose, np.vstack([inside, outside]), base=0.25) + falling(
            pose, inside, outside
        )
    return parts


def waves_back(pose: Pose) -> Parts:
    """Return full hair in waves down to the shoulders."""
    half = [
        (0.4, 1.9),
        (1.0, 1.75),
        (1.22, 1.1),
        (1.12, 0.4),
        (1.12, -0.3),
        (0.95, -0.9),
        (0.45, -1.30),
        (0.14, -1.36),
    ]
    outline = scalloped(smooth(both_sides(half), closed=True, count=60), 15, 0.085)
    return lock(pose, pose.at_depth(outline, -0.1), base=-0.5, bulge=0.3)


def cloud_back(pose: Pose) -> Parts:
    """Return a round cloud of curls."""
    outline = scalloped(ellipse((0.0, -0.52), 1.17, 1.04), 15, 0.10)
    return lock(pose, pose.at_depth(outline, -0.1), base=-0.2, bulge=0.5)


def cloud_front(pose: Pose) -> Parts:
    """Return the front of a cloud of curls."""
    outer = [(0.80, 0.10), (0.92, -0.3), (0.82, -0.80), (0.45, -1.1), (0.12, -1.16)]
    return cap(pose, both_sides(outer), full_hairline(pose, 0.03), combed=False)


def bun_back(pose: Pose) -> Parts:
    """Return one bun on the crown."""
    return lock(
        pose, pose.at_depth(ellipse((0.05, -1.30), 0.40, 0.36), -0.05), base=0.0, bulge=0.36
    )


def bun_front(pose: Pose) -> Parts:
    """Return hair drawn back tight."""
    outer = [(0.72, 0.06), (0.755, -0.30), (0.70, -0.72), (0.44, -1.02), (0.12, -1.10)]
    return cap(pose, both_sides(outer), full_hairline(pose, 0.02))


def buns_back(pose: Pose) -> Parts:
    """Return one bun on either side."""
    parts = Parts()
    for side in (-1.0, 1.0):
        parts += lock(
            pose, pose.at_depth(ellipse((0.70 * side, -1.02), 0.38, 0.36), -0.05), bulge=0.34
        )
    return parts


def curls_front(pose: Pose) -> Parts:
    """Return a mop of curls with a curly fringe."""
    outer = [(0.76, 0.15), (0.90, -0.28), (0.86, -0.78), (0.52, -1.14), (0.14, -1.22)]
    ring = np.vstack([both_sides(outer), full_hairline(pose, 0.09)])
    rim = scalloped(smooth(ring[: len(both_sides(outer))], count=50), 9, 0.10)[: 9 * 10 - 12]
    fringe = pose.on_face(smooth(full_hairline(pose, 0.05), count=80), 0.04)
    wave = 0.055 * pose.scale * np.abs(np.sin(np.linspace(0, 7 * np.pi, 80)))[:, None]
    down = pose.from_plane(np.array([[0.0, 1.0]]))[0] - pose.from_plane(np.array([[0.0, 0.0]]))[0]
    fringe = fringe + wave * down / pose.scale
    return lock(pose, np.vstack([pose.at_depth(rim), fringe]), base=0.35, bulge=0.26)


def braids_front(pose: Pose) -> Parts:
    """Return a parted cap with a plait in front of each shoulder."""
    parts = Parts()
    for side in (-1.0, 1.0):
        for k in range(6):
            swing = 0.78 + 0.05 * (k % 2) + 0.02 * k
            outline = ellipse(
                (swing * side, 0.42 + 0.27 * k), 0.185 - 0.01 * k, 0.20, turn=0.5 * side * (-1) ** k
            )
            parts += lock(pose, pose.at_depth(outline, -0.05), base=0.1, bulge=0.16)
    for side in (-1.0, 1.0):
        inner = [(0.0, -0.80), (0.30, -0.62), (0.58, -0.34), (0.66, 0.0), (0.70, 0.30)]
        outer = [(0.84, 0.42), (0.84, 0.0), (0.82, -0.42), (0.62, -0.90), (0.3, -1.1), (0.0, -1.13)]
        inside = smooth(pose.on_face(flipped(np.array(inner), side), 0.03), count=50)
        outside = smooth(pose.at_depth(flipped(np.array(outer), side)), count=60)
        parts += lock(pose, np.vstack([inside, outside]), base=0.3) + falling(pose, inside, outside)
    return parts


def flame_back(pose: Pose) -> Parts:
    """Return hair that stands up in tongues."""
    rng = np.random.default_rng(7)
    angles = np.linspace(np.pi * 1.02, -np.pi * 0.02, 23)
    radius = np.where(np.arange(23) % 2 == 0, 0.92, 1.30 + 0.22 * rng.random(23))
    bend = 0.16 * (np.arange(23) % 2)
    tips = np.column_stack(
        [radius * np.cos(angles + bend), -0.28 - radius * 1.08 * np.sin(angles + bend)]
    )
    return lock(pose, pose.at_depth(np.vstack([tips, [(0.5, 0.3), (-0.5, 0.3)]]), -0.05), bulge=0.3)


BACKS: Mapping[str, Callable[[Pose], Parts]] = {
    "bob": bob_back,
    "long": long_back,
    "waves": waves_back,
    "cloud": cloud_back,
    "bun": bun_back,
    "buns": buns_back,
    "flame": flame_back,
}
FRONTS: Mapping[str, Callable[[Pose], Parts]] = {
    "crop": cropped,
    "quiff": quiff,
    "swept": swept,
    "bob": bob_front,
    "long": long_front,
    "waves": long_front,
    "cloud": cloud_front,
    "bun": bun_front,
    "buns": bun_front,
    "curls": curls_front,
    "braids": braids_front,
    "flame": cropped,
}
