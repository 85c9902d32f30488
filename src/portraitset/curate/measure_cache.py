"""Measures that were taken before, so that nobody waits for them twice. SQLite."""

import json
import sqlite3
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Self

from portraitset.curate.measure import Measures, Swatch
from portraitset.workspace.database import open_small, transaction, translated_database

CACHE = "measures.sqlite"

_TABLE = """
CREATE TABLE IF NOT EXISTS measures (face, key, content, PRIMARY KEY (face)) WITHOUT ROWID
"""


class MeasureCache:
    """The measures of one workspace's faces, kept in SQLite; use it as a context manager.

    A row holds under a key what was measured; a changed key is a changed face.
    """

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self._connection = connection
        self._path = path

    @classmethod
    def open(cls, state_folder: Path) -> Self:
        """Open the cache, making it if it is not there.

        Raises:
            WorkspaceError: it cannot be opened or is damaged.
        """
        path = state_folder / CACHE
        with _translated(path):
            connection = open_small(path, _TABLE, "TRUNCATE")  # nothing lingers in a WAL
        return cls(connection, path)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def find(self, keys: Mapping[str, str]) -> Iterator[tuple[str, Measures]]:
        """The faces whose key is still the same, and their measures."""
        with _translated(self._path):
            for face, key, content in self._connection.execute("SELECT * FROM measures"):
                if keys.get(face) == key:
                    yield face, _measures(json.loads(content))

    def write(self, rows: Iterable[tuple[str, str, Measures]]) -> None:
        """Keep faces, their keys and their measures."""
        values = [(face, key, json.dumps(asdict(found))) for face, key, found in rows]
        with self._transaction():
            self._connection.executemany("INSERT OR REPLACE INTO measures VALUES (?, ?, ?)", values)

    def forget(self, faces: Collection[str]) -> None:
        """Take faces out so that no byte of theirs remains in the file or beside it."""
        with self._transaction():
            self._connection.executemany(
                "DELETE FROM measures WHERE face = ?", ((face,) for face in faces)
            )
        with _translated(self._path):
            self._connection.execute("VACUUM")

    def names(self) -> frozenset[str]:
        """The names of all faces that have measures here."""
        with _translated(self._path):
            return frozenset(
                row[0] for row in self._connection.execute("SELECT face FROM measures")
            )

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        with _translated(self._path), transaction(self._connection):
            yield


def _measures(content: dict[str, object]) -> Measures:
    palette = content.pop("palette")
    if not isinstance(palette, list):
        raise TypeError(f"no palette: {palette!r:.60}")
    swatches = tuple(Swatch(**swatch) for swatch in palette)
    return Measures(**content, palette=swatches)  # type: ignore[arg-type]


def _translated(path: Path) -> AbstractContextManager[None]:
    return translated_database(path, "Delete it: the next `curate` measures again.")
