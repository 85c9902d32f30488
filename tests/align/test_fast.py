"""`fast` stays close to `exact`, is well sampled, and never fails where `exact` does not."""

import json
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from portraitset.align.exact import align_exact
from portraitset.align.face import align_face
from portraitset.align.fast import align_fast, decode_scale
from portraitset.align.fill import BLUR
from portraitset.align.quad import crop_quad, crop_size, plan_crop
from portraitset.align.square import face_square
from portraitset.errors import DegenerateFace
from portraitset.landmarks import Landmarks, landmarks_from_points

Pixels = npt.NDArray[np.uint8]


def decibels(a: Pixels, b: Pixels) -> float:
    error = np.square(a.astype(np.float64) - b).mean()
    return float(10 * np.log10(255**2 / max(error, 1e-9)))


def largest_difference(a: Pixels, b: Pixels) -> int:
    return int(np.abs(a.astype(np.int64) - b).max())


def exact(pixels: Pixels, points: Landmarks, size: int, padding: bool = True) -> Pixels:
    return align_face(pixels, points, size, padding=padding, quality="exact")


def old_masters(shared: Path) -> list[tuple[str, Pixels, Landmarks]]:
    folder = shared / "old-masters"
    found = []
    for name, entry in json.loads((folder / "AAHQ-dataset.json").read_text()).items():
        original = folder / f"origin{urlsplit(entry['image_url']).path}"
        pixels = np.asarray(Image.open(original).convert("RGB"))
        found.append((name, pixels, landmarks_from_points(entry["landmarks"])))
    return found


def soft_noise(width: int, height: int, seed: int = 0) -> Pixels:
    """Smooth clouds with some grain, like a photo."""
    random = np.random.RandomState(seed)
    picture = np.zeros((height, width, 3))
    for cells in (3, 7, 17, 41, 97):
        shape = (max(cells * height // width, 2), cells)
        for channel in range(3):
            layer = Image.fromarray(random.rand(*shape).astype(np.float32))
            layer = layer.resize((width, height), Image.Resampling.BICUBIC)
            picture[:, :, channel] += np.asarray(layer) / np.sqrt(cells)
    picture += random.randn(height, width, 1) * 0.02
    picture -= picture.min()
    return np.asarray(picture / picture.max() * 255, np.uint8)


def face(x: float, y: float, side: float, degrees: float) -> Landmarks:
    """A face whose crop has this centre and side."""
    angle = np.radians(degrees)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    at = np.array([[-0.125, -0.025], [0.125, -0.025], [-0.09, 0.225], [0.09, 0.225]])
    a, b, c, d = ((float(px), float(py)) for px, py in at * side @ turn.T + (x, y))
    return Landmarks(a, b, c, d)


def test_old_masters_are_within_56_db_and_4_levels_of_exact(shared: Path) -> None:
    for name, pixels, points in old_masters(shared):
        found, wanted = align_fast(pixels, face_square(points), 1024), exact(pixels, points, 1024)
        assert decibels(found, wanted) >= 56, name
        assert largest_difference(found, wanted) <= 4, name


@pytest.mark.parametrize("size", [512, 256, 160, 128])
def test_old_masters_reduced_are_within_53_db_of_exact(shared: Path, size: int) -> None:
    """Up to four source pixels per output pixel: real detail at native resolution."""
    for name, pixels, points in old_masters(shared):
        if crop_size(points) >= 4 * size:  # `exact` shrinks first, half a pixel off
            continue
        found, wanted = align_fast(pixels, face_square(points), size), exact(pixels, points, size)
        assert decibels(found, wanted) >= 53, name
        assert largest_difference(found, wanted) <= 8, name


@pytest.mark.parametrize("ratio", [0.3, 0.44, 0.46, 0.9, 1.29, 1.31, 1.74, 1.76, 2.5, 3.9])
@pytest.mark.parametrize("degrees", [0, 20, 45, 90, 200])
def test_every_branch_follows_exact_at_any_tilt(ratio: float, degrees: float) -> None:
    side = 128 * ratio
    pixels = soft_noise(int(2 * side) + 20, int(2 * side) + 30)
    points = face(side + 10.3, side + 15.6, side, degrees)
    found, wanted = align_fast(pixels, face_square(points), 128), exact(pixels, points, 128)
    assert decibels(found, wanted) >= 52


@pytest.mark.parametrize("ratio", [0.3, 0.7, 1.5, 3.0])
@pytest.mark.parametrize("corner", [(0.1, 0.2), (0.9, 0.3), (0.4, 0.95), (0.5, 0.5)])
def test_padding_follows_exact(ratio: float, corner: tuple[float, float]) -> None:
    side = 160 * ratio
    width, height = int(1.1 * side), int(1.2 * side)
    pixels = soft_noise(width, height, seed=1)
    points = face(width * corner[0], height * corner[1], side, 15)
    found, wanted = align_fast(pixels, face_square(points), 160), exact(pixels, points, 160)
    assert decibels(found, wanted) >= 50


def test_after_a_shrink_the_half_pixel_is_right() -> None:
    """A smooth picture is where its landmarks say; the reference is a little off there."""
    x, y = np.meshgrid(np.arange(1500) + 0.5, np.arange(1400) + 0.5)
    waves = [np.sin(x / 60 + y / 90), np.cos(x / 70), np.sin(y / 50)]
    pixels = (127.5 + 100 * np.stack(waves, axis=2)).astype(np.uint8)
    points = face(740.3, 690.7, 900, 25)
    size = 64
    quad = crop_quad(points) + 0.5
    centres = (np.arange(size) + 0.5) / size
    across, down = np.meshgrid(centres, centres)
    at = quad[0] + np.multiply.outer(across, quad[3] - quad[0])
    at += np.multiply.outer(down, quad[1] - quad[0])
    waves = [
        np.sin(at[..., 0] / 60 + at[..., 1] / 90),
        np.cos(at[..., 0] / 70),
        np.sin(at[..., 1] / 50),
    ]
    truth = 127.5 + 100 * np.stack(waves, axis=2)
    inner = slice(4, -4)
    error = np.abs(align_fast(pixels, face_square(points), size) - truth)[inner, inner].max()
    slip = np.abs(exact(pixels, points, size) - truth)[inner, inner].max()
    assert error < 2.5
    assert slip > error


def test_outside_is_black_where_padding_is_off() -> None:
    pixels = soft_noise(200, 150, seed=2)
    points = face(20, 75, 160, 10)
    found = align_fast(pixels, face_square(points), 128, None)
    assert decibels(found, exact(pixels, points, 128, padding=False)) >= 60
    assert found[:, :20].max() == 0


def test_a_flat_picture_stays_flat() -> None:
    for level in (0, 1, 100, 254, 255):
        pixels = np.full((90, 80, 3), level, np.uint8)
        for points in (face(40, 45, 30, 10), face(40, 45, 70, 10), face(5, 5, 150, 33)):
            for size in (16, 64, 128):
                assert np.all(align_fast(pixels, face_square(points), size) == level)


@pytest.mark.parametrize("seed", range(300))
def test_no_picture_or_face_makes_it_fail(seed: int) -> None:
    random = np.random.RandomState(seed)
    width, height = (int(side) for side in np.exp(random.uniform(0, np.log(300), 2)))
    pixels = random.randint(0, 256, (height, width, 3)).astype(np.uint8)
    side = float(np.exp(random.uniform(np.log(0.2), np.log(2000))))
    x, y = random.uniform(-0.3, 1.3, 2) * (width, height)
    points = face(float(x), float(y), side, float(random.uniform(0, 360)))
    size = int(random.choice([1, 2, 5, 33, 64]))
    fill = BLUR if random.rand() < 0.7 else None
    try:
        plan = plan_crop(face_square(points), (width, height), size, fill)
    except DegenerateFace:
        with pytest.raises(DegenerateFace):
            align_fast(pixels, face_square(points), size, fill)
        return
    found = align_fast(pixels, face_square(points), size, fill)
    assert found.shape == (size, size, 3)
    assert found.dtype == np.uint8
    if plan.pads is not None and min(plan.pads) == 0:
        assert np.array_equal(found, align_exact(pixels, plan, size, 4 * size))


def test_the_same_crop_each_time() -> None:
    pixels, points = soft_noise(200, 220), face(60, 110, 180, 12)
    crops = {align_fast(pixels, face_square(points), 96).tobytes() for _ in range(3)}
    assert len(crops) == 1


def test_decoding_is_shrunk_only_where_four_pixels_remain_for_each_of_the_crops() -> None:
    scales = [decode_scale(256 * ratio, 256) for ratio in (1, 7.9, 8.1, 17, 90)]
    assert scales == [1, 1, 2, 4, 8]
