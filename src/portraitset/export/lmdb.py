"""LMDB as stylegan2-pytorch reads it: `{size}-{index:05d}` for a picture, `length` for their count.

Several sizes share one database. `faces.jsonl` beside it says who is who.
"""

import json
import shutil
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from portraitset.errors import WorkspaceError
from portraitset.export.documents import FACES, lines_of, missing, write_documents
from portraitset.export.folder import placed_at, without_place
from portraitset.export.format import Format
from portraitset.export.sample import Kept, Placed, Row, Sample, Shard, Target
from portraitset.workspace.layout import place, translated, write_whole

DATA = "data.mdb"
LENGTH = b"length"

_REBUILT = ".rebuilt"
_ROOM = 1 << 26
_AT_ONCE = 1000


class Lmdb(Format):
    """The format `lmdb`: one database, in which each shard is one transaction."""

    appends = True
    package = "lmdb"
    endings = frozenset([".mdb"])
    lists = frozenset([FACES])

    def writer(self, target: Target, _: Sequence[Placed]) -> "LmdbWriter":
        """A writer that goes on after the last transaction."""
        return LmdbWriter(target)

    def read(self, target: Target, placed: Sequence[Placed]) -> Iterator[bytes]:
        """Yield the bytes of each picture in the database."""
        lmdb = _library()
        try:
            with _opened(target.folder) as database, database.begin() as transaction:
                for item in placed:
                    yield transaction.get(_key_at(item.place).encode()) or b""
        except lmdb.Error as error:
            raise ValueError(str(error)) from error

    def without(
        self,
        target: Target,
        _: Sequence[Kept],
        gone: frozenset[str],
        documents: Mapping[str, bytes],
    ) -> Sequence[Kept]:
        """Write a fresh database, which no page of the old one gets into; indices close up."""
        folder = target.folder
        _adopt_rebuilt(folder)
        with translated(folder):
            rows = [json.loads(line) for line in (folder / FACES).read_bytes().splitlines()]
        kept = [row for row in rows if row["name"] not in gone]
        renamed = _renamed(row["key"] for row in kept)
        kept = [row | {"key": renamed[row["key"]]} for row in kept]
        if len(kept) < len(rows):
            _rebuild(folder, renamed, lines_of(kept))
            _adopt_rebuilt(folder)
        write_documents(folder, documents)
        return [Kept(row["name"], f"{DATA}/{row['key']}", None) for row in kept]


class LmdbWriter:
    """Puts pictures into one database, which is opened anew for each transaction.

    LMDB uses the memory of written pages again, and writes what is left in it into the unused part
    of others: only so do these bytes not depend on where an earlier run was interrupted.
    """

    def __init__(self, target: Target) -> None:
        self._target = target
        self._database: Any = None
        self._transaction: Any = None

    def open(self) -> None:
        """Make the folder.

        Raises:
            InputError: the lmdb package is not there.
        """
        with _translated(self._target.folder):
            self._target.folder.mkdir(parents=True, exist_ok=True)

    def begin(self, _: Shard | None = None) -> None:
        """Begin a transaction, in a database that is made if it is not there."""
        self.close()
        with _translated(self._target.folder):
            self._database = _open(self._target.folder, self._target.room)
            self._transaction = self._database.begin(write=True)

    def add(self, sample: Sample) -> Placed:
        """Put one picture."""
        key = f"{sample.size}-{sample.crop.index:05d}"
        with _translated(self._target.folder):
            self._transaction.put(key.encode(), sample.data)
        return placed_at(sample, f"{DATA}/{key}", None)

    def end(self) -> None:
        """Commit the shard's transaction."""
        with _translated(self._target.folder):
            self._transaction.commit()
        self._transaction = None
        self.close()

    def finish(self, rows: Iterable[Row], documents: Mapping[str, bytes]) -> None:
        """Put the count, and lay lines and documents beside the database."""
        keyed = [{"key": _key_at(str(row["place"]))} | without_place(row) for row in rows]
        count = _count(row["key"] for row in keyed)
        self.begin()
        with _translated(self._target.folder):
            if self._transaction.get(LENGTH) != count:  # else a run that was killed here put it
                self._transaction.put(LENGTH, count)
        self.end()
        write_whole(self._target.folder / FACES, lines_of(keyed))
        write_documents(self._target.folder, documents)

    def close(self) -> None:
        """Abort a transaction that was not committed, and close the database."""
        if self._transaction is not None:
            self._transaction.abort()
            self._transaction = None
        if self._database is not None:
            self._database.close()
            self._database = None


def _library() -> Any:
    try:
        import lmdb
    except ImportError as error:
        raise missing("lmdb") from error
    return lmdb


def _open(folder: Path, room: int) -> Any:
    """A database to write; only this process does, so that no lock file is left."""
    return _library().open(str(folder), map_size=room, lock=False, readahead=False)


@contextmanager
def _opened(folder: Path) -> Iterator[Any]:
    """A database to read."""
    database = _library().open(str(folder), readonly=True, lock=False, create=False)
    try:
        pages = database.info()["last_pgno"] + 1
        if pages * database.stat()["psize"] > (folder / DATA).stat().st_size:
            raise ValueError(f"{folder / DATA} ends before its last page does")  # it would crash us
        yield database
    finally:
        database.close()


@contextmanager
def _translated(path: Path) -> Iterator[None]:
    """The library's errors, and the system's, as ours."""
    lmdb = _library()
    try:
        with translated(path):
            yield
    except lmdb.Error as error:
        raise WorkspaceError(
            f"{path / DATA} cannot be written: {error}. What is finished is kept;"
            " mend this and run the same command again."
        ) from error


def _key_at(lying: str) -> str:
    return lying.partition("/")[2]


def _renamed(keys: Iterable[str]) -> dict[str, str]:
    """Old key to new one: indices of each size from 0 on, without a gap."""
    counts: Counter[str] = Counter()
    renamed = {}
    for key in keys:
        size, _, _ = key.partition("-")
        renamed[key] = f"{size}-{counts[size]:05d}"
        counts[size] += 1
    return renamed


def _count(keys: Iterable[object]) -> bytes:
    """How many pictures there are of each size, which is the same for all."""
    sizes = Counter(str(key).partition("-")[0] for key in keys)
    return str(max(sizes.values(), default=0)).encode()


def _rebuild(folder: Path, renamed: Mapping[str, str], lines: bytes) -> None:
    """Make database and lines anew beside the old ones, complete under their name or not there."""
    fresh, keys = folder / f"{_REBUILT}.part", list(renamed.items())
    shutil.rmtree(fresh, ignore_errors=True)
    with _translated(folder), _opened(folder) as old:
        fresh.mkdir()
        with closing(_open(fresh, (folder / DATA).stat().st_size + _ROOM)) as new:
            for start in range(0, len(keys), _AT_ONCE):
                with old.begin(buffers=True) as source, new.begin(write=True) as goal:
                    for before, after in keys[start : start + _AT_ONCE]:
                        goal.put(after.encode(), source.get(before.encode()))
            with new.begin(write=True) as goal:
                goal.put(LENGTH, _count(renamed))
        (fresh / FACES).write_bytes(lines)
        fresh.rename(folder / _REBUILT)


def _adopt_rebuilt(folder: Path) -> None:
    """Put what was rebuilt in its place, now or after a kill; the two files belong together."""
    rebuilt = folder / _REBUILT
    if rebuilt.is_dir():
        for name in (DATA, FACES):
            if (rebuilt / name).exists():
                place(rebuilt / name, folder / name)
        with translated(folder):
            shutil.rmtree(rebuilt)
