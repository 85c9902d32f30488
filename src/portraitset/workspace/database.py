"""What every SQLite file of a workspace shares: errors in our words, and which journal is safe."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from portraitset.errors import WorkspaceError

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


def open_small(path: Path, tables: str, journal: str) -> sqlite3.Connection:
    """A database beside the ledger that keeps no trace of what is deleted, made if need be.

    Args:
        path: the file.
        tables: statements that make what is missing.
        journal: SQLite's journal mode.
    """
    connection = sqlite3.connect(path, timeout=30.0, isolation_level=None)
    try:
        connection.execute(f"PRAGMA journal_mode = {journal}")
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute("PRAGMA secure_delete = ON")
        if not connection.execute("SELECT 1 FROM sqlite_schema").fetchone():
            connection.executescript(tables)
    except BaseException:
        connection.close()
        raise
    return connection


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
