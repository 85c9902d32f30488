"""Strokes that follow a direction field: where they run, how wide, and how they are laid down."""

from __future__ import annotations

from typing import Any, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from portraitset.demo.portraits.curves import Points
from portraitset.demo.portraits.grain import Field

Scalar = TypeVar("Scalar", bound=np.generic)

Paths: TypeAlias = NDArray[np.floating[Any]]
"""Float (strokes, points, 2), picture pixels."""


def scattered(rng: np.random.Generator, size: tuple[int, int], spacing: float) -> Points:
    """Return points on a loose grid over a picture (width, height), in random order."""
    columns = np.arange(0.5 * spacing, size[0], spacing)
    rows = np.arange(0.5 * spacing, size[1], spacing)
    x, y = np.meshgrid(columns, rows)
    x = x + 0.5 * spacing * (np.arange(len(rows)) % 2)[:, None]
    points = np.column_stack([x.ravel(), y.ravel()])
    points += rng.uniform(-0.42, 0.42, points.shape) * spacing
    kept: Points = points[(points[:, 0] < size[0] - 1) & (points[:, 1] < size[1] - 1)]
    shuffled: Points = np.clip(kept, 0, None)[rng.permutation(len(kept))]
    return shuffled


def sampled(field: NDArray[Scalar], points: Paths) -> NDArray[Scalar]:
    """Return the field's value (or colour) at the pixel under each point."""
    x = np.clip(points[..., 0], 0, field.shape[1] - 1).astype(np.intp)
    y = np.clip(points[..., 1], 0, field.shape[0] - 1).astype(np.intp)
    values: NDArray[Scalar] = field[y, x]
    return values


def trace(starts: Points, along: tuple[Field, Field], steps: int, step: float) -> Paths:
    """Follow a direction field from each start, never turning back."""
    path = np.empty((len(starts), steps, 2))
    at = starts.astype(np.float64)
    heading = np.column_stack([sampled(axis, at) for axis in along])
    for k in range(steps):
        path[:, k] = at
        ahead = np.column_stack([sampled(axis, at) for axis in along])
        ahead *= np.where((ahead * heading).sum(axis=1) < 0, -1.0, 1.0)[:, None]
        heading = 0.5 * heading + 0.5 * ahead
        heading /= np.maximum(np.hypot(heading[:, 0], heading[:, 1]), 1e-6)[:, None]
        at = at + heading * step
    return path


def rotated(along: tuple[Field, Field], degrees: float) -> tuple[Field, Field]:
    """Turn a direction field."""
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    return along[0] * c - along[1] * s, along[0] * s + along[1] * c


def normals(paths: Paths) -> Paths:
    """Return unit normals along each path."""
    tangent = np.gradient(paths, axis=1)
    length = np.maximum(np.hypot(tangent[..., 0], tangent[..., 1]), 1e-6)[..., None]
    return np.stack([-tangent[..., 1], tangent[..., 0]], axis=-1) / length


def outlines(paths: Paths, widths: Field) -> Paths:
    """Return each stroke's closed outline; `widths` is (strokes, points), pixels."""
    half = 0.5 * normals(paths) * widths[..., None]
    return np.concatenate([paths + half, (paths - half)[:, ::-1]], axis=1)


def taper(count: int, *, ends: float = 0.0) -> Field:
    """Return a width profile along a stroke: 1 in the middle, `ends` at both ends."""
    return ends + (1 - ends) * np.sin(np.linspace(0, np.pi, count)) ** 0.7
