"""Originals at hand: placed, verified, recorded and taken out like any other; no network."""

import json
import os
import shutil
from hashlib import sha256
from pathlib import Path

import pytest

from datasets import POINTS, draw, encoded
from portraitset.align.settings import CropSettings
from portraitset.cli import run as cli
from portraitset.download.settings import DownloadSettings
from portraitset.errors import State
from portraitset.manifest.lock import write_lock
from portraitset.pipeline import run as pipeline
from portraitset.pipeline.linkrot import link_rot
from portraitset.pipeline.recipe import Recipe
from portraitset.pipeline.run import Report
from portraitset.pipeline.survey import Goal
from portraitset.pipeline.verification import make_lock
from portraitset.workspace.layout import Folders, folders_of

PATHS = ("one.jpg", "Frans Hals/two #2 100%.png", "Frans Hals/one.jpg")


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever would ask a server fails."""

    def refuse(*_: object) -> None:
        raise AssertionError("a server was to be asked")

    monkeypatch.setattr("portraitset.download.client.Client.fetch", refuse)


@pytest.fixture
def here(tmp_path: Path) -> Path:
    """A folder with a manifest and three pictures."""
    for number, path in enumerate(PATHS):
        target = tmp_path / "set" / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(encoded(draw(number), "PNG" if path.endswith("png") else "JPEG"))
    write_manifest(tmp_path / "set")
    return tmp_path


def write_manifest(folder: Path) -> None:
    lines: list[dict[str, object]] = [
        {"portraitset-manifest": 1, "schema": "aahq", "faces": len(PATHS)}
    ]
    for number, path in enumerate(PATHS):
        digest = sha256((folder / path).read_bytes()).hexdigest()
        face = {"face": f"{number}.png", "path": path, "sha256": digest}
        lines.append({**face, "landmarks": POINTS})
    text = "".join(json.dumps(line) + "\n" for line in lines)
    (folder / "mine.jsonl").write_text(text, encoding="ascii")


def go(here: Path, goal: Goal = "build", **changes: object) -> Report:
    recipe = Recipe(crop=CropSettings(size=64), workers=1, **changes)  # type: ignore[arg-type]
    return pipeline.run(goal, here / "set" / "mine.jsonl", folders(here), recipe)


def folders(here: Path) -> Folders:
    return folders_of(here / "w")


def states(report: Report) -> list[tuple[str, str | None]]:
    return [(standing.state, standing.reason) for standing in report.standings]


def raw(here: Path, number: int) -> Path:
    return here / "w" / "raw" / PATHS[number].replace("/", "_")


ALIGNED = [("aligned", None)] * 3


@pytest.mark.parametrize("goal", ["build", "align"])
def test_pictures_of_a_folder_become_crops(here: Path, goal: Goal) -> None:
    report = go(here, goal)
    assert report.succeeded
    assert states(report) == ALIGNED
    assert len(list((here / "w" / "aligned").iterdir())) == 3
    assert "Nobody has stated" in (here / "w" / "NOTICE").read_text()


def test_download_places_and_verifies(here: Path) -> None:
    assert states(go(here, "download")) == [("fetched", None)] * 3
    assert states(go(here, "align")) == ALIGNED


def test_they_are_linked_or_copied(here: Path) -> None:
    go(here)
    assert raw(here, 1).samefile(here / "set" / PATHS[1])
    shutil.rmtree(here / "w")
    go(here, place="copy")
    assert not raw(here, 1).samefile(here / "set" / PATHS[1])
    assert raw(here, 1).read_bytes() == (here / "set" / PATHS[1]).read_bytes()


def test_they_are_copied_where_no_link_can_be(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(18, "Invalid cross-device link")

    monkeypatch.setattr(os, "link", refuse)
    assert states(go(here)) == ALIGNED
    assert not raw(here, 0).samefile(here / "set" / PATHS[0])


def test_a_second_run_does_nothing(here: Path) -> None:
    go(here)
    before = {path: path.stat().st_mtime_ns for path in (here / "w" / "aligned").iterdir()}
    report = go(here)
    assert report.tally.due == 0
    assert {path: path.stat().st_mtime_ns for path in (here / "w" / "aligned").iterdir()} == before


def test_the_folder_may_be_elsewhere_and_retry_remembers_it(here: Path) -> None:
    (here / "set").rename(here / "pictures")
    (here / "set").mkdir()
    shutil.copy(here / "pictures" / "mine.jsonl", here / "set")
    (here / "pictures" / PATHS[0]).rename(here / "kept")
    report = go(here, originals=here / "pictures")
    assert states(report)[0] == ("unavailable", "missing")
    assert "one.jpg" in (report.standings[0].detail or "")
    (here / "kept").rename(here / "pictures" / PATHS[0])
    again = pipeline.retry(frozenset(["missing"]), folders(here), Recipe(workers=1))
    assert states(again) == ALIGNED


def test_a_missing_file_is_sought_again_by_every_run(here: Path) -> None:
    (here / "set" / PATHS[0]).rename(here / "kept")
    assert states(go(here))[0] == ("unavailable", "missing")
    (here / "kept").rename(here / "set" / PATHS[0])
    assert states(go(here)) == ALIGNED


def test_another_picture_under_the_name_is_changed_and_not_used(here: Path) -> None:
    (here / "set" / PATHS[0]).write_bytes(encoded(draw(9)))
    report = go(here)
    assert states(report) == [("failed", "changed"), *ALIGNED[1:]]
    assert "sha256" in (report.standings[0].detail or "")
    assert not raw(here, 0).exists()


def test_a_stranger_in_raw_is_set_aside(here: Path) -> None:
    raw(here, 0).parent.mkdir(parents=True)
    raw(here, 0).write_bytes(encoded(draw(9)))
    assert states(go(here)) == ALIGNED
    assert raw(here, 0).read_bytes() == (here / "set" / PATHS[0]).read_bytes()
    assert list((here / "w" / ".portraitset" / "aside").rglob("one.jpg"))


def test_a_picture_that_is_edited_later_is_told(here: Path) -> None:
    """A hard link shares its content: the workspace sees the edit, too, and does not use it."""
    go(here)
    (here / "set" / PATHS[0]).write_bytes(encoded(draw(9)))
    report = go(here)
    assert states(report)[0][0] == "aligned"  # the crop is still what it was
    changed = CropSettings(size=32)
    report = pipeline.run(
        "build", here / "set" / "mine.jsonl", folders(here), Recipe(crop=changed, workers=1)
    )
    assert states(report) == [("failed", "changed"), *ALIGNED[1:]]


def test_what_is_no_file_or_too_large_is_told(here: Path) -> None:
    (here / "set" / PATHS[0]).unlink()
    os.mkfifo(here / "set" / PATHS[0])
    size = (here / "set" / PATHS[1]).stat().st_size
    report = go(here, download=DownloadSettings(max_bytes=size - 1))
    assert states(report)[:2] == [("unavailable", "missing"), ("failed", "too-large")]


def test_damaged_and_other_files_end_as_they_would_from_a_server(here: Path) -> None:
    (here / "set" / PATHS[0]).write_bytes(b"no picture")
    (here / "set" / PATHS[1]).write_bytes((here / "set" / PATHS[1]).read_bytes()[:-2000])
    write_manifest(here / "set")
    report = go(here)
    assert [reason for _, reason in states(report)] == ["not-an-image", "truncated", None]
    assert go(here).tally.due == 0


def test_a_removal_takes_it_out_of_the_workspace_and_keeps_it_out(here: Path) -> None:
    go(here)
    digest = sha256((here / "set" / PATHS[0]).read_bytes()).hexdigest()
    assert cli(["remove", "-w", str(here / "w"), "--digest", digest]) == 0
    assert not raw(here, 0).exists()
    assert (here / "set" / PATHS[0]).exists()
    report = go(here)
    assert report.standings[0].state is State.REMOVED
    assert not raw(here, 0).exists()


def test_a_lock_holds_for_them(here: Path) -> None:
    go(here)
    lock = make_lock(folders(here), 1)
    assert b"local:" in write_lock(lock)
    shutil.rmtree(here / "w")
    assert states(go(here, lock=lock)) == ALIGNED


def test_no_address_of_theirs_can_rot(here: Path) -> None:
    go(here)
    assert link_rot(folders(here)).total == 0
    assert go(here, revalidate=True).succeeded
