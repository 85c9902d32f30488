"""Pixel art: a small grid, a handful of colours, ordered dither, dark outlines."""

from __future__ import annotations

import numpy as np
from PIL import Image

from portraitset.demo.portraits.grain import Field, blurred
from portraitset.demo.portraits.scene import Commission, Scene, compose, palette

GRID = 104
"""Pixels along the shorter side."""
BAYER = np.array([[0, 8, 2, 10], [12, 4, 14, 6], [3, 11, 1, 9], [15, 7, 13, 5]]) / 16 - 0.47


def pixel(commission: Commission, rng: np.random.Generator) -> Image.Image:
    """Return a sprite enlarged to the size asked for."""
    cell = min(commission.size) // GRID
    scene = compose(commission, rng, 1 / cell)
    small = snapped(scene.repaint(dithered(scene.tone)), scene)
    small = outlined(small, scene)
    sprite = Image.fromarray((small * 255 + 0.5).astype(np.uint8))
    return sprite.resize((scene.size[0] * cell, scene.size[1] * cell), Image.Resampling.NEAREST)


def dithered(tone: Field) -> Field:
    """Return tone in four steps, mixed by a 4 x 4 Bayer matrix."""
    rows, columns = np.indices(tone.shape)
    pattern = BAYER[rows % 4, columns % 4]
    soft = blurred(tone, 1.0)
    steps = np.round((soft - 0.15) / 0.70 * 3 + 0.42 * pattern)
    flat: Field = (0.15 + 0.70 * np.clip(steps, 0, 3) / 3).astype(np.float32)
    return flat


def snapped(colour: Field, scene: Scene) -> Field:
    """Return each pixel as the nearest colour of the picture's small palette."""
    ramps = palette(scene.commission)
    names = [n for n in ramps if n != "leaf" or any(s.material == n for s in scene.shapes)]
    colours = np.unique(np.concatenate([ramps[name] for name in names]), axis=0)
    distance = ((colour[:, :, None] - colours) ** 2).sum(axis=-1)
    nearest: Field = colours[distance.argmin(axis=-1)]
    return nearest


def outlined(colour: Field, scene: Scene) -> Field:
    """Darken the pixels where one form ends in front of another."""
    top = scene.tops
    top = np.where(top > scene.figure_from, top, 0)
    seam = np.zeros(top.shape, dtype=bool)
    for axis in (0, 1):
        after = np.roll(top, -1, axis)
        front = np.maximum(top, after)
        seam |= (top != after) & (top == front)
    seam[-1], seam[:, -1] = False, False
    result = colour.copy()
    result[seam] = palette(scene.commission)["line"][0]
    return result
