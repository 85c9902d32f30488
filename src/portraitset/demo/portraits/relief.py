"""Light on form: a height map of the figure, its shading, and the direction of its surface."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from portraitset.demo.portraits.grain import Field, blurred, combed, slopes, smoothstep
from portraitset.demo.portraits.raster import coverage, window
from portraitset.demo.portraits.shapes import Labels, Shape
from portraitset.demo.portraits.sitter import SKULL_WIDTH, Pose, skull_depth

FEATURES = frozenset({"eye", "iris", "pupil", "glint", "shade", "brow", "upper_lip", "lower_lip"})
Mask: TypeAlias = NDArray[np.bool_]

AMBIENT, DIFFUSE = 0.26, 0.74


@dataclass(frozen=True, slots=True)
class Relief:
    """Fields (H, W) of one picture: `tone` 0 (dark) to 1 (lit), and a unit direction field."""

    tone: Field
    along_x: Field
    along_y: Field


def face_heights(pose: Pose, shape: tuple[int, ...]) -> Field:
    """Return the hills and hollows of the face, face units, at each pixel."""
    rows, columns = np.mgrid[0 : shape[0], 0 : shape[1]].astype(np.float32)
    pixels = np.column_stack([columns.ravel(), rows.ravel()])
    plane = pose.to_plane(pixels)
    x, y = unturned(plane[:, 0], plane[:, 1], np.radians(pose.sitter.yaw))
    z = features_relief(pose, x.astype(np.float32), y.astype(np.float32))
    height: Field = z.reshape(shape)
    return height


def unturned(across: Field, y: Field, yaw: float) -> tuple[Field, Field]:
    """Undo the turn of the head: where on the face, looked at straight, does a pixel lie?"""
    x = across.copy()
    for _ in range(5):
        x = 0.5 * x + 0.5 * (across - skull_depth(x, y) * np.sin(yaw)) / np.cos(yaw)
        x = np.clip(x, -1.1 * SKULL_WIDTH, 1.1 * SKULL_WIDTH)
    return x, y


def bump(x: Field, y: Field, at: tuple[float, float], spread: tuple[float, float]) -> Field:
    """Return a Gaussian hill of height 1."""
    return np.exp(-0.5 * (((x - at[0]) / spread[0]) ** 2 + ((y - at[1]) / spread[1]) ** 2))


def features_relief(pose: Pose, x: Field, y: Field) -> Field:
    """Return sockets, lids, nose, cheeks, lips and chin as heights at face points."""
    s, ax = pose.sitter, np.abs(x)
    z = 0.30 * skull_depth(x, y)
    z = z - 0.105 * bump(ax, y, (s.eye_gap - 0.02, -0.02), (0.15, 0.095))
    z += (0.055 if s.lids else 0.085) * bump(ax, y, (s.eye_gap, 0.0), (0.10, 0.055))
    z += 0.040 * bump(ax, y, (s.eye_gap - 0.05, -0.20), (0.20, 0.05))
    z += 0.075 * bump(ax, y, (0.42, 0.26), (0.16, 0.12)) - 0.05 * bump(
        ax, y, (0.44, 0.60), (0.12, 0.16)
    )
    z += nose_relief(x, y, s.nose, s.nose_width)
    m, full = s.mouth_y, s.lips
    z += 0.030 * bump(x, y, (0.0, m + 0.01), (0.26, 0.14))
    z += 0.040 * full * bump(ax, y, (0.06, m - 0.030), (0.10, 0.028))
    z += 0.050 * full * bump(ax, y, (0.05, m + 0.060), (0.11, 0.034))
    z -= 0.035 * bump(x, y, (0.0, m + 0.010), (0.15, 0.016))
    z -= 0.045 * bump(x, y, (0.0, m + 0.165), (0.16, 0.04))
    z += 0.060 * bump(x, y, (0.0, 0.87), (0.14, 0.09))
    return z


def nose_relief(x: Field, y: Field, tip: float, broad: float) -> Field:
    """Return the wedge of the nose, its ball and its wings."""
    along = np.clip((y + 0.14) / (tip + 0.14), 0, 1)
    height = (
        (0.05 + 0.17 * along**1.3)
        * smoothstep(-0.20, -0.02, y)
        * smoothstep(tip + 0.075, tip - 0.01, y)
    )
    width = (0.055 + 0.035 * along) * broad
    ridge = height * np.exp(-(np.abs(x / width) ** 2.4))
    ball = 0.055 * bump(x, y, (0.0, tip - 0.035), (0.055 * broad, 0.05))
    wings = 0.055 * bump(np.abs(x), y, (0.088 * broad, tip - 0.02), (0.034, 0.036))
    wedge: Field = ridge + ball + wings
    return wedge


def inflated(mask: Field, radius: float) -> Field:
    """Return a pillow over a mask: it rises from the edge over `radius` pixels."""
    if radius <= 0:
        return np.zeros_like(mask)
    inside = np.pad(mask > 0.5, 1, mode="edge")
    distance = ndimage.distance_transform_edt(inside)[1:-1, 1:-1]
    t = np.clip(distance / radius, 0, 1)
    pillow: Field = (radius * np.sqrt(1 - (1 - t) ** 2)).astype(np.float32)
    return pillow


def heights(shapes: list[tuple[Shape, Pose | None]], size: tuple[int, int]) -> tuple[Field, Labels]:
    """Return the height map in pixels, and which shape (index + 1) is on top at each pixel."""
    field = np.full((size[1], size[0]), -2.0, dtype=np.float32)
    top = np.zeros((size[1], size[0]), dtype=np.int32)
    for index, (shape, pose) in enumerate(shapes):
        box = window(shape.outline, size)
        if shape.name in FEATURES or box is None:
            continue
        part = np.s_[box[1] : box[3], box[0] : box[2]]
        mask = coverage(shape.outline, box)
        top[part][mask > 0.5] = index + 1
        if pose is not None:
            surface = shape.base * pose.scale + 0.8 * inflated(mask, shape.bulge * pose.scale)
            if shape.name == "face":
                surface = 0.75 * inflated(mask, 0.5 * pose.scale)
                surface += face_heights(pose, field.shape)[part] * pose.scale
            field[part] += (mask > 0.5) * (surface - field[part])
    return field, top


def shadow(field: Field, light: tuple[float, float, float], reach: float) -> Field:
    """Return 0 to 1: how much of the light from `light` (x, y, z) is blocked at each pixel."""
    flat = np.hypot(light[0], light[1])
    blocked = np.zeros_like(field)
    for distance in np.geomspace(2.0, reach, 14):
        dx, dy = (round(float(c / flat * distance)) for c in light[:2])
        nearer = shifted(field, dx, dy) - distance * light[2] / flat
        blocked = np.maximum(blocked, smoothstep(0.0, 0.25 * distance + 1.0, nearer - field))
    return blocked


def shifted(field: Field, dx: int, dy: int) -> Field:
    """Return the field as seen `dx`, `dy` further on, edges repeated."""
    rows = np.clip(np.arange(field.shape[0]) + dy, 0, field.shape[0] - 1)
    columns = np.clip(np.arange(field.shape[1]) + dx, 0, field.shape[1] - 1)
    return field[rows][:, columns]


def shade(field: Field, light: tuple[float, float, float], unit: float) -> Field:
    """Return the tone of a height map under one key light, a weak rim light and the sky."""
    soft = blurred(field, 0.012 * unit)
    slope_y, slope_x = slopes(soft)
    norm = 1 / np.sqrt(slope_x**2 + slope_y**2 + 1)
    key = (-slope_x * light[0] - slope_y * light[1] + light[2]) * norm
    rim = (slope_x * light[0] + slope_y * light[1]) * norm - 0.55
    hollow = np.clip((blurred(field, 0.09 * unit) - soft) / (0.10 * unit), 0, 1)
    dark = blurred(shadow(soft, light, 0.7 * unit), 0.014 * unit)
    tone = AMBIENT + DIFFUSE * np.clip(key, 0, 1) * (1 - 0.72 * dark)
    lit: Field = np.clip(tone + 0.35 * np.clip(rim, 0, 1) - 0.22 * hollow, 0, 1)
    return lit


def directions(field: Field, unit: float) -> tuple[Field, Field]:
    """Return unit vectors along the contours of a smoothed height map."""
    soft = blurred(field, 0.11 * unit)
    slope_y, slope_x = slopes(soft)
    return unit_field(-slope_y, slope_x)


def unit_field(x: Field, y: Field) -> tuple[Field, Field]:
    """Scale vectors to length 1."""
    length = np.maximum(np.hypot(x, y), 1e-4)
    return x / length, y / length


def hair_directions(pose: Pose, shape: tuple[int, ...]) -> tuple[Field, Field]:
    """Return the way that hair lies: away from the parting, then down in waves."""
    rows, columns = np.mgrid[0 : shape[0], 0 : shape[1]].astype(np.float32)
    plane = pose.to_plane(np.column_stack([columns.ravel(), rows.ravel()]))
    x = (plane[:, 0] - 0.6 * pose.sitter.part).reshape(shape)
    y = plane[:, 1].reshape(shape)
    fall = smoothstep(-0.45, 0.35, y)
    from_part_x, from_part_y = unit_field(x, (y + 1.0) * 0.9 + 0.05)
    sway = 0.32 * np.sin(5.5 * y + 2.0 * np.abs(x)) * np.sign(x)
    turn = np.radians(pose.sitter.tilt)
    u, v = unit_field((1 - fall) * from_part_x + fall * sway, (1 - fall) * from_part_y + fall)
    return u * np.cos(turn) - v * np.sin(turn), u * np.sin(turn) + v * np.cos(turn)


def relief(
    shapes: list[tuple[Shape, Pose | None]],
    size: tuple[int, int],
    light: tuple[float, float, float],
    rng: np.random.Generator,
) -> Relief:
    """Return tone and directions of a whole picture (width, height)."""
    field, top = heights(shapes, size)
    unit = max(pose.scale for _, pose in shapes if pose is not None)
    tone = shade(np.maximum(field, -0.9 * unit), light, unit)
    along = directions(field, unit)
    behind = [0, *(k + 1 for k, (_, pose) in enumerate(shapes) if pose is None)]
    lay_ground(np.isin(top, behind), tone, along, light)
    for pose in dict.fromkeys(pose for _, pose in shapes if pose is not None):
        kinds = [k + 1 for k, (s, p) in enumerate(shapes) if p == pose and s.material == "hair"]
        comb(np.isin(top, kinds), tone, along, pose, rng)
    return Relief(np.clip(tone, 0, 1), *along)


def lay_ground(
    ground: Mask, tone: Field, along: tuple[Field, Field], light: tuple[float, float, float]
) -> None:
    """Give the backdrop an even light from one side and gently waving directions, in place."""
    height, width = tone.shape
    wave = np.sin(np.linspace(0, 5, width))[None, :] + np.linspace(0, 3, height)[:, None]
    even = 0.62 + 0.2 * light[0] * np.linspace(-1, 1, width)[None, :] + np.zeros((height, 1))
    along[0][ground], along[1][ground] = np.cos(0.5 * wave)[ground], np.sin(0.5 * wave)[ground]
    tone[ground] = even[ground]


def comb(
    strands: Mask,
    tone: Field,
    along: tuple[Field, Field],
    pose: Pose,
    rng: np.random.Generator,
) -> None:
    """Turn directions along one sitter's hair and streak its tone, in place."""
    for target, source in zip(along, hair_directions(pose, tone.shape), strict=True):
        target[strands] = source[strands]
    white = rng.standard_normal(tone.shape, dtype=np.float32)
    tone[strands] += 0.085 * combed(white, along, round(0.22 * pose.scale), strands)
