"""Faces that people moved, added or deleted: each run goes by them, and each ends in one state."""

import json
from pathlib import Path

import pytest

from datasets import Dataset, plain_dataset, quick
from portraitset import build
from portraitset.cli import run as command
from portraitset.curate.holdings import holdings_of
from portraitset.demo.origin import Origin
from portraitset.errors import State
from portraitset.landmarks import Landmarks
from portraitset.manifest import Manifest, parse_manifest
from portraitset.pipeline.edited_faces import edited
from portraitset.pipeline.last_run import given_manifest
from portraitset.pipeline.run import retry, run, status
from portraitset.workspace.decisions import add_face, append_decisions, decide
from portraitset.workspace.edits import Added, Edits
from portraitset.workspace.layout import folders_of

MOVED = Landmarks((45.0, 60.0), (80.0, 62.0), (53.0, 92.0), (76.0, 93.0))


@pytest.fixture
def dataset() -> Dataset:
    return plain_dataset(2)


def manifest_of(dataset: Dataset, tmp_path: Path) -> Manifest:
    path = dataset.write(tmp_path)
    return parse_manifest(path.read_bytes(), str(path))


def test_editing_twice_changes_no_more_than_once(dataset: Dataset, tmp_path: Path) -> None:
    manifest = manifest_of(dataset, tmp_path)
    photo = dataset.raw_name("00000.png")
    edits = Edits({"00000.png": MOVED}, {"new.png": Added(photo, MOVED)}, frozenset({"00001.png"}))
    once = edited(manifest, edits)
    assert [entry.name for entry in once.entries] == ["00000.png", "00001.png", "new.png"]
    assert {face.name: face.landmarks for face in once} == {"00000.png": MOVED, "new.png": MOVED}
    assert edited(once, edits) == once


def test_face_added_to_a_photo_that_is_not_here_is_told_and_left_out(
    dataset: Dataset, tmp_path: Path
) -> None:
    manifest = manifest_of(dataset, tmp_path)
    found = edited(manifest, Edits(added={"new.png": Added("elsewhere.jpg", MOVED)}))
    assert found.entries == manifest.entries
    assert [note.subject for note in found.notes] == [
        *(n.subject for n in manifest.notes),
        "new.png",
    ]


def test_added_face_that_was_moved_and_deleted_is_no_entry(
    dataset: Dataset, tmp_path: Path
) -> None:
    manifest = manifest_of(dataset, tmp_path)
    new = {"new.png": Added(dataset.raw_name("00000.png"), MOVED)}
    assert edited(manifest, Edits({"new.png": MOVED}, new, frozenset({"new.png"}))) == manifest


def test_run_cuts_what_was_added_and_sets_aside_what_was_deleted(
    dataset: Dataset, tmp_path: Path
) -> None:
    manifest, folders = dataset.write(tmp_path), folders_of(tmp_path / "w")
    with Origin(dataset.routes) as origin:
        recipe = quick(origin.url)
        build(manifest, tmp_path / "w", recipe=recipe)
        before = (folders.aligned / "00001.png").read_bytes()
        new = add_face(dataset.raw_name("00000.png"), MOVED, "Ada")
        gone = decide("00001.png", "delete", "Ada")
        append_decisions(folders.state, [new, gone])
        assert [s.state for s in status(folders).standings] == [State.ALIGNED] * 2  # until a run

        report = run("align", manifest, folders, recipe)
        assert report.succeeded
        states = {each.name: (each.state, each.reason) for each in report.standings}
        assert states == {
            "00000.png": (State.ALIGNED, None),
            "00001.png": (State.INVALID, "deleted"),
            new.face: (State.ALIGNED, None),
        }
        assert sorted(path.name for path in folders.aligned.iterdir()) == ["00000.png", new.face]
        assert (folders.state / "aside/aligned/00001.png").read_bytes() == before
        assert [held.name for held in holdings_of(folders).faces] == ["00000.png", new.face]
        assert [face.name for face in given_manifest(folders)] == ["00000.png", "00001.png"]

        append_decisions(
            folders.state,
            [decide(item.face, "undo", "Ada", undoes=item.id) for item in (new, gone)],
        )
        assert run("align", manifest, folders, recipe).succeeded
        names = [each.name for each in status(folders).standings]
        assert names == ["00000.png", "00001.png"]
        assert (folders.aligned / "00001.png").read_bytes() == before
        assert not (folders.state / "manifest-as-given.json").exists()


def test_retry_goes_by_what_was_decided_since(dataset: Dataset, tmp_path: Path) -> None:
    manifest, folders = dataset.write(tmp_path), folders_of(tmp_path / "w")
    with Origin(dataset.routes) as origin:
        recipe = quick(origin.url)
        gone = decide("00001.png", "delete", "Ada")
        folders.state.mkdir(parents=True)
        append_decisions(folders.state, [gone])
        build(manifest, tmp_path / "w", recipe=recipe)
        assert not (folders.aligned / "00001.png").exists()
        append_decisions(folders.state, [decide("00001.png", "undo", "Ada", undoes=gone.id)])
        assert retry(frozenset({"timeout"}), folders, recipe).succeeded
    assert (folders.aligned / "00001.png").is_file()


def test_removal_of_a_photo_takes_its_added_and_its_deleted_faces_along(
    tmp_path: Path,
) -> None:
    dataset = Dataset()
    for number in range(2):
        dataset.add(f"portrait-{number}", asset=f"000/000/00{number}")
    manifest, folders = dataset.write(tmp_path), folders_of(tmp_path / "w")
    photo, url = dataset.raw_name("00000.png"), str(dataset.entries["00000.png"]["image_url"])
    with Origin(dataset.routes) as origin:
        build(manifest, tmp_path / "w", recipe=quick(origin.url))
        built, later = (add_face(photo, MOVED, "Ada") for _ in range(2))
        append_decisions(folders.state, [built, decide("00000.png", "delete", "Ada", "a hat")])
        run("align", manifest, folders, quick(origin.url))
        append_decisions(folders.state, [later])
    assert command(["remove", "-w", str(tmp_path / "w"), "--url", url, "--no-looks"]) == 0
    left = [path for path in (tmp_path / "w").rglob("*") if path.is_file()]
    for path in left:
        if path.name != "removals.jsonl":
            data = path.read_bytes()
            assert photo.encode() not in data, path
            assert built.face.encode() not in data or path.name == "manifest.json", path
            assert later.face.encode() not in data, path
    assert json.loads((folders.state / "manifest.json").read_text())["00000.png"] == {
        "removed": True
    }
    states = {each.name: each.state for each in status(folders).standings}
    assert states["00000.png"] is State.REMOVED and states["00001.png"] is State.ALIGNED
