"""Thumbnails: small, in sRGB, registered before they are made, and gone with their face."""

import io
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageCms

from datasets import plain_dataset, quick
from portraitset import build
from portraitset.curate.holdings import Holdings, holdings_of
from portraitset.demo.origin import Origin
from portraitset.errors import WorkspaceError
from portraitset.pages.thumbnails import (
    KIND,
    SIDE,
    Thumbnails,
    ThumbnailTask,
    make_all,
    make_thumbnails,
    thumbnail_of,
    without,
)
from portraitset.workspace.layout import folders_of
from portraitset.workspace.lineage import Lineage


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made")
    dataset = plain_dataset(4)
    with Origin(dataset.routes) as origin:
        build(dataset.write(folder), folder / "w", recipe=quick(origin.url))
    return folder / "w"


@pytest.fixture
def holdings(made: Path, tmp_path: Path) -> Holdings:
    """Those of a copy to do harm to."""
    return holdings_of(folders_of(Path(shutil.copytree(made, tmp_path / "w"))))


def files(thumbnails: Thumbnails) -> set[Path]:
    return {path for path in thumbnails.folder.rglob("*") if path.is_file()}


def test_each_face_gets_a_small_picture_of_its_crop(holdings: Holdings) -> None:
    steps: list[int] = []
    thumbnails = make_all(holdings, 1, steps.append)
    assert sum(steps) == 4
    assert files(thumbnails) == {thumbnails.path_of(held) for held in holdings.faces}
    for held in holdings.faces:
        with Image.open(io.BytesIO(thumbnails.get(held))) as small, Image.open(held.crop) as crop:
            assert (small.format, small.mode, small.size) == ("JPEG", "RGB", (SIDE, SIDE))
            shrunk = np.asarray(crop.resize(small.size), np.float64)
            assert np.abs(np.asarray(small) - shrunk).mean() < 6


def test_what_is_there_is_not_made_again(holdings: Holdings) -> None:
    thumbnails = make_all(holdings, 1)
    stamps = {path: path.stat().st_mtime_ns for path in files(thumbnails)}
    make_all(holdings, 1)
    assert stamps == {path: path.stat().st_mtime_ns for path in files(thumbnails)}


def test_single_one_is_made_when_it_is_asked_for(holdings: Holdings) -> None:
    thumbnails = Thumbnails(holdings.folders)
    thumbnails.claim(holdings.faces)
    assert not files(thumbnails)
    thumbnails.get(holdings.faces[0])
    assert files(thumbnails) == {thumbnails.path_of(holdings.faces[0])}


def test_lineage_knows_of_a_thumbnail_before_it_is_there(holdings: Holdings) -> None:
    thumbnails = Thumbnails(holdings.folders)
    thumbnails.claim(holdings.faces)
    with Lineage.open(holdings.folders.state) as lineage:
        (output,) = lineage.outputs(KIND)
        members = lineage.members(output.path)
    assert output.finished
    places = {thumbnails.folder / member.place for member in members}
    assert places == {thumbnails.path_of(held) for held in holdings.faces}


def test_removed_face_leaves_no_byte(holdings: Holdings) -> None:
    thumbnails = make_all(holdings, 1)
    gone, *rest = holdings.faces
    leftover = thumbnails.path_of(gone).with_name(f"{thumbnails.path_of(gone).name}.1234.part")
    leftover.write_bytes(b"half of it")
    with Lineage.open(holdings.folders.state) as lineage:
        (output,) = lineage.outputs(KIND)
    without(holdings, output, frozenset([gone.name]))
    assert files(thumbnails) == {thumbnails.path_of(held) for held in rest}
    with Lineage.open(holdings.folders.state) as lineage:
        members = lineage.members(output.path)
    assert {member.face for member in members} == {held.name for held in rest}


def test_thumbnail_of_a_face_that_is_no_longer_held_is_dropped(holdings: Holdings) -> None:
    thumbnails = make_all(holdings, 1)
    thumbnails.claim(holdings.faces[1:])
    assert files(thumbnails) == {thumbnails.path_of(held) for held in holdings.faces[1:]}


def test_crop_that_is_gone_stops_nothing_and_leaves_nothing(holdings: Holdings) -> None:
    gone, *rest = holdings.faces
    gone.crop.unlink()
    thumbnails = make_all(holdings, 1)
    assert files(thumbnails) == {thumbnails.path_of(held) for held in rest}
    with pytest.raises(WorkspaceError):
        thumbnails.get(gone)


def test_damaged_crop_is_left_out(holdings: Holdings) -> None:
    holdings.faces[0].crop.write_bytes(b"no picture")
    target = Thumbnails(holdings.folders).path_of(holdings.faces[0])
    assert make_thumbnails((ThumbnailTask(holdings.faces[0].crop, target),)) == 0
    assert not target.exists()


def test_colours_are_those_of_the_profile() -> None:
    grey = np.full((64, 64, 3), 128, np.uint8)
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    same = np.asarray(Image.open(io.BytesIO(thumbnail_of(grey, srgb))))
    assert np.abs(same.astype(int) - 128).max() <= 1
    damaged = np.asarray(Image.open(io.BytesIO(thumbnail_of(grey, b"no profile"))))
    assert np.array_equal(damaged, same)
