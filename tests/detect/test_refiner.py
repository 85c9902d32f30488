"""The network that sets points right: on portraits that it has not seen, and never far."""

import numpy as np
import pytest

from portraitset.demo.portraits import draw_portrait
from portraitset.detect.detection import Points
from portraitset.detect.refiner import SIDE, STRIDE, Refiner, points_of
from portraitset.landmarks import POINT_NAMES

pytest.importorskip("cv2")


@pytest.fixture(scope="module")
def refiner() -> Refiner:
    return Refiner()


def error(found: Points, true: Points) -> float:
    return float(np.hypot(*(found - true).T).mean() / np.hypot(*(true[1] - true[0])))


@pytest.mark.parametrize("title", ["deco-aviator", "watercolour-rain-listener"])
def test_points_that_are_off_come_nearer(title: str, refiner: Refiner) -> None:
    portrait = draw_portrait(title)
    true = np.array([portrait.faces[0][name] for name in POINT_NAMES])
    apart = np.hypot(*(true[1] - true[0]))
    off = true + np.array([(0.1, 0.0), (0.0, 0.1), (-0.1, 0.05), (0.05, -0.1)]) * apart
    assert error(refiner.refined(np.asarray(portrait.image), off), true) < 0.75 * error(off, true)


def test_a_mirrored_face_gives_mirrored_points(refiner: Refiner) -> None:
    portrait = draw_portrait("deco-aviator")
    pixels = np.asarray(portrait.image)
    points = np.array([portrait.faces[0][name] for name in POINT_NAMES]) + 4

    def mirrored(points: Points) -> Points:
        flipped: Points = points[[1, 0, 3, 2]] * [-1, 1] + [pixels.shape[1] - 1, 0]
        return flipped

    plain = refiner.refined(pixels, points)
    other = mirrored(refiner.refined(pixels[:, ::-1], mirrored(points)))
    assert np.abs(plain - other).max() < 0.02 * np.hypot(*(points[1] - points[0]))


def test_no_point_goes_far(refiner: Refiner) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (400, 400, 3), np.uint8)
    points = np.array([(150.0, 150.0), (250.0, 150.0), (165.0, 250.0), (235.0, 250.0)])
    moved = np.hypot(*(refiner.refined(noise, points) - points).T)
    assert moved.max() <= 0.1 * 100 + 1e-6


def test_points_that_are_no_faces_stay(refiner: Refiner) -> None:
    points = np.ones((4, 2))
    assert refiner.refined(np.zeros((50, 50, 3), np.uint8), points) is points


def test_heat_in_one_place_is_a_point_there() -> None:
    maps = np.full((4, SIDE // STRIDE, SIDE // STRIDE), -50.0, np.float32)
    for number, (column, row) in enumerate([(3, 5), (20, 5), (6, 21), (17, 22)]):
        maps[number, row, column] = 50
    assert np.allclose(points_of(maps), [(13.5, 21.5), (81.5, 21.5), (25.5, 85.5), (69.5, 89.5)])
