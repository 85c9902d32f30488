"""What stands behind a sitter: a few large shapes, placed by fractions of the picture."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias

import numpy as np

from portraitset.demo.portraits.curves import Points, ellipse, smooth
from portraitset.demo.portraits.shapes import Parts, Shape

Frame: TypeAlias = tuple[int, int]
Focus: TypeAlias = tuple[float, float]


def backdrop(name: str, frame: Frame, focus: Focus) -> Parts:
    """Return the shapes of a named backdrop; `focus` is the head's place in pixels."""
    return BACKDROPS[name](frame, focus)


def far(material: str, outline: Points, opacity: float = 1.0) -> Shape:
    """Return a flat shape far behind the sitter."""
    return Shape("backdrop", material, outline, -2.0, 0.0, opacity=opacity)


def plain(_frame: Frame, _focus: Focus) -> Parts:
    """Return no shapes: bare ground."""
    return Parts()


def sun(frame: Frame, focus: Focus) -> Parts:
    """Return a great disc behind the head, over hills."""
    unit = min(frame)
    disc = ellipse((focus[0] + 0.04 * unit, focus[1] - 0.02 * unit), 0.43 * unit, 0.43 * unit)
    return Parts((far("disc", disc),)) + hills(frame, focus)


def hills(frame: Frame, _focus: Focus) -> Parts:
    """Return two ranges of hills."""
    width, height = frame
    shapes = []
    for material, level, swell, phase in (("far", 0.66, 0.055, 0.6), ("near", 0.78, 0.07, 2.6)):
        x = np.linspace(-0.05, 1.05, 90)
        y = level + swell * np.sin(7.0 * x + phase) + 0.4 * swell * np.sin(17.0 * x + 2 * phase)
        ridge = np.column_stack([x * width, y * height])
        foot = np.array([[1.05 * width, 1.1 * height], [-0.05 * width, 1.1 * height]])
        shapes.append(far(material, np.vstack([ridge, foot])))
    return Parts(tuple(shapes))


def arch(frame: Frame, focus: Focus) -> Parts:
    """Return a round-headed window that opens on hills."""
    height, unit = frame[1], min(frame)
    shapes = []
    for material, r in (("near", 0.50), ("far", 0.45), ("disc", 0.42)):
        angle = np.linspace(np.pi, 2 * np.pi, 60)
        top = np.column_stack([np.cos(angle), np.sin(angle)]) * r * unit + (focus[0], focus[1])
        foot = np.array([[focus[0] + r * unit, height * 1.1], [focus[0] - r * unit, height * 1.1]])
        shapes.append(far(material, np.vstack([top, foot])))
    return Parts(tuple(shapes))


def rays(frame: Frame, focus: Focus) -> Parts:
    """Return beams that spread from behind the head."""
    reach = 2.0 * max(frame)
    shapes = []
    for k in range(0, 32, 2):
        angles = np.pi * 2 * (np.array([k, k + 1]) + 0.35) / 32
        tips = np.column_stack([np.cos(angles), np.sin(angles)]) * reach + focus
        shapes.append(far("far", np.vstack([np.array([focus]), tips])))
    disc = ellipse(focus, 0.36 * min(frame), 0.36 * min(frame))
    return Parts((*shapes, far("disc", disc)))


def moon(frame: Frame, focus: Focus) -> Parts:
    """Return a night with a moon, stars and a low range of hills."""
    width, height = frame
    rng = np.random.default_rng(11)
    unit = min(frame)
    away = 0.84 if focus[0] < 0.55 * width else 0.16
    shapes = [far("disc", ellipse((away * width, 0.17 * height), 0.10 * unit, 0.10 * unit))]
    for x, y, r in rng.random((26, 3)):
        star = star_outline((x * width, y * 0.62 * height), (0.006 + 0.012 * r) * unit)
        shapes.append(far("disc", star))
    return Parts(tuple(shapes)) + hills(frame, focus)


def star_outline(centre: tuple[float, float], radius: float) -> Points:
    """Return a four-pointed star."""
    angle = np.arange(8) * np.pi / 4
    reach = np.where(np.arange(8) % 2 == 0, radius, 0.32 * radius)
    return np.column_stack([np.cos(angle) * reach, np.sin(angle) * reach]) + centre


def leaves(frame: Frame, _focus: Focus) -> Parts:
    """Return a hedge of large leaves round the picture's rim."""
    width, height = frame
    rng = np.random.default_rng(5)
    unit = min(frame)
    shapes = []
    for k in range(54):
        angle = k * 2.399963
        reach = 0.38 + 0.26 * rng.random()
        root = np.array([width / 2, height / 2]) + np.array(
            [np.cos(angle) * reach * width, np.sin(angle) * reach * height]
        )
        shapes.append(
            far(
                ("far", "near", "disc")[k % 3 if k % 5 else 2],
                leaf(root, angle + rng.normal(0, 0.6), 0.19 * unit),
            )
        )
    return Parts(tuple(shapes))


def leaf(root: Points, angle: float, length: float) -> Points:
    """Return one pointed leaf."""
    knots = [(0.0, 0.0), (0.35, -0.20), (0.75, -0.14), (1.0, 0.0), (0.75, 0.10), (0.35, 0.20)]
    c, s = np.cos(angle), np.sin(angle)
    points = smooth(np.array(knots) * length, closed=True, count=40)
    turned: Points = points @ np.array([[c, s], [-s, c]]) + root
    return turned


def bands(frame: Frame, _focus: Focus) -> Parts:
    """Return broad slanting bands of colour."""
    width, height = frame
    shapes = []
    for k, material in enumerate(("far", "disc", "near", "far", "near")):
        x = (-0.35 + 0.33 * k) * width
        lean, broad = 0.45 * width, (0.15 if k % 2 else 0.2) * width
        corners = [(x + lean, -9), (x + lean + broad, -9), (x + broad, height + 9), (x, height + 9)]
        shapes.append(far(material, np.array(corners, dtype=np.float64)))
    return Parts(tuple(shapes))


def tiles(frame: Frame, _focus: Focus) -> Parts:
    """Return a wall of tiles, every other one darker."""
    side = min(frame) / 7.0
    shapes = []
    for row in range(int(frame[1] / side) + 1):
        for column in range(int(frame[0] / side) + 1):
            if (row + column) % 2:
                centre = ((column + 0.5) * side, (row + 0.5) * side)
                material = "far" if (row * 3 + column) % 5 else "disc"
                diamond = np.array([(0, -0.62), (0.62, 0), (0, 0.62), (-0.62, 0)]) * side
                shapes.append(far(material, diamond + centre))
    return Parts(tuple(shapes))


def city(frame: Frame, _focus: Focus) -> Parts:
    """Return two rows of towers against the sky."""
    width, height = frame
    rng = np.random.default_rng(3)
    shapes = [
        far("disc", ellipse((0.22 * width, 0.24 * height), 0.13 * min(frame), 0.13 * min(frame)))
    ]
    for material, low, high, count in (("far", 0.28, 0.58, 12), ("near", 0.48, 0.74, 10)):
        edges = np.linspace(-0.05, 1.05, count + 1)
        tops = rng.uniform(low, high, count)
        x = np.repeat(edges, 2)[1:-1] * width
        y = np.repeat(tops, 2) * height
        foot = np.array([[1.05 * width, 1.1 * height], [-0.05 * width, 1.1 * height]])
        shapes.append(far(material, np.vstack([np.column_stack([x, y]), foot])))
    return Parts(tuple(shapes))


BACKDROPS: Mapping[str, Callable[[Frame, Focus], Parts]] = {
    "plain": plain,
    "sun": sun,
    "hills": hills,
    "arch": arch,
    "rays": rays,
    "moon": moon,
    "leaves": leaves,
    "bands": bands,
    "tiles": tiles,
    "city": city,
}
