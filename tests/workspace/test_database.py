"""SQLite files of a workspace: whoever opens one beside others waits, or is told who is there."""

import shutil
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from portraitset.curate.measure_cache import MeasureCache
from portraitset.errors import WorkspaceError
from portraitset.workspace.database import (
    is_busy,
    open_for_reading,
    open_small,
    waiting,
)
from portraitset.workspace.ledger import Ledger
from portraitset.workspace.lineage import Lineage, Output
from portraitset.workspace.run_lock import only_run, wait_for
from portraitset.workspace.schema import SCHEMA_VERSION

AT_ONCE = 8


def use_ledger(state: Path, number: int) -> None:
    with Ledger.open(state) as ledger:
        ledger.write_fact(str(number), "here")
    with Ledger.open_to_look(state) as ledger:
        assert ledger.fact(str(number)) == "here"


def use_lineage(state: Path, number: int) -> None:
    path = state.parent / str(number)
    with Lineage.open(state) as lineage:
        lineage.begin(Output(path, "export"))
        lineage.finish(path, [])
    with Lineage.open(state) as lineage:
        assert path in [output.path for output in lineage.outputs()]


def use_measure_cache(state: Path, number: int) -> None:
    with MeasureCache.open(state) as cache:
        cache.write([])
        cache.forget([str(number)])
        assert cache.names() == frozenset()


def use_run_lock(state: Path, _: int) -> None:
    try:
        with only_run(state):
            (state / "held").touch()
    except WorkspaceError as error:
        assert "another portraitset run is at work" in str(error)


def use_decisions_lock(state: Path, _: int) -> None:
    with wait_for(state / "decisions.lock"):
        mark = state / "held"
        mark.touch(exist_ok=False)
        mark.unlink()


USES = [use_ledger, use_lineage, use_measure_cache, use_run_lock, use_decisions_lock]
every_file = pytest.mark.parametrize("use", USES, ids=lambda use: use.__name__[4:])
Use = Callable[[Path, int], None]


def in_threads(folder: Path, use: Use, rounds: int) -> None:
    """A new workspace each round, which all of them use at once."""
    start = threading.Barrier(AT_ONCE)

    def take_part(state: Path, number: int) -> None:
        start.wait()
        use(state, number)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        for turn in range(rounds):
            state = folder / str(turn) / ".portraitset"
            state.mkdir(parents=True)
            list(pool.map(take_part, [state] * AT_ONCE, range(AT_ONCE)))
            if use is use_run_lock:
                assert (state / "held").exists()
            shutil.rmtree(state.parent)


PROCESS = """
import sys, time
from pathlib import Path
sys.path.insert(0, sys.argv[1])
import test_database
folder, use, number, rounds = Path(sys.argv[2]), sys.argv[3], int(sys.argv[4]), int(sys.argv[5])
print("ready", flush=True)
start = float(sys.stdin.readline())
for turn in range(rounds):
    time.sleep(max(0.0, start + turn * 0.05 - time.time()))
    getattr(test_database, use)(folder / str(turn) / ".portraitset", number)
"""


def in_processes(folder: Path, use: Use, rounds: int) -> None:
    """As `in_threads`, by the clock."""
    for turn in range(rounds):
        (folder / str(turn) / ".portraitset").mkdir(parents=True)
    here, name = str(Path(__file__).parent), use.__name__
    command = [sys.executable, "-c", PROCESS, here, str(folder), name]
    processes = [
        subprocess.Popen(
            [*command, str(number), str(rounds)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for number in range(4)
    ]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    start = f"{time.time() + 0.1}\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write(start)
        process.stdin.flush()
    said = [process.communicate()[1] for process in processes]
    assert said == [""] * 4


@every_file
def test_threads_that_open_a_new_file_at_once_all_succeed(tmp_path: Path, use: Use) -> None:
    in_threads(tmp_path, use, 10)


@every_file
def test_processes_that_open_a_new_file_at_once_all_succeed(tmp_path: Path, use: Use) -> None:
    in_processes(tmp_path, use, 10)


@pytest.mark.soak
@every_file
def test_a_thousand_new_files_are_opened_at_once(tmp_path: Path, use: Use) -> None:
    in_threads(tmp_path / "threads", use, 1000)
    in_processes(tmp_path / "processes", use, 1000)


COUNT = """
import sys
from pathlib import Path
from portraitset.workspace.ledger import Ledger
from portraitset.workspace.schema import SCHEMA_VERSION
print("ready", flush=True)
sys.stdin.readline()
for number in range(int(sys.argv[2])):
    with Ledger.open(Path(sys.argv[1])) as ledger, ledger.transaction():
        ledger.write_fact("count", str(number))
        ledger.write_fact("as well", str(number))
"""


def look_beside_a_writer(state: Path, writes: int) -> None:
    """Read on while another process opens, writes and closes: each closing deletes the WAL."""
    with Ledger.open(state) as ledger, ledger.transaction():
        ledger.write_fact("count", "-1")
        ledger.write_fact("as well", "-1")
    command = [sys.executable, "-c", COUNT, str(state), str(writes)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        assert process.stdout.readline() == "ready\n"
        process.stdin.write("go\n")
        process.stdin.flush()
        seen = -1
        while process.poll() is None:
            with Ledger.open_to_look(state) as ledger:
                now, as_well = int(ledger.fact("count") or -2), int(ledger.fact("as well") or -2)
            assert seen <= now <= as_well
            seen = now
        assert process.returncode == 0
    with Ledger.open_to_look(state) as ledger:
        assert ledger.fact("count") == str(writes - 1)


def test_reader_is_told_nothing_old_while_writers_come_and_go(tmp_path: Path) -> None:
    look_beside_a_writer(tmp_path, 200)


@pytest.mark.soak
def test_reader_is_told_nothing_old_for_twenty_thousand_writers(tmp_path: Path) -> None:
    look_beside_a_writer(tmp_path, 20_000)


def test_file_whose_making_was_cut_off_gets_the_rest_of_its_tables(tmp_path: Path) -> None:
    path = tmp_path / "small.sqlite"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE a (x)")
    tables = "CREATE TABLE IF NOT EXISTS a (x); CREATE TABLE IF NOT EXISTS b (x);"
    with closing(open_small(path, tables, "WAL")) as connection:
        assert connection.execute("SELECT count(*) FROM b").fetchone() == (0,)


@pytest.mark.parametrize("kind", [Ledger, Lineage])
def test_change_of_the_journal_waits_for_whoever_makes_the_same_file(
    tmp_path: Path, kind: type[Ledger | Lineage]
) -> None:
    name = {Ledger: "ledger.sqlite", Lineage: "lineage.sqlite"}[kind]
    opened = threading.Event()

    def open_beside() -> None:
        kind.open(tmp_path).__exit__()
        opened.set()

    with (
        closing(sqlite3.connect(tmp_path / name, isolation_level=None)) as maker,
        ThreadPoolExecutor(1) as pool,
    ):
        maker.execute("BEGIN IMMEDIATE")  # SQLite refuses at once whoever would change the journal
        done = pool.submit(open_beside)
        try:
            assert not opened.wait(0.3)
        finally:
            maker.execute("COMMIT")
        done.result()
        assert maker.execute("PRAGMA journal_mode").fetchone() == ("wal",)


KILLED = """
import os, signal, sys
from pathlib import Path
from portraitset.workspace.ledger import Ledger
from portraitset.workspace.schema import SCHEMA_VERSION
ledger = Ledger.open(Path(sys.argv[1]))
ledger.write_fact("in the WAL", "yes")
os.kill(os.getpid(), signal.SIGKILL)
"""
READ = """
import sys
from pathlib import Path
from portraitset.workspace.ledger import Ledger
from portraitset.workspace.schema import SCHEMA_VERSION
with Ledger.open_to_look(Path(sys.argv[1])) as ledger:
    print(ledger.fact("in the WAL"))
"""


@pytest.mark.skipif(shutil.which("unshare") is None, reason="unshare is Linux's")
@pytest.mark.parametrize("shared_memory", ["left", "not copied"])
def test_what_a_killed_run_left_in_its_wal_is_read_where_nothing_can_be_written(
    tmp_path: Path, shared_memory: str
) -> None:
    subprocess.run([sys.executable, "-c", KILLED, str(tmp_path)], check=False)
    assert (tmp_path / "ledger.sqlite-wal").stat().st_size > 0
    if shared_memory == "not copied":
        (tmp_path / "ledger.sqlite-shm").unlink()
    mount = 'mount --bind "$1" "$1" && mount -o remount,bind,ro "$1" && exec "$2" -c "$3" "$1"'
    command = ["unshare", "-rm", "sh", "-c", mount, "sh", str(tmp_path), sys.executable, READ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if "unshare" in done.stderr or "mount" in done.stderr:
        pytest.skip(f"no read-only mounts here: {done.stderr}")
    assert (done.stdout, done.stderr) == ("yes\n", "")


def test_whoever_waits_in_vain_is_told_why(tmp_path: Path) -> None:
    path = tmp_path / "a.sqlite"
    with closing(sqlite3.connect(path, isolation_level=None)) as holder:
        holder.execute("BEGIN EXCLUSIVE")
        with closing(sqlite3.connect(path, timeout=0.0, isolation_level=None)) as late:
            tries = []

            def begin() -> None:
                tries.append(1)
                late.execute("BEGIN EXCLUSIVE")

            with pytest.raises(sqlite3.OperationalError) as caught:
                waiting(begin, 0.05)
    assert is_busy(caught.value)
    assert len(tries) > 2


def test_other_errors_are_not_waited_for() -> None:
    tries = []

    def fail() -> None:
        tries.append(1)
        with closing(sqlite3.connect(":memory:")) as connection:
            connection.execute("SELECT * FROM nowhere")

    with pytest.raises(sqlite3.OperationalError, match="no such table"):
        waiting(fail)
    assert len(tries) == 1


def test_other_version_is_left_to_the_writer(tmp_path: Path) -> None:
    Ledger.open(tmp_path).close()
    path = tmp_path / "ledger.sqlite"
    assert open_for_reading(path, SCHEMA_VERSION + 1) is None
    connection = open_for_reading(path, SCHEMA_VERSION)
    assert connection is not None
    connection.close()
