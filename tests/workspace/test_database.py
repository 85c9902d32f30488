"""Several at once in each of a workspace's SQLite files: who comes beside another waits."""

import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from portraitset.curate.measure_cache import MeasureCache
from portraitset.errors import WorkspaceError
from portraitset.workspace import database
from portraitset.workspace.database import open_database, open_for_reading
from portraitset.workspace.ledger import Ledger
from portraitset.workspace.lineage import Lineage
from portraitset.workspace.run_lock import only_run, wait_for

Opener = Callable[[Path], AbstractContextManager[object]]

OPENERS: dict[str, Opener] = {
    "ledger": Ledger.open,
    "lineage": Lineage.open,
    "measures": MeasureCache.open,
    "lock that is waited for": lambda folder: wait_for(folder / "decisions.lock"),
}


def open_together(opener: Opener, folder: Path, many: int = 8) -> None:
    """Open it in several threads at the same moment; raise what any of them met."""
    start = threading.Barrier(many)

    def open_once(_: int) -> None:
        start.wait()
        with opener(folder):
            pass

    with ThreadPoolExecutor(many) as pool:
        list(pool.map(open_once, range(many)))


@pytest.mark.parametrize("name", OPENERS)
def test_those_who_open_a_new_one_at_once_all_succeed(name: str, tmp_path: Path) -> None:
    for turn in range(12):
        folder = tmp_path / str(turn)
        folder.mkdir()
        open_together(OPENERS[name], folder)


@pytest.mark.soak
@pytest.mark.parametrize("name", OPENERS)
def test_those_who_open_a_new_one_at_once_succeed_a_thousand_times(
    name: str, tmp_path: Path
) -> None:
    for turn in range(1_000):
        folder = tmp_path / str(turn)
        folder.mkdir()
        open_together(OPENERS[name], folder)


def test_second_run_is_told_who_is_there(tmp_path: Path) -> None:
    told = pytest.raises(WorkspaceError, match="another portraitset run")
    with only_run(tmp_path), told, only_run(tmp_path):
        pass


def test_readers_beside_a_writer_that_comes_and_goes_see_what_it_wrote(tmp_path: Path) -> None:
    """The last to leave deletes the journal, while others are just coming."""
    Ledger.open(tmp_path).close()
    done = threading.Event()

    def write() -> None:
        for number in range(150):
            with Ledger.open(tmp_path) as ledger:
                ledger.write_fact("count", str(number))
        done.set()

    def read() -> list[int]:
        seen = []
        while not done.is_set():
            with Ledger.open_to_look(tmp_path) as ledger:
                seen.append(int(ledger.fact("count") or -1))
        return seen

    with ThreadPoolExecutor(4) as pool:
        readers = [pool.submit(read) for _ in range(3)]
        pool.submit(write).result()
        for reader in readers:
            seen = reader.result()
            assert seen == sorted(seen), "nobody sees what is older than what they saw"


def test_change_of_the_journal_waits_for_who_is_writing(tmp_path: Path) -> None:
    """SQLite itself refuses it at once."""
    path = tmp_path / "some.sqlite"
    writer = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    writer.execute("CREATE TABLE things (name)")
    writer.execute("BEGIN IMMEDIATE")
    threading.Timer(0.2, writer.execute, ("COMMIT",)).start()
    connection = open_database(path, "WAL")
    assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    connection.close()
    writer.close()


@pytest.mark.parametrize("opener", [Ledger.open, Lineage.open, MeasureCache.open])
def test_who_is_kept_out_for_long_is_told_so(
    opener: Opener, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "PATIENCE", 0.1)
    with opener(tmp_path):
        pass
    (path,) = tmp_path.glob("*.sqlite")
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("PRAGMA journal_mode = DELETE")
    holder.execute("BEGIN EXCLUSIVE")
    with pytest.raises(WorkspaceError, match="held by another process") as caught:
        opener(tmp_path)
    assert "database is locked" not in str(caught.value)
    holder.close()


def test_what_somebody_is_writing_is_not_taken_for_immutable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "PATIENCE", 0.1)
    path = tmp_path / "some.sqlite"
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("CREATE TABLE things (name)")
    holder.execute("BEGIN EXCLUSIVE")
    with pytest.raises(sqlite3.OperationalError, match="locked"):
        open_for_reading(path)
    holder.close()
    connection = open_for_reading(path)
    assert connection is not None
    connection.close()
