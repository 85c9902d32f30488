"""The perceptual hash: recompressing and resizing keep it, another picture does not."""

import io

import imagehash
import numpy as np
import pytest
from PIL import Image

from datasets import draw, encoded
from portraitset.picture.decode import Pixels
from portraitset.picture.perceptual_hash import (
    BITS,
    LOOKS_ALIKE,
    is_look,
    look_distance,
    look_of,
    looks_alike,
    mirrored_look,
)


def look(image: Image.Image) -> str:
    return look_of(np.asarray(image.convert("RGB")))


def recompressed(image: Image.Image, quality: int) -> Image.Image:
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=quality)
    return Image.open(buffer)


@pytest.mark.parametrize("seed", range(5))
def test_recompressed_or_resized_picture_looks_alike(seed: int) -> None:
    image = draw(seed, 800, 1000)
    for other in (recompressed(image, 75), image.resize((400, 500)), image.resize((1600, 2000))):
        assert looks_alike(look(image), look(other))


def test_other_picture_does_not_look_alike() -> None:
    looks = [look(draw(seed)) for seed in range(8)]
    for number, one in enumerate(looks):
        for other in looks[:number]:
            assert look_distance(one, other) > 1.5 * LOOKS_ALIKE


def test_hash_has_256_bits_and_is_the_same_each_time() -> None:
    pixels: Pixels = np.asarray(draw(3))
    assert is_look(look_of(pixels))
    assert len(look_of(pixels)) * 4 == BITS
    assert look_of(pixels) == look_of(pixels.copy())
    assert look_distance("0" * 64, "f" * 64) == BITS


@pytest.mark.parametrize("size", [(1, 1), (5000, 1), (1, 700)])
def test_extreme_shapes_have_a_hash_too(size: tuple[int, int]) -> None:
    assert is_look(look(Image.new("RGB", size, "red")))


@pytest.mark.parametrize("size", [(300, 220), (1024, 700)])
def test_bits_are_those_of_the_library_on_a_reduced_grey_copy(size: tuple[int, int]) -> None:
    image = draw(5, *size)
    grey = image.reduce(min(size) // 256 or 1).convert("L")
    assert look(image) == str(imagehash.phash(grey, hash_size=16))


def test_unknown_hash_is_like_nothing() -> None:
    assert not looks_alike(None, None)
    assert not is_look("F" * 64)
    assert not is_look(None)


def test_bytes_do_not_matter() -> None:
    image = Image.open(io.BytesIO(encoded(draw(1), "PNG")))
    assert look(image) == look(draw(1))


@pytest.mark.parametrize("seed", range(6))
def test_mirrored_look_is_nearly_that_of_the_mirrored_picture(seed: int) -> None:
    pixels = np.asarray(draw(seed, 390, 480))
    mirrored = look_of(np.ascontiguousarray(pixels[:, ::-1]))
    assert look_distance(mirrored_look(look_of(pixels)), mirrored) <= 14
    assert mirrored_look(mirrored_look(mirrored)) == mirrored
