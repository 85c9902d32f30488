"""Pastel and charcoal on toned paper: the paper is the middle tone."""

from __future__ import annotations

import numpy as np
from PIL import Image

from portraitset.demo.portraits.grain import Field, blurred, clouds, combed, smoothstep, tooth
from portraitset.demo.portraits.raster import ink_map, to_image
from portraitset.demo.portraits.scene import Commission, Scene, compose, palette


def pastel(commission: Commission, rng: np.random.Generator) -> Image.Image:
    """Return a drawing in charcoal, white and a few coloured chalks."""
    scene = compose(commission, rng)
    paper_colour = palette(commission)["sky"][1]
    grain = tooth(rng, scene.tone.shape, 1.1)
    paper = (
        0.8 * paper_colour * (1 + 0.05 * grain + 0.03 * clouds(rng, grain.shape, 200))[..., None]
    )
    marks = chalk_marks(scene)
    fade = vignette(scene)
    strong = scene.repaint(np.clip((scene.tone - 0.5) * 1.3 + 0.52, 0, 1), flush=True)
    chalk = strong + 0.03 * marks[..., None]
    distance = np.abs(scene.value - 0.8 * float(paper_colour.mean()))
    face = scene.shows("skin")
    wanted = (0.34 + 1.4 * distance + 0.25 * face) * fade
    marks = marks * (1 - 0.6 * face)
    laid = smoothstep(-0.55, 0.45, wanted * 2.2 - 1.0 + 0.34 * grain + 0.36 * marks)
    picture = paper + (0.94 * laid)[..., None] * (chalk - paper)
    return to_image(contours(scene, picture, grain))


def chalk_marks(scene: Scene) -> Field:
    """Return streaks, deviation 1: slanting in the background, along the form on the figure."""
    white = blurred(scene.rng.standard_normal(scene.tone.shape), 0.9)
    slant = (np.full_like(scene.tone, 0.62), np.full_like(scene.tone, -0.78))
    figure = 0.55 * scene.shows("hair", "cloth", "trim")
    x = scene.along[0] * figure + slant[0] * (1 - figure)
    y = scene.along[1] * figure + slant[1] * (1 - figure)
    length = np.maximum(np.hypot(x, y), 0.2)
    return combed(white, (x / length, y / length), 20)


def vignette(scene: Scene) -> Field:
    """Return 1 on heads, less on the clothes, and little in the background's corners."""
    height, width = scene.tone.shape
    rows, columns = np.mgrid[0:height, 0:width].astype(np.float32)
    near = np.zeros_like(scene.tone)
    for pose in scene.poses:
        x, y = (columns - pose.centre[0]) / pose.scale, (rows - pose.centre[1]) / pose.scale
        near = np.maximum(near, np.exp(-(((x / 2.1) ** 2 + ((y - 0.2) / 2.3) ** 2) ** 1.5)))
    figure = scene.figures
    return near * (0.62 + 0.42 * figure) + 0.10


def contours(scene: Scene, picture: Field, grain: Field) -> Field:
    """Draw the lines three times over, never quite in the same place, broken by the grain."""
    dark = palette(scene.commission)["line"][0]
    for _ in range(3):
        outlines = []
        for line in scene.lines:
            slip = scene.rng.normal(0, 0.012 * scene.unit, 2)
            slip *= 0.25 if line.role == "feature" else 1.0
            outlines.append(line.outline(0.8) + slip)
        drawn = ink_map(outlines, scene.size) * smoothstep(-1.0, 0.5, grain + 0.35)
        picture = picture + 0.5 * drawn[..., None] * (dark - picture)
    return picture
