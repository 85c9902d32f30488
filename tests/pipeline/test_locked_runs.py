"""Runs that keep to a lock file: the same bytes or the same pixels, and nothing else."""

import io
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from datasets import Dataset, draw, encoded, quick
from portraitset.cli import run
from portraitset.demo.origin import Origin, picture
from portraitset.errors import State
from portraitset.manifest.lock import Lock, read_lock, write_lock
from portraitset.pipeline.run import Report, retry, status
from portraitset.pipeline.run import run as run_pipeline
from portraitset.pipeline.survey import Goal
from portraitset.pipeline.verification import make_lock
from portraitset.workspace.layout import folders_of

Harm = Callable[[Image.Image], bytes]


def jpeg(quality: int) -> Harm:
    def harm(image: Image.Image) -> bytes:
        buffer = io.BytesIO()
        image.save(buffer, "JPEG", quality=quality)
        return buffer.getvalue()

    return harm


def other_png(image: Image.Image) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "PNG", compress_level=1)
    return buffer.getvalue()


def png_dataset(count: int = 1) -> Dataset:
    dataset = Dataset()
    for number in range(count):
        dataset.add(f"p{number}", picture(encoded(draw(number), "PNG")))
    return dataset


def go(
    goal: Goal, dataset: Dataset, folder: Path, origin: Origin, lock: Lock | None = None
) -> Report:
    recipe = replace(quick(origin.url), lock=lock)
    return run_pipeline(goal, dataset.write(folder), folders_of(folder / "w"), recipe)


def locked(dataset: Dataset, folder: Path) -> Lock:
    """The lock of a workspace that has everything, as another lab would hand it over."""
    folder.mkdir()
    with Origin(dataset.routes) as origin:
        go("download", dataset, folder, origin)
    lock = make_lock(folders_of(folder / "w"), 1)
    return read_lock(write_lock(lock), "handed over")


def ends(report: Report) -> list[tuple[State, str | None]]:
    return [(standing.state, standing.reason) for standing in report.standings]


def raws(folder: Path) -> list[str]:
    return sorted(path.name for path in (folder / "w" / "raw").iterdir())


FETCHED = (State.FETCHED, None)
CHANGED = (State.FAILED, "changed")


def test_same_bytes_and_same_pixels_are_accepted(tmp_path: Path) -> None:
    dataset = png_dataset(2)
    lock = locked(dataset, tmp_path / "theirs")
    with Origin(dataset.routes) as origin:
        origin.routes[dataset.route("00001.png")] = picture(other_png(draw(1)))
        report = go("download", dataset, tmp_path, origin, lock)
    assert ends(report) == [FETCHED, FETCHED]
    assert report.succeeded


@pytest.mark.parametrize(
    ("data", "words"),
    [(jpeg(75)(draw(0)), "it looks alike"), (encoded(draw(5)), "it looks different")],
)
def test_lookalike_and_stranger_end_changed_and_are_not_kept(
    tmp_path: Path, data: bytes, words: str
) -> None:
    dataset = png_dataset()
    lock = locked(dataset, tmp_path / "theirs")
    with Origin(dataset.routes) as origin:
        origin.routes[dataset.route("00000.png")] = picture(data)
        report = go("download", dataset, tmp_path, origin, lock)
        assert ends(report) == [CHANGED]
        assert words in (report.standings[0].detail or "")
        assert raws(tmp_path) == []
        assert not report.succeeded
        assert ends(go("download", dataset, tmp_path, origin, lock)) == [CHANGED]
        assert len(origin.hits) - sum("robots" in hit.path for hit in origin.hits) <= 2


def test_stranger_found_in_raw_is_set_aside_and_the_locked_one_fetched(tmp_path: Path) -> None:
    dataset = png_dataset()
    lock = locked(dataset, tmp_path / "theirs")
    place = tmp_path / "w" / "raw" / dataset.raw_name("00000.png")
    place.parent.mkdir(parents=True)
    place.write_bytes(jpeg(75)(draw(0)))
    with Origin(dataset.routes) as origin:
        report = go("download", dataset, tmp_path, origin, lock)
    assert ends(report) == [FETCHED]
    assert place.read_bytes() == encoded(draw(0), "PNG")
    assert any("moved to" in note.text for note in report.notes)


def test_original_verified_without_the_lock_must_fit_it_too(tmp_path: Path) -> None:
    dataset = png_dataset()
    lock = locked(dataset, tmp_path / "theirs")
    changed = picture(jpeg(75)(draw(0)))
    with Origin(dataset.routes) as origin:
        origin.routes[dataset.route("00000.png")] = changed
        assert ends(go("build", dataset, tmp_path, origin)) == [(State.ALIGNED, None)]
        assert ends(go("build", dataset, tmp_path, origin, lock)) == [CHANGED]
        assert raws(tmp_path) == []
        assert ends(status(folders_of(tmp_path / "w"))) == [CHANGED]


def test_retry_keeps_to_the_last_runs_lock(tmp_path: Path) -> None:
    dataset = png_dataset()
    lock = locked(dataset, tmp_path / "theirs")
    with Origin(dataset.routes) as origin:
        whole = origin.routes[dataset.route("00000.png")]
        origin.routes[dataset.route("00000.png")] = picture(jpeg(75)(draw(0)))
        go("build", dataset, tmp_path, origin, lock)
        again = retry(frozenset({"changed"}), folders_of(tmp_path / "w"), quick(origin.url))
        assert ends(again) == [CHANGED]
        origin.routes[dataset.route("00000.png")] = whole
        again = retry(frozenset({"changed"}), folders_of(tmp_path / "w"), quick(origin.url))
        assert ends(again) == [(State.ALIGNED, None)]


def test_photos_outside_the_lock_are_left_alone_and_do_not_count(tmp_path: Path) -> None:
    lock = locked(png_dataset(1), tmp_path / "theirs")
    dataset = png_dataset(2)
    with Origin(dataset.routes) as origin:
        report = go("download", dataset, tmp_path, origin, lock)
        assert not any(dataset.route("00001.png") == hit.path for hit in origin.hits)
    assert ends(report) == [FETCHED, (State.PENDING, None)]
    assert "not in the lock" in (report.standings[1].detail or "")
    assert report.succeeded


def test_locked_face_that_the_manifest_lacks_is_no_success(tmp_path: Path) -> None:
    lock = locked(png_dataset(2), tmp_path / "theirs")
    dataset = png_dataset(1)
    with Origin(dataset.routes) as origin:
        report = go("download", dataset, tmp_path, origin, lock)
    assert not report.succeeded
    assert any("not in the manifest" in note.text for note in report.notes)


def test_crops_that_will_differ_are_announced(tmp_path: Path) -> None:
    dataset = png_dataset()
    lock = locked(dataset, tmp_path / "theirs")
    other = replace(lock, settings=dict(lock.settings) | {"size": 512})
    with Origin(dataset.routes) as origin:
        report = go("build", dataset, tmp_path, origin, other)
    assert any("size 512, these 64" in note.text for note in report.notes)


def test_flag_takes_a_lock_file_and_refuses_a_damaged_one(tmp_path: Path) -> None:
    dataset = png_dataset()
    path = tmp_path / "their.lock"
    path.write_bytes(write_lock(locked(dataset, tmp_path / "theirs")))
    manifest = dataset.write(tmp_path)
    with Origin(dataset.routes) as origin:
        where = [str(manifest), "-w", str(tmp_path / "w"), "--mirror", origin.url]
        assert run(["download", *where, "--rate", "200", "--lock", str(path)]) == 0
        path.write_bytes(path.read_bytes() + b"{}\n")
        assert run(["download", *where, "--lock", str(path)]) == 2
