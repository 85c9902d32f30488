"""What the sitters wear on their heads."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from portraitset.demo.portraits.attire import NOTHING, piece
from portraitset.demo.portraits.curves import ellipse, flipped, scalloped, smooth
from portraitset.demo.portraits.shapes import Parts
from portraitset.demo.portraits.sitter import Pose

TURBAN_FOLDS = (
    (
        (-0.80, -0.28), (-0.96, -0.72), (-0.62, -1.34), (0.10, -1.52), (0.72, -1.30),
        (0.98, -0.72), (0.80, -0.26), (0.40, -0.52), (0.0, -0.60), (-0.40, -0.52),
    ),
    (
        (-0.84, -0.24), (-0.98, -0.60), (-0.60, -0.98), (0.10, -1.02), (0.62, -0.68),
        (0.76, -0.34), (0.40, -0.48), (-0.1, -0.62), (-0.5, -0.48),
    ),
    (
        (0.84, -0.24), (0.98, -0.60), (0.80, -0.96), (0.40, -1.08), (0.02, -0.80),
        (-0.10, -0.46), (0.16, -0.44), (0.5, -0.40),
    ),
)  # fmt: skip
BRIM_CROWN = (
    (-0.70, -0.62), (-0.66, -1.20), (-0.40, -1.46), (0.0, -1.38), (0.40, -1.46), (0.66, -1.20),
    (0.70, -0.62), (0.0, -0.56),
)  # fmt: skip
BRIM_RIBBON = (
    (-0.71, -0.62), (-0.70, -0.88), (0.0, -0.80), (0.70, -0.88), (0.71, -0.62), (0.0, -0.54),
)  # fmt: skip
BRIM_PLATE = (
    (-1.45, -0.58), (-1.0, -0.82), (-0.7, -0.76), (0.0, -0.66), (0.7, -0.76), (1.0, -0.82),
    (1.45, -0.58), (0.9, -0.40), (0.0, -0.36), (-0.9, -0.40),
)  # fmt: skip


def turban(pose: Pose) -> Parts:
    """Return a turban in three folds with a jewel."""
    parts = NOTHING
    for base, knots in zip((0.2, 0.32, 0.42), TURBAN_FOLDS, strict=True):
        outline = smooth(pose.at_depth(knots, 0.18), closed=True, count=100)
        parts += piece(pose, "hat", "trim", outline, base, 0.3)
    jewel = pose.on_face(ellipse((0.02, -0.66), 0.10, 0.13), 0.3)
    return parts + piece(pose, "jewel", "metal", jewel, 0.8, 0.1)


def beret(pose: Pose) -> Parts:
    """Return a beret that slouches to one side."""
    knots = [
        (-0.84, -0.52),
        (-1.02, -0.86),
        (-0.62, -1.26),
        (0.10, -1.42),
        (0.90, -1.34),
        (1.22, -0.98),
        (0.98, -0.66),
        (0.60, -0.56),
        (0.0, -0.68),
        (-0.5, -0.56),
    ]
    outline = smooth(pose.at_depth(knots, 0.1), closed=True, count=120)
    stalk = pose.at_depth(ellipse((0.16, -1.44), 0.05, 0.09), 0.1)
    return piece(pose, "hat", "trim", stalk, 0.3, 0.05) + piece(
        pose, "hat", "trim", outline, 0.35, 0.4
    )


def brim(pose: Pose) -> Parts:
    """Return a wide-brimmed hat with a ribbon."""
    top = smooth(pose.at_depth(BRIM_CROWN, 0.1), closed=True, count=120)
    ribbon = smooth(pose.at_depth(BRIM_RIBBON, 0.1), closed=True)
    plate = smooth(pose.at_depth(BRIM_PLATE, 0.15), closed=True, count=120)
    return (
        piece(pose, "hat", "trim", top, 0.3, 0.45)
        + piece(pose, "ribbon", "metal", ribbon, 0.4, 0.3)
        + piece(pose, "hat", "trim", plate, 0.62, 0.16)
    )


def crown(pose: Pose) -> Parts:
    """Return a crown with five jewelled points."""
    teeth = [
        (x, -1.02 - (0.46 if k % 2 == 0 else 0.12) + 0.12 * abs(x))
        for k, x in enumerate(np.linspace(-0.66, 0.66, 9))
    ]
    base = [(0.66, -0.62), (0.33, -0.70), (0.0, -0.73), (-0.33, -0.70), (-0.66, -0.62)]
    parts = piece(pose, "hat", "metal", pose.at_depth([*teeth, *base], 0.2), 0.6, 0.15)
    for x, y in teeth[::2]:
        parts += piece(
            pose, "jewel", "trim", pose.at_depth(ellipse((x, y), 0.06, 0.06), 0.2), 0.6, 0.06
        )
    return parts


def hood(pose: Pose) -> Parts:
    """Return a hood that frames the face."""
    outer = [(1.35, 1.75), (1.12, 0.9), (1.02, 0.1), (0.98, -0.6), (0.66, -1.18), (0.16, -1.40)]
    inner = [
        (0.20, 1.75),
        (0.62, 1.2),
        (0.76, 0.65),
        (0.72, 0.1),
        (0.64, -0.45),
        (0.38, -0.74),
        (0.0, -0.82),
    ]
    right, hole = np.array(outer), np.array(inner)
    rim = smooth(pose.at_depth(np.vstack([right, flipped(right[::-1], -1)])), count=120)
    face = smooth(pose.on_face(np.vstack([flipped(hole, -1), hole[-2::-1]])), count=100)
    return piece(pose, "hat", "trim", np.vstack([rim, face]), 0.15, 0.3)


def blossoms(pose: Pose) -> Parts:
    """Return a garland of five-petalled flowers with leaves."""
    parts = NOTHING
    for x in (-0.62, -0.36, 0.36, 0.62):
        leaf = ellipse((x * 1.12, -0.98 + 0.5 * x * x), 0.17, 0.07, turn=1.1 * x)
        parts += piece(pose, "leaf", "leaf", pose.at_depth(leaf, 0.2), 0.55, 0.07)
    for k, x in enumerate((-0.64, -0.34, 0.0, 0.34, 0.64)):
        y, r = -0.98 + 0.55 * x * x, 0.17 + 0.03 * ((k + 1) % 2)
        petals = scalloped(ellipse((x, y), r * 0.72, r * 0.72), 5, r * 0.5)
        parts += piece(pose, "flower", "trim", pose.at_depth(petals, 0.22), 0.6, 0.1)
        heart = ellipse((x, y), r * 0.28, r * 0.28)
        parts += piece(pose, "heart", "metal", pose.at_depth(heart, 0.22), 0.75, 0.05)
    return parts


HATS: Mapping[str, Callable[[Pose], Parts]] = {
    "turban": turban,
    "beret": beret,
    "brim": brim,
    "crown": crown,
    "hood": hood,
    "blossoms": blossoms,
}
