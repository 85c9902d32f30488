"""One run at a time: the second is refused politely, and a dead one holds nothing."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from portraitset.errors import WorkspaceError
from portraitset.workspace.ledger import Ledger
from portraitset.workspace.run_lock import only_run

HOLD = """
import sys, time
from pathlib import Path
from portraitset.workspace.run_lock import only_run
with only_run(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


@contextmanager
def holder(folder: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process that holds the lock."""
    command = [sys.executable, "-c", HOLD, str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


def test_second_process_is_refused_politely_and_soon(tmp_path: Path) -> None:
    with holder(tmp_path):
        started = time.monotonic()
        with pytest.raises(WorkspaceError) as caught, only_run(tmp_path):
            pytest.fail("two runs at once")
    assert time.monotonic() - started < 10
    assert "another portraitset run is at work" in str(caught.value)
    assert str(tmp_path.parent) in str(caught.value)


@pytest.mark.skipif(sys.platform == "win32", reason="there, an open file cannot be deleted")
def test_lock_that_somebody_deletes_holds_all_the_same(tmp_path: Path) -> None:
    with holder(tmp_path):
        for path in tmp_path.iterdir():
            path.unlink()
        with pytest.raises(WorkspaceError, match="another"), only_run(tmp_path):
            pytest.fail("two runs at once")
    with only_run(tmp_path):
        pass


def test_killed_run_holds_nothing(tmp_path: Path) -> None:
    with holder(tmp_path) as process:
        process.kill()
        assert process.wait() == -9
        with only_run(tmp_path):
            pass


def test_second_run_of_one_process_is_refused_too(tmp_path: Path) -> None:
    with only_run(tmp_path):
        with pytest.raises(WorkspaceError, match="another"), only_run(tmp_path):
            pytest.fail("two runs at once")
        with pytest.raises(WorkspaceError, match="another"), only_run(tmp_path):
            pytest.fail("the refusal let go of the lock")
    with only_run(tmp_path):
        pass


def test_failed_run_lets_go(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt), only_run(tmp_path):
        raise KeyboardInterrupt
    with only_run(tmp_path):
        pass


def test_two_workspaces_do_not_know_each_other(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
    with only_run(tmp_path / "a"), only_run(tmp_path / "b"):
        pass


def test_ledger_can_be_read_and_written_beside_the_lock(tmp_path: Path) -> None:
    with holder(tmp_path), Ledger.open(tmp_path) as ledger:
        ledger.write_fact("a", "b")
        assert ledger.fact("a") == "b"


def test_folder_that_cannot_be_locked_is_refused_in_words(tmp_path: Path) -> None:
    with pytest.raises(WorkspaceError, match="cannot be"), only_run(tmp_path / "nowhere"):
        pytest.fail("no lock, but a run")
    (tmp_path / "lock").write_bytes(b"somebody's own file, of some length" * 100)
    with pytest.raises(WorkspaceError, match="cannot be used as a lock"), only_run(tmp_path):
        pytest.fail("no lock, but a run")
    assert (tmp_path / "lock").read_bytes().startswith(b"somebody's own file")
