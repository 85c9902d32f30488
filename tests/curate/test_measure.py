"""Measures: laws that hold whatever the picture."""

import io
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from scipy.ndimage import gaussian_filter

from datasets import draw
from portraitset.align.face import align_face
from portraitset.align.quad import crop_quad, crop_size
from portraitset.align.square import face_square
from portraitset.curate.measure import (
    inside_mask,
    jpeg_quality_of,
    native_size_of,
    roll_of,
    sharpness_of,
    tones_of,
    yaw_proxy_of,
)
from portraitset.landmarks import Landmarks

HEAD = np.array([[-32, -35, 10], [32, -35, 10], [-22, 35, 22], [22, 35, 22]], np.float64)
"""Eyes and mouth corners of a head in millimetres: right, down, towards the viewer."""


def seen(yaw: float = 0.0, roll: float = 0.0, scale: float = 1.0, at: float = 500.0) -> Landmarks:
    """The head, turned by degrees and drawn in parallel projection."""
    turn, tilt = math.radians(yaw), math.radians(roll)
    x = HEAD[:, 0] * math.cos(turn) + HEAD[:, 2] * math.sin(turn)
    y = HEAD[:, 1]
    across = (x * math.cos(tilt) - y * math.sin(tilt)) * scale + at
    down = (x * math.sin(tilt) + y * math.cos(tilt)) * scale + at
    a, b, c, d = zip(across.tolist(), down.tolist(), strict=True)
    return Landmarks(a, b, c, d)


def whole(side: int) -> np.ndarray[tuple[int, int], np.dtype[np.bool_]]:
    return np.ones((side, side), np.bool_)


@given(st.floats(-170, 170), st.floats(0.5, 8))
def test_roll_and_size_are_those_of_the_crop(roll: float, scale: float) -> None:
    points = seen(roll=roll, scale=scale)
    assert roll_of(points) == pytest.approx(roll, abs=1e-6)
    assert native_size_of(points) == pytest.approx(crop_size(points))


@given(st.floats(-170, 170), st.floats(0.5, 8))
def test_yaw_proxy_knows_neither_scale_nor_roll(roll: float, scale: float) -> None:
    assert yaw_proxy_of(seen(30, roll, scale)) == pytest.approx(yaw_proxy_of(seen(30)))
    assert yaw_proxy_of(seen(0, roll, scale)) == pytest.approx(0, abs=1e-9)


def test_yaw_proxy_rises_as_the_head_turns_to_the_viewers_right() -> None:
    found = [yaw_proxy_of(seen(yaw)) for yaw in range(-60, 61, 10)]
    assert found == sorted(found)
    assert found[0] == pytest.approx(-found[-1])
    assert found[-1] > 0.1


def test_points_that_coincide_have_no_yaw() -> None:
    assert yaw_proxy_of(Landmarks((5, 5), (5, 5), (5, 9), (5, 9))) == 0


@given(st.floats(-180, 180), st.floats(0, 1000), st.integers(300, 900), st.integers(300, 900))
def test_padded_fraction_is_the_share_of_the_crop_that_is_no_photo(
    roll: float, at: float, width: int, height: int
) -> None:
    points = seen(roll=roll, scale=3, at=at)
    square = face_square(points)
    fraction = square.share_outside((width, height))
    assert 0 <= fraction <= 1
    assert fraction == pytest.approx(1 - inside_mask(square, width, height, 200).mean(), abs=0.02)


def test_face_well_inside_has_no_padding_and_one_outside_nothing_else() -> None:
    assert face_square(seen()).share_outside((1000, 1000)) == 0
    assert face_square(seen(at=5000)).share_outside((1000, 1000)) == 1


def test_mask_is_the_crops_own_padding() -> None:
    """A white photo cut without padding is black outside."""
    points = seen(roll=20, scale=2, at=120)
    crop = align_face(np.full((400, 300, 3), 255, np.uint8), points, 64, padding=False)
    assert crop_quad(points).min() < 0
    differs = (crop[..., 0] > 127) != inside_mask(face_square(points), 300, 400, 64)
    assert differs.mean() < 0.03


def test_sharpness_falls_with_blur_and_ignores_contrast() -> None:
    sharp = np.random.default_rng(0).normal(128, 20, (200, 200)).astype(np.float32)
    found = [sharpness_of(gaussian_filter(sharp, width), whole(200)) for width in (0, 0.5, 1, 2, 4)]
    assert found == sorted(found, reverse=True)
    assert found[0] == pytest.approx(1, rel=0.05)
    weaker = np.asarray(sharp / 4, dtype=np.float32)
    assert sharpness_of(weaker, whole(200)) == pytest.approx(sharpness_of(sharp, whole(200)))


def test_flat_picture_and_no_picture_have_no_sharpness() -> None:
    assert sharpness_of(np.full((50, 50), 7, np.float32), whole(50)) == 0
    assert sharpness_of(np.eye(50, dtype=np.float32), ~whole(50)) == 0


def test_padding_counts_neither_for_sharpness_nor_for_tones() -> None:
    grey = np.random.default_rng(0).normal(128, 20, (64, 64)).astype(np.float32)
    mask = whole(64)
    mask[:, 32:] = False
    spoilt = grey.copy()
    spoilt[:, 32:] = 0
    assert sharpness_of(spoilt, mask) == sharpness_of(grey, mask)
    pixels = np.full((64, 64, 3), 200, np.uint8)
    pixels[:, 32:] = 0
    assert tones_of(pixels, mask).brightness == pytest.approx(200 / 255)


def test_tones_of_known_pictures() -> None:
    grey = tones_of(np.full((8, 8, 3), 51, np.uint8), whole(8))
    assert (grey.brightness, grey.contrast, grey.colourfulness) == pytest.approx((0.2, 0, 0))
    assert [(swatch.colour, swatch.share) for swatch in grey.palette] == [("#333333", 1.0)]
    halves = np.zeros((8, 8, 3), np.uint8)
    halves[:, :4] = 255
    assert tones_of(halves, whole(8)).contrast == pytest.approx(0.5)


def test_colourfulness_is_the_papers() -> None:
    """Red and green halves: rg is 255 and -255, yb 127.5 in both."""
    picture = np.zeros((8, 8, 3), np.uint8)
    picture[:, :4, 0] = 255
    picture[:, 4:, 1] = 255
    assert tones_of(picture, whole(8)).colourfulness == pytest.approx(255 + 0.3 * 127.5)


def test_palette_is_the_same_every_time_and_adds_up_to_one() -> None:
    pixels = np.asarray(draw(3).resize((128, 128)))
    one, other = tones_of(pixels, whole(128)), tones_of(pixels.copy(), whole(128))
    assert one.palette == other.palette
    assert sum(swatch.share for swatch in one.palette) == pytest.approx(1)
    shares = [swatch.share for swatch in one.palette]
    assert shares == sorted(shares, reverse=True)
    assert len(shares) == 5


@pytest.mark.parametrize("quality", [1, 10, 30, 49, 50, 51, 75, 85, 92, 99, 100])
def test_jpeg_quality_is_read_from_the_tables(quality: int) -> None:
    buffer = io.BytesIO()
    draw(1).save(buffer, "JPEG", quality=quality)
    with Image.open(buffer) as image:
        assert jpeg_quality_of(image.quantization) == quality  # type: ignore[attr-defined]


def test_without_tables_there_is_no_quality() -> None:
    assert jpeg_quality_of({}) is None
    assert jpeg_quality_of({0: [1, 2, 3]}) is None
