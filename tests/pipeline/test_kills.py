"""Runs killed at random moments under a faulty origin: all come to the same set, asked for once."""

import random
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from datasets import Dataset, draw, encoded, quick
from old_masters import rgb_digest
from portraitset.demo.origin import (
    Origin,
    hanging_up,
    in_turn,
    picture,
    plain_status,
    throttled,
    truncated,
)
from portraitset.pipeline import run as pipeline
from portraitset.pipeline.run import Report
from portraitset.workspace.layout import folders_of


def moody_dataset(count: int) -> Dataset:
    """So many photos, one in three of them with faults that come and go."""
    dataset = Dataset()
    for number in range(count):
        data = encoded(draw(number, 300, 360))
        faults = {
            1: in_turn(truncated(data), picture(data)),
            4: in_turn(plain_status(500), picture(data)),
            7: in_turn(throttled("0"), picture(data)),
            9: in_turn(hanging_up(), hanging_up(), picture(data)),
            10: plain_status(404),
        }
        dataset.add(f"moody-{number}", faults.get(number % 12, picture(data)))
    return dataset


def states(report: Report) -> dict[str, tuple[str, str | None]]:
    return {s.name: (s.state.value, s.reason) for s in report.standings}


def _verified(workspace: Path, dataset: Dataset) -> set[str]:
    """The paths of what counts as verified: recorded in the ledger, or under its name in raw/."""
    found = {path.name for path in (workspace / "raw").glob("*")}
    ledger = workspace / ".portraitset" / "ledger.sqlite"
    if ledger.is_file():
        with closing(sqlite3.connect(ledger)) as connection:
            if connection.execute("PRAGMA user_version").fetchone()[0]:
                query = "SELECT raw_name FROM photos WHERE state = 'fetched'"
                found |= {row[0] for row in connection.execute(query)}
    return {dataset.route(name) for name in dataset.entries if dataset.raw_name(name) in found}


def _kill_and_converge(count: int, kills: int, rate: float, folder: Path) -> None:
    dataset, dice = moody_dataset(count), random.Random(kills)
    manifest, workspace = dataset.write(folder), folder / "w"
    with Origin(dataset.routes) as origin:
        whole = pipeline.run("build", manifest, folders_of(folder / "whole"), quick(origin.url))
    expected = {path.name: rgb_digest(path) for path in (folder / "whole" / "aligned").iterdir()}
    originals = {path.name: path.read_bytes() for path in (folder / "whole" / "raw").iterdir()}
    with Origin(dataset.routes) as origin:
        for _ in range(kills):
            known = _verified(workspace, dataset)
            before = len(origin.hits)
            command = [sys.executable, "-m", "portraitset", "build", str(manifest), "--mirror"]
            command += [origin.url, "-w", str(workspace), "--size", "64", "--rate", str(rate)]
            process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            _wait_for_requests(dice.randint(0, 25), origin, before, process)
            time.sleep(dice.uniform(0.0, 2.0))
            process.kill()
            _, err = process.communicate()
            assert b"Traceback" not in err, err.decode()
            again = known & {hit.path for hit in origin.hits[before:]}
            assert not again, "verified, and asked for again"
            for path in (workspace / "aligned").glob("*"):
                assert rgb_digest(path) == expected[path.name]
            for path in (workspace / "raw").glob("*"):
                assert path.read_bytes() == originals[path.name]
    known = _verified(workspace, dataset)
    with Origin(dataset.routes) as origin:
        report = pipeline.run("build", manifest, folders_of(workspace), quick(origin.url))
        assert not known & {hit.path for hit in origin.pictures}
    assert states(report) == states(whole)
    assert {p.name: rgb_digest(p) for p in (workspace / "aligned").iterdir()} == expected
    assert {p.name: p.read_bytes() for p in (workspace / "raw").iterdir()} == originals
    assert not list((workspace / ".portraitset" / "tmp").iterdir())


def _wait_for_requests(
    count: int, origin: Origin, before: int, process: subprocess.Popen[bytes]
) -> None:
    end, deadline = before + count, time.monotonic() + 30
    while len(origin.hits) < end and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.01)


def test_three_killed_runs_converge(tmp_path: Path) -> None:
    _kill_and_converge(24, 3, 30.0, tmp_path)


@pytest.mark.soak
def test_hundred_killed_runs_converge(tmp_path: Path) -> None:
    _kill_and_converge(500, 100, 30.0, tmp_path)
