"""`exact` equals the reference, bit for bit, on whatever the reference can do."""

import warnings
from collections import Counter
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pytest

from portraitset.align.exact import align_exact
from portraitset.align.fill import BLUR
from portraitset.align.quad import CropPlan, plan_crop
from portraitset.align.reference import align_reference
from portraitset.align.square import face_square
from portraitset.errors import DegenerateFace
from portraitset.landmarks import Landmarks

Pixels = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class Case:
    pixels: Pixels
    points: Landmarks
    size: int
    transform_size: int
    padding: bool

    def plan(self) -> CropPlan:
        height, width = self.pixels.shape[:2]
        fill = BLUR if self.padding else None
        return plan_crop(face_square(self.points), (width, height), self.size, fill)


def random_case(seed: int, largest: int, sizes: tuple[int, ...]) -> Case:
    random = np.random.RandomState(seed)
    width, height = (int(side) for side in random.randint(1, largest, 2))
    match random.randint(10):
        case 0:
            width = height = 1
        case 1:
            width = int(random.randint(1, 4))
        case 2:
            height = int(random.randint(1, 4))
    size = int(random.choice(sizes))
    factor = random.choice([1, 2, 3, 4, 5, 6])
    odd = random.rand() < 0.3
    transform_size = size + int(random.randint(0, 3 * size)) if odd else int(size * factor)
    return Case(
        random_pixels(random, width, height),
        random_points(random, width, height, 2.0 * largest),
        size,
        transform_size,
        bool(random.rand() < 0.75),
    )


def random_pixels(random: np.random.RandomState, width: int, height: int) -> Pixels:
    """Blocks of noise: noise itself, black and white, or one flat colour."""
    block = int(random.randint(1, 9))
    shape = (-(-height // block), -(-width // block), 3)
    blocks = random.randint(0, 256, shape).astype(np.uint8)
    kind = random.randint(5)
    if kind == 0:
        blocks = np.where(blocks > 127, np.uint8(255), np.uint8(0))
    elif kind == 1:
        blocks[...] = blocks[0, 0]
    return blocks.repeat(block, axis=0).repeat(block, axis=1)[:height, :width]


def random_points(
    random: np.random.RandomState, width: int, height: int, largest: float
) -> Landmarks:
    """A face of any tilt and of crop sides from half a pixel up, perhaps beyond an edge."""
    side = np.exp(random.uniform(np.log(0.5), np.log(largest)))
    upright = random.rand() < 0.3
    angle = random.randint(4) * np.pi / 2 if upright else random.uniform(0, 2 * np.pi)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    face = np.array([[-0.12, -0.05], [0.12, -0.05], [-0.08, 0.2], [0.08, 0.2]])
    face += random.randn(4, 2) * 0.02
    points = face * side @ turn.T + random.uniform(-0.3, 1.3, 2) * (width, height)
    if random.rand() < 0.3:
        points = points.round()
    a, b, c, d = ((float(x), float(y)) for x, y in points)
    return Landmarks(a, b, c, d)


def differing(case: Case) -> int:
    """How many values of the two crops differ."""
    plan = case.plan()
    with warnings.catch_warnings():
        # Where a side needs no padding at all, the reference divides by it.
        warnings.simplefilter("ignore", RuntimeWarning)
        expected = align_reference(case.pixels, plan, case.size, case.transform_size)
    found = align_exact(case.pixels, plan, case.size, case.transform_size)
    assert found.shape == expected.shape
    assert found.dtype == expected.dtype
    return int((found != expected).sum())


def check_many(seeds: range, largest: int, sizes: tuple[int, ...]) -> Counter[str]:
    seen: Counter[str] = Counter()
    for seed in seeds:
        case = random_case(seed, largest, sizes)
        try:
            plan = case.plan()
        except DegenerateFace:
            continue
        assert differing(case) == 0, f"seed {seed}"
        seen["checked"] += 1
        seen["shrunk"] += plan.shrink > 1
        seen["one pixel"] += case.pixels.size == 3
        seen["black outside"] += plan.pads is None and not case.padding
        for side, pad in zip(("left", "top", "right", "bottom"), plan.pads or (), strict=False):
            seen[side] += pad > round(plan.quad_size * 0.3)
            seen["padded by nothing"] += pad == 0
    return seen


def test_five_hundred_random_crops_equal_the_reference() -> None:
    seen = check_many(range(900), 160, (1, 2, 7, 32, 50, 64, 96))
    assert seen["checked"] >= 500
    for kind in ("shrunk", "one pixel", "black outside", "left", "top", "right", "bottom"):
        assert seen[kind] >= 20, kind


@pytest.mark.soak
def test_thousands_of_random_crops_equal_the_reference() -> None:
    check_many(range(1000, 9000), 400, (1, 3, 32, 64, 128, 256))


@pytest.mark.soak
def test_full_size_crops_equal_the_reference() -> None:
    for seed in range(20000, 20060):
        case = random_case(seed, 3000, (1024,))
        try:
            case.plan()
        except DegenerateFace:
            continue
        assert differing(case) == 0, f"seed {seed}"


FACE = Landmarks((40.0, 45.0), (60.0, 45.0), (43.0, 66.0), (57.0, 66.0))


@pytest.mark.parametrize("size", [(1, 1), (1, 30000), (30000, 1), (2, 2), (3, 100)])
@pytest.mark.parametrize("padding", [True, False])
def test_a_sliver_of_a_picture_is_padded_as_the_reference_does(
    size: tuple[int, int], padding: bool
) -> None:
    pixels = np.random.RandomState(1).randint(0, 256, (*size, 3)).astype(np.uint8)
    points = Landmarks((-8.0, -5.0), (12.0, -5.0), (-5.0, 16.0), (9.0, 16.0))
    assert differing(Case(pixels, points, 32, 128, padding)) == 0


def test_any_layout_of_the_picture_will_do() -> None:
    pixels = np.random.RandomState(2).randint(0, 256, (100, 90, 3)).astype(np.uint8)
    plan = plan_crop(face_square(FACE), (90, 100), 32)
    expected = align_exact(pixels, plan, 32, 128)
    frozen = pixels.copy()
    frozen.flags.writeable = False
    strided = np.zeros((200, 180, 3), np.uint8)[::2, ::2]
    strided[...] = pixels
    for layout in (frozen, strided, np.asfortranarray(pixels)):
        assert np.array_equal(align_exact(layout, plan, 32, 128), expected)


def test_the_picture_is_left_as_it_was() -> None:
    pixels = np.random.RandomState(3).randint(0, 256, (70, 70, 3)).astype(np.uint8)
    before = pixels.copy()
    align_exact(pixels, plan_crop(face_square(FACE), (70, 70), 32), 32, 64)
    assert np.array_equal(pixels, before)
    assert pixels.flags.writeable
