"""Landmarks: read strictly, and turned into the crop's axes by the published steps."""

import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from portraitset.landmarks import (
    FARTHEST,
    POINT_NAMES,
    Landmarks,
    Point,
    face_axes,
    has_sides_crossed,
    landmarks_from_68,
    landmarks_from_points,
)

GOOD: dict[str, object] = {
    "eye_left": [1, 2.5],
    "eye_right": (3, 4),
    "mouth_left": [-5, 6],
    "mouth_right": [7e6, 0],
}
coordinates = st.floats(-5000, 5000)
points = st.tuples(coordinates, coordinates)
faces = st.builds(Landmarks, points, points, points, points)


def mapped(face: Landmarks, scale: complex, shift: complex) -> Landmarks:
    """The face turned and scaled by a complex factor, then shifted."""

    def move(point: Point) -> Point:
        moved = complex(*point) * scale + shift
        return moved.real, moved.imag

    return Landmarks(*map(move, face.points()))


def is_well_shaped(face: Landmarks) -> bool:
    """Big enough, and far enough from cancelling out, for rounding not to matter."""
    left, right, mouth_left, mouth_right = (complex(*point) for point in face.points())
    across, down = right - left, (mouth_left + mouth_right - left - right) / 2
    scale = max(abs(across), abs(down))
    return scale > 1 and abs(across - down * 1j) > 0.01 * scale


def test_points_are_read_as_floats_in_the_order_of_the_fields() -> None:
    read = landmarks_from_points(GOOD | {"nose": "whatever"})
    assert read.points() == ((1.0, 2.5), (3.0, 4.0), (-5.0, 6.0), (7e6, 0.0))
    assert all(type(value) is float for point in read.points() for value in point)
    assert POINT_NAMES == ("eye_left", "eye_right", "mouth_left", "mouth_right")


@pytest.mark.parametrize("name", POINT_NAMES)
def test_missing_point_is_named(name: str) -> None:
    with pytest.raises(ValueError, match=f"{name} is missing"):
        landmarks_from_points({key: value for key, value in GOOD.items() if key != name})


@pytest.mark.parametrize(
    ("pair", "complaint"),
    [
        ([1.0, math.nan], "not finite"),
        ([math.inf, 1.0], "not finite"),
        ([-math.inf, math.nan], "not finite"),
        ([1.0, math.nextafter(FARTHEST, math.inf)], "pixels away"),
        ([-(10**400), 1], "pixels away"),
        ([True, 1.0], "not a pair"),
        (["1", 1.0], "not a pair"),
        ("ab", "not a pair"),
        ([1.0], "not a pair"),
        (np.array([1.0, 2.0]), "not a pair"),
    ],
)
def test_point_that_is_none_is_named(pair: object, complaint: str) -> None:
    with pytest.raises(ValueError, match=f"landmark eye_right .*{complaint}"):
        landmarks_from_points(GOOD | {"eye_right": pair})


def test_farthest_point_is_still_a_point() -> None:
    read = landmarks_from_points(GOOD | {"eye_left": [FARTHEST, -FARTHEST]})
    assert read.eye_left == (FARTHEST, -FARTHEST)


def test_axes_of_an_upright_face() -> None:
    """Eyes 40 apart, mouth 50 below: 1.8 * 50 beats 2 * 40, so the half side is 90."""
    face = Landmarks((80.0, 100.0), (120.0, 100.0), (85.0, 150.0), (115.0, 150.0))
    centre, across, down = face_axes(face)
    assert centre == pytest.approx([100, 105])
    assert across == pytest.approx([90, 0])
    assert down == pytest.approx([0, 90])


def test_axes_of_a_wide_face() -> None:
    """Eyes 60 apart, mouth 50 below: 2 * 60 beats 1.8 * 50."""
    face = Landmarks((70.0, 100.0), (130.0, 100.0), (85.0, 150.0), (115.0, 150.0))
    assert face_axes(face)[1] == pytest.approx([120, 0])


@settings(deadline=None, max_examples=200)
@given(faces)
def test_axes_follow_the_published_formula(face: Landmarks) -> None:
    """Written here a second time, in complex numbers: rot90 is multiplication by i."""
    assume(is_well_shaped(face))
    left, right, mouth_left, mouth_right = (complex(*point) for point in face.points())
    eyes, mouth = (left + right) / 2, (mouth_left + mouth_right) / 2
    across, down = right - left, mouth - eyes
    x = across - down * 1j
    x *= max(2.0 * abs(across), 1.8 * abs(down)) / abs(x)
    expected = (eyes + 0.1 * down, x, x * 1j)
    for found, value in zip(face_axes(face), expected, strict=True):
        assert complex(*found) == pytest.approx(value, rel=1e-6, abs=1e-6)


@settings(deadline=None, max_examples=200)
@given(faces, st.floats(0.1, 10), st.floats(-math.pi, math.pi), points)
def test_axes_turn_grow_and_move_with_the_face(
    face: Landmarks, size: float, angle: float, shift: Point
) -> None:
    assume(is_well_shaped(face))
    factor = size * complex(math.cos(angle), math.sin(angle))
    centre, across, down = (complex(*vector) for vector in face_axes(face))
    moved = [complex(*v) for v in face_axes(mapped(face, factor, complex(*shift)))]
    expected = [centre * factor + complex(*shift), across * factor, down * factor]
    assert moved == pytest.approx(expected, rel=1e-6, abs=1e-4)


@settings(deadline=None, max_examples=200)
@given(faces)
def test_axes_are_square_or_there_are_none(face: Landmarks) -> None:
    try:
        _, across, down = face_axes(face)
    except ValueError:
        assert not is_well_shaped(face)
        return
    assert np.all(np.isfinite([across, down]))
    assert across @ down == pytest.approx(0, abs=1e-6 * float(across @ across))
    assert math.hypot(*across) == pytest.approx(math.hypot(*down))


@given(points)
def test_four_points_in_one_have_no_up(point: Point) -> None:
    with pytest.raises(ValueError, match="no up"):
        face_axes(Landmarks(point, point, point, point))


@given(points, st.floats(-500, 500), st.floats(-500, 500))
def test_mouth_that_cancels_the_eyes_has_no_up(eye: Point, right: float, down: float) -> None:
    """The mouth stands over the eyes by the very distance between them, turned a quarter."""
    left = np.array(eye)
    across = np.array([round(right), round(down)], float)
    left = np.rint(left)
    mouth = left + across / 2 + np.array([across[1], -across[0]])
    corners = [(float(x), float(y)) for x, y in (left, left + across, mouth, mouth)]
    with pytest.raises(ValueError, match="no up"):
        face_axes(Landmarks(*corners))


def test_four_points_of_the_68_are_means_of_the_eyes_and_corners_of_the_mouth() -> None:
    points = [(float(number), 100.0 + number) for number in range(68)]
    found = landmarks_from_68(points)
    assert found.points() == ((38.5, 138.5), (44.5, 144.5), (48, 148), (54, 154))


@pytest.mark.parametrize("degrees", range(0, 360, 30))
def test_swapped_sides_are_told_however_the_head_is_turned(degrees: int) -> None:
    turn = complex(math.cos(math.radians(degrees)), math.sin(math.radians(degrees)))
    upright = (complex(-3, -2), complex(3, -2), complex(-2, 3), complex(2, 3))
    turned = [each * turn for each in upright]
    a, b, c, d = ((each.real, each.imag) for each in turned)
    assert not has_sides_crossed(Landmarks(a, b, c, d))
    assert has_sides_crossed(Landmarks(b, a, d, c))
