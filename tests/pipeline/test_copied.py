"""A workspace that was copied without its files' times is whole, by the content of its files."""

import json
import os
import shutil
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from datasets import Dataset, contents, plain_dataset, quick
from portraitset import AlignedFaces, build
from portraitset.cli import run
from portraitset.demo.origin import Origin

FACES = 3


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("made")
    dataset: Dataset = plain_dataset(FACES)
    with Origin(dataset.routes) as origin:
        report = build(dataset.write(folder), folder / "w", recipe=quick(origin.url))
    assert report.succeeded
    yield folder


def by_cp(source: Path, goal: Path) -> None:
    shutil.copytree(source, goal, copy_function=shutil.copy)


def by_zip(source: Path, goal: Path) -> None:
    archive = shutil.make_archive(str(goal), "zip", source)
    with zipfile.ZipFile(archive) as packed:
        packed.extractall(goal)


def without_times(copy: Callable[[Path, Path], None], source: Path, goal: Path) -> Path:
    copy(source, goal)
    for path in goal.rglob("*"):
        if path.is_file():
            os.utime(path, (1_600_000_000, 1_600_000_000))
    return goal


@pytest.fixture
def copied(made: Path, tmp_path: Path) -> Path:
    return without_times(by_cp, made / "w", tmp_path / "copied")


def test_unzipped_workspace_is_whole(made: Path, tmp_path: Path) -> None:
    unzipped = without_times(by_zip, made / "w", tmp_path / "unzipped")
    assert len(AlignedFaces(unzipped)) == FACES


@pytest.mark.parametrize(
    "command",
    [
        ["export", "folder", "-o", "out"],
        ["curate"],
        ["report", "-o", "out.html"],
        ["teaser", "-o", "out.png"],
        ["release", "-o", "out"],
        ["lock", "-o", "out.json"],
        ["verify"],
    ],
    ids=lambda command: str(command[0]),
)
def test_whatever_needs_its_crops_has_them(
    command: list[str], copied: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run([*command, "-w", str(copied)]) == 0


def test_export_and_training_hand_on_every_face(copied: Path, tmp_path: Path) -> None:
    assert run(["export", "folder", "-w", str(copied), "-o", str(tmp_path / "out")]) == 0
    assert len(list((tmp_path / "out").rglob("*.png"))) == FACES
    assert len(AlignedFaces(copied)) == FACES


def test_crop_of_other_pixels_is_not_taken_for_a_copy(copied: Path) -> None:
    crops = sorted((copied / "aligned").iterdir())
    data = bytearray(crops[0].read_bytes())
    data[len(data) // 2] ^= 1
    crops[0].write_bytes(data)
    assert len(AlignedFaces(copied)) == FACES - 1


def test_status_says_what_is_the_matter_and_align_mends_it_without_a_server(
    copied: Path, made: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["status", "-w", str(copied), "--json"]) == 0
    faces = json.loads(capsys.readouterr().out)["faces"]
    assert all("its file's time is not the one recorded" in face["detail"] for face in faces)
    before = contents(copied / "aligned")
    manifest = made / "dataset.json"
    assert run(["align", str(manifest), "-w", str(copied), "--size", "64"]) == 0
    assert contents(copied / "aligned") == before, "not cut anew"
    capsys.readouterr()
    assert run(["status", "-w", str(copied), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["states"] == {"aligned": FACES}


def test_originals_without_crops_can_be_locked(
    copied: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.rmtree(copied / "aligned")
    lock = ["lock", "-w", str(copied), "-o", str(tmp_path / "lock.json"), "--json"]
    assert run(lock) == 0
    assert json.loads(capsys.readouterr().out)["originals"] == FACES
    original = next((copied / "raw").iterdir())
    original.write_bytes(bytes(original.stat().st_size))
    assert run(lock) == 0
    assert json.loads(capsys.readouterr().out)["originals"] == FACES - 1
