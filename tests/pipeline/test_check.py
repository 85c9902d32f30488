"""`check = "signature"`: accepted by its bytes alone, and decoded later all the same."""

from dataclasses import replace
from pathlib import Path

import pytest

from datasets import Dataset, draw, encoded, plain_dataset, quick
from portraitset.backends.local import WorkerPool
from portraitset.cli import run
from portraitset.demo.origin import Origin, picture
from portraitset.errors import InputError, State
from portraitset.manifest.lock import Lock
from portraitset.pipeline.run import Report
from portraitset.pipeline.run import run as run_pipeline
from portraitset.pipeline.survey import Goal
from portraitset.pipeline.verification import make_lock, verify
from portraitset.workspace.layout import folders_of
from portraitset.workspace.ledger import Ledger
from portraitset.workspace.records import PhotoRecord

DAMAGED = encoded(draw(1))[:200] + bytes(400)
"""Begins as a JPEG does and has all the bytes that were promised, but does not decode."""


def go(
    dataset: Dataset,
    folder: Path,
    origin: Origin,
    check: str = "signature",
    goal: Goal = "download",
    lock: Lock | None = None,
) -> Report:
    recipe = replace(quick(origin.url, check=check, tries=1), lock=lock)
    return run_pipeline(goal, dataset.write(folder), folders_of(folder / "w"), recipe)


def records(folder: Path, dataset: Dataset) -> list[PhotoRecord]:
    with Ledger.open_existing(folders_of(folder / "w").state) as ledger:
        found = [ledger.photo(dataset.raw_name(name)) for name in dataset.entries]
    return [record for record in found if record is not None]


def seen(record: PhotoRecord) -> tuple[object, ...]:
    return (
        record.sha256,
        record.width,
        record.height,
        record.format,
        record.sha256_rgb,
        record.look,
    )


def test_no_worker_is_started_and_nothing_is_known_of_the_pixels(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse(*_: object) -> None:
        raise AssertionError("a worker was asked")

    monkeypatch.setattr(WorkerPool, "run", refuse)
    dataset = plain_dataset(3)
    with Origin(dataset.routes) as origin:
        report = go(dataset, tmp_path, origin)
    assert report.succeeded
    for record in records(tmp_path, dataset):
        assert record.sha256 is not None
        assert seen(record)[1:] == (None,) * 5


@pytest.mark.parametrize("goal", ["download", "align", "build"])
def test_a_later_run_decodes_what_is_there_and_asks_nobody(tmp_path: Path, goal: Goal) -> None:
    dataset = plain_dataset(2)
    with Origin(dataset.routes) as origin:
        (tmp_path / "whole").mkdir()
        go(dataset, tmp_path / "whole", origin, "decode")
        go(dataset, tmp_path, origin)
        before = len(origin.pictures)
        assert go(dataset, tmp_path, origin, "decode", goal).succeeded
        assert len(origin.pictures) == before
    whole = records(tmp_path / "whole", dataset)
    assert list(map(seen, records(tmp_path, dataset))) == list(map(seen, whole))
    assert [r.response for r in records(tmp_path, dataset)] == [r.response for r in whole]


def test_a_second_run_has_nothing_to_do(tmp_path: Path) -> None:
    dataset = plain_dataset(2)
    with Origin(dataset.routes) as origin:
        go(dataset, tmp_path, origin)
        before = len(origin.pictures)
        assert go(dataset, tmp_path, origin).tally.due == 0
        assert len(origin.pictures) == before


def test_building_decodes_whatever_the_check(tmp_path: Path) -> None:
    dataset = plain_dataset(1)
    dataset.add("damaged", picture(DAMAGED))
    with Origin(dataset.routes) as origin:
        report = go(dataset, tmp_path, origin, "signature", "build")
    assert [standing.state for standing in report.standings] == [State.ALIGNED, State.FAILED]
    assert records(tmp_path, dataset)[0].look is not None


def test_damage_is_found_by_the_decoding_that_comes_later(tmp_path: Path) -> None:
    dataset = Dataset()
    dataset.add("damaged", picture(DAMAGED))
    with Origin(dataset.routes) as origin:
        assert go(dataset, tmp_path, origin).succeeded
        with pytest.raises(InputError, match="does not decode"):
            make_lock(folders_of(tmp_path / "w"), 1)
        report = go(dataset, tmp_path, origin, "decode")
    assert [(s.state, s.reason) for s in report.standings] in (
        [(State.FAILED, "bad-picture")],
        [(State.FAILED, "truncated")],
    )


def test_lock_and_verify_complete_the_record(tmp_path: Path) -> None:
    dataset = plain_dataset(2)
    with Origin(dataset.routes) as origin:
        (tmp_path / "whole").mkdir()
        go(dataset, tmp_path / "whole", origin, "decode")
        go(dataset, tmp_path, origin)
    wanted = make_lock(folders_of(tmp_path / "whole" / "w"), 1)
    assert verify(folders_of(tmp_path / "w"), wanted, 1).succeeded
    assert make_lock(folders_of(tmp_path / "w"), 1) == wanted
    whole = records(tmp_path / "whole", dataset)
    assert list(map(seen, records(tmp_path, dataset))) == list(map(seen, whole))


def test_a_locks_bytes_are_enough_and_other_bytes_are_decoded(tmp_path: Path) -> None:
    dataset = Dataset()
    for number in range(3):
        dataset.add(f"p{number}", picture(encoded(draw(number), "PNG")))
    (tmp_path / "whole").mkdir()
    with Origin(dataset.routes) as origin:
        go(dataset, tmp_path / "whole", origin, "decode")
    lock = make_lock(folders_of(tmp_path / "whole" / "w"), 1)
    routes = [dataset.route(name) for name in dataset.entries]
    dataset.routes[routes[1]] = picture(encoded(draw(1), "TIFF"))  # the same pixels
    dataset.routes[routes[2]] = picture(encoded(draw(7), "PNG"))
    with Origin(dataset.routes) as origin:
        report = go(dataset, tmp_path, origin, lock=lock)
    assert [(s.state, s.reason) for s in report.standings] == [
        (State.FETCHED, None),
        (State.FETCHED, None),
        (State.FAILED, "changed"),
    ]
    assert [record.look is None for record in records(tmp_path, dataset)[:2]] == [True, False]


def test_flag(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    dataset = plain_dataset(1)
    with Origin(dataset.routes) as origin:
        manifest = str(dataset.write(tmp_path))
        words = ["download", manifest, "-w", str(tmp_path / "w"), "--mirror", origin.url]
        assert run([*words, "--check", "signature"]) == 0
        assert run([*words, "--check", "nothing"]) == 2
    assert records(tmp_path, dataset)[0].sha256_rgb is None
    assert "--check" in capsys.readouterr().err
