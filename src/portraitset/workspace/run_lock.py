"""One run at a time in a workspace."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from portraitset.errors import WorkspaceError
from portraitset.workspace.database import is_busy


@contextmanager
def only_run(state_folder: Path) -> Iterator[None]:
    """Hold the workspace until the block ends or the process dies, however it dies.

    The lock is that of an empty SQLite file: it works wherever the ledger does, and no stale lock
    can be left behind. Where the system can lock a folder, the folder is locked too, as somebody
    might delete the file.

    Raises:
        WorkspaceError: another run holds it, or the folder cannot be written.
    """
    path = state_folder / "lock"
    with closing(_connection(path)) as connection:
        try:
            connection.execute("BEGIN EXCLUSIVE")
        except sqlite3.DatabaseError as error:
            if is_busy(error):
                raise _busy(state_folder) from error
            raise WorkspaceError(f"{path} cannot be used as a lock: {error}") from error
        with _folder_held(state_folder):
            yield


@contextmanager
def _folder_held(folder: Path) -> Iterator[None]:
    try:
        import fcntl
    except ImportError:  # Windows, where a file that is open cannot be deleted
        yield
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        with suppress(OSError):  # a file system without such locks
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise _busy(folder) from error
        yield
    finally:
        os.close(descriptor)


def _busy(state_folder: Path) -> WorkspaceError:
    return WorkspaceError(
        f"another portraitset run is at work in {state_folder.parent}; wait until it ends, or"
        " choose another workspace with -w. `portraitset status` shows how far it is."
    )


@contextmanager
def wait_for(path: Path) -> Iterator[None]:
    """Hold a lock until the block ends, waiting for whoever holds it, a minute at the most.

    Raises:
        WorkspaceError: it was not let go, or its folder cannot be written.
    """
    with closing(_connection(path, 60.0)) as connection:
        try:
            connection.execute("BEGIN EXCLUSIVE")
        except sqlite3.DatabaseError as error:
            if is_busy(error):
                raise WorkspaceError(
                    f"{path} is held by another portraitset process; wait until it ends, and do"
                    " the same again"
                ) from error
            raise WorkspaceError(f"{path} cannot be used as a lock: {error}") from error
        yield


def _connection(path: Path, patience: float = 0.5) -> sqlite3.Connection:
    try:
        return sqlite3.connect(path, timeout=patience, isolation_level=None)
    except sqlite3.OperationalError as error:
        raise WorkspaceError(f"{path.parent.parent} cannot be written: {error}") from error
