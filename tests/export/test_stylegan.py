"""StyleGAN's zip, read as its training code reads it: sorted names, Pillow, labels by name."""

import io
import json
import zipfile
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from datasets import plain_dataset, quick
from exports import COUNT, VALID, crops, exported
from portraitset import CropSettings, build
from portraitset.attribution.licence import LICENCE_FILES
from portraitset.demo.origin import Origin
from portraitset.errors import InputError


def trained_on(path: Path) -> tuple[list[npt.NDArray[np.uint8]], list[object] | None]:
    """Pictures as uint8 (3, side, side), and their labels: by the rules that training relies on."""
    Image.init()
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        names = sorted(
            name for name in archive.namelist() if Path(name).suffix.lower() in Image.EXTENSION
        )
        pictures = [np.asarray(Image.open(io.BytesIO(archive.read(name)))) for name in names]
        assert all(archive.getinfo(name).compress_type == zipfile.ZIP_STORED for name in names)
        labels = json.loads(archive.read("dataset.json"))["labels"]
    shapes = {picture.shape for picture in pictures}
    assert len(shapes) == 1, "all of one size"
    (shape,) = shapes
    assert shape[0] == shape[1] == 1 << (shape[0].bit_length() - 1)
    assert shape[2] == 3
    ordered = None if labels is None else [dict(labels)[name] for name in names]
    return [picture.transpose(2, 0, 1) for picture in pictures], ordered


def test_training_reads_every_picture(built: Path, tmp_path: Path) -> None:
    exported(built, tmp_path / "faces.zip", "stylegan")
    pictures, labels = trained_on(tmp_path / "faces.zip")
    assert labels is None
    with zipfile.ZipFile(tmp_path / "faces.zip") as archive:
        stored = [archive.read(f"00000/img{number:08d}.png") for number in range(COUNT)]
        assert set(LICENCE_FILES) <= set(archive.namelist())
        lines = [json.loads(line) for line in archive.read("faces.jsonl").splitlines()]
    assert sorted(stored) == sorted(crops(built).values())
    assert [crops(built)[line["name"]] for line in lines] == stored
    assert len(pictures) == COUNT


@pytest.mark.parametrize(
    ("field", "expected"), [("split", [0] * 5 + [1] * 2), ("artist", [0, 1, 0, 1, 0, 2, 2])]
)
def test_labels_are_classes_of_a_field(
    built: Path, tmp_path: Path, field: str, expected: list[int]
) -> None:
    exported(built, tmp_path / "faces.zip", "stylegan", labels=field)
    _, labels = trained_on(tmp_path / "faces.zip")
    assert labels == expected


def test_label_that_a_face_lacks_is_bad_input(built: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"00000\.png has no text or whole number in 'style'"):
        exported(built, tmp_path / "faces.zip", "stylegan", labels="style")


def test_folder_holds_a_zip_for_each_size(built: Path, tmp_path: Path) -> None:
    exported(built, tmp_path / "out", "stylegan", 64, 32)
    for size in (64, 32):
        pictures, _ = trained_on(tmp_path / "out" / f"dataset-{size}.zip")
        assert {picture.shape for picture in pictures} == {(3, size, size)}
    assert set(LICENCE_FILES) <= {path.name for path in (tmp_path / "out").iterdir()}
    with pytest.raises(InputError, match="one size"):
        exported(built, tmp_path / "out.zip", "stylegan", 64, 32)


def test_sides_that_are_no_power_of_two_are_refused(built: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="--size 32"):
        exported(built, tmp_path / "faces.zip", "stylegan", 48)
    assert not list(tmp_path.iterdir())


def test_crop_that_is_no_square_is_named(tmp_path: Path) -> None:
    dataset = plain_dataset(2)
    with Origin(dataset.routes) as origin:
        build(
            dataset.write(tmp_path), tmp_path / "w", recipe=quick(origin.url, crop=CropSettings(64))
        )
    path = tmp_path / "w" / "aligned" / "00001.png"
    spoil(tmp_path / "w", path)
    with pytest.raises(InputError, match=r"00001\.png is no square, but 64 x 32"):
        exported(tmp_path / "w", tmp_path / "faces.zip", "stylegan")
    assert not (tmp_path / "faces.zip").exists()


def spoil(workspace: Path, path: Path) -> None:
    """Put another picture in a crop's place, and let the ledger think that it is the one."""
    import sqlite3
    from contextlib import closing

    Image.new("RGB", (64, 32)).save(path)
    stat = path.stat()
    with closing(sqlite3.connect(workspace / ".portraitset" / "ledger.sqlite")) as ledger, ledger:
        ledger.execute(
            "UPDATE faces SET byte_count = ?, mtime_ns = ? WHERE name = ?",
            (stat.st_size, stat.st_mtime_ns, path.name),
        )


def test_labels_of_split_follow_the_manifests_order_within_it(built: Path, tmp_path: Path) -> None:
    exported(built, tmp_path / "faces.zip", "stylegan")
    with zipfile.ZipFile(tmp_path / "faces.zip") as archive:
        names = [json.loads(line)["name"] for line in archive.read("faces.jsonl").splitlines()]
    train = [f"{number:05d}.png" for number in range(COUNT) if f"{number:05d}.png" not in VALID]
    assert names == [*train, *VALID]
