"""Digests of crops under every option, by the oracle or by portraitset, as one JSON object.

    python -m align.option_digests upstream
    python -m align.option_digests exact

The first is for the environment of NumPy 1.23, SciPy 1.9 and Pillow 9.5; see `crop_digests`.
"""

from __future__ import annotations  # Python 3.8 runs this

import functools
import itertools
import json
import math
import sys
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from align.crop_digests import OUTSIDE, crop_digest, versions
from align.random_faces import RandomFace, random_face

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Crops = Iterator[tuple[RandomFace, Callable[[], npt.NDArray[np.uint8] | None]]]
    """Each face, and what cuts its crop; in order, as they may share their dice."""

OPTIONS: dict[str, dict[str, Any]] = {
    "no rotation": {"rotation": "none"},
    "random shift": {"random_shift": 0.2, "shift_seed": 7},
    "random shift, retried": {"random_shift": 0.2, "retry_crops": True},
    "no padding": {"padding": False},
    "unaligned FFHQ": {
        "rotation": "none",
        "random_shift": 0.2,
        "retry_crops": True,
        "padding": False,
    },
    "unaligned FFHQ, replayed": {
        "rotation": "none",
        "random_shift": 0.2,
        "retry_crops": True,
        "padding": False,
        "replay": "ffhq",
    },
    "MetFaces, replayed": {"random_shift": 0.1, "retry_crops": True, "replay": "metfaces"},
    "shift alone, replayed": {"random_shift": 0.1, "replay": "ffhq"},
    "border reflect": {"border": "reflect"},
    "border edge": {"border": "edge"},
    "border constant": {"border": "constant", "border_colour": (208, 64, 16)},
    "border reject": {"border": "reject", "reject_above": 0.1},
    "scale": {"scale": 1.375},
    "offset": {"offset": (0.0625, -0.25)},
    "supersampling": {"supersampling": 1},
    "all at once": {
        "rotation": "none",
        "scale": 1.25,
        "offset": (0.0, -0.125),
        "random_shift": 0.0625,
        "border": "edge",
        "supersampling": 2,
    },
}

WITH_ROOM = (
    "random shift, retried",
    "unaligned FFHQ",
    "unaligned FFHQ, replayed",
    "MetFaces, replayed",
    "border reject",
)
"""Whose faces are drawn into their pictures, or few would have a crop."""

ALL = 200
"""Faces of each option, and of each sequence that is replayed."""

DIGITS = 12
"""Of each digest that is kept: two crops in 2**48 are alike by chance."""


def main(arguments: list[str]) -> None:
    made = {name: " ".join(digests(arguments[0], name, ALL)) for name in OPTIONS}
    report = {"versions": versions(), "digests": made}
    sys.stdout.write(json.dumps(report, indent=1) + "\n")


def digests(maker: str, option: str, count: int) -> list[str]:
    """Of the first so many random faces' crops, each cut short; `outside` where there is none."""
    make = upstream if maker == "upstream" else portraitset
    found = []
    for face, crop in itertools.islice(make(maker, option), count):
        digest = crop_digest(lambda _: crop(), face)  # noqa: B023
        found.append(digest if digest == OUTSIDE else digest[:DIGITS])
    return found


def faces_of(option: str) -> tuple[list[RandomFace], dict[str, Any]]:
    """The faces as padding and supersampling have them, and what is left of the option."""
    given = dict(OPTIONS[option])
    factor, padding = given.pop("supersampling", None), given.pop("padding", True)
    faces = []
    for number in range(ALL):
        face = random_face(number)._replace(padding=padding)
        if option in WITH_ROOM:
            face = with_room(face)
        if factor is not None:
            face = face._replace(transform_size=factor * face.size)
        faces.append(face)
    return faces, given


def name_of(number: int) -> str:
    return f"{number:05}.png"


def with_room(face: RandomFace) -> RandomFace:
    """The face halved until its crop fits into its picture, and nearer to the middle of that."""
    height, width = face.pixels.shape[:2]
    (ax, ay), (bx, by), (cx, cy), (dx, dy) = face.points
    side = 4 * math.sqrt((bx - ax) ** 2 + (by - ay) ** 2)
    factor = 1.0
    while side * factor > 0.6 * min(width, height):
        factor /= 2
    x, y = (ax + bx + cx + dx) / 4, (ay + by + cy + dy) / 4
    to_x, to_y = width / 2 + (x - width / 2) / 8, height / 2 + (y - height / 2) / 8
    moved = [(to_x + (px - x) * factor, to_y + (py - y) * factor) for px, py in face.points]
    return face._replace(points=moved)


def upstream(_: str, option: str) -> Crops:
    """Crops by upstream's steps."""
    from align.upstream_steps import Options, OutsideError, crop_as_upstream, dice_of_script

    faces, given = faces_of(option)
    script = given.pop("replay", None)
    dice = dice_of_script(script, ALL) if script else None

    def crop(number: int) -> npt.NDArray[np.uint8] | None:
        try:
            return crop_as_upstream(faces[number], Options(**given), name_of(number), dice)
        except OutsideError:
            return None

    for number, face in enumerate(faces):
        yield face, functools.partial(crop, number)


def portraitset(quality: Any, option: str) -> Crops:
    """Crops by this package."""
    from portraitset.align.face import cut_crop
    from portraitset.align.replay import replayed_draws
    from portraitset.align.settings import CropSettings
    from portraitset.errors import DegenerateFace
    from portraitset.landmarks import Landmarks

    faces, given = faces_of(option)
    if "border_colour" in given:
        given["border_colour"] = "#{:02x}{:02x}{:02x}".format(*given["border_colour"])
    given["offset_x"], given["offset_y"] = given.pop("offset", (0.0, 0.0))
    every = [
        CropSettings(face.size, face.transform_size, face.padding, quality, **given)
        for face in faces
    ]
    draws: list[Any] = [None] * ALL
    if "replay" in given:
        turns = [(Landmarks(*face.points), face.pixels.shape[1::-1]) for face in faces]
        draws = list(replayed_draws(turns, every[0]))

    def crop(number: int) -> npt.NDArray[np.uint8] | None:
        pixels, points = faces[number].pixels, Landmarks(*faces[number].points)
        try:
            return cut_crop(pixels, points, every[number], name_of(number), draws[number])
        except DegenerateFace:
            return None

    for number, face in enumerate(faces):
        yield face, functools.partial(crop, number)


if __name__ == "__main__":
    main(sys.argv[1:])
