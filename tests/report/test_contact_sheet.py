"""The contact sheet: every face on it, none twice, the same every time."""

import itertools
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from portraitset.report.contact_sheet import choose_evenly, draw_contact_sheet, grid_of

TILE = 16
counts = st.integers(1, 2000)


@given(counts)
def test_grid_has_room_for_all_and_no_empty_row_or_column(count: int) -> None:
    columns, rows = grid_of(count)
    assert columns * rows >= count
    assert columns * (rows - 1) < count
    assert columns <= count


@given(counts)
def test_grid_is_wider_than_high_but_no_ribbon(count: int) -> None:
    columns, rows = grid_of(count)
    assert rows <= columns
    assert count < 4 or columns <= 4 * rows


def test_full_grid_is_preferred() -> None:
    assert {count: grid_of(count) for count in (1, 2, 6, 24, 30)} == {
        1: (1, 1),
        2: (2, 1),
        6: (3, 2),
        24: (8, 3),
        30: (6, 5),
    }


@given(st.integers(0, 300), st.integers(0, 300))
def test_choice_is_even_in_order_and_without_repeats(count: int, most: int) -> None:
    paths = [Path(f"{number:03d}") for number in range(count)]
    chosen = choose_evenly(paths, most)
    assert len(chosen) == min(count, most)
    assert chosen == sorted(set(chosen))
    assert chosen == choose_evenly(tuple(paths), most)
    places = [int(path.name) for path in chosen]
    gaps = {later - earlier for earlier, later in itertools.pairwise(places)}
    assert not gaps or max(gaps) - min(gaps) <= 1
    assert not chosen or chosen[0] == paths[0]


@settings(deadline=None, max_examples=20)
@given(st.integers(1, 40))
def test_every_face_is_wholly_on_the_sheet_and_alone_in_its_place(
    tmp_path_factory: pytest.TempPathFactory, count: int
) -> None:
    folder = tmp_path_factory.mktemp("crops")
    colours = [(5 * number, 255 - 5 * number, 7) for number in range(count)]
    paths = [folder / f"{number}.png" for number in range(count)]
    for path, colour in zip(paths, colours, strict=True):
        Image.new("RGB", (40, 40), colour).save(path)
    sheet = draw_contact_sheet(paths, TILE)
    pixels = np.asarray(sheet)
    found = [tuple(map(int, colour)) for colour in pixels.reshape(-1, 3)]
    assert [found.count(colour) for colour in colours] == [TILE * TILE] * count
    firsts = [found.index(colour) for colour in colours]
    assert firsts == sorted(firsts)
    assert draw_contact_sheet(paths, TILE).tobytes() == sheet.tobytes()


def test_crops_of_any_size_and_kind_fill_their_tile(tmp_path: Path) -> None:
    Image.new("L", (1, 1), 0).save(tmp_path / "a.png")
    Image.new("RGB", (300, 300), "black").save(tmp_path / "b.jpg")
    pixels = np.asarray(draw_contact_sheet([tmp_path / "a.png", tmp_path / "b.jpg"], TILE))
    assert int((pixels == 0).all(axis=2).sum()) == 2 * TILE * TILE
