"""The LMDB that stylegan2-pytorch trains on, read with lmdb by the keys that it uses."""

import io
import json
from pathlib import Path

import pytest
from PIL import Image

from exports import COUNT, crops, exported

lmdb = pytest.importorskip("lmdb", reason="needs portraitset[lmdb]")


def trained_on(folder: Path, size: int) -> list[bytes]:
    """Pictures of one size, by index; `length` says how many."""
    with (
        lmdb.open(str(folder), readonly=True, lock=False, max_readers=32) as database,
        database.begin(write=False) as transaction,
    ):
        count = int(transaction.get(b"length").decode("utf-8"))
        keys = [f"{size}-{str(index).zfill(5)}".encode() for index in range(count)]
        assert transaction.get(f"{size}-{str(count).zfill(5)}".encode()) is None
        return [transaction.get(key) for key in keys]


def test_training_reads_every_picture_of_each_size(built: Path, tmp_path: Path) -> None:
    exported(built, tmp_path / "out", "lmdb", 64, 32)
    lines = [
        json.loads(line) for line in (tmp_path / "out" / "faces.jsonl").read_text().split("\n")[:-1]
    ]
    names = [line["name"] for line in lines if line["size"] == 64]
    assert trained_on(tmp_path / "out", 64) == [crops(built)[name] for name in names]
    small = trained_on(tmp_path / "out", 32)
    assert len(small) == COUNT
    for data in small:
        with Image.open(io.BytesIO(data)) as image:
            assert (image.size, image.mode) == ((32, 32), "RGB")


def test_no_lock_file_is_handed_on(built: Path, tmp_path: Path) -> None:
    exported(built, tmp_path / "out", "lmdb")
    assert not (tmp_path / "out" / "lock.mdb").exists()
