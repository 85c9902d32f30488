"""What lies in a folder, a zip, a tar, a Parquet file or an LMDB: item by item, never unpacked.

All of it may be a stranger's: nothing is written, no link is followed, sizes are bounded, and
whatever cannot be read is told instead of raised.
"""

import bz2
import gzip
import hashlib
import io
import lzma
import multiprocessing
import os
import stat
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path, PurePath
from typing import IO, Any, Self

LARGEST_HELD = 256 << 20
"""In bytes: an item larger than any original that a build accepts is known by its bytes alone."""

_CHUNK = 1 << 20
_MOST_DATABASES = 1000
_DATABASE_RECORD = 48
"""In bytes: what LMDB keeps under the name of a database within a database (`MDB_db`)."""

_HEAD = 512
_LEAST_ROOM = 1 << 30
_MOST_EXPANSION = 200
"""An archive may unpack to so many times its size, and a GiB; past it, it is called a bomb."""

_LOCAL_HEADER = struct.Struct("<26xHH")
"""Before each member of a zip: what the lengths of its name and of its extra field are."""

_CLOSED = (
    b"\x28\xb5\x2f\xfd",  # Zstandard
    b"\x04\x22\x4d\x18",  # LZ4
    b"7z\xbc\xaf\x27\x1c",
    b"Rar!\x1a\x07",
    b"ARROW1\0\0",
    b"\x89HDF\r\n\x1a\n",
)
"""How archives begin that nothing here reads: no clean bill for those."""

UNREADABLE = (
    OSError,
    EOFError,
    ValueError,
    RuntimeError,
    NotImplementedError,
    LookupError,
    OverflowError,
    struct.error,
    lzma.LZMAError,
    tarfile.TarError,
    zipfile.BadZipFile,
    zlib.error,
)
"""What the standard library's readers raise on damaged archives."""


@dataclass(frozen=True, slots=True)
class Item:
    """One file, member or cell.

    Attributes:
        where: the file's path; behind `!` the member, for a member of a member twice.
        offset: of the member's first byte in its archive, where that makes sense.
        name: the last part of its own name.
        data: its bytes; empty if it is larger than can be held.
        sha256: of the bytes of one that is larger; None for all others.
    """

    where: str
    offset: int | None
    name: str
    data: bytes
    sha256: str | None = None


@dataclass(frozen=True, slots=True)
class Problem:
    """What could not be looked into, and why."""

    where: str
    why: str


Found = Item | Problem


def items_of(path: Path) -> Iterator[Found]:
    """All items of one file; the file itself where it is no archive."""
    try:
        with path.open("rb") as file:
            reader = _reader_of(file.read(_HEAD))
            file.seek(0)
            if reader is _lmdb:
                yield from _lmdb(file, str(path), 0)
            elif reader is None:
                yield _held(file, str(path), None, path.name, _Room.unbounded())
            else:
                yield from reader(file, str(path), 0)
    except UNREADABLE as error:
        yield Problem(str(path), _in_words(error))


def files_of(tree: Path) -> Iterator[Path | Problem]:
    """All regular files below a folder, or the file itself; links are not followed."""
    if not tree.is_dir():
        yield tree if tree.is_file() else Problem(str(tree), "it is neither a file nor a folder")
        return
    closed: list[OSError] = []
    for folder, folders, names in os.walk(tree, onerror=closed.append):
        folders.sort()
        for name in sorted(names):
            path = Path(folder, name)
            try:
                if stat.S_ISREG(path.lstat().st_mode):
                    yield path
            except OSError as error:
                closed.append(error)
    yield from (Problem(str(error.filename), _in_words(error)) for error in closed)


class _Room:
    """How many bytes an archive may still unpack to."""

    def __init__(self, left: int | None) -> None:
        self._left = left

    @classmethod
    def unbounded(cls) -> "_Room":
        return cls(None)

    @classmethod
    def for_archive(cls, byte_count: int) -> "_Room":
        return cls(_LEAST_ROOM + _MOST_EXPANSION * byte_count)

    def take(self, byte_count: int) -> None:
        if self._left is not None:
            self._left -= byte_count
            if self._left < 0:
                raise ValueError(f"it unpacks to more than {_MOST_EXPANSION} times its size")


class _Bounded(io.RawIOBase):
    """A decompressor's output, as far as there is room."""

    def __init__(self, file: IO[bytes], room: _Room) -> None:
        self._file = file
        self._room = room

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        data = self._file.read(size)
        self._room.take(len(data))
        return data


Reader = Callable[[IO[bytes], str, int], Iterator[Found]]


def _reader_of(head: bytes) -> Reader | None:
    """Which kind of archive begins so; None for none."""
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _zip
    if _begins_tar(head):
        return _tar
    if head.startswith((b"\x1f\x8b", b"BZh", b"\xfd7zXZ\x00")):
        return _compressed
    if head.startswith(b"PAR1"):
        return _parquet
    if head.startswith(_CLOSED):
        return _closed
    return _lmdb if head[16:20] == b"\xde\xc0\xef\xbe" else None


def _begins_tar(head: bytes) -> bool:
    """By its checksum, as a tar of before 1988 has no other mark."""
    try:
        tarfile.TarInfo.frombuf(head, "utf-8", "surrogateescape")
    except tarfile.HeaderError:
        return False
    return True


def _closed(_: IO[bytes], where: str, __: int) -> Iterator[Found]:
    yield Problem(where, "an archive of a kind that cannot be looked into; unpack it first")


def _size_of(file: IO[bytes]) -> int:
    size = file.seek(0, io.SEEK_END)
    file.seek(0)
    return size


def _held(
    file: "IO[bytes] | _Bounded",
    where: str,
    offset: int | None,
    name: str,
    room: _Room,
    size: int = LARGEST_HELD,
) -> Found:
    """An item with its bytes, or with their digest if they are too many.

    `size` is how many there are at most: room for more takes longer to get than they to be read.
    """
    data = file.read(min(size, LARGEST_HELD) + 1)
    room.take(len(data))
    if len(data) <= LARGEST_HELD:
        return Item(where, offset, name, data)
    if _reader_of(data[:_HEAD]) is not None:
        return Problem(where, "an archive too large to be looked into where it lies; unpack it")
    digest = hashlib.sha256(data)
    while data := file.read(_CHUNK):
        room.take(len(data))
        digest.update(data)
    return Item(where, offset, name, b"", digest.hexdigest())


def _opened(item: Found, depth: int) -> Iterator[Found]:
    """An item; of an archive in an archive, its items."""
    if isinstance(item, Problem) or (reader := _reader_of(item.data[:_HEAD])) is None:
        yield item
    elif depth or reader is _lmdb:
        yield Problem(item.where, "an archive that lies too deep")
    else:
        try:
            yield from reader(io.BytesIO(item.data), item.where, depth + 1)
        except UNREADABLE as error:
            yield Problem(item.where, _in_words(error))


def _zip(file: IO[bytes], where: str, depth: int) -> Iterator[Found]:
    room = _Room.for_archive(_size_of(file))
    with zipfile.ZipFile(file) as archive:
        for info in archive.infolist():
            place = f"{where}!{info.filename}"
            if info.is_dir():
                continue
            try:
                with archive.open(info) as member:
                    name = info.filename.rsplit("/", 1)[-1]
                    offset = _data_offset(file, info)
                    item = _held(member, place, offset, name, room, info.file_size)
                yield from _opened(item, depth)
            except UNREADABLE as error:
                yield Problem(place, _in_words(error))


class _Header(tarfile.TarInfo):
    """A header that is read strictly: tarfile takes a damaged or missing one for a tar's end."""

    @classmethod
    def frombuf(cls, buf: bytes | bytearray, encoding: str, errors: str) -> Self:
        try:
            return super().frombuf(buf, encoding, errors)
        except tarfile.EOFHeaderError:  # type: ignore[attr-defined]  # a block of zeros
            raise
        except tarfile.HeaderError as error:
            raise tarfile.ReadError(f"damaged, or cut off: {error}") from error


def _data_offset(file: IO[bytes], info: zipfile.ZipInfo) -> int:
    """Where a member's bytes begin: behind its own header, whose length it tells itself."""
    file.seek(info.header_offset)
    name, extra = _LOCAL_HEADER.unpack(file.read(_LOCAL_HEADER.size))
    return info.header_offset + _LOCAL_HEADER.size + int(name) + int(extra)


def _tar(file: IO[bytes], where: str, depth: int) -> Iterator[Found]:
    room = _Room.for_archive(_size_of(file))
    with tarfile.open(fileobj=file, mode="r:", tarinfo=_Header) as archive:
        yield from _members(archive, where, depth, room)
        file.seek(archive.offset)  # of the first block of zeros
        yield from _behind(file, where)


def _compressed(file: IO[bytes], where: str, depth: int) -> Iterator[Found]:
    """The members of a compressed tar; anything else is one file that was compressed."""
    room = _Room.for_archive(_size_of(file))
    head = file.read(6)
    openers: dict[bytes, Callable[..., Any]] = {b"\x1f": gzip.open, b"B": bz2.open}
    opener = openers.get(head[:1], lzma.open)
    file.seek(0)
    with closing(opener(file)) as plain:
        is_tar = _begins_tar(plain.read(_HEAD))
    file.seek(0)
    with closing(opener(file)) as plain:
        bounded = _Bounded(plain, room)
        if is_tar:
            with tarfile.open(fileobj=bounded, mode="r|", tarinfo=_Header) as archive:
                yield from _members(archive, where, depth, _Room.unbounded())
                yield from _behind(archive.fileobj, where)
        else:
            name = PurePath(where.rsplit("!", 1)[-1]).stem
            place = f"{where}!{name}"
            yield from _opened(_held(bounded, place, None, name, _Room.unbounded()), depth)


def _members(archive: tarfile.TarFile, where: str, depth: int, room: _Room) -> Iterator[Found]:
    for info in archive:
        archive.members = []  # type: ignore[attr-defined]  # it would remember them all
        if not info.isreg() and info.type in tarfile.SUPPORTED_TYPES:
            continue
        place = f"{where}!{info.name}"
        with closing(archive.extractfile(info) or io.BytesIO()) as member:
            name = info.name.rsplit("/", 1)[-1]
            item = _held(member, place, info.offset_data, name, room, info.size)
        if isinstance(item, Item) and item.data and len(item.data) != info.size:
            raise EOFError(f"it ends within {info.name}")
        yield from _opened(item, depth)


def _behind(file: Any, where: str) -> Iterator[Found]:
    """What stands behind a tar's end: nothing but zeros, or no reader of tars sees it."""
    while data := file.read(_CHUNK):
        if data.strip(b"\0"):
            yield Problem(where, "something stands behind its end; another tar, say")
            return


def _parquet(file: IO[bytes], where: str, depth: int) -> Iterator[Found]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    room = _Room.for_archive(_size_of(file))
    try:
        table = pq.ParquetFile(file)
        for group in range(table.metadata.num_row_groups):
            room.take(max(table.metadata.row_group(group).total_byte_size, 0))
        row = 0
        for batch in table.iter_batches(batch_size=16):
            for name, column in zip(batch.schema.names, batch.columns, strict=True):
                for number, cell in enumerate(column.to_pylist()):
                    yield from _cells(f"{where}!{name}[{row + number}]", cell, depth)
            row += batch.num_rows
    except (pa.ArrowException, *UNREADABLE) as error:
        yield Problem(where, _in_words(error))


def _cells(where: str, cell: object, depth: int) -> Iterator[Found]:
    """The texts and bytes in a cell, however nested."""
    if isinstance(cell, bytes):
        yield from _opened(Item(where, None, "", cell), depth)
    elif isinstance(cell, str):
        yield Item(where, None, cell[-255:].rsplit("/", 1)[-1], cell.encode(errors="replace"))
    elif isinstance(cell, dict):
        for key, value in cell.items():
            yield from _cells(f"{where}.{key}", value, depth)
    elif isinstance(cell, list | tuple):  # a map's entries are pairs
        for number, value in enumerate(cell):
            yield from _cells(f"{where}[{number}]", value, depth)


def _lmdb(_: IO[bytes], where: str, depth: int) -> Iterator[Found]:
    """The values of an LMDB, read by a process of its own: a damaged one can crash its reader."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_send_values, args=(where, theirs), daemon=True)
    process.start()
    theirs.close()
    try:
        while (told := ours.recv()) is not None:
            key, data = told
            if isinstance(data, str):
                yield Problem(where, data)
            else:
                name = key.decode(errors="backslashreplace")
                yield from _opened(Item(f"{where}!{name}", None, name, data), depth)
    except EOFError:
        yield Problem(where, "its reader crashed, so it is damaged")
    finally:
        ours.close()
        process.terminate()
        process.join()


def _send_values(path: str, pipe: Connection) -> None:
    """Send each key with its value; at the end None, or a sentence about what was wrong."""
    try:
        import lmdb
    except ImportError:
        pipe.send((b"", "LMDB needs a further package: pip install 'portraitset[lmdb]'"))
        pipe.send(None)
        return
    try:
        with (
            lmdb.open(
                path, subdir=False, readonly=True, lock=False, max_dbs=_MOST_DATABASES
            ) as environment,
            environment.begin() as transaction,
        ):
            pages = environment.info()["last_pgno"] + 1
            if pages * environment.stat()["psize"] > Path(path).stat().st_size:
                pipe.send((b"", "it ends before its last page does"))
            else:
                for key, value in transaction.cursor():
                    pipe.send((key, value))
                    if len(value) == _DATABASE_RECORD:
                        _send_within(environment, transaction, key, pipe)
    except lmdb.Error as error:
        pipe.send((b"", str(error)))
    pipe.send(None)


def _send_within(environment: Any, transaction: Any, key: bytes, pipe: Connection) -> None:
    """Send what a database within the database holds, if this key names one."""
    import lmdb

    try:
        within = environment.open_db(key, txn=transaction, create=False)
    except (lmdb.IncompatibleError, lmdb.NotFoundError):  # a value of that length
        return
    for inner, value in transaction.cursor(db=within):
        pipe.send((key + b"/" + inner, value))


def _in_words(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"[:300]
