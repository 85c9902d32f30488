"""Digests of crops under every option, by the oracle or by portraitset, as one JSON object.

    python -m align.option_digests upstream 200
    python -m align.option_digests exact 200

The first is for the environment of NumPy 1.23, SciPy 1.9 and Pillow 9.5; see `crop_digests`.
"""

from __future__ import annotations  # Python 3.8 runs this

import json
import math
import sys
from typing import Any

import numpy as np
import numpy.typing as npt

from align.crop_digests import OUTSIDE, crop_digest, versions
from align.random_faces import RandomFace, random_face

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

WITH_ROOM = ("random shift, retried", "unaligned FFHQ", "border reject")
"""Whose faces are drawn into their pictures, or few would have a crop."""

DIGITS = 12
"""Of each digest that is kept: two crops in 2**48 are alike by chance."""


def main(arguments: list[str]) -> None:
    count = int(arguments[1])
    made = {name: " ".join(digests(arguments[0], name, count)) for name in OPTIONS}
    report = {"versions": versions(), "digests": made}
    sys.stdout.write(json.dumps(report, indent=1) + "\n")


def digests(maker: str, option: str, count: int) -> list[str]:
    """Of so many random faces' crops, each cut short; `outside` where there is none."""
    make = upstream if maker == "upstream" else portraitset
    found = []
    for number in range(count):
        face = random_face(number)
        face, given = adapted(with_room(face) if option in WITH_ROOM else face, OPTIONS[option])
        name = f"{number:05}.png"
        digest = crop_digest(lambda one: make(one, given, name, maker), face)  # noqa: B023
        found.append(digest if digest == OUTSIDE else digest[:DIGITS])
    return found


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


def adapted(face: RandomFace, option: dict[str, Any]) -> tuple[RandomFace, dict[str, Any]]:
    """The face as padding and supersampling have it, and what is left of the option."""
    given = dict(option)
    factor = given.pop("supersampling", None)
    if factor is not None:
        face = face._replace(transform_size=factor * face.size)
    return face._replace(padding=given.pop("padding", True)), given


def upstream(
    face: RandomFace, given: dict[str, Any], name: str, _: str
) -> npt.NDArray[np.uint8] | None:
    """A crop by upstream's steps."""
    from align.upstream_steps import Options, OutsideError, crop_as_upstream

    try:
        return crop_as_upstream(face, Options(**given), name)
    except OutsideError:
        return None


def portraitset(
    face: RandomFace, given: dict[str, Any], name: str, quality: Any
) -> npt.NDArray[np.uint8] | None:
    """A crop by this package."""
    from portraitset.align.face import align_face
    from portraitset.errors import DegenerateFace
    from portraitset.landmarks import Landmarks

    if "border_colour" in given:
        given = {**given, "border_colour": "#{:02x}{:02x}{:02x}".format(*given["border_colour"])}
    points, size = Landmarks(*face.points), (face.size, face.transform_size)
    try:
        return align_face(face.pixels, points, *size, face.padding, quality, name=name, **given)
    except DegenerateFace:
        return None


if __name__ == "__main__":
    main(sys.argv[1:])
