"""Options move the square as they say."""

import numpy as np
import pytest

from align.test_fast import face
from portraitset.align.settings import CropSettings
from portraitset.align.square import dice_of, drawn_shift, face_square, place_square
from portraitset.errors import DegenerateFace
from portraitset.landmarks import Landmarks

ROOM = (1000, 1000)
FACE = face(500, 400, 200, 30)


def test_without_rotation_centre_and_side_stay() -> None:
    turned, level = face_square(FACE), face_square(FACE, "none")
    assert np.array_equal(turned.centre, level.centre)
    assert level.side == pytest.approx(turned.side, rel=1e-12)
    assert level.across[1] == level.down[0] == 0
    assert level.across[0] == level.down[1] > 0
    assert turned.across[1] > 0


def test_without_rotation_a_face_without_up_is_still_none() -> None:
    with pytest.raises(DegenerateFace):
        face_square(Landmarks((5, 5), (5, 5), (5, 5), (5, 5)), "none")


def test_scale_widens_about_the_centre() -> None:
    once, twice = face_square(FACE), place_square(FACE, ROOM, CropSettings(scale=2))
    assert np.array_equal(once.centre, twice.centre)
    assert np.allclose(twice.corners() - twice.centre, 2 * (once.corners() - once.centre))


def test_offset_goes_along_the_face_whatever_the_scale() -> None:
    plain = face_square(FACE)
    for scale in (1, 3):
        settings = CropSettings(scale=scale, offset_x=0.25, offset_y=-0.5)
        moved = place_square(FACE, ROOM, settings).centre - plain.centre
        assert moved == pytest.approx(0.5 * plain.across - plain.down)
    level = place_square(FACE, ROOM, CropSettings(rotation="none", offset_y=0.5))
    assert level.centre - plain.centre == pytest.approx((0, plain.side / 2))


def test_shift_is_normal_on_both_axes() -> None:
    settings = CropSettings(random_shift=0.2)
    squares = [place_square(FACE, ROOM, settings, f"{number}.png") for number in range(2000)]
    moved = np.array([square.centre for square in squares]) - face_square(FACE).centre
    assert np.abs(moved.mean(axis=0)).max() < 4 * 40 / 2000**0.5
    assert moved.std(axis=0) == pytest.approx(40, rel=0.07)
    assert abs((moved[:, 0] * moved[:, 1]).mean()) < 0.1 * 40**2
    assert all(square.side == squares[0].side for square in squares)


def test_retried_shift_lies_inside_strictly_and_is_the_first_that_does() -> None:
    square, inside = face_square(face(150, 150, 200, 0)), (300, 300)
    draws = 0
    for number in range(200):
        found = drawn_shift(square, dice_of(str(number), 0), 0.3, inside)
        dice = dice_of(str(number), 0)
        while not square.shifted(wanted := tuple(dice.normal(0, 1, 2)), 0.3).lies_inside(inside):
            draws += 1
        assert found == wanted
        left, top, right, bottom = square.shifted(found, 0.3).bounds()
        assert min(left, top) >= 0
        assert max(right, bottom) < 300
    assert draws > 200


def test_box_that_ends_with_the_picture_lies_not_inside() -> None:
    square = face_square(face(50, 50, 100, 0))
    assert square.bounds() == (0, 0, 100, 100)
    assert not square.lies_inside((100, 200))
    assert not square.lies_inside((200, 100))
    assert square.lies_inside((101, 101))


def test_dice_are_fixed_for_ever() -> None:
    """Other numbers here are other crops for everyone."""
    found = dice_of("00000.png", 0).normal(0, 1, 2)
    assert found == pytest.approx((1.0196574295026826, -0.842113677550548), abs=1e-12)
    assert dice_of("\udcff.png", 0).normal() != dice_of("\ufffd.png", 0).normal()
