"""Digests of crops, by upstream's steps or by portraitset, as one JSON object.

    python -m align.crop_digests upstream 0 60
    python -m align.crop_digests exact 0 60
    python -m align.crop_digests upstream 0 60 metfaces
    python -m align.crop_digests upstream synthetic.json

Each environment of other libraries runs this, with this package's folder (and portraitset's) as its
PYTHONPATH, and the outcomes are compared.
"""

from __future__ import annotations  # Python 3.8 runs this

import hashlib
import json
import sys
import warnings
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Callable, Optional  # noqa: UP035 Python 3.8 subscribes no other

import numpy as np
import numpy.typing as npt

from align.random_faces import RandomFace, random_face, random_metface

OUTSIDE = "outside"
"""In the place of the digest of a crop that misses its picture."""

Maker = Callable[[RandomFace], Optional[npt.NDArray[np.uint8]]]  # noqa: UP045 likewise


def main(arguments: list[str]) -> None:
    make = upstream if arguments[0] == "upstream" else portraitset(arguments[0])
    if len(arguments) == 2:
        faces = [golden_face(case) for case in json.loads(Path(arguments[1]).read_text())["cases"]]
        found = {face.kind: crop_digest(make, face) for face in faces}
    else:
        draw = random_metface if arguments[3:] == ["metfaces"] else random_face
        found = digests(make, range(int(arguments[1]), int(arguments[2])), draw)
    report = {"versions": versions(), "digests": found}  # by then, all of it is imported
    sys.stdout.write(json.dumps(report, indent=1) + "\n")


def digests(
    make: Maker, numbers: Iterable[int], draw: Callable[[int], RandomFace] = random_face
) -> dict[str, str]:
    """By number: some digits of the picture's digest, then the crop's."""
    found = {}
    for number in numbers:
        face = draw(number)
        found[str(number)] = f"{_digest(face.pixels)[:8]} {crop_digest(make, face)}"
    return found


def crop_digest(make: Maker, face: RandomFace) -> str:
    """The sha256 of a crop's pixels, or that there is none."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # a pad of nothing divides by itself
        pixels = make(face)
    return OUTSIDE if pixels is None else _digest(pixels)


def versions() -> dict[str, str]:
    """Of what makes pixels here."""
    found = {"python": "{}.{}.{}".format(*sys.version_info[:3])}
    for name in ("numpy", "scipy", "PIL", "numba"):
        if name in sys.modules:
            found[name] = sys.modules[name].__version__
    return found


def golden_face(case: dict[str, Any]) -> RandomFace:
    """A case of the golden data: random blocks, by the formula that its file states."""
    block, height, width = case["block"], case["height"], case["width"]
    shape = (-(-height // block), -(-width // block), 3)
    blocks = np.random.RandomState(case["seed"]).randint(0, 256, shape).astype(np.uint8)
    pixels = blocks.repeat(block, axis=0).repeat(block, axis=1)[:height, :width]
    marks, settings = case["landmarks"], case["settings"]
    return RandomFace(
        case["name"],
        pixels,
        [tuple(marks[f"{part}_{side}"]) for part in ("eye", "mouth") for side in ("left", "right")],
        settings.get("output_size", 1024),
        settings.get("transform_size", 4096),
        settings.get("enable_padding", True),
    )


def _digest(pixels: npt.NDArray[np.uint8]) -> str:
    return hashlib.sha256(np.ascontiguousarray(pixels).tobytes()).hexdigest()


def upstream(face: RandomFace) -> npt.NDArray[np.uint8] | None:
    """A crop by upstream's steps; no other package's environment has its libraries."""
    from align.upstream_steps import OutsideError, crop_as_upstream

    try:
        return crop_as_upstream(face)
    except OutsideError:
        return None


def portraitset(quality: Any) -> Maker:
    """What cuts crops of this quality; upstream's environment cannot import it."""
    from portraitset.align.face import align_face
    from portraitset.errors import DegenerateFace
    from portraitset.landmarks import Landmarks, single_landmarks_from_68

    def crop(face: RandomFace) -> npt.NDArray[np.uint8] | None:
        points = (
            Landmarks(*face.points) if face.of_68 is None else single_landmarks_from_68(*face.of_68)
        )
        try:
            return align_face(
                face.pixels, points, face.size, face.transform_size, face.padding, quality
            )
        except DegenerateFace:
            return None

    return crop


if __name__ == "__main__":
    main(sys.argv[1:])
