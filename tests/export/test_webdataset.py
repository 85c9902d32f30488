"""WebDataset shards, as the webdataset library reads them."""

import gc
import json
import os
import tarfile
from pathlib import Path

import pytest

from datasets import Dataset, quick
from exports import COUNT, crops, exported
from portraitset import CropSettings, build
from portraitset.demo.origin import Origin

pytestmark = pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning")  # the library's
webdataset = pytest.importorskip("webdataset", reason="needs portraitset[webdataset]")


@pytest.fixture(autouse=True)
def inside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The library takes a path for an address: a `#` in a folder's name would cut it short."""
    monkeypatch.chdir(tmp_path)


def samples(*shards: Path) -> list[dict[str, bytes]]:
    names = [os.path.relpath(path) for path in shards]
    found = list(webdataset.WebDataset(names, shardshuffle=False))
    gc.collect()  # the files that the library leaves open are closed while we know of them
    return found


def test_library_reads_every_sample(built: Path, tmp_path: Path) -> None:
    exported(built, tmp_path / "out", "webdataset")
    shards = sorted((tmp_path / "out").glob("*.tar"))
    assert [path.name for path in shards] == [
        "train-000000.tar",
        "train-000001.tar",
        "train-000002.tar",
        "val-000000.tar",
    ]
    found = {json.loads(sample["json"])["name"]: sample for sample in samples(*shards)}
    assert {name: sample["png"] for name, sample in found.items()} == crops(built)
    assert all(sample["__key__"] == name[:5] for name, sample in found.items())


def test_library_decodes_by_the_documented_line(built: Path, tmp_path: Path) -> None:
    exported(built, tmp_path / "out", "webdataset")
    shards = os.path.relpath(tmp_path / "out" / "train-{000000..000002}.tar")
    faces = webdataset.WebDataset(shards, shardshuffle=False).decode("pil").to_tuple("png", "json")
    sizes = [(image.size, image.mode, facts["split"]) for image, facts in faces]
    gc.collect()
    assert sizes == [((64, 64), "RGB", "train")] * 5


def test_shards_are_plain_and_hold_no_time_and_no_owner(built: Path, tmp_path: Path) -> None:
    exported(built, tmp_path / "out", "webdataset")
    for path in (tmp_path / "out").glob("*.tar"):
        assert path.read_bytes()[257:265] == b"ustar\x0000"
        with tarfile.open(path) as tar:
            for member in tar:
                assert (member.mtime, member.uid, member.uname) == (0, 0, "portraitset")


def test_names_with_dots_and_of_other_case_are_samples_of_their_own(tmp_path: Path) -> None:
    dataset = Dataset()
    for number in range(4):
        dataset.add(f"portrait-{number}")
    names = ["v1.0 a.png", "v1.1 a.png", "Face.png", "face.png"]
    dataset.entries = dict(zip(names, dataset.entries.values(), strict=True))
    with Origin(dataset.routes) as origin:
        build(
            dataset.write(tmp_path), tmp_path / "w", recipe=quick(origin.url, crop=CropSettings(64))
        )
    exported(tmp_path / "w", tmp_path / "out", "webdataset", shard_size=10)
    found = samples(tmp_path / "out" / "train-000000.tar")
    assert [json.loads(sample["json"])["name"] for sample in found] == names
    assert len({str(sample["__key__"]).casefold() for sample in found}) == 4
    assert all("png" in sample for sample in found)
    assert len(crops(tmp_path / "w")) == 4


def test_lineage_knows_each_pictures_first_byte(built: Path, tmp_path: Path) -> None:
    from portraitset.workspace.lineage import Lineage

    exported(built, tmp_path / "out", "webdataset", image_format="jpeg")
    with Lineage.open(built / ".portraitset") as lineage:
        members = lineage.members(tmp_path / "out")
    assert len(members) == COUNT
    for member in members:
        shard = tmp_path / "out" / member.place.split("/")[0]
        offset = member.offset or 0
        assert shard.read_bytes()[offset : offset + 3] == b"\xff\xd8\xff"
