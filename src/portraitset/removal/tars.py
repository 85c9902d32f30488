"""The members of a tar, compressed or not; what was compressed by itself is one file."""

import bz2
import gzip
import io
import lzma
import tarfile
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import PurePath
from typing import IO, Any, Self

from portraitset.removal.archive_kinds import HEAD_LENGTH, begins_tar
from portraitset.removal.items import (
    CHUNK,
    BoundedReader,
    Found,
    Item,
    Opener,
    Problem,
    Room,
    held,
    size_of,
)


def read_tar(file: IO[bytes], where: str, opened: Opener) -> Iterator[Found]:
    """Each member that is a file, and whether anything stands behind the end.

    Raises:
        items.UNREADABLE: it is damaged.
    """
    room = Room.for_archive(size_of(file))
    with tarfile.open(fileobj=file, mode="r:", tarinfo=_Header) as archive:
        yield from _members(archive, where, opened, room)
        file.seek(archive.offset)  # of the first block of zeros
        yield from _behind(file, where)


def read_compressed(file: IO[bytes], where: str, opened: Opener) -> Iterator[Found]:
    """The members of a compressed tar; anything else is one file that was compressed."""
    room = Room.for_archive(size_of(file))
    head = file.read(6)
    openers: dict[bytes, Callable[..., Any]] = {b"\x1f": gzip.open, b"B": bz2.open}
    opener = openers.get(head[:1], lzma.open)
    file.seek(0)
    with closing(opener(file)) as plain:
        is_tar = begins_tar(plain.read(HEAD_LENGTH))
    file.seek(0)
    with closing(opener(file)) as plain:
        bounded = BoundedReader(plain, room)
        if is_tar:
            with tarfile.open(fileobj=bounded, mode="r|", tarinfo=_Header) as archive:
                yield from _members(archive, where, opened, Room.unbounded())
                yield from _behind(archive.fileobj, where)
        else:
            name = PurePath(where.rsplit("!", 1)[-1]).stem
            place = f"{where}!{name}"
            yield from opened(held(bounded, place, None, name, Room.unbounded()))


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


def _members(archive: tarfile.TarFile, where: str, opened: Opener, room: Room) -> Iterator[Found]:
    for info in archive:
        archive.members = []  # type: ignore[attr-defined]  # it would remember them all
        if not info.isreg() and info.type in tarfile.SUPPORTED_TYPES:
            continue
        place = f"{where}!{info.name}"
        with closing(archive.extractfile(info) or io.BytesIO()) as member:
            name = info.name.rsplit("/", 1)[-1]
            item = held(member, place, info.offset_data, name, room, info.size)
        if isinstance(item, Item) and item.data and len(item.data) != info.size:
            raise EOFError(f"it ends within {info.name}")
        yield from opened(item)


def _behind(file: Any, where: str) -> Iterator[Found]:
    """What stands behind a tar's end: nothing but zeros, or no reader of tars sees it."""
    while data := file.read(CHUNK):
        if data.strip(b"\0"):
            yield Problem(where, "something stands behind its end; another tar, say")
            return
