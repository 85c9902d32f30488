"""Every copy that the tool wrote beyond raw/ and aligned/: exports, releases, reports, thumbnails.

Whoever writes something that shows or names pictures registers it here before the first byte, and
says at the end what lies where. `remove` finds every copy by it.
"""

import json
import os
import sqlite3
import time
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from portraitset.workspace.database import (
    open_small,
    safe_journal,
    scrub,
    transaction,
    translated_database,
)

_AT_ONCE = 500
"""Names in one query; SQLite takes some thousands."""

_TABLES = """
CREATE TABLE IF NOT EXISTS outputs (
    path, kind, format, settings, begun_at, finished_at, PRIMARY KEY (path)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS members (
    output, face, place, offset, PRIMARY KEY (output, face, place)
) WITHOUT ROWID;
PRAGMA user_version = 1;
"""


@dataclass(frozen=True, slots=True)
class Output:
    """Something that the tool wrote.

    Attributes:
        path: the file or folder, absolute.
        kind: what wrote it: "export", "release", "report", "teaser", "lock", "thumbnails", …
        format: which of its kind: "webdataset", "stylegan", …; empty where there is one only.
        settings: what its writer needs to know to write it again.
        finished: whether its writer came to the end.
    """

    path: Path
    kind: str
    format: str = ""
    settings: Mapping[str, object] = field(default_factory=dict)
    finished: bool = True


@dataclass(frozen=True, slots=True)
class Member:
    """One face in an output.

    Attributes:
        face: its name in the manifest.
        place: the file within the output, relative, with the member of it if it is an archive:
            "shard-000003.tar", "dataset.zip/00000/img00000007.png"; "." for the output itself.
        offset: of its first byte in that file, where this makes sense.
    """

    face: str
    place: str
    offset: int | None = None


class Lineage:
    """One workspace's register; use it as a context manager.

    Paths inside the workspace are kept relative to it, so that it can be moved.
    """

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self._connection = connection
        self._path = path
        self._root = _straight(path.parent.parent)
        self._roots = (self._root, self._root.resolve())

    @staticmethod
    def path_in(state_folder: Path) -> Path:
        """Where a workspace's register lies."""
        return state_folder / "lineage.sqlite"

    @classmethod
    def open(cls, state_folder: Path) -> Self:
        """Open the register, making it if it is not there.

        Raises:
            WorkspaceError: it cannot be opened or is damaged.
        """
        path = cls.path_in(state_folder)
        with _translated(path):
            connection = open_small(path, _TABLES, safe_journal(state_folder))
        return cls(connection, path)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def begin(self, output: Output) -> None:
        """Register what is about to be written; what was known of an earlier one is forgotten."""
        row = (
            self._key(output.path),
            output.kind,
            output.format,
            json.dumps(output.settings),
            time.time(),
        )
        with self._transaction():
            self._execute("DELETE FROM members WHERE output = ?", row[:1])
            self._execute("INSERT OR REPLACE INTO outputs VALUES (?, ?, ?, ?, ?, NULL)", row)

    def finish(self, path: Path, members: Iterable[Member]) -> None:
        """Say what lies where; only now an output counts as finished."""
        key = self._key(path)
        rows = ((key, item.face, item.place, item.offset) for item in members)
        with self._transaction():
            self._execute("DELETE FROM members WHERE output = ?", (key,))
            self._connection.executemany("INSERT OR REPLACE INTO members VALUES (?, ?, ?, ?)", rows)
            self._execute("UPDATE outputs SET finished_at = ? WHERE path = ?", (time.time(), key))

    def forget(self, path: Path) -> None:
        """Forget an output that is no longer there."""
        with self._transaction():
            self._execute("DELETE FROM members WHERE output = ?", (self._key(path),))
            self._execute("DELETE FROM outputs WHERE path = ?", (self._key(path),))

    def scrub(self) -> None:
        """Leave nothing of what was forgotten, neither in free pages nor in the journal.

        Raises:
            WorkspaceError: somebody reads the register all the while.
        """
        with _translated(self._path):
            scrub(self._connection)

    def outputs(self, kind: str | None = None) -> tuple[Output, ...]:
        """What was written, in the order of the paths; of one kind or of all."""
        with _translated(self._path):
            rows = self._connection.execute(
                "SELECT path, kind, format, settings, finished_at IS NOT NULL FROM outputs"
                " WHERE ?1 IS NULL OR kind = ?1 ORDER BY path",
                (kind,),
            ).fetchall()
        return tuple(
            Output(self._root / key, kind, form, json.loads(settings), bool(finished))
            for key, kind, form, settings, finished in rows
        )

    def members(self, path: Path, faces: Collection[str] | None = None) -> tuple[Member, ...]:
        """Where faces lie in an output, by face and place; all of them, or only these."""
        query = "SELECT face, place, offset FROM members WHERE output = ?"
        with _translated(self._path):
            if faces is None:
                rows = self._connection.execute(query, (self._key(path),)).fetchall()
            else:
                rows = list(self._rows_of(query, self._key(path), sorted(set(faces))))
        return tuple(
            sorted((Member(*row) for row in rows), key=lambda item: (item.face, item.place))
        )

    def _rows_of(
        self, query: str, key: str, faces: list[str]
    ) -> Iterator[tuple[str, str, int | None]]:
        for start in range(0, len(faces), _AT_ONCE):
            names = faces[start : start + _AT_ONCE]
            marks = ", ".join("?" * len(names))
            yield from self._connection.execute(f"{query} AND face IN ({marks})", (key, *names))

    def _key(self, path: Path) -> str:
        whole = _straight(path)
        inside = (whole.relative_to(root) for root in self._roots if whole.is_relative_to(root))
        return next(inside, whole).as_posix()

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        with _translated(self._path), transaction(self._connection):
            yield

    def _execute(self, statement: str, values: tuple[object, ...]) -> None:
        self._connection.execute(statement, values)


def _straight(path: Path) -> Path:
    """An absolute path without `..`, which only the file system can follow behind a link.

    Other links stay as they are.
    """
    whole = path.absolute()
    return Path(os.path.realpath(whole)) if ".." in whole.parts else whole


def _translated(path: Path) -> AbstractContextManager[None]:
    return translated_database(
        path, "Restore it from a copy: without it, `remove` cannot know where pictures went."
    )
