"""The drawn portraits: enough of them, the same at every call, with true landmarks."""

from __future__ import annotations

import re
from functools import cache

import numpy as np
import pytest
from numpy.typing import NDArray

from portraitset.demo.portraits import DrawnPortrait, draw_portrait, portrait_titles
from portraitset.demo.portraits.gallery import COMMISSIONS
from portraitset.demo.portraits.scene import Commission

POINTS = {"eye_left", "eye_right", "mouth_left", "mouth_right"}
OPEN_EYED = ["poster-tall-collar", "deco-aviator", "halftone-midnight-singer"]


@cache
def drawn(title: str) -> DrawnPortrait:
    return draw_portrait(title)


def pixels(title: str) -> NDArray[np.uint8]:
    return np.asarray(drawn(title).image)


def lightness(title: str) -> NDArray[np.float64]:
    grey: NDArray[np.float64] = pixels(title) @ np.array([0.299, 0.587, 0.114])
    return grey


def flatness(title: str) -> float:
    """Share of pixels that equal their right-hand neighbour."""
    picture = pixels(title)
    return float((picture[:, 1:] == picture[:, :-1]).all(axis=-1).mean())


def roughness(title: str) -> float:
    """Mean change of lightness from pixel to pixel."""
    return float(np.abs(np.diff(lightness(title), axis=1)).mean())


def test_there_are_enough_portraits_in_enough_manners() -> None:
    assert len(portrait_titles()) >= 24
    assert len({commission.manner for commission in COMMISSIONS}) >= 8


def test_titles_are_distinct_slugs() -> None:
    titles = portrait_titles()
    assert len(set(titles)) == len(titles)
    assert all(re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", title) for title in titles)


def test_one_portrait_is_a_double_one() -> None:
    assert sorted(len(commission.sitters) for commission in COMMISSIONS)[-2:] == [1, 2]


def test_an_unknown_title_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        draw_portrait("nobody")


@pytest.mark.parametrize("title", ["lowpoly-ember-smith", "halftone-midnight-singer"])
def test_drawing_twice_gives_equal_pixels(title: str) -> None:
    again = draw_portrait(title)
    assert np.array_equal(np.asarray(again.image), pixels(title))
    assert again.faces == drawn(title).faces


def test_a_portrait_has_the_size_mode_and_manner_that_were_asked_for() -> None:
    for title in ("pixel-engineer-of-clouds", "lowpoly-ember-smith", "poster-tall-collar"):
        commission = next(each for each in COMMISSIONS if each.title == title)
        portrait = drawn(title)
        assert (portrait.image.mode, portrait.image.size) == ("RGB", commission.size)
        assert portrait.manner == commission.manner
        assert portrait.faces == tuple(pose.landmarks() for pose in commission.poses())


@pytest.mark.parametrize("commission", COMMISSIONS, ids=lambda each: each.title)
def test_landmarks_lie_in_the_picture_and_make_a_face(commission: Commission) -> None:
    width, height = commission.size
    for pose in commission.poses():
        face = pose.landmarks()
        assert set(face) == POINTS
        assert all(0 <= x < width and 0 <= y < height for x, y in face.values())
        left, right, mouth_left, mouth_right = (np.array(face[name]) for name in sorted(POINTS))
        across = right - left
        tilt = np.degrees(np.arctan2(across[1], across[0]))
        assert tilt == pytest.approx(pose.sitter.tilt, abs=1e-6)
        upright = np.array([-across[1], across[0]]) / np.hypot(*across)
        drop = ((mouth_left + mouth_right) - (left + right)) / 2 @ upright
        assert 0.7 < drop / np.hypot(*across) < 1.4
        assert (mouth_right - mouth_left) @ across > 0


@pytest.mark.parametrize("title", OPEN_EYED)
def test_a_dark_pupil_lies_at_each_eye_landmark_between_lighter_whites(title: str) -> None:
    picture = lightness(title)
    for face in drawn(title).faces:
        left, right = np.array(face["eye_left"]), np.array(face["eye_right"])
        across = right - left
        for eye in (left, right):
            pupil, *whites = (
                patch(picture, eye + step * across, 0.025 * float(np.hypot(*across)))
                for step in (0.0, -0.17, 0.17)
            )
            assert pupil < min(whites)


def patch(picture: NDArray[np.float64], at: NDArray[np.float64], radius: float) -> float:
    x, y = at
    box = picture[int(y - radius) : int(y + radius) + 1, int(x - radius) : int(x + radius) + 1]
    return float(box.mean())


def test_some_faces_lie_so_near_an_edge_that_their_crop_needs_padding() -> None:
    reaches = [
        min(x, y, each.size[0] - x, each.size[1] - y) / pose.scale
        for each in COMMISSIONS
        for pose in each.poses()
        for x, y in [pose.centre]
    ]
    assert sum(reach < 1.0 for reach in reaches) >= 3


def test_pixel_art_is_made_of_square_cells_in_few_colours() -> None:
    picture = pixels("pixel-engineer-of-clouds")
    cells = picture[::8, ::8]
    assert np.array_equal(np.kron(cells, np.ones((8, 8, 1), dtype=np.uint8)), picture)
    assert len(np.unique(cells.reshape(-1, 3), axis=0)) <= 40


def test_a_linocut_is_ink_or_paper_or_one_second_colour() -> None:
    flat = (pixels("linocut-night-market") // 32).reshape(-1, 3)
    counts = np.sort(np.unique(flat, axis=0, return_counts=True)[1])[::-1]
    assert counts[:8].sum() > 0.85 * len(flat)


def test_flat_manners_are_flat_and_worked_surfaces_are_not() -> None:
    flat = [flatness(title) for title in ("pixel-engineer-of-clouds", "lowpoly-ember-smith")]
    worked = [flatness(title) for title in ("oil-blue-violinist", "pastel-dancer-at-rest")]
    assert min(flat) > 0.6
    assert max(worked) < 0.3


def test_dots_and_strokes_are_rougher_than_flat_colour() -> None:
    dots, strokes, flat = (
        roughness(title)
        for title in ("pointillism-ferry-at-dusk", "oil-blue-violinist", "poster-tall-collar")
    )
    assert min(dots, strokes) > 2 * flat
