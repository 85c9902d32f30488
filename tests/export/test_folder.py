"""Plain files and their lines."""

import json
from pathlib import Path

import pytest
from PIL import Image

from exports import COUNT, VALID, crops, exported, tree
from portraitset.attribution.licence import LICENCE_FILES
from portraitset.errors import InputError


def test_pictures_are_the_crops_very_bytes(built: Path, tmp_path: Path) -> None:
    made = exported(built, tmp_path / "out", "folder")
    files = {path.name: path.read_bytes() for path in (tmp_path / "out").glob("*.png")}
    assert files == crops(built)
    assert (made.faces, made.unchanged) == ({"train": 5, "val": 2}, COUNT)


def test_each_line_says_what_its_picture_is(built: Path, tmp_path: Path) -> None:
    exported(built, tmp_path / "out", "folder")
    lines = (tmp_path / "out" / "faces.jsonl").read_text().splitlines()
    rows = {row["name"]: row for row in map(json.loads, lines)}
    assert len(lines) == len(rows) == COUNT
    manifest = json.loads((built.parent / "dataset.json").read_text())
    digests = tree(tmp_path / "out")
    for name, row in rows.items():
        assert row["url"] == manifest[name]["image_url"]
        assert row["landmarks"] == manifest[name]["landmarks"]
        assert row["split"] == ("val" if name in VALID else "train")
        assert row["sha256"] == digests[row["file_name"]]


def test_resized_pictures_are_lanczos_of_the_crop(built: Path, tmp_path: Path) -> None:
    made = exported(built, tmp_path / "out", "folder", 32)
    assert made.unchanged == 0
    for path in (tmp_path / "out").glob("*.png"):
        with Image.open(path) as small, Image.open(built / "aligned" / path.name) as crop:
            expected = crop.resize((32, 32), Image.Resampling.LANCZOS)
            assert small.tobytes() == expected.tobytes()


def test_several_sizes_and_a_new_format_come_from_one_call(built: Path, tmp_path: Path) -> None:
    exported(built, tmp_path / "out", "folder", 64, 16, image_format="jpeg")
    for size in (64, 16):
        folder = tmp_path / "out" / str(size)
        pictures = list(folder.glob("*.jpg"))
        assert len(pictures) == COUNT
        for path in pictures:
            with Image.open(path) as image:
                assert (image.format, image.size) == ("JPEG", (size, size))
        assert set(LICENCE_FILES) <= {path.name for path in folder.iterdir()}
    assert set(LICENCE_FILES) <= {path.name for path in (tmp_path / "out").iterdir()}


def test_one_split_can_be_handed_on_alone(built: Path, tmp_path: Path) -> None:
    exported(built, tmp_path / "out", "folder", split="val")
    assert {path.name for path in (tmp_path / "out").glob("*.png")} == set(VALID)
    with pytest.raises(InputError, match="no aligned face of split 'tset'"):
        exported(built, tmp_path / "other", "folder", split="tset")


def test_pictures_are_never_blown_up(built: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="64 pixels a side"):
        exported(built, tmp_path / "out", "folder", 128)
