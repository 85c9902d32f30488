"""A face that is looked at again: wherever it lies and however it is turned, its points are met."""

import numpy as np
import pytest

from detect.dotted import Dotted, dots
from portraitset.detect.closer import ROUNDS, TURNS, WINDOW, look_closer
from portraitset.detect.detection import Points

FACE = np.array([(-20.0, -15.0), (20.0, -13.0), (-12.0, 25.0), (14.0, 26.0)])


def placed(x: float, y: float, scale: float = 1.0, degrees: float = 0.0) -> Points:
    angle = np.radians(degrees)
    turn = np.array([(np.cos(angle), np.sin(angle)), (-np.sin(angle), np.cos(angle))])
    points: Points = scale * FACE @ turn + np.array([x, y])
    return points


@pytest.mark.parametrize("degrees", [0, 20, -70, 180])
@pytest.mark.parametrize("scale", [0.5, 1.0, 3.0])
def test_points_are_met_however_the_face_is_turned_and_scaled(scale: float, degrees: int) -> None:
    points = placed(210, 190, scale, degrees)
    detector = Dotted()
    look = look_closer(dots(points, 400, 380), points + 3 * scale, detector)
    assert look is not None
    assert np.abs(look.points - points).max() < 0.06 * 40 * scale
    assert (look.seen, look.score) == (1.0, 0.9)
    assert look.spread < 0.06
    assert detector.sizes == [(WINDOW, WINDOW)] * (2 * len(TURNS) * ROUNDS)


@pytest.mark.parametrize("place", [(18, 60), (60, 15), (381, 200), (200, 356)])
def test_face_at_the_border_is_met(place: tuple[int, int]) -> None:
    points = placed(*place, 0.6)
    look = look_closer(dots(points, 400, 380), points, Dotted())
    assert look is not None
    assert np.abs(look.points - points).max() < 2


def test_face_that_fills_the_picture_is_met() -> None:
    points = placed(60, 60, 1.7)
    look = look_closer(dots(points, 120, 140), points, Dotted())
    assert look is not None
    assert np.abs(look.points - points).max() < 3


def test_errors_to_one_side_cancel_out_and_tell_of_themselves() -> None:
    points = placed(200, 190)
    look = look_closer(dots(points, 400, 380), points, Dotted(skew=0.1))
    assert look is not None
    assert np.abs(look.points - points).max() < 0.03 * 40
    assert 0.05 < look.spread < 0.15


def test_another_face_beside_it_is_not_taken_for_it() -> None:
    points = placed(200, 190)
    assert look_closer(dots(points, 400, 380), points + np.array([45, 0]), Dotted()) is None


@pytest.mark.parametrize(
    "points", [np.ones((4, 2)), placed(-5000, 100), placed(200, 190, 1e6), placed(200, 190, 1e-4)]
)
def test_points_that_are_no_faces_are_not_looked_at(points: Points) -> None:
    detector = Dotted()
    assert look_closer(np.zeros((380, 400, 3), np.uint8), points, detector) is None
    assert detector.sizes == []
