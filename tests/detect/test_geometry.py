"""Finds keep their place under scaling, mirroring and turning; points are set right in the face."""

import io

import numpy as np
import pytest
from PIL import Image, ImageOps

from portraitset.detect.calibration import calibrated
from portraitset.detect.detection import Detection, Pixels
from portraitset.detect.orientation import as_stored, orientation_of, turned

POINTS = np.array([(50.0, 60.0), (80.0, 62.0), (53.0, 92.0), (76.0, 93.0)])
FACE = Detection((40.0, 40.0, 50.0, 66.0), POINTS, 0.9)


def test_mirroring_twice_is_nothing_and_once_swaps_sides() -> None:
    once = FACE.mirrored(200)
    assert once.landmarks.eye_left == (119.0, 62.0)
    assert np.allclose(once.mirrored(200).points, POINTS)
    assert once.mirrored(200).box == FACE.box


def test_scaling_keeps_centres_of_pixels() -> None:
    """The centre of the upper left pixel of a picture half as large lies between two pixels."""
    found = Detection((0, 0, 1, 1), np.zeros((4, 2)), 1.0).scaled(2, 2)
    assert np.allclose(found.points, 0.5)
    assert found.box == (0, 0, 2, 2)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_upright_face_is_found_in_the_stored_picture(orientation: int) -> None:
    """As Pillow turns pictures: a mark in the upright one is where the stored one has it."""
    stored: Pixels = np.random.default_rng(orientation).integers(0, 256, (31, 17, 3), np.uint8)
    upright = turned(stored, orientation)
    exif = Image.Exif()
    exif[0x0112] = orientation
    data = io.BytesIO()
    Image.fromarray(stored).save(data, "PNG", exif=exif)
    with Image.open(data) as image:
        assert np.array_equal(np.asarray(ImageOps.exif_transpose(image)), upright)
    assert orientation_of(data.getvalue()) == orientation
    points = np.array([(3.0, 4.0), (9.0, 5.0), (4.0, 11.0), (8.0, 12.0)])
    found = as_stored(Detection((2, 3, 8, 10), points, 0.5), orientation, 17, 31)
    for (x, y), (a, b) in zip(points, found.points, strict=True):
        assert np.array_equal(upright[int(y), int(x)], stored[int(b), int(a)])
    left, top, width, height = (round(value) for value in found.box)
    part = stored[top : top + height, left : left + width]
    assert sorted(part.ravel().tolist()) == sorted(upright[3:13, 2:10].ravel().tolist())


def test_damaged_exif_turns_nothing() -> None:
    assert orientation_of(b"\xff\xd8\xff\xe1\x00\x08Exif\x00\x00") == 1


@pytest.mark.parametrize("angle", [0.0, 0.3, -1.2, 3.0])
def test_points_are_set_right_in_the_faces_own_frame(angle: float) -> None:
    """Turning and enlarging a face turns and enlarges what is set right about it."""
    turn = 2.5 * np.array([(np.cos(angle), np.sin(angle)), (-np.sin(angle), np.cos(angle))])
    plain = calibrated(FACE).points
    turned = calibrated(Detection(FACE.box, POINTS @ turn, 0.9)).points
    assert np.allclose(plain @ turn, turned)
    assert 0 < np.abs(plain - POINTS).max() < 3


def test_points_in_one_place_stay() -> None:
    found = Detection((0, 0, 1, 1), np.ones((4, 2)), 0.9)
    assert np.array_equal(calibrated(found).points, np.ones((4, 2)))
