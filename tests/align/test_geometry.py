"""A crop's matrices say where its pixels were taken: measured by drawing dots and finding them."""

import io
import math

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from portraitset.align.face import cut_crop
from portraitset.align.geometry import CropGeometry, crop_geometry, moved
from portraitset.align.quad import crop_quad
from portraitset.align.settings import CropSettings, Quality
from portraitset.landmarks import Landmarks
from portraitset.picture.decode import Pixels, read_picture

WITHIN = 0.01
"""Pixels of the crop, as the contract has it."""

Points = npt.NDArray[np.float64]


def face_at(x: float, y: float, side: float, degrees: float) -> Landmarks:
    """A face whose crop has this centre, side and turn."""
    angle = math.radians(degrees)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    face = np.array([[-0.125, -0.025], [0.125, -0.025], [-0.09, 0.225], [0.09, 0.225]])
    a, b, c, d = (face * side @ turn.T + (x, y)).tolist()
    return Landmarks(tuple(a), tuple(b), tuple(c), tuple(d))


def dot_on_black(width: int, height: int, at: Points, sigma: float) -> Pixels:
    """One soft white dot whose centroid lies at a point of the pixels' frame."""
    x = np.exp(-((np.arange(width) - at[0]) ** 2) / (2 * sigma**2))
    y = np.exp(-((np.arange(height) - at[1]) ** 2) / (2 * sigma**2))
    plane = np.rint(255 * np.outer(y, x)).astype(np.uint8)
    return np.repeat(plane[:, :, np.newaxis], 3, axis=2)


def centroid(crop: Pixels, near: tuple[float, float]) -> Points:
    """Of the squares, as the faint rim of a dot is all rounding; of one dot of maybe several."""
    x, y = np.arange(crop.shape[1]), np.arange(crop.shape[0])
    window = np.outer(np.abs(y - near[1]) < 30, np.abs(x - near[0]) < 30)
    plane = (crop[:, :, 1] * window).astype(np.float64) ** 2
    found: Points = np.array([plane.sum(axis=0) @ x, plane.sum(axis=1) @ y]) / plane.sum()
    return found


CASES = {
    "upright": (700, 620, (350, 300), 300, 0.0),
    "turned": (700, 620, (350, 300), 300, 31.0),
    "enlarged": (400, 380, (200, 180), 90, -17.0),
    "shrunk by 2": (1501, 1399, (700, 690), 1100, 12.0),
    "shrunk by 3": (2101, 2002, (1050, 1000), 1600, -20.0),
    "boxed": (1600, 1300, (1100, 300), 280, 8.0),
    "padded": (420, 400, (160, 150), 320, 21.0),
    "padded and shrunk": (1203, 1147, (500, 480), 1050, -9.0),
}
QUALITIES: tuple[Quality, ...] = ("exact", "fast", "reference")


def make(name: str, quality: Quality, size: int = 256) -> tuple[Landmarks, CropGeometry]:
    width, height, centre, side, degrees = CASES[name]
    face = face_at(*centre, side, degrees)
    settings = CropSettings(size=size, quality=quality)
    return face, crop_geometry(face, (width, height), settings, "PNG")


@pytest.mark.parametrize("quality", QUALITIES)
@pytest.mark.parametrize("name", CASES)
def test_dots_come_out_where_the_matrix_says(name: str, quality: Quality) -> None:
    width, height = CASES[name][:2]
    face, geometry = make(name, quality)
    sigma = max(geometry.scale, 1.0) * 3
    for at, said in zip(face.points(), geometry.landmarks.points(), strict=True):
        photo = dot_on_black(width, height, np.array(at), sigma)
        found = centroid(cut_crop(photo, face, CropSettings(size=256, quality=quality)), said)
        assert np.abs(found - said).max() < WITHIN, (found, said)
        assert np.allclose(moved(np.array([at]), geometry.forward)[0], said)


@pytest.mark.parametrize("name", CASES)
def test_without_a_shrink_the_quad_is_the_plain_one(name: str) -> None:
    face, geometry = make(name, "exact")
    slip = np.abs(geometry.quad - crop_quad(face)).max()
    assert (slip > 0.4) if "shrunk" in name else (slip < 1e-9)
    # `fast` corrects the slip; what is left is nothing.
    assert np.allclose(make(name, "fast")[1].quad, crop_quad(face), atol=1e-9)


@pytest.mark.parametrize("name", CASES)
def test_inverse_undoes_forward(name: str) -> None:
    _, geometry = make(name, "exact")
    corners = np.array([[-0.5, -0.5], [-0.5, 255.5], [255.5, 255.5], [255.5, -0.5]])
    assert np.allclose(moved(corners, geometry.inverse), geometry.quad)
    assert np.allclose(moved(geometry.quad, geometry.forward), corners)


def test_a_jpeg_that_fast_decodes_smaller_keeps_its_dots() -> None:
    size, settings = (1403, 1210), CropSettings(size=64, quality="fast")
    face = face_at(700, 600, 900, 14)
    geometry = crop_geometry(face, size, settings, "JPEG")
    for at, said in zip(face.points(), geometry.landmarks.points(), strict=True):
        buffer = io.BytesIO()
        photo = dot_on_black(*size, np.array(at), geometry.scale * 3)
        Image.fromarray(photo).save(buffer, "JPEG", quality=95)
        picture = read_picture(buffer.getvalue(), 10**8, 2)
        assert picture.scale == 2
        found = centroid(cut_crop(picture.pixels, face.shrunk(2), settings), said)
        assert np.abs(found - said).max() < WITHIN, (found, said)


@pytest.mark.parametrize(("width", "share"), [(400, 0.0), (200, 0.0), (100, 0.5), (150, 0.25)])
def test_padded_share_is_the_area_outside(width: int, share: float) -> None:
    face = face_at(99.5, 199.5, 200, 0)  # the crop spans 0 to 200 across
    geometry = crop_geometry(face, (width, 400), CropSettings(size=64), "PNG")
    assert geometry.padded == pytest.approx(share, abs=1e-9)
    assert (geometry.padding_mask() == 255).mean() == pytest.approx(share, abs=1 / 64)


def test_padding_mask_of_a_turned_crop_has_the_padded_share() -> None:
    for name in ("upright", "padded", "padded and shrunk"):
        _, geometry = make(name, "exact")
        mask = geometry.padding_mask()
        assert abs((mask == 255).mean() - geometry.padded) < 0.005
        assert (geometry.padded > 0.02) == name.startswith("padded"), name
    assert mask.shape == (256, 256)
