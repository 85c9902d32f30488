"""Watercolour: transparent washes with dark wet edges, granulation, and paper left white."""

from __future__ import annotations

import numpy as np
from PIL import Image
from scipy import ndimage

from portraitset.demo.portraits.grain import Field, blurred, clouds, smoothstep, tooth
from portraitset.demo.portraits.poster import stepped
from portraitset.demo.portraits.raster import ink_map, to_image
from portraitset.demo.portraits.scene import Commission, Scene, compose

PAPER = (0.985, 0.972, 0.945)


def watercolour(commission: Commission, rng: np.random.Generator) -> Image.Image:
    """Return a painting on cold-pressed paper, with pencil lines left showing."""
    scene = compose(commission, rng)
    soft = blurred(scene.tone, 0.055 * scene.unit)
    soft += 0.05 * clouds(rng, soft.shape, 0.25 * scene.unit)
    washes = scene.repaint(stepped(soft, (0.26, 0.46, 0.66, 0.84)), flush=True)
    density = -np.log(np.clip(washes / np.array(PAPER, dtype=np.float32), 0.02, 1))
    density = wet(warped(density, scene), scene)
    grain = tooth(rng, soft.shape, 1.0)
    density *= (1 + 0.10 * grain + 0.22 * clouds(rng, soft.shape, 0.5 * scene.unit))[..., None]
    density *= loose_edge(scene)[..., None]
    pencil = 0.45 * ink_map([line.outline(0.42) for line in scene.lines], scene.size)
    pencil *= np.clip(0.8 + 0.4 * grain, 0, 1)
    colour = np.array(PAPER) * np.exp(-density) * (1 - 0.75 * pencil)[..., None]
    return to_image(colour + 0.008 * grain[..., None])


def warped(density: Field, scene: Scene) -> Field:
    """Return the washes with edges that wander as a wet brush does."""
    shape = density.shape[:2]
    reach = 0.035 * scene.unit * (1 - 0.85 * scene.near_features(0.25))
    rows, columns = np.mgrid[0 : shape[0], 0 : shape[1]].astype(np.float32)
    y = rows + reach * clouds(scene.rng, shape, 0.22 * scene.unit, 3)
    x = columns + reach * clouds(scene.rng, shape, 0.22 * scene.unit, 3)
    channels = [
        ndimage.map_coordinates(density[..., c], (y, x), order=1, mode="nearest") for c in range(3)
    ]
    return np.stack(channels, axis=-1)


def wet(density: Field, scene: Scene) -> Field:
    """Return the washes after drying: pigment gathers at edges and bleeds a little."""
    wide, narrow = 0.055 * scene.unit, 0.018 * scene.unit
    spread = blurred(density, wide)
    fine = blurred(density, narrow)
    rim = np.clip(density - fine, 0, None) * 0.9 + np.clip(density - spread, 0, None) * 0.28
    return 0.84 * density + 0.16 * spread * 0.8 + rim


def loose_edge(scene: Scene) -> Field:
    """Return 0 to 1: full strength near the sitter, fading to bare paper in ragged patches."""
    height, width = scene.tone.shape
    rows, columns = np.mgrid[0:height, 0:width].astype(np.float32)
    margin = np.minimum(np.minimum(columns, width - columns), np.minimum(rows, height - rows))
    ragged = margin / min(height, width) + 0.045 * clouds(
        scene.rng, (height, width), 0.5 * scene.unit, 5
    )
    wash = smoothstep(0.035, 0.05, ragged)
    return wash * (0.92 + 0.5 * (1 - smoothstep(0.05, 0.065, ragged)))
