"""A scene: the shared under-drawing that every manner starts from.

It holds the shapes and lines of the figures, and maps at picture resolution: tone, direction,
and a plainly painted colour.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from PIL import ImageColor

from portraitset.demo.portraits.backdrop import backdrop
from portraitset.demo.portraits.figure import figure
from portraitset.demo.portraits.grain import Field, resized
from portraitset.demo.portraits.raster import coverage, shape_coverage, stamp, window
from portraitset.demo.portraits.relief import FEATURES, bump, relief
from portraitset.demo.portraits.shapes import Labels, Line, Shape, visible
from portraitset.demo.portraits.sitter import Pose, Sitter

RELIEF_SIDE = 620
"""Longest side of the relief, pixels; tone is soft, so it is worked out small and enlarged."""

BASE_PALETTE = {
    "white": "6f7890 e9e4da ffffff",
    "line": "1b1420 1b1420 1b1420",
    "metal": "6e4417 d49a2f ffe9a0",
    "leaf": "173a2c 3f7a4a a8c66c",
}


@dataclass(frozen=True, slots=True)
class Commission:
    """What is asked for: who, how, how large, in which colours."""

    title: str
    manner: str
    size: tuple[int, int]
    sitters: tuple[Sitter, ...]
    palette: Mapping[str, str]
    """Material to three hex colours: in shadow, in half light, in light."""
    setting: str = "plain"
    light: tuple[float, float, float] = (-0.55, -0.50, 0.67)

    def poses(self, zoom: float = 1.0) -> tuple[Pose, ...]:
        """Return each sitter's pose in the picture, or in a picture `zoom` times as large."""
        width, height = (round(side * zoom) for side in self.size)
        return tuple(Pose(sitter, width, height) for sitter in self.sitters)


@dataclass(frozen=True)
class Scene:
    """A commission worked out at one size (width, height), in float32 fields."""

    commission: Commission
    size: tuple[int, int]
    poses: tuple[Pose, ...]
    shapes: tuple[Shape, ...]
    figure_from: int
    """Index of the first shape that belongs to a figure, not to the backdrop."""
    lines: tuple[Line, ...]
    tone: Field
    along: tuple[Field, Field]
    rng: np.random.Generator

    @cached_property
    def colour(self) -> Field:
        """The picture (H, W, 3) painted plainly, 0 to 1."""
        return self.repaint(self.tone, flush=True)

    @cached_property
    def value(self) -> Field:
        """Lightness of the painted colour, 0 to 1."""
        return luminance(self.colour)

    @cached_property
    def tops(self) -> Labels:
        """Which shape is on top of each pixel, features apart: 0 for none, else its index + 1."""
        return layers(self.shapes, self.size, FEATURES)

    @cached_property
    def figures(self) -> Field:
        """Coverage of all figures."""
        field = np.zeros(self.tone.shape, dtype=np.float32)
        for shape in self.shapes[self.figure_from :]:
            if shape.name not in FEATURES:
                stamp(field, shape.outline, 1.0)
        return field

    def shows(self, *materials: str) -> Field:
        """Return 1 where one of these materials is seen (features apart), else 0."""
        wanted = [k + 1 for k, shape in enumerate(self.shapes) if shape.material in materials]
        return np.isin(self.tops, wanted).astype(np.float32)

    def mask(self, *names: str) -> Field:
        """Return the coverage of all shapes with these names, hidden parts included."""
        field = np.zeros(self.tone.shape, dtype=np.float32)
        for shape in self.shapes:
            if shape.name in names:
                stamp(field, shape.outline, 1.0)
        return field

    def layers(self, *, without: frozenset[str] = frozenset()) -> Labels:
        """Return which shape is on top of each pixel: 0 for none, else its index + 1."""
        return layers(self.shapes, self.size, without)

    def repaint(self, tone: Field, *, flush: bool = False) -> Field:
        """Return the picture in plain colours under another tone."""
        return paint(self.commission, self.shapes, self.lines, tone, self.poses, flush=flush)

    @property
    def unit(self) -> float:
        """Pixels per face unit of the largest head."""
        return max(pose.scale for pose in self.poses)

    def near_features(self, spread: float = 0.16) -> Field:
        """Return 1 at eyes and mouths, falling to 0 about `spread` face units away."""
        step = 4
        rows, columns = np.mgrid[0 : self.size[1] : step, 0 : self.size[0] : step].astype(
            np.float32
        )
        field = np.zeros(rows.shape, dtype=np.float32)
        for pose in self.poses:
            points = [*pose.landmarks().values()]
            points.append(tuple(np.mean(points[2:], axis=0)))
            for at in points:
                reach = spread * pose.scale
                field = np.maximum(field, bump(columns, rows, at, (reach * 1.2, reach)))
        return resized(field, self.tone.shape)


def layers(shapes: Sequence[Shape], size: tuple[int, int], without: frozenset[str]) -> Labels:
    """Return the index + 1 of the topmost shape, among those not named in `without`."""
    top = np.zeros((size[1], size[0]), dtype=np.int32)
    for index, shape in enumerate(shapes):
        box = window(shape.outline, size)
        if box is not None and shape.opacity == 1 and shape.name not in without:
            patch = top[box[1] : box[3], box[0] : box[2]]
            patch[shape_coverage(shape, box) > 0.5] = index + 1
    return top


def luminance(colour: Field) -> Field:
    """Return the lightness of RGB floats."""
    return colour @ np.array([0.299, 0.587, 0.114], dtype=np.float32)


def ramp(colours: str) -> Field:
    """Parse three hex colours into float32 (3, 3), 0 to 1, dark to light."""
    parsed = [ImageColor.getrgb(f"#{word}")[:3] for word in colours.split()]
    return np.asarray(parsed, dtype=np.float32) / 255


def palette(commission: Commission) -> Mapping[str, Field]:
    """Return the ramp of every material, filling in what the commission leaves open."""
    words = BASE_PALETTE | dict(commission.palette)
    words.setdefault("brow", words["hair"])
    words.setdefault("strand", " ".join([words["hair"].split()[0]] * 3))
    words.setdefault("crease", " ".join([words["skin"].split()[0]] * 3))
    return {material: ramp(colours) for material, colours in words.items()}


def tinted(colours: Field, tone: Field) -> Field:
    """Return the colour of a three-colour ramp at each tone; dark 0.15, middle 0.5, light 0.85."""
    levels = np.linspace(0, 1, 1024)
    table = [np.interp(levels, (0.15, 0.5, 0.85), colours[:, c]) for c in range(3)]
    index = (np.clip(tone, 0, 1) * 1023).astype(np.intp)
    colour: Field = np.stack(table, axis=-1).astype(np.float32).take(index, axis=0)
    return colour


def compose(commission: Commission, rng: np.random.Generator, zoom: float = 1.0) -> Scene:
    """Work a commission out at `zoom` times its size."""
    size = (round(commission.size[0] * zoom), round(commission.size[1] * zoom))
    poses = commission.poses(zoom)
    placed, lines = arrange(commission, poses, size)
    tone, along = light_up(commission, rng)
    shape = (size[1], size[0])
    tone = resized(tone, shape)
    along = (resized(along[0], shape), resized(along[1], shape))
    shapes = tuple(s for s, _ in placed)
    start = next(k for k, (_, pose) in enumerate(placed) if pose is not None)
    tops = layers(shapes, size, FEATURES)
    lines = tuple(run for each in lines for run in visible(each, tops))
    return Scene(commission, size, poses, shapes, start, lines, tone, along, rng)


def arrange(
    commission: Commission, poses: tuple[Pose, ...], size: tuple[int, int]
) -> tuple[list[tuple[Shape, Pose | None]], tuple[Line, ...]]:
    """Return every shape, back to front, with its owner, and every visible line."""
    parts = backdrop(commission.setting, size, poses[0].centre)
    owners: list[Pose | None] = [None] * len(parts.shapes)
    for pose in poses:
        parts += figure(pose)
        owners += [pose] * (len(parts.shapes) - len(owners))
    return list(zip(parts.shapes, owners, strict=True)), parts.lines


def light_up(commission: Commission, rng: np.random.Generator) -> tuple[Field, tuple[Field, Field]]:
    """Return tone and directions at the small size of the relief."""
    zoom = min(1.0, RELIEF_SIDE / max(commission.size))
    size = (round(commission.size[0] * zoom), round(commission.size[1] * zoom))
    placed, _ = arrange(commission, commission.poses(zoom), size)
    form = relief(placed, size, commission.light, rng)
    return form.tone, (form.along_x, form.along_y)


def paint(
    commission: Commission,
    shapes: tuple[Shape, ...],
    lines: tuple[Line, ...],
    tone: Field,
    poses: tuple[Pose, ...],
    *,
    flush: bool = True,
) -> Field:
    """Return every shape in the colours of its material and the light that falls on it.

    With `flush`, cheeks and noses are warmed.
    """
    ramps = palette(commission)
    colour = tinted(ramps["sky"], tone)
    size = (tone.shape[1], tone.shape[0])
    for shape in shapes:
        box = window(shape.outline, size)
        if box is None:
            continue
        part = np.s_[box[1] : box[3], box[0] : box[2]]
        mask = shape_coverage(shape, box)[..., None]
        colour[part] += mask * (tinted(ramps[shape.material], tone[part]) - colour[part])
        if flush and shape.name == "face":
            blush(colour, shape, ramps["lip"][1], poses)
    for line in lines:
        if line.role in ("feature", "wear"):
            stamp(colour, line.outline(), ramps[line.material][1], 0.85)
    return np.clip(colour, 0, 1)


def blush(colour: Field, face: Shape, tint: Field, poses: tuple[Pose, ...]) -> None:
    """Warm the cheeks and the tip of the nose of one face, in place."""
    box = window(face.outline, (colour.shape[1], colour.shape[0]))
    pose = min(poses, key=lambda p: float(np.hypot(*(face.outline.mean(axis=0) - p.centre))))
    if box is None:
        return
    part = np.s_[box[1] : box[3], box[0] : box[2]]
    rows, columns = np.mgrid[box[1] : box[3], box[0] : box[2]].astype(np.float32)
    spots = pose.on_face([(-0.43, 0.30), (0.43, 0.30), (0.0, pose.sitter.nose - 0.04)])
    glow = np.zeros(rows.shape, dtype=np.float32)
    for spot, r in zip(spots, (0.17, 0.17, 0.10), strict=True):
        glow += 0.30 * bump(
            columns, rows, (spot[0], spot[1]), (r * pose.scale, r * pose.scale * 0.8)
        )
    glow *= coverage(face.outline, box)
    colour[part] += glow[..., None] * (tint - colour[part])
