"""What every SQLite file of a workspace shares: errors in our words, and which journal is safe."""

import random
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TypeVar

from portraitset.errors import WorkspaceError

PATIENCE = 30.0
"""Seconds for which somebody else's work on a database is waited for."""

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
                f"{path} is held by another process, for more than {PATIENCE:.0f} seconds now."
                " What is finished is kept; wait until it ends and run the same command again."
            ) from error
        raise WorkspaceError(
            f"{path} cannot be used: {error}. What is finished is kept;"
            " mend this and run the same command again."
        ) from error
    except sqlite3.DatabaseError as error:
        if isinstance(error, sqlite3.IntegrityError | sqlite3.ProgrammingError):
            raise
        raise WorkspaceError(f"{path} is damaged ({error}). {cure}") from error


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


def journal_for(folder: Path) -> str:
    """The journal mode that is safe for a database in this folder."""
    return "TRUNCATE" if is_on_network(folder) else "WAL"


def open_database(path: Path, journal: str) -> sqlite3.Connection:
    """Open a database, making it if need be; whoever is at it meanwhile is waited for.

    Args:
        path: the file.
        journal: SQLite's journal mode.

    Raises:
        sqlite3.Error: it cannot be opened, is damaged, or is held for longer than `PATIENCE`.
    """
    connection = sqlite3.connect(path, timeout=PATIENCE, isolation_level=None)
    with closing_on_error(connection):
        waiting(lambda: _keep_journal(connection, journal))
        connection.execute("PRAGMA synchronous = NORMAL")
    return connection


def open_small(path: Path, tables: str, journal: str) -> sqlite3.Connection:
    """A database beside the ledger that keeps no trace of what is deleted, made if need be.

    Args:
        path: the file.
        tables: statements that make what is missing.
        journal: SQLite's journal mode.
    """
    connection = open_database(path, journal)
    with closing_on_error(connection):
        connection.execute("PRAGMA secure_delete = ON")
        if not waiting(connection.execute("SELECT 1 FROM sqlite_schema").fetchone):
            waiting(lambda: _make(connection, tables))
    return connection


def open_for_reading(path: Path) -> sqlite3.Connection | None:
    """Open a database to look at it, also on a disk that cannot be written.

    None if that takes writing: its journal must be played back first, say.

    Raises:
        sqlite3.OperationalError: it is held for longer than `PATIENCE`.
    """
    for mode in ("mode=ro", "immutable=1"):  # the latter needs no files beside the database
        uri = f"{path.absolute().as_uri()}?{mode}"
        connection = sqlite3.connect(uri, timeout=PATIENCE, isolation_level=None, uri=True)
        try:
            waiting(partial(version_of, connection))
        except sqlite3.DatabaseError as error:
            connection.close()
            if is_busy(error):  # what somebody is writing cannot be taken for immutable
                raise
        else:
            return connection
    return None


def version_of(connection: sqlite3.Connection) -> int:
    """The number that a database's maker gave to its tables; 0 for none."""
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def waiting(work: Callable[[], _Result]) -> _Result:
    """Do work on a database, again while somebody else holds it.

    SQLite waits of itself for most locks (`timeout`), but not in every case: a change of the
    journal mode and a journal that is being played back are refused at once.
    """
    stop = time.monotonic() + PATIENCE
    while True:
        try:
            return work()
        except sqlite3.OperationalError as error:
            if not is_busy(error) or time.monotonic() > stop:
                raise
        time.sleep(random.uniform(0.002, 0.02))  # noqa: S311 two who wait must not keep step


def is_busy(error: sqlite3.Error) -> bool:
    """Whether somebody else's lock is what is in the way."""
    kinds = sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED
    return (getattr(error, "sqlite_errorcode", None) or 0) & 0xFF in kinds


@contextmanager
def closing_on_error(connection: sqlite3.Connection) -> Iterator[None]:
    """Close a connection that cannot be made ready."""
    try:
        yield
    except BaseException:
        connection.close()
        raise


def _keep_journal(connection: sqlite3.Connection, journal: str) -> None:
    """Change the journal mode only where it is another: a change wants the file for itself."""
    if connection.execute("PRAGMA journal_mode").fetchone()[0] != journal.lower():
        connection.execute(f"PRAGMA journal_mode = {journal}")


def _make(connection: sqlite3.Connection, tables: str) -> None:
    with transaction(connection):
        for statement in tables.split(";"):
            connection.execute(statement)


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
