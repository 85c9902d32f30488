"""What every SQLite file of a workspace shares: how it is opened beside others who open it, errors
in our words, and which journal is safe.
"""

import os
import shutil
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar

from portraitset.errors import WorkspaceError

PATIENCE = 30.0
"""Seconds to wait for whoever holds a database; a transaction takes far less."""

_BUSY = frozenset([sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_PROTOCOL])
"""Somebody else is at it. The last is what SQLite says when its own short wait for the WAL ends."""

_Result = TypeVar("_Result")

_NETWORK = ("nfs", "cifs", "smb", "lustre", "gpfs", "beegfs", "ceph", "fuse.sshfs", "9p", "afs")


@contextmanager
def translated_database(path: Path, cure: str) -> Iterator[None]:
    """SQLite's errors as ours; a constraint or a syntax error is a bug and stays one.

    Args:
        path: the database.
        cure: what to do about a damaged one, a sentence.
    """
    try:
        yield
    except sqlite3.OperationalError as error:
        if is_busy(error):
            raise WorkspaceError(
                f"{path} is in use: another process has kept it locked all the while. What is"
                " finished is kept; wait until that one ends and run the same command again."
            ) from error
        raise WorkspaceError(
            f"{path} cannot be used: {error}. What is finished is kept;"
            " mend this and run the same command again."
        ) from error
    except sqlite3.DatabaseError as error:
        if isinstance(error, sqlite3.IntegrityError | sqlite3.ProgrammingError):
            raise
        raise WorkspaceError(f"{path} is damaged ({error}). {cure}") from error


def is_busy(error: sqlite3.Error) -> bool:
    """Whether somebody else's use of a database is all that is wrong."""
    code = getattr(error, "sqlite_errorcode", None)  # an error of our own making has none
    return code is not None and code & 0xFF in _BUSY


def waiting(act: Callable[[], _Result], patience: float = PATIENCE) -> _Result:
    """What a step gives that SQLite refuses at once while somebody else is at the database.

    A connection's timeout covers most statements; not a change of the journal mode, nor what would
    wait for a process that waits for this one.

    Args:
        act: the step; what it did before it was refused must do no harm when it is done again.
        patience: seconds to go on trying.

    Raises:
        sqlite3.OperationalError: it is refused still.
    """
    end, pause = time.monotonic() + patience, 0.001
    while True:
        try:
            return act()
        except sqlite3.OperationalError as error:
            if not is_busy(error) or time.monotonic() > end:
                raise
        time.sleep(pause)
        pause = min(2 * pause, 0.1)


def scrub(connection: sqlite3.Connection) -> None:
    """Leave nothing of deleted rows: neither in free pages nor in a journal.

    Raises:
        sqlite3.OperationalError: somebody reads the database all the while.
    """
    connection.execute("VACUUM")
    busy = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
    if busy:
        raise sqlite3.OperationalError("somebody reads it, so that its journal cannot be emptied")


def is_on_network(folder: Path) -> bool:
    """Whether a folder lies on a network file system, where SQLite's WAL is not safe."""
    try:
        mounts = Path("/proc/self/mountinfo").read_text(encoding="utf-8", errors="replace")
    except OSError:  # not Linux
        return False
    place = folder.resolve()
    best, kind = -1, ""
    for line in mounts.splitlines():
        left, _, right = line.partition(" - ")
        point = Path(left.split(" ")[4].replace("\\040", " "))
        if place.is_relative_to(point) and len(point.parts) >= best:
            best, kind = len(point.parts), right.split(" ")[0]
    return kind.startswith(_NETWORK)


def safe_journal(folder: Path) -> str:
    """The journal mode in which readers and a writer do not wait for each other, if it is safe."""
    return "TRUNCATE" if is_on_network(folder) else "WAL"


def open_database(
    path: Path, journal: str, set_up: Callable[[sqlite3.Connection], None]
) -> sqlite3.Connection:
    """Open a database for reading and writing, making it if it is not there.

    Any number of processes may do so at once; each waits for the others.

    Args:
        path: the file.
        journal: SQLite's journal mode.
        set_up: makes what is missing in it, all or nothing; called again if others were at it.
    """
    connection = sqlite3.connect(path, timeout=PATIENCE, isolation_level=None)

    def prepare() -> None:
        _set_journal(connection, journal)
        connection.execute("PRAGMA synchronous = NORMAL")
        set_up(connection)

    try:
        waiting(prepare)
    except BaseException:
        connection.close()
        raise
    return connection


def _set_journal(connection: sqlite3.Connection, journal: str) -> None:
    """Set the journal mode; a file that is in it already is not locked for that."""
    if connection.execute("PRAGMA journal_mode").fetchone()[0] != journal.lower():
        connection.execute(f"PRAGMA journal_mode = {journal}")


def open_small(path: Path, tables: str, journal: str) -> sqlite3.Connection:
    """A database beside the ledger that keeps no trace of what is deleted, made if need be.

    Args:
        path: the file.
        tables: statements that make what is missing, divided by semicolons.
        journal: SQLite's journal mode.
    """
    statements = [text for text in tables.split(";") if text.strip()]
    wanted = sum("CREATE TABLE" in text for text in statements)

    def set_up(connection: sqlite3.Connection) -> None:
        connection.execute("PRAGMA secure_delete = ON")
        count = "SELECT count(*) FROM sqlite_schema WHERE type = 'table'"
        if connection.execute(count).fetchone()[0] < wanted:
            with transaction(connection):
                for statement in statements:
                    connection.execute(statement)

    return open_database(path, journal, set_up)


def open_for_reading(path: Path, version: int) -> sqlite3.Connection | None:
    """Open a database that is there without writing to it, also where nothing can be written.

    Args:
        path: the file.
        version: the schema version that is understood.

    Returns None if only `open_database` can see to it: it has another version, is damaged, or was
    left by a process that died in the middle of a transaction.
    """
    address = path.absolute().as_uri()

    def open_beside_others() -> sqlite3.Connection | None:
        return _if_understood(_connect_to_read(f"{address}?mode=ro"), version)

    try:
        return waiting(open_beside_others)
    except sqlite3.DatabaseError as error:
        if is_busy(error):
            raise
        if os.access(path.parent, os.W_OK):
            return None
    return _if_understood(_still(path), version)


def _connect_to_read(uri: str) -> sqlite3.Connection:
    return sqlite3.connect(uri, timeout=PATIENCE, isolation_level=None, uri=True)


def _if_understood(connection: sqlite3.Connection, version: int) -> sqlite3.Connection | None:
    try:
        if connection.execute("PRAGMA user_version").fetchone()[0] == version:
            return connection
    except BaseException:
        connection.close()
        raise
    connection.close()
    return None


def _still(path: Path) -> sqlite3.Connection:
    """A database where SQLite can make no file beside it; what its WAL still holds counts, too."""
    wal = path.with_name(f"{path.name}-wal")
    if not wal.is_file() or not wal.stat().st_size:
        return _connect_to_read(f"{path.absolute().as_uri()}?immutable=1")
    with TemporaryDirectory() as folder:
        for file in (path, wal):
            shutil.copyfile(file, Path(folder) / file.name)
        with closing(sqlite3.connect(Path(folder) / path.name)) as copy:
            memory = sqlite3.connect(":memory:", isolation_level=None)
            copy.backup(memory)
    return memory


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """All writes inside, or none of them; within another transaction, all of that or none."""
    is_own = not connection.in_transaction
    if is_own:
        connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        if is_own:
            connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:  # a full disk has rolled it back already
            connection.execute("ROLLBACK")
        raise
