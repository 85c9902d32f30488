"""Chance, tamed: smooth noise, paper tooth, and noise combed along a direction field."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage

Field: TypeAlias = NDArray[np.floating[Any]]
"""Float (H, W), or (H, W, 3) where a colour is meant."""

Shape2: TypeAlias = tuple[int, int]


def resized(field: Field, shape: Shape2, how: Image.Resampling = Image.Resampling.BICUBIC) -> Field:
    """Return a two-dimensional field at another height and width."""
    if field.shape == shape:
        return field
    picture = Image.fromarray(np.ascontiguousarray(field, dtype=np.float32))
    return np.array(picture.resize((shape[1], shape[0]), how), dtype=np.float32)


def blurred(field: Field, sigma: float) -> Field:
    """Return a Gaussian blur of a field or colour; a wide one is worked out on a smaller copy."""
    if field.ndim == 3:
        return np.stack([blurred(field[..., c], sigma) for c in range(field.shape[2])], axis=-1)
    shrink = int(sigma / 1.6)
    if shrink < 2:
        soft: Field = ndimage.gaussian_filter(field.astype(np.float32), sigma, truncate=2.5)
        return soft
    shape = -(-field.shape[0] // shrink), -(-field.shape[1] // shrink)
    small = resized(field, shape, Image.Resampling.BOX)
    return resized(ndimage.gaussian_filter(small, sigma / shrink), (field.shape[0], field.shape[1]))


def noise(rng: np.random.Generator, shape: Shape2, cell: float) -> Field:
    """Return smooth noise, about -1 to 1, whose features are `cell` pixels wide."""
    rows, columns = (max(2, round(side / cell) + 2) for side in shape)
    grid = rng.standard_normal((rows, columns)).astype(np.float32)
    return resized(grid, shape) * 0.6


def clouds(rng: np.random.Generator, shape: Shape2, cell: float, octaves: int = 4) -> Field:
    """Return a sum of noises, each octave half as wide and half as strong."""
    total = np.zeros(shape, dtype=np.float32)
    for octave in range(octaves):
        total += noise(rng, shape, max(cell / 2**octave, 1.5)) * 0.5**octave
    return total


def tooth(rng: np.random.Generator, shape: Shape2, size: float = 1.2) -> Field:
    """Return the tooth of paper, mean 0 and deviation 1."""
    rough = blurred(rng.standard_normal(shape, dtype=np.float32), size)
    rough += 0.5 * blurred(rng.standard_normal(shape, dtype=np.float32), 2.5 * size)
    even: Field = (rough - rough.mean()) / rough.std()
    return even


def combed(
    field: Field,
    along: tuple[Field, Field],
    length: int,
    where: NDArray[np.bool_] | None = None,
    step: float = 1.6,
) -> Field:
    """Average `field` along the streamlines of a unit direction field, to deviation 1.

    Returns (H, W), or one value per pixel of `where`.
    Source: line integral convolution, Cabral and Leedom, SIGGRAPH 1993, nearest-neighbour steps.
    """
    height, width = field.shape
    chosen = np.ones(field.shape, dtype=bool) if where is None else where
    rows, columns = np.nonzero(chosen)
    flat, index = np.ravel(field), rows * width + columns
    steps_x, steps_y = (np.ravel(axis).astype(np.float32) * np.float32(step) for axis in along)
    total = flat[index].astype(np.float32)
    for sign in (np.float32(1), np.float32(-1)):
        x, y, at = columns.astype(np.float32), rows.astype(np.float32), index
        for _ in range(length // 2):
            x += sign * steps_x[at]
            y += sign * steps_y[at]
            at = np.clip(y, 0, height - 1).astype(np.int32) * width
            at += np.clip(x, 0, width - 1).astype(np.int32)
            total += flat[at]
    total = (total - total.mean()) / max(float(total.std()), 1e-6)
    streaks: Field = total.reshape(field.shape) if where is None else total
    return streaks


def smoothstep(low: float, high: float, values: Field) -> Field:
    """Return 0 below `low`, 1 above `high`, and a smooth ramp between."""
    t = np.clip((values - low) / (high - low), 0, 1)
    ramp: Field = t * t * (3 - 2 * t)
    return ramp


def slopes(field: Field) -> tuple[Field, Field]:
    """Return how a field changes per pixel, downward and to the right."""
    return np.asarray(np.gradient(field, axis=0)), np.asarray(np.gradient(field, axis=1))


def crisp(field: Field, level: float) -> Field:
    """Return 1 where a field is above a level and 0 below, with an edge one pixel soft."""
    slope_y, slope_x = slopes(field)
    cut: Field = np.clip((field - level) / (np.hypot(slope_x, slope_y) + 1e-4) + 0.5, 0, 1)
    return cut
