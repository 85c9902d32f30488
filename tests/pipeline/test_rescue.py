"""What is gone may come from elsewhere, on request: recorded, shown, and never mixed silently."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from datasets import Dataset, draw, encoded, quick
from portraitset.cli import run
from portraitset.demo.origin import Origin, picture, plain_status
from portraitset.download.settings import Rescue
from portraitset.errors import State
from portraitset.handoffs import Rescued, source_of
from portraitset.manifest.lock import Lock
from portraitset.pipeline.run import Report, retry, status
from portraitset.pipeline.run import run as run_pipeline
from portraitset.pipeline.survey import Goal
from portraitset.pipeline.verification import make_lock
from portraitset.workspace.layout import folders_of

BIG = draw(0, 130 * 8, 160 * 8)
"""The picture as its artist uploaded it; the exact address gives an eighth of it."""

EXACT = BIG.resize((130, 160), Image.Resampling.LANCZOS)
DOUBLE = BIG.resize((260, 320), Image.Resampling.LANCZOS)


def make() -> tuple[Dataset, str]:
    """A dataset of one face, and the path of its picture in twice the size."""
    dataset = Dataset()
    name = dataset.add("one", picture(encoded(EXACT, "PNG")))
    return dataset, dataset.route(name).replace("/large/", "/4k/")


def go(
    goal: Goal,
    dataset: Dataset,
    folder: Path,
    origin: Origin,
    rescue: Rescue = "sizes",
    lock: Lock | None = None,
) -> Report:
    recipe = replace(quick(origin.url, tries=1), rescue=rescue, lock=lock)
    return run_pipeline(goal, dataset.write(folder), folders_of(folder / "w"), recipe)


def known_and_lost(folder: Path) -> tuple[Dataset, str]:
    """A workspace that once verified the exact picture and has lost the file."""
    dataset, larger = make()
    with Origin(dataset.routes) as origin:
        go("download", dataset, folder, origin)
    (folder / "w" / "raw" / dataset.raw_name("00000.png")).unlink()
    dataset.routes[dataset.route("00000.png")] = plain_status(404)
    return dataset, larger


def crop(folder: Path) -> np.ndarray[tuple[int, ...], np.dtype[np.int16]]:
    with Image.open(folder / "w" / "aligned" / "00000.png") as image:
        return np.asarray(image).astype(np.int16)


def end(report: Report) -> tuple[State, str | None]:
    return report.standings[0].state, report.standings[0].reason


GONE = (State.UNAVAILABLE, "gone")
ALIGNED = (State.ALIGNED, None)


def test_larger_size_gives_the_same_crop_by_scaled_landmarks(tmp_path: Path) -> None:
    (tmp_path / "exact").mkdir()
    (tmp_path / "rescued").mkdir()
    dataset, _ = make()
    with Origin(dataset.routes) as origin:
        go("build", dataset, tmp_path / "exact", origin)
    dataset, larger = known_and_lost(tmp_path / "rescued")
    dataset.routes[larger] = picture(encoded(DOUBLE, "PNG"))
    with Origin(dataset.routes) as origin:
        report = go("build", dataset, tmp_path / "rescued", origin)
    assert end(report) == ALIGNED
    difference = np.abs(crop(tmp_path / "exact") - crop(tmp_path / "rescued"))
    assert difference.mean() < 4


def test_rescue_is_told_by_the_report_the_status_and_the_lock(tmp_path: Path) -> None:
    dataset, larger = known_and_lost(tmp_path)
    dataset.routes[larger] = picture(encoded(DOUBLE, "PNG"))
    with Origin(dataset.routes) as origin:
        report = go("build", dataset, tmp_path, origin)
        again = go("build", dataset, tmp_path, origin, rescue="off")
    folders = folders_of(tmp_path / "w")
    for standing in (report.standings[0], again.standings[0], status(folders).standings[0]):
        assert standing.detail is not None
        assert "/4k/one.jpg, landmarks scaled by 2" in standing.detail
    assert any("rescued from" in note.text for note in report.notes)
    original = make_lock(folders, 1).originals[0]
    assert (original.rescue or "").endswith("/4k/one.jpg")
    assert original.scale == 2
    assert original.exact_size == EXACT.size


def test_another_lab_gets_the_same_rescued_picture_by_the_lock(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    dataset, larger = known_and_lost(tmp_path)
    dataset.routes[larger] = picture(encoded(DOUBLE, "PNG"))
    with Origin(dataset.routes) as origin:
        go("build", dataset, tmp_path, origin)
        lock = make_lock(folders_of(tmp_path / "w"), 1)
        report = go("build", dataset, tmp_path / "other", origin, lock=lock)
    assert end(report) == ALIGNED
    assert make_lock(folders_of(tmp_path / "other" / "w"), 1) == lock


def test_it_is_off_by_default(tmp_path: Path) -> None:
    dataset, larger = known_and_lost(tmp_path)
    dataset.routes[larger] = picture(encoded(DOUBLE, "PNG"))
    with Origin(dataset.routes) as origin:
        assert end(go("build", dataset, tmp_path, origin, rescue="off")) == GONE
        assert not any(hit.path == larger for hit in origin.hits)
        asked_for = replace(quick(origin.url, tries=1), rescue="sizes")
        again = retry(frozenset({"gone"}), folders_of(tmp_path / "w"), asked_for)
        assert end(again) == ALIGNED


def test_other_shape_is_no_rescue(tmp_path: Path) -> None:
    dataset, larger = known_and_lost(tmp_path)
    dataset.routes[larger] = picture(encoded(DOUBLE.crop((0, 0, 260, 260)), "PNG"))
    with Origin(dataset.routes) as origin:
        report = go("build", dataset, tmp_path, origin)
    assert end(report) == GONE
    assert "another shape" in (report.standings[0].detail or "")


def test_size_that_nobody_knows_is_no_rescue(tmp_path: Path) -> None:
    dataset, larger = make()
    dataset.routes[dataset.route("00000.png")] = plain_status(404)
    dataset.routes[larger] = picture(encoded(DOUBLE, "PNG"))
    with Origin(dataset.routes) as origin:
        report = go("build", dataset, tmp_path, origin)
    assert end(report) == GONE
    assert "is not known" in (report.standings[0].detail or "")
    assert not any((tmp_path / "w" / "raw").iterdir())


def test_users_own_list_is_asked_and_recorded(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    dataset, _ = make()
    exact = str(dataset.entries["00000.png"]["image_url"])
    dataset.routes["/copies/1.png"] = dataset.routes[dataset.route("00000.png")]
    dataset.routes[dataset.route("00000.png")] = plain_status(404)
    listed = tmp_path / "substitutes.txt"
    listed.write_text(f"{exact} https://archive.example/copies/1.png\n")
    with Origin(dataset.routes) as origin:
        where = [str(dataset.write(tmp_path)), "-w", str(tmp_path / "w"), "--mirror", origin.url]
        hasty = ["--rate", "200", "--tries", "1", "--size", "64", "--workers", "1"]
        assert run(["build", *where, *hasty, "--rescue-from", str(listed)]) == 0
    detail = status(folders_of(tmp_path / "w")).standings[0].detail
    assert detail == "rescued from https://archive.example/copies/1.png"
    capsys.readouterr()
    assert run(["status", "--list", "-w", str(tmp_path / "w")]) == 0
    assert "rescued from" in capsys.readouterr().out.split("note:")[0]
    assert run(["build", *where, "--rescue-from", str(tmp_path / "none.txt")]) == 2


def test_lock_refuses_another_size_of_what_it_names(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    dataset, larger = make()
    with Origin(dataset.routes) as origin:
        go("download", dataset, tmp_path, origin)
    lock = make_lock(folders_of(tmp_path / "w"), 1)
    dataset.routes[dataset.route("00000.png")] = plain_status(404)
    dataset.routes[larger] = picture(encoded(DOUBLE, "PNG"))
    with Origin(dataset.routes) as origin:
        report = go("build", dataset, tmp_path / "other", origin, lock=lock)
    assert end(report) == GONE
    assert "neither the bytes nor the pixels" in (report.standings[0].detail or "")


def test_same_bytes_under_another_scale_are_another_source_of_crops() -> None:
    scales = (Rescued("u", 2.0), Rescued("u", 1.5), None)
    assert len({source_of("ab", rescued) for rescued in scales}) == 3
    assert source_of("ab", None) == "ab", "what was cut before stays valid"
