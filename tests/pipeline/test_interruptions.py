"""Kills, signals, rivals and full disks: nothing is lost, nothing half-made counts as done."""

import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import textwrap
import time
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from datasets import POINTS, Dataset, contents, draw, encoded, plain_dataset
from old_masters import OldMasters, rgb_digest
from portraitset.demo.origin import Behaviour, Origin, picture, stalling


@dataclass(frozen=True)
class Job:
    """A build that is interrupted, and what it must come to."""

    manifest: Path
    routes: Mapping[str, Behaviour]
    flags: Sequence[str]
    digests: Mapping[str, str]


@pytest.fixture
def job(tmp_path: Path, has_shared: bool, request: pytest.FixtureRequest) -> Job:
    """The old masters where they are, else drawn pictures; digests from an undisturbed build."""
    if has_shared:
        masters: OldMasters = request.getfixturevalue("old_masters")
        return Job(masters.manifest, masters.routes, (), masters.digests)
    dataset = plain_dataset(8)
    for name in dataset.entries:
        seed = int(name[:5])
        dataset.routes[dataset.route(name)] = picture(encoded(draw(seed, 900, 1100)))
    manifest = dataset.write(tmp_path)
    flags = ("--size", "256")
    with Origin(dataset.routes) as origin:
        process = _start(manifest, tmp_path / "undisturbed", origin, flags)
        _, complaints = process.communicate()  # reads and closes the pipes, as `wait` does not
    assert process.returncode == 0, complaints
    crops = (tmp_path / "undisturbed" / "aligned").iterdir()
    return Job(manifest, dataset.routes, flags, {path.name: rgb_digest(path) for path in crops})


def _start(
    manifest: Path, workspace: Path, origin: Origin, flags: Sequence[str] = ()
) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [
            *(sys.executable, "-m", "portraitset", "build", str(manifest)),
            *("-w", str(workspace), "--mirror", origin.url, *flags),
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def _verified(workspace: Path) -> set[str]:
    """The addresses whose originals the ledger calls verified."""
    path = workspace / ".portraitset" / "ledger.sqlite"
    if not path.is_file():
        return set()
    with closing(sqlite3.connect(path)) as connection:
        if not connection.execute("PRAGMA user_version").fetchone()[0]:
            return set()
        rows = connection.execute("SELECT url FROM photos WHERE state = 'fetched'")
        return {row[0] for row in rows}


def _check_files(workspace: Path, job: Job, originals: set[bytes]) -> None:
    """Whatever lies under raw/ and aligned/ is whole."""
    for path in (workspace / "aligned").glob("*"):
        assert rgb_digest(path) == job.digests[path.name]
    for path in (workspace / "raw").glob("*"):
        assert path.read_bytes() in originals


def _kill_and_finish(job: Job, workspace: Path, kills: int, originals: set[bytes]) -> None:
    dice = random.Random(kills)
    for _ in range(kills):
        known = _verified(workspace)
        with Origin(job.routes) as origin:
            process = _start(job.manifest, workspace, origin, job.flags)
            time.sleep(dice.uniform(0.2, 4.0))
            process.kill()
            process.communicate()
            asked = {hit.path for hit in origin.pictures}
        assert not [url for url in known if url.endswith(tuple(asked))], "verified, asked again"
        _check_files(workspace, job, originals)
    with Origin(job.routes) as origin:
        process = _start(job.manifest, workspace, origin, job.flags)
        _, err = process.communicate()
        assert process.returncode == 0, err
    assert {path.name: rgb_digest(path) for path in (workspace / "aligned").iterdir()} == (
        job.digests
    )
    assert not list((workspace / ".portraitset" / "tmp").iterdir())


@pytest.fixture
def originals(job: Job) -> set[bytes]:
    """The bytes that the origin serves."""
    with Origin(job.routes) as origin:
        return {urllib.request.urlopen(origin.url + path.lstrip("/")).read() for path in job.routes}


def test_five_kills_lose_nothing(job: Job, tmp_path: Path, originals: set[bytes]) -> None:
    _kill_and_finish(job, tmp_path / "w", 5, originals)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signal_stops_cleanly_with_130(number: signal.Signals, tmp_path: Path) -> None:
    dataset = plain_dataset(3)
    slow = dataset.add("slow", stalling(encoded(draw(4))))
    manifest = dataset.write(tmp_path)
    workspace = tmp_path / "w"
    with Origin(dataset.routes) as origin:
        process = _start(manifest, workspace, origin, ("--size", "64"))
        _wait_for(lambda: len(list((workspace / "aligned").glob("*"))) == 3)
        process.send_signal(number)
        _, err = process.communicate(timeout=20)
        assert process.returncode == 130
        assert "Interrupted" in err
        assert "Traceback" not in err
        assert not list((workspace / ".portraitset" / "tmp").iterdir())
        before = contents(workspace / "aligned")
        origin.routes[dataset.route(slow)] = picture(encoded(draw(4)))
        process = _start(manifest, workspace, origin, ("--size", "64"))
        process.communicate()
        assert process.returncode == 0
    after = contents(workspace / "aligned")
    assert {name: after[name] for name in before} == before


def test_sigterm_counts_where_sigint_is_ignored(tmp_path: Path) -> None:
    dataset = Dataset()
    dataset.add("slow", stalling(encoded(draw(4))))
    manifest = dataset.write(tmp_path)
    with Origin(dataset.routes) as origin:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # as a shell does for `command &`
        try:
            process = _start(manifest, tmp_path / "w", origin, ("--size", "64"))
        finally:
            signal.signal(signal.SIGINT, signal.default_int_handler)
        _wait_for(lambda: bool(origin.hits))
        process.terminate()
        process.communicate(timeout=20)
    assert process.returncode == 130


def test_killed_worker_unaligns_nobody(tmp_path: Path) -> None:
    dataset = Dataset()
    dataset.add("pair")
    dataset.add("pair", points={name: [x + 1, y] for name, (x, y) in POINTS.items()})
    manifest = dataset.write(tmp_path)
    with Origin(dataset.routes) as origin:
        _start(manifest, tmp_path / "w", origin, ("--size", "1024")).communicate()
        (tmp_path / "w" / "aligned" / "00001.png").unlink()
        slow = ("--size", "1024", "--quality", "reference")
        process = _start(manifest, tmp_path / "w", origin, slow)
        killed: set[int] = set()
        while process.poll() is None:
            for worker in _children(process.pid) - killed:
                time.sleep(0.8)
                os.kill(worker, signal.SIGKILL)
                killed.add(worker)
            time.sleep(0.02)
        process.communicate()
        assert (tmp_path / "w" / "aligned" / "00000.png").exists()
        process = _start(manifest, tmp_path / "w", origin, ("--size", "1024"))
        process.communicate()
        assert process.returncode == 0, "what a killed worker had is tried again"


def _children(pid: int) -> set[int]:
    try:
        return set(map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split()))
    except OSError:
        return set()


def test_second_run_is_refused_politely(tmp_path: Path) -> None:
    dataset = plain_dataset(1)
    dataset.add("slow", stalling(encoded(draw(4))))
    manifest = dataset.write(tmp_path)
    with Origin(dataset.routes) as origin:
        one = _start(manifest, tmp_path / "w", origin, ("--size", "64"))
        _wait_for(lambda: len(origin.pictures) == 2)
        two = _start(manifest, tmp_path / "w", origin, ("--size", "64"))
        _, err = two.communicate(timeout=20)
        assert two.returncode == 3
        assert "another portraitset run" in err
        assert one.poll() is None, "the first goes on"
        one.kill()
        one.communicate()
        assert len(origin.pictures) == 2


_IN_A_SMALL_DISK = """
    set -e
    mkdir -p "$W"
    mount -t tmpfs -o size=300k tmpfs "$W"
    set +e
    "$PYTHON" -m portraitset build "$MANIFEST" -w "$W" --mirror "$MIRROR" --size 128 --space ignore
    echo "exit $?"
    mkdir "$KEPT"
    cp -r "$W/raw" "$W/aligned" "$KEPT"
    mount -o remount,size=20m "$W"
    "$PYTHON" -m portraitset build "$MANIFEST" -w "$W" --mirror "$MIRROR" --size 128 --space ignore
    echo "exit $?"
"""


@pytest.mark.skipif(
    shutil.which("unshare") is None
    or subprocess.run(["unshare", "-rm", "true"], capture_output=True, check=False).returncode != 0,
    reason="no user namespaces here, so no small disk to fill",
)
def test_full_disk_stops_with_3_and_keeps_what_is_whole(tmp_path: Path) -> None:
    dataset = plain_dataset(30)
    manifest = dataset.write(tmp_path)
    with Origin(dataset.routes) as origin:
        variables = {
            "W": str(tmp_path / "w"),
            "KEPT": str(tmp_path / "kept"),
            "PYTHON": sys.executable,
            "MANIFEST": str(manifest),
            "MIRROR": origin.url,
        }
        done = subprocess.run(
            ["unshare", "-rm", "sh", "-c", textwrap.dedent(_IN_A_SMALL_DISK)],
            env=os.environ | variables,
            capture_output=True,
            text=True,
            check=False,
            timeout=100,
        )
    assert "exit 3" in done.stdout, done.stdout + done.stderr
    assert "full" in done.stderr
    assert "Traceback" not in done.stderr
    assert "exit 0" in done.stdout.partition("exit 3")[2], "room was made, and it goes on"
    crops = list((tmp_path / "kept" / "aligned").iterdir())
    assert all(rgb_digest(path) for path in crops)
    raws = [path.read_bytes() for path in (tmp_path / "kept" / "raw").iterdir()]
    assert raws
    assert all(data.endswith(b"\xff\xd9") for data in raws), "whole JPEG files only"


def test_damaged_ledger_is_told_and_what_is_whole_is_adopted_again(tmp_path: Path) -> None:
    dataset = plain_dataset(2)
    manifest = dataset.write(tmp_path)
    workspace = tmp_path / "w"
    ledger = workspace / ".portraitset" / "ledger.sqlite"
    with Origin(dataset.routes) as origin:
        _start(manifest, workspace, origin, ("--size", "64")).communicate()
        before = contents(workspace / "raw"), contents(workspace / "aligned")
        for path in ledger.parent.glob("ledger.sqlite*"):
            path.write_bytes(b"not a database" * 400)
        process = _start(manifest, workspace, origin, ("--size", "64"))
        _, err = process.communicate()
        assert process.returncode == 3
        assert "damaged" in err
        for path in ledger.parent.glob("ledger.sqlite*"):
            path.unlink()
        process = _start(manifest, workspace, origin, ("--size", "64"))
        process.communicate()
        assert process.returncode == 0
        assert len(origin.pictures) == 2
    assert before == (contents(workspace / "raw"), contents(workspace / "aligned"))


def test_file_where_the_workspace_should_be(tmp_path: Path) -> None:
    manifest = plain_dataset(1).write(tmp_path)
    (tmp_path / "file").touch()
    with Origin({}) as origin:
        process = _start(manifest, tmp_path / "file" / "w", origin)
        _, err = process.communicate()
    assert process.returncode in (2, 3)
    assert "Traceback" not in err
    assert str(tmp_path / "file") in "".join(err.split("\n"))


def test_scripts_of_upstream_make_the_same_files(old_masters: OldMasters, tmp_path: Path) -> None:
    root = Path(__file__).parents[2]
    shutil.copy(old_masters.manifest, tmp_path)
    with Origin(old_masters.routes) as origin:
        for command in (("download.py", "--mirror", origin.url), ("face_alignment.py",)):
            done = subprocess.run(
                [sys.executable, root / command[0], *command[1:]],
                cwd=tmp_path,
                capture_output=True,
                text=True,
                check=False,
            )
            assert done.returncode == 0, done.stderr
        assert len(origin.pictures) == 7
    old_masters.check(tmp_path / "aligned")
    names = {entry["raw_name"] for entry in json.loads(old_masters.manifest.read_text()).values()}
    assert {path.name for path in (tmp_path / "raw").iterdir()} == names


def _wait_for(condition: Callable[[], bool], seconds: float = 30.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.05)


def test_ctrl_c_is_heard_while_the_command_is_still_being_loaded() -> None:
    command = [sys.executable, "-X", "importtime", "-m", "portraitset", "--version"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as process:
        if process.stderr is None:
            raise RuntimeError("no pipe")
        loaded = next(line for line in process.stderr if b" click" in line)
        process.send_signal(signal.SIGINT)
        rest = process.stderr.read()
    assert b"Traceback" not in loaded + rest
    assert process.returncode == 130


def test_public_names_are_imported_when_they_are_used() -> None:
    script = "import sys, portraitset as ps; print('numpy' in sys.modules); print(ps.crop_quad)"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60
    )
    early, function = done.stdout.splitlines()
    assert early == "False"
    assert function.startswith("<function crop_quad")
