"""Upstream's own pixels: NumPy 1.23, SciPy 1.9 and Pillow 9.5 made the digests."""

import hashlib
import json
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from portraitset.align.face import align_face
from portraitset.landmarks import landmarks_from_points

Pixels = npt.NDArray[np.uint8]

QUALITIES = ("exact", "reference")
GOLDEN = {
    "1024": (1024, 4096, True),
    "nopad_256": (256, 1024, False),
    "512_t2048": (512, 2048, True),
}


def digest(pixels: Pixels) -> str:
    return hashlib.sha256(pixels.tobytes()).hexdigest()


def read(path: Path) -> Any:
    return json.loads(path.read_text())


@pytest.mark.parametrize("quality", QUALITIES)
@pytest.mark.parametrize("form", GOLDEN)
def test_old_masters_come_out_as_upstream_made_them(
    shared: Path, form: str, quality: Literal["exact", "reference"]
) -> None:
    folder = shared / "old-masters"
    expected = read(folder / "golden" / "golden.json")
    found, wanted = {}, {}
    for name, entry in read(folder / "AAHQ-dataset.json").items():
        original = folder / f"origin{urlsplit(entry['image_url']).path}"
        pixels = np.asarray(Image.open(original).convert("RGB"))
        size, transform_size, padding = GOLDEN[form]
        points = landmarks_from_points(entry["landmarks"])
        crop = align_face(pixels, points, size, transform_size, padding, quality)
        found[name], wanted[name] = digest(crop), expected[name][form]["sha256_rgb"]
    assert len(found) == 10
    assert found == wanted


@pytest.mark.parametrize("quality", QUALITIES)
def test_synthetic_cases_come_out_as_upstream_made_them(
    shared: Path, quality: Literal["exact", "reference"]
) -> None:
    cases = read(shared / "old-masters" / "golden" / "synthetic.json")["cases"]
    found, wanted = {}, {}
    for case in cases:
        settings = case["settings"]
        crop = align_face(
            drawn(case),
            landmarks_from_points(case["landmarks"]),
            settings.get("output_size", 1024),
            settings.get("transform_size", 4096),
            settings.get("enable_padding", True),
            quality,
        )
        found[case["name"]], wanted[case["name"]] = digest(crop), case["sha256_rgb"]
    assert len(found) == 18
    assert found == wanted


def drawn(case: dict[str, Any]) -> Pixels:
    """The case's picture: random blocks, by the formula that the file states."""
    block, height, width = case["block"], case["height"], case["width"]
    shape = (-(-height // block), -(-width // block), 3)
    blocks = np.random.RandomState(case["seed"]).randint(0, 256, shape).astype(np.uint8)
    pixels = blocks.repeat(block, axis=0).repeat(block, axis=1)[:height, :width]
    assert digest(pixels) == case["sha256_input"]
    return pixels
