"""Cubism: the picture broken into facets, each seen, lit and tinted a little differently."""

from __future__ import annotations

import numpy as np
from PIL import Image
from scipy import ndimage

from portraitset.demo.portraits.curves import Points, ribbon, smooth
from portraitset.demo.portraits.grain import Field, blurred, combed, smoothstep, tooth
from portraitset.demo.portraits.poster import stepped
from portraitset.demo.portraits.raster import ink_map, stamp, to_image
from portraitset.demo.portraits.scene import Commission, Scene, compose, palette
from portraitset.demo.portraits.shapes import Labels
from portraitset.demo.portraits.sitter import Sitter

CUTS = 11


def cubist(commission: Commission, rng: np.random.Generator) -> Image.Image:
    """Return a faceted portrait whose eyes and mouth stay where they are."""
    scene = compose(commission, rng)
    facets, edges = planes(scene)
    soft = blurred(scene.tone, 0.03 * scene.unit)
    flat = scene.repaint(stepped(soft, (0.36, 0.56, 0.76)))
    flat, profiles = two_faced(flat, soft, scene)
    drawn_lines = [line.outline(1.5) for line in scene.lines if line.role != "strand"]
    lines = ink_map([*drawn_lines, *profiles], scene.size)
    flat = flat + 0.9 * lines[..., None] * (palette(commission)["line"][0] - flat)
    moved = displaced(flat, facets, scene)
    shaded = moved * relit(facets, scene)[..., None]
    tinted = shaded * (0.62 + 0.38 * facet_tint(facets, scene))
    drawn = 0.55 * edges * (1 - 0.6 * scene.near_features(0.2))
    picture = tinted * (1 - drawn[..., None])
    brush = combed(tooth(rng, soft.shape, 0.8), scene.along, 14)
    return to_image(picture * (1 + 0.035 * brush[..., None]))


def two_faced(flat: Field, soft: Field, scene: Scene) -> tuple[Field, list[Points]]:
    """Light half of each face the other way, along a profile that runs down its middle.

    Returns the picture and the profiles as strokes.
    """
    other = scene.repaint(stepped(np.clip(1.02 - soft, 0, 1), (0.36, 0.56, 0.76)))
    cool = palette(scene.commission)["far"][0]
    other = 0.70 * other + 0.30 * cool
    mask, strokes = np.zeros_like(soft), []
    for pose in scene.poses:
        away = -1.0 if scene.commission.light[0] > 0 else 1.0
        line = pose.on_face(smooth(np.array(profile(pose.sitter)) * (away, 1.0)), 0.05)
        beyond = pose.on_face(np.array([(1.2 * away, 1.1), (1.2 * away, -1.1)]))
        stamp(mask, np.vstack([line, beyond]), 1.0)
        strokes.append(ribbon(line, tuple(w * pose.scale for w in (0.01, 0.035, 0.045, 0.01))))
    mask *= scene.mask("face")
    return flat + mask[..., None] * (other - flat), strokes


def profile(sitter: Sitter) -> list[tuple[float, float]]:
    """Return a face seen from the side, as knots down the middle of the face."""
    tip, lips = sitter.nose, sitter.mouth_y
    return [
        (0.02, -0.80), (0.05, -0.45), (0.03, -0.15), (0.09, 0.10), (0.17, tip - 0.05),
        (0.15, tip + 0.03), (0.04, tip + 0.06), (0.09, lips - 0.04), (0.03, lips + 0.012),
        (0.08, lips + 0.07), (0.02, lips + 0.15), (0.08, 0.88), (0.0, 1.04),
    ]  # fmt: skip


def planes(scene: Scene) -> tuple[Labels, Field]:
    """Cut the picture by straight lines; return facet labels and the lines themselves."""
    rng, unit = scene.rng, scene.unit
    rows, columns = np.mgrid[0 : scene.size[1], 0 : scene.size[0]].astype(np.float32)
    at = scene.poses[0].centre
    labels = np.zeros(rows.shape, dtype=np.int64)
    edges = np.zeros(rows.shape, dtype=np.float32)
    for k in range(CUTS):
        angle = np.pi * (k + rng.uniform(-0.3, 0.3)) / CUTS
        offset = rng.uniform(-1.5, 1.5) * unit
        side = (columns - at[0]) * np.cos(angle) + (rows - at[1]) * np.sin(angle) - offset
        labels = labels * 2 + (side > 0)
        edges = np.maximum(edges, smoothstep(0.014 * unit + 0.8, 0.0, np.abs(side)))
    compact: Labels = np.unique(labels, return_inverse=True)[1].reshape(labels.shape)
    return compact, edges


def displaced(colour: Field, facets: Labels, scene: Scene) -> Field:
    """Return every facet seen from its own place; eyes and mouth do not move."""
    count = int(facets.max()) + 1
    shift = scene.rng.normal(0, 0.10 * scene.unit, (2, count))
    still = 1 - scene.near_features(0.30)
    rows, columns = np.mgrid[0 : scene.size[1], 0 : scene.size[0]].astype(np.float32)
    y, x = rows + shift[0][facets] * still, columns + shift[1][facets] * still
    channels = [
        ndimage.map_coordinates(colour[..., c], (y, x), order=1, mode="mirror") for c in range(3)
    ]
    return np.stack(channels, axis=-1)


def relit(facets: Labels, scene: Scene) -> Field:
    """Return a light that runs from edge to edge of each facet, its own way."""
    count = int(facets.max()) + 1
    angle = scene.rng.uniform(0, 2 * np.pi, count)
    rows, columns = np.mgrid[0 : scene.size[1], 0 : scene.size[0]].astype(np.float32)
    index = np.arange(count)
    y = rows - np.asarray(ndimage.mean(rows, facets, index))[facets]
    x = columns - np.asarray(ndimage.mean(columns, facets, index))[facets]
    across = x * np.cos(angle)[facets] + y * np.sin(angle)[facets]
    light: Field = (1.0 + 0.30 * np.tanh(across / (0.45 * scene.unit))).astype(np.float32)
    return light


def facet_tint(facets: Labels, scene: Scene) -> Field:
    """Return a tint per facet (mean 1 over the channels), drawn from the picture's own palette."""
    ramps = palette(scene.commission)
    inks = np.stack([ramps[m][1] for m in ("skin", "cloth", "far", "disc", "hair", "trim")])
    chosen = inks[scene.rng.integers(0, len(inks), int(facets.max()) + 1)]
    light = chosen / np.maximum(chosen.mean(axis=1, keepdims=True), 0.05)
    tint: Field = light.astype(np.float32)[facets]
    return tint
