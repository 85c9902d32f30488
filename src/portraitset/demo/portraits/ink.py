"""Pen and ink: hatching that turns with the form, over one or two flat washes."""

from __future__ import annotations

import numpy as np
from PIL import Image

from portraitset.demo.portraits.curves import Points
from portraitset.demo.portraits.grain import Field, blurred, tooth
from portraitset.demo.portraits.raster import ink_map, to_image
from portraitset.demo.portraits.scene import Commission, Scene, compose, palette, tinted
from portraitset.demo.portraits.strokes import outlines, rotated, sampled, scattered, taper, trace

LAYERS = ((0.82, 0.0, 0.85), (0.60, 48.0, 0.8), (0.44, -42.0, 0.85), (0.30, 90.0, 1.0))
"""Drawn where the picture is darker than this; turned by these degrees; pen width."""


def ink(commission: Commission, rng: np.random.Generator) -> Image.Image:
    """Return a drawing in ink on cream paper."""
    scene = compose(commission, rng)
    pen = max(scene.size) / 900
    strokes = [outline for layer in LAYERS for outline in hatching(scene, *layer, pen)]
    strokes += [line.outline(1.15) for line in scene.lines]
    strokes += [s.outline for s in scene.shapes if s.name in ("pupil", "brow")]
    inked = ink_map(strokes, scene.size)
    paper = washes(scene) + 0.012 * tooth(rng, inked.shape)[..., None]
    dark = palette(commission)["line"][0]
    return to_image(paper + inked[..., None] * (dark - paper))


def hatching(scene: Scene, threshold: float, turn: float, width: float, pen: float) -> list[Points]:
    """Return one layer of strokes, wider where the picture is darker."""
    light = 0.5 * scene.value + 0.5 * scene.tone
    value = blurred(light, 1.5 * pen) ** 0.66
    if turn:
        value = value + 0.45 * scene.shows("hair")
    starts = scattered(scene.rng, scene.size, 6.2 * pen)
    paths = trace(starts, rotated(scene.along, turn), 14, 2.6 * pen)
    depth = np.clip((threshold - sampled(value, paths)) / 0.28, 0, 1)
    widths = depth * taper(14) * 2.3 * width * pen
    drawn = widths.max(axis=1) > 0.5 * pen
    return list(outlines(paths[drawn], widths[drawn]))


def washes(scene: Scene) -> Field:
    """Return cream paper with flat colour on trim and disc, a little off the lines."""
    ramps = palette(scene.commission)
    paper = tinted(np.array([ramps["sky"][2]] * 3), scene.tone)
    for material, strength in (("trim", 0.85), ("disc", 0.7), ("metal", 0.7)):
        mask = np.roll(scene.shows(material), (3, -4), axis=(0, 1))
        mask = strength * blurred(mask, 0.8)[..., None]
        paper = paper + mask * (ramps[material][1] - paper)
    return paper
