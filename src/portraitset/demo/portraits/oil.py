"""Oil: loaded brush strokes that follow the form, large first, with raised bristle marks."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw
from scipy import ndimage

from portraitset.demo.portraits.grain import Field, blurred, clouds, slopes
from portraitset.demo.portraits.raster import to_image
from portraitset.demo.portraits.relief import unit_field
from portraitset.demo.portraits.scene import Commission, Scene, compose
from portraitset.demo.portraits.strokes import normals, sampled, scattered, trace

BRUSHES = (
    (0.130, 7, 0.055, 0.0),
    (0.072, 5, 0.045, 0.0),
    (0.038, 4, 0.035, 0.35),
    (0.020, 3, 0.015, 0.62),
    (0.012, 1, 0.0, 0.80),
)
"""Brush width in face units; bristles; colour scatter; least detail."""


def oil(commission: Commission, rng: np.random.Generator) -> Image.Image:
    """Return an impasto painting."""
    zoom = min(1.0, 1050 / max(commission.size))
    scene = compose(commission, rng, zoom)
    ground = Image.fromarray((scene.colour.mean(axis=(0, 1)) * 160).astype(np.uint8)[None, None])
    canvas = ground.resize(scene.size)
    ridges = Image.new("L", scene.size, 100)
    for brush in BRUSHES:
        lay(scene, canvas, ridges, *brush)
    picture = to_image(lit(canvas, ridges))
    return picture.resize(commission.size, Image.Resampling.BICUBIC)


def lay(
    scene: Scene,
    canvas: Image.Image,
    ridges: Image.Image,
    width: float,
    bristles: int,
    scatter: float,
    least: float,
) -> None:
    """Lay one brush's strokes over the canvas, and their bristle marks over the ridges."""
    rng, brush = scene.rng, width * scene.unit
    starts = scattered(rng, scene.size, 0.78 * brush)
    if least > 0:
        starts = starts[sampled(detail(scene), starts) > least * rng.uniform(0.5, 1, len(starts))]
    paths = trace(starts, flow(scene), 6, 0.55 * brush)
    target = blurred(scene.colour, 0.22 * brush)
    colours = sampled(target, paths[:, 2]) + rng.normal(0, scatter, (len(paths), 1))
    across = normals(paths)
    draw, draw_ridge = ImageDraw.Draw(canvas), ImageDraw.Draw(ridges)
    thick = max(round(1.5 * brush / bristles), 1)
    heights = rng.integers(40, 230, (len(paths), bristles)).tolist()
    shades = rng.normal(0, 0.6 * scatter + 0.01, (len(paths), bristles, 3)) + colours[:, None]
    fills = (np.clip(shades, 0, 1) * 255).astype(np.uint8).tolist()
    offsets = (np.arange(bristles) - (bristles - 1) / 2) * brush / bristles
    tracks = paths[:, None] + across[:, None] * offsets[:, None, None]
    for stroke, fill, height in zip(
        tracks.reshape(len(paths), bristles, -1).tolist(), fills, heights, strict=True
    ):
        for track, shade, rise in zip(stroke, fill, height, strict=True):
            draw.line(track, fill=tuple(shade), width=thick)
            draw_ridge.line(track, fill=rise, width=thick)


def detail(scene: Scene) -> Field:
    """Return 0 to 1: how much a fine brush is needed."""
    edges = ndimage.gaussian_gradient_magnitude(scene.value, 1.6) * 14
    return np.maximum(np.clip(edges, 0, 1), scene.near_features(0.2))


def flow(scene: Scene) -> tuple[Field, Field]:
    """Return the directions of the brush: along the form, swirling in the background."""
    swirl = clouds(scene.rng, scene.tone.shape, 0.5 * scene.unit, 2) * 2.2
    ground = 1 - scene.figures
    x = scene.along[0] * (1 - ground) + np.cos(swirl) * ground
    y = scene.along[1] * (1 - ground) + np.sin(swirl) * ground
    return unit_field(x, y)


def lit(canvas: Image.Image, ridges: Image.Image) -> Field:
    """Return the canvas with light raking over its ridges from the upper left."""
    height = blurred(np.asarray(ridges, dtype=np.float32) / 255, 0.8)
    slope_y, slope_x = slopes(height)
    glint = np.clip((slope_x + slope_y) * 0.9, -0.16, 0.20)[..., None]
    colour = np.asarray(canvas, dtype=np.float32) / 255
    varnished: Field = colour * (1 + 0.9 * glint) + 0.25 * np.clip(glint, 0, 1)
    return varnished
