"""Plane curves: splines through a few points, ellipses, ribbons along a line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import CubicSpline, PchipInterpolator

Points: TypeAlias = NDArray[np.floating[Any]]
"""Float (n, 2): x to the right, y down."""

Knots: TypeAlias = Sequence[tuple[float, float]] | Points


def smooth(knots: Knots, *, closed: bool = False, count: int = 80) -> Points:
    """Return `count` points of the cubic spline through `knots`, evenly spaced by chord."""
    points = np.asarray(knots, dtype=np.float64)
    if closed:
        points = np.vstack([points, points[:1]])
    chords = np.hypot(*np.diff(points, axis=0).T)
    along = np.concatenate([[0.0], np.cumsum(np.maximum(chords, 1e-9) ** 0.6)])
    spline = CubicSpline(along, points, bc_type="periodic" if closed else "natural")
    curve: Points = spline(np.linspace(0.0, along[-1], count, endpoint=not closed))
    return curve


def ellipse(centre: tuple[float, float], rx: float, ry: float, *, turn: float = 0.0) -> Points:
    """Return 72 points round an ellipse whose x radius is turned by `turn` radians."""
    angle = np.linspace(0.0, 2 * np.pi, 72, endpoint=False)
    return turned(np.column_stack([rx * np.cos(angle), ry * np.sin(angle)]), turn) + centre


def turned(points: Points, angle: float) -> Points:
    """Turn points about the origin; a positive angle is clockwise as seen, as y goes down."""
    c, s = np.cos(angle), np.sin(angle)
    result: Points = points @ np.array([[c, s], [-s, c]])
    return result


def mirrored(knots: Knots) -> Points:
    """Complete a right half, listed from top to bottom, into a closed outline."""
    right = np.asarray(knots, dtype=np.float64)
    left = right[::-1] * (-1.0, 1.0)
    skip_first = int(abs(right[-1, 0]) < 1e-9)
    skip_last = len(left) - int(abs(right[0, 0]) < 1e-9)
    return np.vstack([right, left[skip_first:skip_last]])


def moved(points: Points, across: float, down: float) -> Points:
    """Shift every point."""
    shifted: Points = points + np.array([across, down])
    return shifted


def flipped(points: Points, side: float) -> Points:
    """Mirror x where `side` is -1."""
    mirror: Points = points * (side, 1.0)
    return mirror


def ribbon(line: Points, widths: Sequence[float]) -> Points:
    """Return the outline of a stroke along `line` whose width passes through `widths`."""
    normals = unit_normals(line)
    at = np.linspace(0.0, 1.0, len(widths))
    half = 0.5 * PchipInterpolator(at, widths)(np.linspace(0.0, 1.0, len(line)))[:, None]
    return np.vstack([line + normals * half, (line - normals * half)[::-1]])


def unit_normals(line: Points) -> Points:
    """Return the unit normal at each point of an open line."""
    tangent = np.gradient(line, axis=0)
    tangent /= np.maximum(np.hypot(tangent[:, 0], tangent[:, 1]), 1e-9)[:, None]
    return np.column_stack([-tangent[:, 1], tangent[:, 0]])


def scalloped(outline: Points, bumps: int, depth: float) -> Points:
    """Push a closed outline outward in `bumps` round lobes of height `depth`."""
    dense = smooth(outline, closed=True, count=bumps * 10)
    phase = np.linspace(0.0, bumps * np.pi, len(dense), endpoint=False)
    outward = dense - dense.mean(axis=0)
    outward /= np.maximum(np.hypot(outward[:, 0], outward[:, 1]), 1e-9)[:, None]
    lobed: Points = dense + outward * (np.abs(np.sin(phase)) * depth)[:, None]
    return lobed
