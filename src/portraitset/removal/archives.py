"""What lies in a folder, a zip, a tar, a Parquet file or an LMDB: item by item, never unpacked.

All of it may be a stranger's: nothing is written, no link is followed, sizes are bounded, and
whatever cannot be read is told instead of raised.
"""

import io
import os
import stat
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import IO

from portraitset.removal.archive_kinds import HEAD_LENGTH, ArchiveKind, kind_of
from portraitset.removal.databases import read_lmdb
from portraitset.removal.items import UNREADABLE, Found, Opener, Problem, Room, held, in_words
from portraitset.removal.tables import read_parquet
from portraitset.removal.tars import read_compressed, read_tar
from portraitset.removal.zips import read_zip


def items_of(path: Path) -> Iterator[Found]:
    """All items of one file; the file itself where it is no archive."""
    try:
        with path.open("rb") as file:
            kind = kind_of(file.read(HEAD_LENGTH))
            file.seek(0)
            if kind is None:
                yield held(file, str(path), None, path.name, Room.unbounded())
            else:
                yield from _READERS[kind](file, str(path), partial(_opened, depth=0))
    except UNREADABLE as error:
        yield Problem(str(path), in_words(error))


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
    yield from (Problem(str(error.filename), in_words(error)) for error in closed)


def _opened(item: Found, depth: int) -> Iterator[Found]:
    """An item; of an archive in an archive, its items."""
    if isinstance(item, Problem) or (kind := kind_of(item.data[:HEAD_LENGTH])) is None:
        yield item
    elif depth or kind == "lmdb":
        yield Problem(item.where, "an archive that lies too deep")
    else:
        try:
            inner = partial(_opened, depth=depth + 1)
            yield from _READERS[kind](io.BytesIO(item.data), item.where, inner)
        except UNREADABLE as error:
            yield Problem(item.where, in_words(error))


def _tell_closed(_: IO[bytes], where: str, __: Opener) -> Iterator[Found]:
    yield Problem(where, "an archive of a kind that cannot be looked into; unpack it first")


_READERS: Mapping[ArchiveKind, Callable[[IO[bytes], str, Opener], Iterator[Found]]] = {
    "zip": read_zip,
    "tar": read_tar,
    "compressed": read_compressed,
    "parquet": read_parquet,
    "lmdb": read_lmdb,
    "closed": _tell_closed,
}
