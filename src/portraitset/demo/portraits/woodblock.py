"""Old walls and blocks: the Japanese woodblock print and the cracked fresco."""

from __future__ import annotations

import numpy as np
from PIL import Image
from scipy import ndimage

from portraitset.demo.portraits.grain import Field, blurred, clouds, smoothstep, tooth
from portraitset.demo.portraits.poster import stepped
from portraitset.demo.portraits.raster import ink_map, to_image
from portraitset.demo.portraits.scene import Commission, Scene, compose, palette


def woodblock(commission: Commission, rng: np.random.Generator) -> Image.Image:
    """Return flat colours, graded skies, patterned cloth, fine keylines and wood grain."""
    scene = compose(commission, rng)
    skin = scene.shows("skin") > 0.5
    tone = np.where(skin, 0.86, stepped(blurred(scene.tone, 0.03 * scene.unit), (0.42,)))
    colour = scene.repaint(tone.astype(np.float32), flush=False)
    colour = patterned(scene, graded(scene, colour))
    keyline = ink_map([line.outline(0.95) for line in scene.lines], scene.size)
    colour += keyline[..., None] * (palette(commission)["line"][0] - colour)
    grain = ndimage.uniform_filter1d(rng.standard_normal(scene.tone.shape), 90, axis=0)
    grain /= grain.std()
    ink = 1 - 0.022 * np.clip(grain, -2, 2) + 0.015 * tooth(rng, scene.tone.shape)
    return to_image(colour * ink[..., None])


def graded(scene: Scene, colour: Field) -> Field:
    """Grade the background from deep at the top to clear at the horizon."""
    ground = 1 - scene.figures
    down = np.linspace(0, 1, scene.size[1], dtype=np.float32)[:, None]
    deep = smoothstep(0.42, 0.0, down) * 0.85 * ground
    sky: Field = colour + deep[..., None] * (palette(scene.commission)["far"][0] - colour)
    return sky


def patterned(scene: Scene, colour: Field) -> Field:
    """Print overlapping waves (seigaiha) on the cloth."""
    pattern = waves(scene.tone.shape, 0.19 * scene.unit) * scene.shows("cloth")
    dye = palette(scene.commission)["cloth"][1] * 0.8
    printed: Field = colour + 0.75 * pattern[..., None] * (dye - colour)
    return printed


def waves(shape: tuple[int, int], radius: float) -> Field:
    """Return fish-scale arcs as coverage: each row of discs hides the lower half of the last."""
    rows, columns = np.mgrid[0 : shape[0], 0 : shape[1]].astype(np.float32)
    rings = np.zeros(shape, dtype=np.float32)
    for k in range(3):
        row = np.floor(rows / (radius / 2)) + k
        x = np.mod(columns - row * radius, 2 * radius) - radius
        distance = np.hypot(x, rows - (row + 1) * radius / 2) / radius
        lines = smoothstep(0.35, 0.75, np.cos(distance * 2 * np.pi * 3))
        rings = np.where(distance < 1, lines, rings)
    return rings


def fresco(commission: Commission, rng: np.random.Generator) -> Image.Image:
    """Return a wall painting: lime-pale colours, plaster, cracks, losses and a gilt halo."""
    scene = compose(commission, rng)
    soft = blurred(scene.tone, 0.03 * scene.unit)
    colour = scene.repaint(np.clip(0.57 + 1.0 * (soft - 0.5), 0, 1), flush=True)
    outlines = 0.6 * ink_map([line.outline(1.0) for line in scene.lines], scene.size)
    colour = colour + outlines[..., None] * (palette(commission)["line"][1] - colour)
    worn = clouds(rng, soft.shape, 0.9 * scene.unit, 5)
    chalky = 0.82 * colour + 0.18 * np.array([0.86, 0.80, 0.70])
    chalky = chalky * (1 + 0.06 * worn + 0.03 * tooth(rng, soft.shape, 1.3))[..., None]
    return to_image(damaged(scene, chalky.astype(np.float32), worn))


def damaged(scene: Scene, colour: Field, worn: Field) -> Field:
    """Break the wall: thin cracks everywhere, bare plaster where the paint has fallen."""
    shape, unit = scene.tone.shape, scene.unit
    keep = scene.near_features(0.55)
    loss = smoothstep(0.95, 1.0, worn * (1 - keep) + 0.05 * clouds(scene.rng, shape, 12, 2))
    plaster = np.array([0.80, 0.745, 0.65]) * (1 + 0.05 * tooth(scene.rng, shape, 1.6))[..., None]
    rim = np.roll(loss, (2, 2), axis=(0, 1)) * (1 - loss)
    colour = colour + loss[..., None] * (plaster - colour)
    crack = np.zeros(shape, dtype=np.float32)
    for cell in (1.2 * unit, 0.5 * unit):
        ridge = np.abs(clouds(scene.rng, shape, cell, 4))
        patchy = smoothstep(-0.6, 0.3, clouds(scene.rng, shape, 1.1 * unit, 2))
        slope = ndimage.gaussian_gradient_magnitude(ridge, 1.0) + 1e-3
        crack = np.maximum(crack, smoothstep(2.2, 0.6, ridge / slope) * patchy * (1 - 0.75 * keep))
    return colour * (1 - 0.62 * crack - 0.35 * rim)[..., None]
