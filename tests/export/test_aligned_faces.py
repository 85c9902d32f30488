"""A workspace as a map-style dataset."""

import json
import pickle
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import portraitset as ps
from exports import COUNT, VALID, build_workspace


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_workspace(tmp_path_factory.mktemp("built"))


def test_items_are_the_crops_with_their_facts(built: Path) -> None:
    faces = ps.AlignedFaces(built)
    manifest = json.loads((built.parent / "dataset.json").read_text())
    assert len(faces) == COUNT
    for item in faces:
        with Image.open(built / "aligned" / item["name"]) as crop:
            assert np.array_equal(np.asarray(item["image"]), np.asarray(crop))
        assert item["url"] == manifest[item["name"]]["image_url"]
        assert item["landmarks"] == manifest[item["name"]]["landmarks"]
        assert item["split"] == ("val" if item["name"] in VALID else "train")


def test_pictures_may_be_written_to(built: Path) -> None:
    image = ps.AlignedFaces(built)[0]["image"]
    assert isinstance(image, np.ndarray)
    image[:] = 0
    assert np.asarray(ps.AlignedFaces(built)[0]["image"]).any()


def test_one_split_and_a_transform(built: Path) -> None:
    faces = ps.AlignedFaces(built, split="val", transform=np.shape)
    assert [(item["name"], item["image"]) for item in faces] == [(n, (64, 64, 3)) for n in VALID]
    with pytest.raises(ps.InputError, match="no aligned face of split 'tset'"):
        ps.AlignedFaces(built, split="tset")


def test_indices_are_those_of_a_sequence(built: Path) -> None:
    faces = ps.AlignedFaces(built)
    assert faces[-1]["name"] == faces[COUNT - 1]["name"]
    with pytest.raises(IndexError):
        faces[COUNT]


def test_pickled_it_works_in_another_process_and_asks_for_no_torch(built: Path) -> None:
    code = "import pickle, sys; faces = pickle.loads(sys.stdin.buffer.read());"
    code += " print(faces[2]['name'], len(faces), 'torch' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code],
        input=pickle.dumps(ps.AlignedFaces(built)),
        capture_output=True,
        check=True,
    )
    assert done.stdout.decode().split() == ["00002.png", str(COUNT), "False"]


def test_damaged_crop_is_named(built: Path) -> None:
    faces = ps.AlignedFaces(built)
    path = built / "aligned" / "00006.png"
    whole = path.read_bytes()
    path.write_bytes(whole[:100])
    try:
        with pytest.raises(ps.InputError, match=r"00006\.png"):
            faces[6]
    finally:
        path.write_bytes(whole)
