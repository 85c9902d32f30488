"""Flat colour: the vector poster, the airbrushed deco portrait, and the comic's dot screen."""

from __future__ import annotations

import numpy as np
from PIL import Image

from portraitset.demo.portraits.grain import Field, blurred, crisp, smoothstep
from portraitset.demo.portraits.raster import coverage, ink_map, stamp, to_image, window
from portraitset.demo.portraits.scene import Commission, Scene, compose, palette


def stepped(tone: Field, cuts: tuple[float, ...]) -> Field:
    """Return tone in len(cuts) + 1 flat steps from 0.15 to 0.85, with edges one pixel soft."""
    total = np.full(tone.shape, 0.15, dtype=np.float32)
    for cut in cuts:
        total += 0.70 / len(cuts) * crisp(tone, cut)
    return total


def poster(commission: Commission, rng: np.random.Generator) -> Image.Image:
    """Return flat shapes with crisp shadows and no outlines."""
    scene = compose(commission, rng)
    soft = blurred(scene.tone, 0.045 * scene.unit)
    colour = scene.repaint(stepped(soft, (0.42, 0.76)))
    strands(scene, colour)
    return to_image(colour)


def strands(scene: Scene, colour: Field) -> None:
    """Draw the hairs in their shadow colour, in place."""
    dark = palette(scene.commission)["strand"][0]
    for line in scene.lines:
        if line.role == "strand":
            stamp(colour, line.outline(), dark, 0.8)


def deco(commission: Commission, rng: np.random.Generator) -> Image.Image:
    """Return metal-smooth gradients inside hard edges, drawn with fine gilt lines."""
    scene = compose(commission, rng)
    tone = gradients(scene)
    tone = tone + rng.normal(0, 0.025, tone.shape).astype(np.float32)
    colour = scene.repaint(np.clip(tone, 0, 1))
    gilt = palette(commission)["metal"]
    strands(scene, colour)
    for line in scene.lines:
        if line.role == "contour":
            stamp(colour, line.outline(0.8), gilt[0] * 0.6, 0.9)
            stamp(colour, line.outline(0.35) + 0.006 * scene.unit, gilt[2], 0.7)
    return to_image(colour)


def gradients(scene: Scene) -> Field:
    """Return a tone in which every shape has its own sweep from dark to light."""
    soft = blurred(scene.tone, 0.05 * scene.unit)
    tone = sweep(scene.tone.shape, 0.9)
    for index, shape in enumerate(scene.shapes):
        box = window(shape.outline, scene.size)
        if box is None or shape.clip is not None:
            continue
        part = np.s_[box[1] : box[3], box[0] : box[2]]
        own = sweep((box[3] - box[1], box[2] - box[0]), 0.35 + 0.9 * (index % 3))
        weight = 0.22 if shape.material == "skin" else 0.62
        if index < scene.figure_from:
            weight = 1.0
        lit = np.clip((soft[part] - 0.5) * 1.35 + 0.52, 0, 1)
        tone[part] += coverage(shape.outline, box) * (
            weight * own + (1 - weight) * lit - tone[part]
        )
    return tone


def sweep(shape: tuple[int, int], angle: float) -> Field:
    """Return a ramp from 0.1 to 0.95 across a box, at an angle in radians."""
    rows, columns = np.mgrid[0 : shape[0], 0 : shape[1]].astype(np.float32)
    x, y = columns / max(shape[1] - 1, 1), rows / max(shape[0] - 1, 1)
    ramp = x * np.cos(angle) + y * np.sin(angle)
    span = max(float(ramp.max() - ramp.min()), 1e-6)
    swept: Field = 0.95 - 0.85 * (ramp - ramp.min()) / span
    return swept


def halftone(commission: Commission, rng: np.random.Generator) -> Image.Image:
    """Return a comic panel: flat inks, dots for half light, black for shadow, bold outlines."""
    scene = compose(commission, rng)
    soft = blurred(scene.tone, 0.022 * scene.unit)
    pitch = min(scene.size) / 92
    dots = dot_screen(scene.tone.shape, pitch)
    half_light = smoothstep(-0.05, 0.05, (0.70 - soft) * 2.2 - dots)
    tone = 0.85 - 0.36 * half_light
    colour = scene.repaint(tone.astype(np.float32))
    figures = scene.figures
    black = palette(scene.commission)["line"][0]
    shadow = (1 - crisp(soft, 0.295)) * (figures > 0.5)
    lines = [line.outline(2.0 if line.role == "contour" else 1.35) for line in scene.lines]
    inked = np.maximum(shadow, ink_map(lines, scene.size))[..., None]
    return to_image(colour + inked * (black - colour))


def dot_screen(shape: tuple[int, int], pitch: float) -> Field:
    """Return the threshold (0 to 1) of a dot screen turned by 30 degrees."""
    rows, columns = np.mgrid[0 : shape[0], 0 : shape[1]].astype(np.float32)
    u = (0.866 * columns + 0.5 * rows) * np.pi / pitch
    v = (-0.5 * columns + 0.866 * rows) * np.pi / pitch
    screen: Field = 0.5 + 0.5 * np.cos(2 * u) * np.cos(2 * v)
    return screen
