"""Outlines to pixels."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from PIL import Image, ImageDraw

from portraitset.demo.portraits.curves import Points
from portraitset.demo.portraits.grain import Field
from portraitset.demo.portraits.shapes import Shape

SUPERSAMPLING = 3


def window(outline: Points, size: tuple[int, int]) -> tuple[int, int, int, int] | None:
    """Return the whole-pixel box (left, top, right, bottom) that holds an outline, or None."""
    left, top = np.floor(outline.min(axis=0)).astype(int) - 1
    right, bottom = np.ceil(outline.max(axis=0)).astype(int) + 2
    box = max(left, 0), max(top, 0), min(right, size[0]), min(bottom, size[1])
    return box if box[0] < box[2] and box[1] < box[3] else None


def coverage(outline: Points, box: tuple[int, int, int, int]) -> Field:
    """Return the share (0 to 1) of each pixel of `box` that an outline covers."""
    width, height = box[2] - box[0], box[3] - box[1]
    scale = SUPERSAMPLING if width * height < 400_000 else 2
    canvas = Image.new("L", (width * scale, height * scale))
    points = ((outline - (box[0], box[1])) * scale).ravel().tolist()
    ImageDraw.Draw(canvas).polygon(points, fill=255)
    return np.asarray(canvas.reduce(scale), dtype=np.float32) / 255


def shape_coverage(shape: Shape, box: tuple[int, int, int, int]) -> Field:
    """Return the coverage of a shape inside its clip, times its opacity."""
    mask = coverage(shape.outline, box)
    if shape.clip is not None:
        mask = mask * coverage(shape.clip, box)
    return mask * np.float32(shape.opacity) if shape.opacity < 1 else mask


def stamp(canvas: Field, outline: Points, value: float | Field, opacity: float = 1.0) -> None:
    """Lay one flat value (or colour) over a canvas in place."""
    box = window(outline, (canvas.shape[1], canvas.shape[0]))
    if box is None:
        return
    mask = coverage(outline, box) * np.float32(opacity)
    patch = canvas[box[1] : box[3], box[0] : box[2]]
    weight = mask[..., None] if canvas.ndim == 3 else mask
    patch += weight * (np.asarray(value, dtype=np.float32) - patch)


def ink_map(outlines: Iterable[Points], size: tuple[int, int]) -> Field:
    """Return how much each pixel of a picture (width, height) is covered by any outline."""
    canvas = Image.new("L", (size[0] * 2, size[1] * 2))
    draw = ImageDraw.Draw(canvas)
    for outline in outlines:
        draw.polygon((outline * 2).ravel().tolist(), fill=255)
    return np.asarray(canvas.reduce(2), dtype=np.float32) / 255


def to_image(colour: Field) -> Image.Image:
    """Return an RGB picture from floats 0 to 1."""
    return Image.fromarray((np.clip(colour, 0, 1) * 255 + 0.5).astype(np.uint8), "RGB")
