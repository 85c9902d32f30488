"""Pictures in pieces: stained glass, mosaic, and triangles."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw
from scipy import ndimage
from scipy.spatial import Delaunay, cKDTree

from portraitset.demo.portraits.curves import Points
from portraitset.demo.portraits.grain import Field, blurred, clouds, smoothstep, tooth
from portraitset.demo.portraits.raster import ink_map, to_image
from portraitset.demo.portraits.relief import FEATURES
from portraitset.demo.portraits.scene import Commission, Scene, compose, palette
from portraitset.demo.portraits.shapes import Labels, Shape
from portraitset.demo.portraits.strokes import sampled, scattered


def glass(commission: Commission, rng: np.random.Generator) -> Image.Image:
    """Return a leaded window with the light behind it."""
    scene = compose(commission, rng)
    cells = panes(scene)
    colour = glow(scene, mean_colours(scene.colour, cells))
    colour = np.clip(colour, 0, 1)
    painted = [line.outline(1.25) for line in scene.lines if line.role in ("feature", "wear")]
    painted += [s.outline for s in scene.shapes if s.name in ("brow", "pupil")]
    colour *= (1 - 0.92 * ink_map(painted, scene.size))[..., None]
    width = (0.016 * scene.unit + 1.0) * (1 - 0.62 * scene.near_features(0.13))
    return to_image(leaded(colour, cells, width))


def panes(scene: Scene) -> Labels:
    """Return the label of each pane: a cell of a Voronoi diagram within one shape."""
    rng, size = scene.rng, scene.size
    seeds = scattered(rng, size, 0.34 * scene.unit)
    nearest = np.asarray(cKDTree(seeds).query(pixel_grid(size))[1])
    top = scene.layers(without=FEATURES - {"upper_lip", "lower_lip", "eye", "iris"})
    whole = [k + 1 for k, s in enumerate(scene.shapes) if s.name in FEATURES]
    cell = np.where(np.isin(top, whole), 0, nearest.reshape(top.shape))
    labels: Labels = np.unique(top * (len(seeds) + 1) + cell, return_inverse=True)[1]
    return labels.reshape(top.shape)


def mean_colours(colour: Field, cells: Labels) -> Field:
    """Return every cell filled with the mean of its colours."""
    flat, count = cells.ravel(), int(cells.max()) + 1
    area = np.maximum(np.bincount(flat, minlength=count), 1)
    means = [np.bincount(flat, colour[..., c].ravel(), count) / area for c in range(3)]
    filled: Field = np.stack(means, axis=-1)[cells]
    return filled


def glow(scene: Scene, colour: Field) -> Field:
    """Return deep, uneven glass, brightest behind the head."""
    rows, columns = np.mgrid[0 : scene.size[1], 0 : scene.size[0]].astype(np.float32)
    at = scene.poses[0].centre
    distance = np.hypot(columns - at[0], rows - at[1]) / (2.6 * scene.unit)
    grey = colour.mean(axis=-1, keepdims=True)
    vivid = grey + (colour - grey) * 1.35
    bubbles = 0.07 * clouds(scene.rng, rows.shape, 0.12 * scene.unit, 4)
    light = 1.24 - 0.32 * np.clip(distance, 0, 1.2) + bubbles
    local = 0.30 * scene.tone - 0.15
    glowing: Field = vivid * (light + local)[..., None] + 0.02
    return glowing


def leaded(colour: Field, cells: Labels, width: Field) -> Field:
    """Lay rounded lead along the seams."""
    seam = (cells != np.roll(cells, 1, 0)) | (cells != np.roll(cells, 1, 1))
    distance = ndimage.distance_transform_edt(~seam).astype(np.float32)
    lead = smoothstep(0.8, -0.8, distance - width)[..., None]
    shine = np.clip(1 - distance / width, 0, 1)[..., None] * 0.16
    halo = (1 - 0.35 * smoothstep(4.0, 1.0, distance / width))[..., None]
    metal = np.array([0.07, 0.07, 0.09], dtype=np.float32) + shine
    return colour * halo * (1 - lead) + metal * lead


def mosaic(commission: Commission, rng: np.random.Generator) -> Image.Image:
    """Return small stones in grout, each a little off in colour and tilt."""
    scene = compose(commission, rng)
    seeds = tesserae(scene, 0.058 * scene.unit)
    pixels = pixel_grid(scene.size)
    found, owners = cKDTree(seeds).query(pixels, k=2)
    shape = scene.tone.shape
    gap = np.diff(np.asarray(found), axis=1).reshape(shape)
    stone = np.asarray(owners)[:, 0]
    means = mean_colours(blurred(scene.colour * 1.12 - 0.06, 0.5), stone.reshape(shape))
    shades = rng.normal(0, 0.045, (len(seeds), 1)) + rng.normal(0, 0.012, (len(seeds), 3))
    slants = rng.normal(0, 0.02, seeds.shape)
    facet = (slants[stone] * (pixels - seeds[stone])).sum(axis=1).reshape(shape)
    colour = means * 1.06 + shades[stone].reshape(means.shape) + facet[..., None]
    grout = palette(commission)["line"][0] * 0.6 + 0.16
    face = smoothstep(0.3, 1.8, gap)[..., None]
    return to_image(
        grout + face * (colour - grout) + 0.012 * tooth(rng, scene.size[::-1])[..., None]
    )


def pixel_grid(size: tuple[int, int], step: int = 1) -> Points:
    """Return every `step`th pixel of a picture (width, height) as points, row by row."""
    rows, columns = np.mgrid[0 : size[1] : step, 0 : size[0] : step]
    return np.column_stack([columns.ravel(), rows.ravel()]).astype(np.float32)


def tesserae(scene: Scene, pitch: float) -> Field:
    """Return where the stones lie: in rows that follow the outlines, smaller at the features."""
    seeds = scattered(scene.rng, scene.size, pitch)
    near = scene.near_features(0.2)
    fine = scattered(scene.rng, scene.size, 0.5 * pitch)
    fine = fine[sampled(near, fine) > 0.35]
    seeds = np.vstack([seeds[sampled(near, seeds) <= 0.35], fine])
    return relaxed(seeds, scene)


def relaxed(seeds: Field, scene: Scene, rounds: int = 2) -> Field:
    """Move each seed to the middle of its cell, without crossing an outline (Lloyd, coarse)."""
    pixels = pixel_grid(scene.size, step=3)
    owner = sampled(scene.tops, pixels)
    for _ in range(rounds):
        nearest = np.asarray(cKDTree(seeds).query(pixels)[1])
        same = owner == sampled(scene.tops, seeds)[nearest]
        count = np.bincount(nearest[same], minlength=len(seeds))
        sums = [np.bincount(nearest[same], pixels[same, k], len(seeds)) for k in (0, 1)]
        middle = np.column_stack(sums) / np.maximum(count, 1)[:, None]
        seeds = np.where(count[:, None] > 0, middle, seeds)
    return seeds


def lowpoly(commission: Commission, rng: np.random.Generator) -> Image.Image:
    """Return a mesh of flat triangles, small where the face needs them."""
    scene = compose(commission, rng)
    points = mesh_points(scene)
    triangles = points[Delaunay(points).simplices]
    weights = rng.dirichlet((2, 2, 2), 12)
    inside = np.einsum("wk,tkc->twc", weights, triangles)
    colours = sampled(scene.colour, inside).mean(axis=1)
    colours = (0.5 + 1.18 * (colours - 0.5)) * (1 + rng.normal(0, 0.035, (len(colours), 1)))
    fills = (np.clip(colours, 0, 1) * 255).astype(np.uint8).tolist()
    canvas = Image.new("RGB", (scene.size[0] * 2, scene.size[1] * 2))
    draw = ImageDraw.Draw(canvas)
    for triangle, fill in zip((triangles * 2).reshape(-1, 6).tolist(), fills, strict=True):
        draw.polygon(triangle, fill=tuple(fill), outline=tuple(fill))
    return canvas.reduce(2)


def mesh_points(scene: Scene) -> Field:
    """Return mesh corners: along outlines, dense at the features, sparse elsewhere."""
    width, height = scene.size
    sparse = scattered(scene.rng, scene.size, 0.30 * scene.unit)
    medium = scattered(scene.rng, scene.size, 0.13 * scene.unit)
    face = scene.mask("face")
    medium = medium[sampled(face, medium) > 0.5]
    fine = scattered(scene.rng, scene.size, 0.055 * scene.unit)
    fine = fine[sampled(scene.near_features(0.10), fine) > 0.5]
    rims = [rim(shape) for shape in scene.shapes if shape.name not in ("glint", "shade")]
    corners = np.array([(0, 0), (width, 0), (0, height), (width, height)], dtype=np.float64)
    points = np.vstack([*rims, sparse, medium, fine, corners])
    points = np.clip(points, 0, (width, height))
    return np.unique(np.round(points, 1), axis=0)


def rim(shape: Shape) -> Points:
    """Return a few points along a shape's outline; the lips share their seam, so it comes once."""
    outline = (
        shape.outline[: len(shape.outline) // 2] if shape.name == "upper_lip" else shape.outline
    )
    count = {"eye": 14, "iris": 9, "pupil": 6, "brow": 10, "upper_lip": 7, "lower_lip": 13}
    return outline[:: max(len(outline) // count.get(shape.name, 26), 1)]
