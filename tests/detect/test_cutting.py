"""What is cut out around a face shows it upright, and points find their way back."""

import numpy as np
import pytest
from PIL import Image

from detect.dotted import Dotted, dots
from portraitset.detect.cutting import cut_out
from portraitset.detect.detection import Points


def placed(x: float, y: float, scale: float = 1.0, degrees: float = 0.0) -> Points:
    angle = np.radians(degrees)
    turn = np.array([(np.cos(angle), np.sin(angle)), (-np.sin(angle), np.cos(angle))])
    face = np.array([(-20.0, -20.0), (20.0, -20.0), (-12.0, 20.0), (12.0, 20.0)])
    points: Points = scale * face @ turn + np.array([x, y])
    return points


@pytest.mark.parametrize("turn", [-30, 0, 15])
@pytest.mark.parametrize("degrees", [0, 40, 170])
@pytest.mark.parametrize("coarseness", [1, 3])
def test_points_of_a_window_lie_where_the_picture_has_them(
    coarseness: int, degrees: int, turn: int
) -> None:
    points = placed(150, 140, 1.3, degrees)
    cut = cut_out(dots(points, 300, 280), points, unit=50, side=160, coarseness=coarseness)
    assert cut is not None
    view = cut.window(turn)
    assert view.shape == (160, 160, 3)
    (face,) = Dotted().find(view)
    assert np.abs(cut.back(face.points, turn) - points).max() < 1.5
    if turn == 0:  # upright, and as large as was asked for
        assert np.abs(face.points - (79.5 + placed(0, 0, 50 / 40))).max() < 1.5


def test_beyond_the_border_the_picture_goes_on_as_it_ends() -> None:
    pixels = np.full((100, 120, 3), (10, 200, 30), np.uint8)
    pixels[:, 60:] = (200, 10, 30)
    cut = cut_out(pixels, placed(60, 50, 2.5), unit=30, side=128)
    assert cut is not None
    view = cut.window(0)
    assert np.array_equal(view[0, 0], (10, 200, 30))
    assert np.array_equal(view[-1, -1], (200, 10, 30))


def test_the_same_scale_and_place_give_the_same_pixels() -> None:
    pixels = np.random.default_rng(1).integers(0, 256, (200, 220, 3), np.uint8)
    cut = cut_out(pixels, placed(109.5, 99.5), unit=40, side=64)
    assert cut is not None
    assert np.abs(cut.window(0).astype(int) - pixels[68:132, 78:142]).max() <= 1


@pytest.mark.parametrize(
    "points", [np.ones((4, 2)), placed(-5000, 100), placed(90, 90, 1e6), placed(90, 90, 1e-4)]
)
def test_points_that_are_no_faces_give_nothing(points: Points) -> None:
    pixels = np.asarray(Image.new("RGB", (180, 190)))
    assert cut_out(pixels, points, unit=50, side=64) is None
