"""The ledger: what happened to each photo and face, and under which fingerprint. SQLite.

Only the runner writes it; anybody may read it meanwhile. A row says what was decided, never what
is hoped: a photo or face without a row was never decided.
"""

import sqlite3
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import astuple, fields, replace
from pathlib import Path
from typing import Self, TypeVar

from portraitset.errors import InputError, ItemError, State
from portraitset.handoffs import (
    AlignedFace,
    Decoded,
    Evidence,
    Face,
    Photo,
    RawPhoto,
    Response,
    Revisit,
)
from portraitset.manifest import Note
from portraitset.workspace.database import (
    open_database,
    open_for_reading,
    safe_journal,
    scrub,
    transaction,
    translated_database,
)
from portraitset.workspace.records import COLUMNS, VALUES, FaceRecord, PhotoRecord
from portraitset.workspace.schema import SCHEMA_VERSION, TABLES, bring_up_to_date

_Record = TypeVar("_Record", PhotoRecord, FaceRecord)


class Ledger:
    """One workspace's ledger; use it as a context manager."""

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self._connection = connection
        self.path = path
        self._photos: Mapping[str, PhotoRecord] | None = None
        self._faces: Mapping[str, FaceRecord] | None = None

    @classmethod
    def open(cls, state_folder: Path) -> Self:
        """Open the ledger, making it if it is not there.

        Raises:
            WorkspaceError: it cannot be opened, is damaged, or a newer version made it.
        """
        path = state_folder / "ledger.sqlite"
        with _translated(path):
            connection = open_database(
                path, safe_journal(state_folder), lambda opened: bring_up_to_date(opened, path)
            )
        return cls(connection, path)

    @classmethod
    def open_to_look(cls, state_folder: Path) -> Self:
        """Open a ledger that must be there, for reading; also on a disk that cannot be written.

        Raises:
            InputError: there is none.
            WorkspaceError: as for `open`.
        """
        _check_there(state_folder)
        path = state_folder / "ledger.sqlite"
        with _translated(path):
            connection = open_for_reading(path, SCHEMA_VERSION)
        return cls.open(state_folder) if connection is None else cls(connection, path)

    @classmethod
    def in_memory(cls) -> Self:
        """An empty ledger in memory, for a plan without a workspace."""
        connection = sqlite3.connect(":memory:", isolation_level=None)
        connection.executescript(TABLES)
        return cls(connection, Path(":memory:"))

    @classmethod
    def open_existing(cls, state_folder: Path) -> Self:
        """Open a ledger that must be there.

        Raises:
            InputError: there is none.
            WorkspaceError: as for `open`.
        """
        _check_there(state_folder)
        return cls.open(state_folder)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the database."""
        self._connection.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All writes inside, or none of them; within a batch, all of the batch or none."""
        with _translated(self.path), transaction(self._connection):
            yield

    def begin_batch(self) -> None:
        """Let what is written from now on wait for `commit_batch`; this process sees it at once.

        What a process that dies has not committed is lost to the ledger: files are recognised
        by their content in the next run, and questions without an answer on disk are asked again.
        """
        with _translated(self.path):
            if not self._connection.in_transaction:
                self._connection.execute("BEGIN IMMEDIATE")

    def commit_batch(self) -> None:
        """Keep what was written since `begin_batch`; nothing happens where nothing waits."""
        with _translated(self.path):
            if self._connection.in_transaction:
                self._connection.execute("COMMIT")

    def photo(self, raw_name: str) -> PhotoRecord | None:
        """What was decided about a photo, whatever its address was then."""
        if self._photos is not None:
            return self._photos.get(raw_name)
        return self._row(PhotoRecord, "photos", "raw_name", raw_name)

    def face(self, name: str) -> FaceRecord | None:
        """What was decided about a face's crop."""
        if self._faces is not None:
            return self._faces.get(name)
        return self._row(FaceRecord, "faces", "name", name)

    def write_photo(self, raw: RawPhoto) -> None:
        """Record a verified original."""
        self._write("photos", PhotoRecord.of_original(raw))

    def write_photo_failure(self, photo: Photo, error: ItemError, caps: str | None) -> None:
        """Record why a photo could not be had.

        Args:
            caps: the limits that were in force when it was asked for; None if it was only found
                on disk, so that nobody was asked.

        What was once verified at this address stays known, as crops may still rest on it.
        """
        before = self.photo(photo.raw_name)
        if before is None or before.url != photo.url:
            before = PhotoRecord(photo.raw_name, photo.url, error.state)
        self._write(
            "photos",
            replace(
                before,
                state=error.state,
                reason=error.reason,
                detail=str(error),
                caps=caps,
                decided_at=time.time(),
            ),
        )

    def write_revisit(self, photo: Photo, revisit: Revisit) -> None:
        """Remember what a verified original's address gave when it was asked again."""
        row = photo.raw_name, photo.url, time.time(), revisit.outcome, revisit.detail
        with _translated(self.path):
            self._connection.execute("INSERT OR REPLACE INTO revisits VALUES (?, ?, ?, ?, ?)", row)

    def revisit(self, photo: Photo) -> Revisit | None:
        """What a photo's address gave when it was last asked again; None if it never was."""
        query = "SELECT outcome, detail FROM revisits WHERE raw_name = ? AND photo_url = ?"
        with _translated(self.path):
            row = self._connection.execute(query, (photo.raw_name, photo.url)).fetchone()
        return Revisit(*row) if row else None

    def complete_photo(self, raw_name: str, decoded: Decoded) -> None:
        """Add what decoding tells to the record of an original that was not decoded."""
        with _translated(self.path):
            self._connection.execute(
                "UPDATE photos SET width = ?, height = ?, format = ?, sha256_rgb = ?, look = ?"
                " WHERE raw_name = ?",
                (*astuple(decoded), raw_name),
            )

    def write_answer(self, photo: Photo, answer: Response) -> None:
        """Remember what a server says of an original now, so that it can be asked for changes."""
        facts = answer.etag, answer.last_modified, answer.cf_polished
        with _translated(self.path):
            self._connection.execute(
                "UPDATE photos SET etag = ?, last_modified = ?, cf_polished = ?"
                " WHERE raw_name = ? AND url = ?",
                (*facts, photo.raw_name, photo.url),
            )

    def has_verdict(self, photo: Photo) -> bool:
        """Whether a server has refused or failed this photo, and that still stands."""
        record = self.photo(photo.raw_name)
        return record is not None and record.url == photo.url and record.caps is not None

    def write_crop(self, crop: AlignedFace) -> None:
        """Record a finished crop."""
        self._write("faces", FaceRecord.of_crop(crop))

    def write_crop_failure(self, face: Face, fingerprint: str, error: ItemError) -> None:
        """Record why a face has no crop."""
        self._write("faces", FaceRecord.of_failure(face, fingerprint, error))

    def write_evidence(self, photo: Photo, evidence: Iterable[Evidence]) -> None:
        """Remember what was found of an owner's wishes; it replaces what was found before."""
        rows = [
            (photo.raw_name, photo.url, item.signal, item.value, item.url, item.at, item.decision)
            for item in evidence
        ]
        with _translated(self.path):
            self._connection.execute("DELETE FROM evidence WHERE raw_name = ?", (photo.raw_name,))
            self._connection.executemany(
                "INSERT OR REPLACE INTO evidence VALUES (?, ?, ?, ?, ?, ?, ?)", rows
            )

    def evidence(self, photo: Photo) -> tuple[Evidence, ...]:
        """What was found of an owner's wishes when this photo was last asked for."""
        query = (
            "SELECT signal, value, url, at, decision FROM evidence"
            " WHERE raw_name = ? AND photo_url = ? ORDER BY at, signal"
        )
        with _translated(self.path):
            rows = self._connection.execute(query, (photo.raw_name, photo.url))
            return tuple(Evidence(*row) for row in rows)

    def forget(self, reasons: Iterable[str]) -> int:
        """Drop the decisions that ended for these reasons; how many there were.

        A photo that was verified before stands as it did then, as crops may still rest on it.
        """
        wanted = tuple(reasons)
        due = f"reason IN ({', '.join('?' * len(wanted))})"
        verified = f"state = '{State.FETCHED}', reason = NULL, detail = NULL, caps = NULL"
        statements = (
            f"UPDATE photos SET {verified} WHERE {due} AND sha256 IS NOT NULL",
            f"DELETE FROM photos WHERE {due}",
            f"DELETE FROM faces WHERE {due}",
        )
        with self.transaction():
            return sum(self._connection.execute(text, wanted).rowcount for text in statements)

    @contextmanager
    def reading_ahead(
        self, raw_names: Iterable[str] | None = None, names: Iterable[str] | None = None
    ) -> Iterator[None]:
        """Answer from memory inside, about these photos and faces or about all; nobody may write.

        One question for many rows takes a third of the time of one for each.
        """
        if self._photos is not None:  # whoever reads further ahead wants no less
            yield
            return
        self._photos = {row.raw_name: row for row in self._rows(PhotoRecord, "photos", raw_names)}
        self._faces = {row.name: row for row in self._rows(FaceRecord, "faces", names)}
        try:
            yield
        finally:
            self._photos = self._faces = None

    def photos(self) -> Iterator[PhotoRecord]:
        """What was decided about every photo."""
        return self._rows(PhotoRecord, "photos")

    def faces(self) -> Iterator[FaceRecord]:
        """What was decided about every face's crop."""
        return self._rows(FaceRecord, "faces")

    def erase(self, raw_names: frozenset[str], faces: frozenset[str], urls: frozenset[str]) -> None:
        """Take photos and faces out so that no byte of theirs remains in the file or beside it.

        Notes that speak of them go as well.

        Raises:
            WorkspaceError: somebody reads the ledger all the while, so that its journal stays.
        """
        words = raw_names | faces | urls
        notes = [(n.subject, n.text) for n in self.notes() if _speaks_of(n, words)]
        rows = [(name,) for name in raw_names]
        with _translated(self.path):
            self._connection.execute("PRAGMA secure_delete = ON")
        with self.transaction():
            for table in ("photos", "evidence", "revisits"):
                self._connection.executemany(f"DELETE FROM {table} WHERE raw_name = ?", rows)
            self._connection.executemany(
                "DELETE FROM faces WHERE name = ?", [(name,) for name in faces]
            )
            self._connection.executemany("DELETE FROM notes WHERE subject = ? AND text = ?", notes)
        with _translated(self.path):
            scrub(self._connection)

    def names(self) -> Iterator[str]:
        """Every face that was ever decided."""
        with _translated(self.path):
            rows = self._connection.execute("SELECT name FROM faces")
            yield from (row[0] for row in rows)

    def fact(self, name: str) -> str | None:
        """A fact about the workspace as a whole."""
        with _translated(self.path):
            row = self._connection.execute(
                "SELECT value FROM facts WHERE name = ?", (name,)
            ).fetchone()
        return row[0] if row else None

    def write_fact(self, name: str, value: str) -> None:
        """Remember a fact about the workspace as a whole."""
        with _translated(self.path):
            self._connection.execute("INSERT OR REPLACE INTO facts VALUES (?, ?)", (name, value))

    def write_note(self, note: Note) -> None:
        """Remember something odd; once, however often it is met."""
        with _translated(self.path):
            self._connection.execute(
                "INSERT OR IGNORE INTO notes VALUES (?, ?, ?)",
                (note.subject, note.text, time.time()),
            )

    def withdraw_notes(self, text: str) -> None:
        """Forget the notes of this text, whatever they are about."""
        with _translated(self.path):
            self._connection.execute("DELETE FROM notes WHERE text = ?", (text,))

    def notes(self) -> list[Note]:
        """What was odd, oldest first."""
        with _translated(self.path):
            rows = self._connection.execute("SELECT subject, text FROM notes ORDER BY at, subject")
            return [Note(*row) for row in rows]

    def _row(self, record: type[_Record], table: str, column: str, key: str) -> _Record | None:
        query = f"SELECT {COLUMNS[record]} FROM {table} WHERE {column} = ?"
        with _translated(self.path):
            row = self._connection.execute(query, (key,)).fetchone()
        return record(*row) if row else None

    def _rows(
        self, record: type[_Record], table: str, keys: Iterable[str] | None = None
    ) -> Iterator[_Record]:
        """The rows of these keys, or all."""
        query = f"SELECT {COLUMNS[record]} FROM {table}"
        wanted: tuple[str, ...] = ()
        if keys is not None:
            wanted = tuple(keys)
            key = fields(record)[0].name
            query += f" WHERE {key} IN ({', '.join('?' * len(wanted))})"
        with _translated(self.path):
            yield from (record(*row) for row in self._connection.execute(query, wanted))

    def _write(self, table: str, record: PhotoRecord | FaceRecord) -> None:
        values = VALUES[type(record)](record)
        marks = ", ".join("?" * len(values))
        columns = COLUMNS[type(record)]
        statement = f"INSERT OR REPLACE INTO {table} ({columns}) VALUES ({marks})"
        with _translated(self.path):
            self._connection.execute(statement, values)


def _translated(path: Path) -> AbstractContextManager[None]:
    return translated_database(
        path,
        "Move it away and run the same command again: originals and crops that are whole will be"
        " recognised and kept.",
    )


def _speaks_of(note: Note, words: frozenset[str]) -> bool:
    return note.subject in words or any(word in note.text for word in words)


def _check_there(state_folder: Path) -> None:
    if not (state_folder / "ledger.sqlite").is_file():
        raise InputError(
            f"{state_folder.parent} is no workspace: nothing was built there yet."
            " Choose one with -w, or start with `portraitset build MANIFEST -w FOLDER`."
        )
