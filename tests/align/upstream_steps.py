"""Upstream's alignment written afresh, step by step, for the libraries of its day.

Meant to run under NumPy 1.23, SciPy 1.9 and Pillow 9.5, and to be right only there: the sizes of
its floats and the order of Pillow's passes are left to them, as upstream left them. The steps are
described in docs/alignment.md. Nothing of portraitset is used, so that no mistake can be shared.

The options are those of FFHQ's script (rotation, random shift, retries, padding); what goes beyond
it (scale, offset, borders, draws by a face's name) follows docs/alignment.md.
"""

from __future__ import annotations  # Python 3.8 runs this

import hashlib
import math
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt
import PIL.Image
import scipy.ndimage

if TYPE_CHECKING:
    from align.random_faces import RandomFace

Doubles = npt.NDArray[np.float64]


class OutsideError(ValueError):
    """The crop's box misses the picture, no draw lies inside, or too much lies outside."""


class Options(NamedTuple):
    """As on the command line; see docs/alignment.md."""

    rotation: str = "keep"
    scale: float = 1.0
    offset: tuple[float, float] = (0.0, 0.0)
    random_shift: float = 0.0
    retry_crops: bool = False
    shift_seed: int = 0
    border: str = "blur"
    border_colour: tuple[int, int, int] = (0, 0, 0)
    reject_above: float = 0.0


PLAIN = Options()


def crop_as_upstream(
    face: RandomFace,
    options: Options = PLAIN,
    name: str = "",
    dice: np.random.RandomState | None = None,
) -> npt.NDArray[np.uint8]:
    """uint8 (size, size, 3); `dice` are shared by the faces of a sequence, else each has its own.

    Raises:
        OutsideError: there is no crop, where upstream's scripts break off or skip.
    """
    image = PIL.Image.fromarray(face.pixels)
    points = face.points if face.of_68 is None else _metfaces_points(*face.of_68)
    centre, x = _placed(points, options)
    if options.random_shift != 0:
        centre = _shifted(centre, x, image.size, options, dice or _dice(name, options.shift_seed))
    quad, side = _corners(centre, x), np.hypot(*x) * 2
    if options.border == "reject" and _outside(quad, image.size) > options.reject_above:
        raise OutsideError
    image, quad, side = _shrunk(image, quad, side, face.size)
    border = max(int(np.rint(side * 0.1)), 3)
    image, quad = _cropped(image, quad, border)
    if face.padding:
        image, quad = _padded(image, quad, border, side, options)
    square = (face.transform_size, face.transform_size)
    corners = (quad + 0.5).flatten().tolist()
    image = image.transform(
        square, PIL.Image.Transform.QUAD, corners, PIL.Image.Resampling.BILINEAR
    )
    if face.size < face.transform_size:
        image = image.resize((face.size, face.size), PIL.Image.Resampling.LANCZOS)
    return np.asarray(image)


def _metfaces_points(points: list[tuple[float, float]], shrink: int) -> list[Any]:
    """The four points of the 68; all that is made of them stays float32 from here on."""
    found = (np.array(points, np.float32) + 0.5) * shrink
    return [np.mean(found[36:42], axis=0), np.mean(found[42:48], axis=0), found[48], found[54]]


def _placed(points: list[Any], options: Options) -> tuple[Doubles, Doubles]:
    """The centre, and the way from there to the middle of the right side."""
    eye_left, eye_right, mouth_left, mouth_right = (np.array(point) for point in points)
    eyes, mouth = (eye_left + eye_right) * 0.5, (mouth_left + mouth_right) * 0.5
    along, downwards = eye_right - eye_left, mouth - eyes
    if options.rotation == "keep":
        x = along - _turned(downwards)
        x /= np.hypot(*x)
    else:
        x = np.array([1, 0], dtype=np.float64)
    x *= max(np.hypot(*along) * 2.0, np.hypot(*downwards) * 1.8)
    right, below = options.offset
    centre: Doubles = eyes + downwards * 0.1 + 2 * (x * right + _turned(x) * below)
    return centre, x * options.scale


def _corners(centre: Doubles, x: Doubles) -> Doubles:
    """TL, BL, BR, TR."""
    y = _turned(x)
    return np.stack([centre - x - y, centre - x + y, centre + x + y, centre + x - y])


def dice_of_script(script: str, faces: int) -> np.random.RandomState:
    """FFHQ's burn two numbers for each face of the dataset, MetFaces' none."""
    dice = np.random.RandomState(12345)
    if script == "ffhq":
        dice.normal(0, 1, (faces, 2))
    return dice


def _dice(name: str, seed: int) -> np.random.RandomState:
    digest = hashlib.sha256(b"%d\n%s" % (seed, name.encode())).digest()
    words = [int.from_bytes(digest[at : at + 4], "little") for at in range(0, 32, 4)]
    return np.random.RandomState(words)


def _shifted(
    centre: Doubles,
    x: Doubles,
    size: tuple[int, int],
    options: Options,
    dice: np.random.RandomState,
) -> Doubles:
    for _ in range(1000):
        moved: Doubles = centre + np.hypot(*x) * 2 * options.random_shift * dice.normal(0, 1, 2)
        left, top, right, bottom = _bounds(_corners(moved, x))
        leaves = left < 0 or top < 0 or right >= size[0] or bottom >= size[1]
        if not (options.retry_crops and leaves):
            return moved
    raise OutsideError


def _outside(quad: Doubles, size: tuple[int, int]) -> float:
    """The share of a square that lies outside: it is cut off edge by edge, and areas compared."""
    kept = [(float(x), float(y)) for x, y in quad]
    whole = _area(kept)
    for axis, edge, sign in ((0, 0, 1), (1, 0, 1), (0, size[0], -1), (1, size[1], -1)):
        kept = _cut(kept, axis, edge, sign)
    return 1 - _area(kept) / whole


def _cut(polygon: list[tuple[float, float]], axis: int, edge: int, sign: int) -> Any:
    kept = []
    for at, here in enumerate(polygon):
        before = polygon[at - 1]
        a, b = sign * (before[axis] - edge), sign * (here[axis] - edge)
        if a * b < 0:
            part = a / (a - b)
            x, y = (before[i] + part * (here[i] - before[i]) for i in (0, 1))
            kept.append((x, y))
        if b >= 0:
            kept.append(here)
    return kept


def _area(polygon: list[tuple[float, float]]) -> float:
    doubled = 0.0
    for at, (x, y) in enumerate(polygon):
        doubled += polygon[at - 1][0] * y - x * polygon[at - 1][1]
    return abs(doubled) / 2


def _turned(vector: Doubles) -> Doubles:
    return np.array([-vector[1], vector[0]])


def _shrunk(
    image: PIL.Image.Image, quad: Doubles, side: float, size: int
) -> tuple[PIL.Image.Image, Doubles, float]:
    factor = math.floor(side / size * 0.5)
    if factor <= 1:
        return image, quad, side
    reduced = (int(np.rint(image.width / factor)), int(np.rint(image.height / factor)))
    if 0 in reduced:
        raise OutsideError
    return image.resize(reduced, PIL.Image.Resampling.LANCZOS), quad / factor, side / factor


def _bounds(quad: Doubles) -> tuple[int, int, int, int]:
    return (
        int(np.floor(min(quad[:, 0]))),
        int(np.floor(min(quad[:, 1]))),
        int(np.ceil(max(quad[:, 0]))),
        int(np.ceil(max(quad[:, 1]))),
    )


def _cropped(image: PIL.Image.Image, quad: Doubles, border: int) -> tuple[PIL.Image.Image, Doubles]:
    left, top, right, bottom = _bounds(quad)
    left, top = max(left - border, 0), max(top - border, 0)
    right, bottom = min(right + border, image.width), min(bottom + border, image.height)
    if left >= right or top >= bottom:
        raise OutsideError
    return image.crop((left, top, right, bottom)), quad - np.array([left, top], quad.dtype)


def _padded(
    image: PIL.Image.Image, quad: Doubles, border: int, side: float, options: Options
) -> tuple[PIL.Image.Image, Doubles]:
    left, top, right, bottom = _bounds(quad)
    reach = (
        max(-left + border, 0),
        max(-top + border, 0),
        max(right - image.width + border, 0),
        max(bottom - image.height + border, 0),
    )
    if max(reach) <= border - 4:
        return image, quad
    # NumPy integers, as upstream's: under NumPy 1 a float32 array divided by one stays float32.
    pads = np.maximum(reach, int(np.rint(side * 0.3)))
    if options.border in ("reflect", "edge", "constant"):
        return PIL.Image.fromarray(_filled(np.asarray(image), pads, options)), quad + pads[:2]
    values: Any = np.asarray(image, np.float32)
    values = np.pad(values, ((pads[1], pads[3]), (pads[0], pads[2]), (0, 0)), "reflect")
    mask = _mask(values.shape[0], values.shape[1], pads)
    blurred = scipy.ndimage.gaussian_filter(values, [side * 0.02, side * 0.02, 0])
    values += (blurred - values) * np.clip(mask * 3.0 + 1.0, 0.0, 1.0)
    values += (np.median(values, axis=(0, 1)) - values) * np.clip(mask, 0.0, 1.0)
    made = np.clip(np.rint(values), 0, 255).astype(np.uint8)
    return PIL.Image.fromarray(made), quad + pads[:2].astype(quad.dtype)


def _filled(
    values: npt.NDArray[np.uint8], pads: npt.NDArray[np.int64], options: Options
) -> npt.NDArray[np.uint8]:
    around = (pads[1], pads[3]), (pads[0], pads[2])
    planes = []
    for channel in range(3):
        plane = values[:, :, channel]
        if options.border == "constant":
            level = options.border_colour[channel]
            planes.append(np.pad(plane, around, "constant", constant_values=level))
        else:
            planes.append(np.pad(plane, around, options.border))  # type: ignore[call-overload]
    return np.stack(planes, axis=2)


def _mask(height: int, width: int, pads: npt.NDArray[np.int64]) -> Any:
    y, x, _ = np.ogrid[:height, :width, :1]
    across = np.minimum(np.float32(x) / pads[0], np.float32(width - 1 - x) / pads[2])
    down = np.minimum(np.float32(y) / pads[1], np.float32(height - 1 - y) / pads[3])
    return np.maximum(1.0 - across, 1.0 - down)
