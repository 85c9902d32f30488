"""One item of a copy: its bytes, or their digest; how many bytes an archive may unpack to."""

import hashlib
import io
import lzma
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import IO

from portraitset.removal.archive_kinds import HEAD_LENGTH, kind_of

LARGEST_HELD = 256 << 20
"""In bytes: an item larger than any original that a build accepts is known by its bytes alone."""

CHUNK = 1 << 20
"""Bytes read at once of what is too large to be held."""

_LEAST_ROOM = 1 << 30
_MOST_EXPANSION = 200
"""An archive may unpack to so many times its size, and a GiB; past it, it is called a bomb."""

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

Opener = Callable[[Found], Iterator[Found]]
"""Gives an item as it is; of an archive in an archive, its items."""


class Room:
    """How many bytes an archive may still unpack to."""

    def __init__(self, left: int | None) -> None:
        self._left = left

    @classmethod
    def unbounded(cls) -> "Room":
        """For a file that is no archive, or whose bytes are counted already."""
        return cls(None)

    @classmethod
    def for_archive(cls, byte_count: int) -> "Room":
        """For an archive of so many bytes."""
        return cls(_LEAST_ROOM + _MOST_EXPANSION * byte_count)

    def take(self, byte_count: int) -> None:
        """Count bytes that were unpacked.

        Raises:
            ValueError: there is no room for them: a bomb.
        """
        if self._left is not None:
            self._left -= byte_count
            if self._left < 0:
                raise ValueError(f"it unpacks to more than {_MOST_EXPANSION} times its size")


class BoundedReader(io.RawIOBase):
    """A decompressor's output, as far as there is room."""

    def __init__(self, file: IO[bytes], room: Room) -> None:
        self._file = file
        self._room = room

    def readable(self) -> bool:
        """True: every stream here can be read."""
        return True

    def read(self, size: int = -1) -> bytes:
        """The next bytes, at most `size`.

        Raises:
            ValueError: they are more than there is room for.
        """
        data = self._file.read(size)
        self._room.take(len(data))
        return data


def held(
    file: "IO[bytes] | BoundedReader",
    where: str,
    offset: int | None,
    name: str,
    room: Room,
    size: int = LARGEST_HELD,
) -> Found:
    """An item with its bytes, or with their digest if they are too many.

    `size` is how many there are at most: room for more takes longer to get than they to be read.
    """
    data = file.read(min(size, LARGEST_HELD) + 1)
    room.take(len(data))
    if len(data) <= LARGEST_HELD:
        return Item(where, offset, name, data)
    if kind_of(data[:HEAD_LENGTH]) is not None:
        return Problem(where, "an archive too large to be looked into where it lies; unpack it")
    digest = hashlib.sha256(data)
    while data := file.read(CHUNK):
        room.take(len(data))
        digest.update(data)
    return Item(where, offset, name, b"", digest.hexdigest())


def size_of(file: IO[bytes]) -> int:
    """How many bytes a file has; it is at its beginning afterwards."""
    size = file.seek(0, io.SEEK_END)
    file.seek(0)
    return size


def in_words(error: Exception) -> str:
    """An error for a `Problem`, at most 300 characters."""
    return f"{type(error).__name__}: {error}"[:300]
