"""Linocut: one dark ink, light carved out of it along the form, over one flat second colour."""

from __future__ import annotations

import numpy as np
from PIL import Image

from portraitset.demo.portraits.grain import Field, blurred, crisp, tooth
from portraitset.demo.portraits.raster import ink_map, to_image
from portraitset.demo.portraits.scene import Commission, Scene, compose, palette
from portraitset.demo.portraits.strokes import outlines, sampled, scattered, taper, trace


def linocut(commission: Commission, rng: np.random.Generator) -> Image.Image:
    """Return a two-block print."""
    scene = compose(commission, rng)
    skin = scene.shows("skin")
    light = scene.value + 0.45 * skin * (scene.tone - scene.value)
    value = blurred(light, 0.02 * scene.unit)
    carved = gouges(scene, value)
    block = cleaned((1 - carved) * smooth_cut(value), scene)
    bold = [line.outline(1.9 if line.role == "contour" else 1.4) for line in scene.lines]
    block = np.maximum(block, ink_map(bold, scene.size))
    glints = [s.outline for s in scene.shapes if s.name == "glint"]
    dark_parts = [s.outline for s in scene.shapes if s.name in ("pupil", "brow")]
    block = np.maximum(block, ink_map(dark_parts, scene.size)) * (1 - ink_map(glints, scene.size))
    return to_image(printed(scene, block))


def smooth_cut(value: Field) -> Field:
    """Return where ink stays even before the gouge: everywhere but in the full light."""
    kept: Field = np.clip((0.86 - value) / 0.03, 0, 1)
    return kept


def cleaned(block: Field, scene: Scene) -> Field:
    """Return the block with the skin cut in clean planes instead of single gouges."""
    planes = crisp(blurred(block, 0.032 * scene.unit), 0.5)
    smooth: Field = block + scene.shows("skin") * (planes - block)
    return smooth


def gouges(scene: Scene, value: Field) -> Field:
    """Return the carved lines, wider where the picture is lighter."""
    pitch = max(scene.size) / 115
    starts = scattered(scene.rng, scene.size, 0.62 * pitch)
    paths = trace(starts, scene.along, 12, 0.5 * pitch)
    light = np.clip((sampled(value, paths) - 0.30) / 0.42, 0, 1)
    widths = light**1.2 * taper(12) * 0.66 * pitch
    cut = widths.max(axis=1) > 0.16 * pitch
    return ink_map(list(outlines(paths[cut], widths[cut])), scene.size)


def printed(scene: Scene, block: Field) -> Field:
    """Return paper, second colour and key block with the small failures of a hand press."""
    ramps = palette(scene.commission)
    second = np.maximum(scene.shows("trim", "disc"), scene.mask("upper_lip", "lower_lip"))
    second = np.roll(second, (2, 3), axis=(0, 1))[..., None]
    grain = tooth(scene.rng, block.shape, 1.1)
    paper = ramps["sky"][2] + 0.01 * grain[..., None]
    paper = paper + second * 0.92 * (ramps["disc"][1] - paper)
    bite = np.clip(1.08 - 0.10 * np.clip(grain - 0.9, 0, 3), 0, 1)
    sheet: Field = paper + (block * bite)[..., None] * (ramps["line"][0] - paper)
    return sheet
