"""Pointillism: dots of nearly pure pigment that mix in the eye."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw
from scipy import ndimage

from portraitset.demo.portraits.grain import Field, blurred
from portraitset.demo.portraits.scene import Commission, Scene, compose
from portraitset.demo.portraits.strokes import sampled, scattered

PIGMENTS = (
    "201a4a 2a3f9a 4a78d0 8ab8e8 14564a 2f9a62 8acb5a d8e070 fff0a0 f8c840 f09030 e05a30 "
    "b82a3a 7a1f4a e07aa0 f8b8c0 b07ad0 6a3f9a fff8e8 f8dcb8 d8a878 8a5a3a 3a2a2a"
)
PASSES = ((1.30, 0.86, 0.20), (1.05, 0.48, 0.17), (0.52, 0.31, 0.08))
"""Spacing and radius in hundredths of the short side; how far the colours scatter."""


def pointillism(commission: Commission, rng: np.random.Generator) -> Image.Image:
    """Return a picture in dots, coarse ones first, fine ones where the features are."""
    scene = compose(commission, rng)
    target = blurred(scene.colour, 1)
    unit = min(scene.size) / 100
    canvas = Image.new("RGB", (scene.size[0] * 2, scene.size[1] * 2), (236, 226, 205))
    draw = ImageDraw.Draw(canvas)
    for spacing, radius, scatter in PASSES:
        dots = scattered(rng, scene.size, spacing * unit)
        if spacing == PASSES[-1][0]:
            dots = dots[sampled(detail(scene), dots) > rng.random(len(dots))]
        colours = mixed(sampled(target, dots), scatter, rng)
        radii = 2 * radius * unit * rng.uniform(0.75, 1.15, len(dots))
        for (x, y), r, colour in zip(dots * 2, radii, colours.tolist(), strict=True):
            draw.ellipse((x - r, y - r, x + r, y + r), fill=tuple(colour))
    return canvas.reduce(2)


def detail(scene: Scene) -> Field:
    """Return where fine dots are wanted: at eyes and mouth, and wherever the picture changes."""
    value = blurred(scene.value, 2.0)
    changes = np.clip(ndimage.gaussian_gradient_magnitude(value, 2.0) * 25, 0, 0.8)
    return np.maximum(changes, scene.near_features(0.22))


def mixed(colours: Field, scatter: float, rng: np.random.Generator) -> NDArray[np.uint8]:
    """Return, for each wanted colour, one pigment; over many dots they average to it."""
    words = [bytes.fromhex(word) for word in PIGMENTS.split()]
    pigments = np.array([list(word) for word in words], dtype=np.float32) / 255
    grey = colours.mean(axis=1, keepdims=True)
    vivid = grey + (colours - grey) * 1.35 + (grey - 0.5) * 0.15
    vivid = vivid + rng.normal(0, scatter, colours.shape)
    distance = ((vivid[:, None, :] - pigments[None]) ** 2).sum(axis=-1)
    chosen = 0.62 * pigments[distance.argmin(axis=1)] + 0.38 * colours
    bytewise: NDArray[np.uint8] = (np.clip(chosen, 0, 1) * 255).astype(np.uint8)
    return bytewise
