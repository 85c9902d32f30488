"""The shrink before a crop: part of Pillow's reduction of the whole, in the old pass order."""

import subprocess
import sys
from random import Random

import numpy as np
import pytest
from PIL import Image

from portraitset.align.fast import _region
from portraitset.align.lanczos import Taps, lanczos_taps
from portraitset.align.quad import plan_crop
from portraitset.align.reference import shrink_reference
from portraitset.align.shrink import Box, shrink
from portraitset.align.square import face_square
from portraitset.landmarks import Landmarks
from portraitset.picture.decode import Pixels

TALL = [(216, 517, 3), (260, 596, 4), (355, 751, 3), (151, 465, 3)]
"""Width, height and shrink of pictures that Pillow 13 by itself reduces down first."""

UNIT = 1 if sys.platform == "darwin" else 1024
"""Of the largest resident size that a process reports, in bytes."""


def noise(width: int, height: int) -> Pixels:
    shape = (height, width, 3)
    return np.random.RandomState(width * height).randint(0, 256, shape).astype(np.uint8)


def across_by_hand(pixels: Pixels, outputs: int) -> Pixels:
    """Pillow's horizontal pass, written out: 22 bits, half up, clipped to a byte."""
    taps = lanczos_taps(pixels.shape[1], outputs)
    return np.stack([summed(pixels, taps, i) for i in range(outputs)], axis=1)


def summed(pixels: Pixels, taps: Taps, output: int) -> Pixels:
    first, count = int(taps.first[output]), int(taps.count[output])
    weights = taps.weights[output, :count].astype(np.int64)
    total = np.einsum("k,ykc->yc", weights, pixels[:, first : first + count].astype(np.int64))
    return np.asarray(np.clip((total + (1 << 21)) >> 22, 0, 255), np.uint8)


def by_hand(pixels: Pixels, size: tuple[int, int]) -> Pixels:
    across = across_by_hand(pixels, size[0])
    return across_by_hand(across.transpose(1, 0, 2), size[1]).transpose(1, 0, 2)


@pytest.mark.parametrize(("width", "height", "factor"), [*TALL, (517, 216, 3), (90, 90, 2)])
def test_whole_pictures_are_reduced_across_first_and_then_down(
    width: int, height: int, factor: int
) -> None:
    pixels, size = noise(width, height), (round(width / factor), round(height / factor))
    wanted = by_hand(pixels, size)
    assert np.array_equal(shrink(pixels, size, (0, 0, *size)), wanted)
    assert np.array_equal(np.asarray(shrink_reference(Image.fromarray(pixels), size)), wanted)


def test_the_order_of_the_passes_shows_in_the_pixels() -> None:
    """Else the test above could not tell."""
    pixels, size = noise(216, 517), (72, 172)
    turned = by_hand(pixels.transpose(1, 0, 2), size[::-1]).transpose(1, 0, 2)
    assert not np.array_equal(by_hand(pixels, size), turned)


def random_part(random: Random) -> tuple[Pixels, tuple[int, int], Box]:
    factor = random.randint(2, 40)
    width, height = (random.randint(factor, 30 * factor) for _ in range(2))
    size = (round(width / factor), round(height / factor))
    left, top = (random.randrange(side) for side in size)
    box = (left, top, random.randint(left + 1, size[0]), random.randint(top + 1, size[1]))
    return noise(width, height), size, box


def test_any_part_equals_that_part_of_the_whole() -> None:
    random = Random(1)
    for _ in range(150):
        pixels, size, box = random_part(random)
        whole = shrink_reference(Image.fromarray(pixels), size)
        assert np.array_equal(shrink(pixels, size, box), np.asarray(whole.crop(box)))


def test_any_layout_of_the_picture_will_do_and_it_is_left_as_it_was() -> None:
    pixels = noise(120, 100)
    before = pixels.copy()
    expected = shrink(pixels, (40, 33), (5, 6, 30, 20))
    strided = np.zeros((200, 240, 3), np.uint8)[::2, ::2]
    strided[...] = pixels
    for layout in (strided, np.asfortranarray(pixels)):
        assert np.array_equal(shrink(layout, (40, 33), (5, 6, 30, 20)), expected)
    assert np.array_equal(pixels, before)


def test_memory_follows_the_part_and_not_the_picture() -> None:
    """A kernel's arrays show in no Python count, so that a process of its own is asked."""
    script = """
import resource, numpy as np
from portraitset.align.shrink import shrink
pixels = np.ones((9000, 6000, 3), np.uint8)
shrink(pixels, (3000, 4500), (0, 0, 9, 9))
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
shrink(pixels, (3000, 4500), (1000, 1000, 2000, 2000))
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True)
    out, columns, ring = 1000 * 1000 * 3, 2012 * 3 * 32, (13 + 32) * 3 * 1000 * 4
    assert int(done.stdout) * UNIT < out + columns + ring + (1 << 20)


def test_fast_takes_the_same_order() -> None:
    pixels = noise(216, 517)
    points = Landmarks((45.0, 200.0), (165.0, 203.0), (60.0, 345.0), (152.0, 347.0))
    square = face_square(points)
    plan = plan_crop(square, (216, 517), 64)
    assert plan.shrink > 1
    assert plan.box == (0, 0, *plan.shrunk)
    assert np.array_equal(_region(pixels, square, plan).pixels, by_hand(pixels, plan.shrunk))
