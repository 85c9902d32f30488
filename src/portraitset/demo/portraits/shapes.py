"""What a figure is made of: filled shapes, back to front, and lines drawn over them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from portraitset.demo.portraits.curves import Points, ribbon

Role = Literal["feature", "contour", "strand", "wear"]
"""Features are lids, lips, nostrils; contours bound a form; strands lie in hair; wear is worn."""

Labels: TypeAlias = NDArray[np.signedinteger[Any]]
"""Integers (H, W): which of several things lies at each pixel."""


@dataclass(frozen=True, slots=True)
class Shape:
    """A filled outline in picture pixels."""

    name: str
    material: str
    outline: Points
    base: float = 0.0
    """Height above the picture plane where the shape begins, in face units."""
    bulge: float = 0.25
    """How far in from its edge the shape keeps rising, in face units."""
    clip: Points | None = None
    """A second outline that the shape must stay inside."""
    opacity: float = 1.0


@dataclass(frozen=True, slots=True)
class Line:
    """A stroke of changing width, in picture pixels."""

    role: Role
    material: str
    points: Points
    widths: tuple[float, ...]
    level: int = 1
    """How many shapes lie behind it; the later ones hide it."""

    def outline(self, weight: float = 1.0) -> Points:
        """Return the stroke as a closed outline, `weight` times as wide."""
        return ribbon(self.points, [max(width * weight, 0.05) for width in self.widths])


@dataclass(frozen=True, slots=True)
class Parts:
    """Shapes and lines that belong together."""

    shapes: tuple[Shape, ...] = ()
    lines: tuple[Line, ...] = ()

    def __add__(self, other: Parts) -> Parts:
        """Return both, `other` in front."""
        raised = (replace(line, level=line.level + len(self.shapes)) for line in other.lines)
        return Parts(self.shapes + other.shapes, (*self.lines, *raised))


def visible(line: Line, tops: Labels) -> list[Line]:
    """Cut a line into the runs that no later shape hides.

    `tops` holds, at each pixel, the index + 1 of the topmost shape.
    """
    columns = np.clip(line.points[:, 0].astype(int), 0, tops.shape[1] - 1)
    rows = np.clip(line.points[:, 1].astype(int), 0, tops.shape[0] - 1)
    seen = tops[rows, columns] <= line.level
    if seen.all():
        return [line]
    cuts = np.flatnonzero(np.diff(seen.astype(int))) + 1
    runs = np.split(np.arange(len(seen)), cuts)
    kept = (run for run in runs if seen[run[0]] and len(run) > 3)
    return [replace(line, points=line.points[run]) for run in kept]
