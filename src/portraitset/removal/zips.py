"""The members of a zip."""

import struct
import zipfile
from collections.abc import Iterator
from typing import IO

from portraitset.removal.items import (
    UNREADABLE,
    Found,
    Opener,
    Problem,
    Room,
    held,
    in_words,
    size_of,
)

_LOCAL_HEADER = struct.Struct("<26xHH")
"""Before each member of a zip: what the lengths of its name and of its extra field are."""


def read_zip(file: IO[bytes], where: str, opened: Opener) -> Iterator[Found]:
    """Each member that is a file; one that cannot be read is a problem, and the others go on."""
    room = Room.for_archive(size_of(file))
    with zipfile.ZipFile(file) as archive:
        for info in archive.infolist():
            place = f"{where}!{info.filename}"
            if info.is_dir():
                continue
            try:
                with archive.open(info) as member:
                    name = info.filename.rsplit("/", 1)[-1]
                    offset = _data_offset(file, info)
                    item = held(member, place, offset, name, room, info.file_size)
                yield from opened(item)
            except UNREADABLE as error:
                yield Problem(place, in_words(error))


def _data_offset(file: IO[bytes], info: zipfile.ZipInfo) -> int:
    """Where a member's bytes begin: behind its own header, whose length it tells itself."""
    file.seek(info.header_offset)
    name, extra = _LOCAL_HEADER.unpack(file.read(_LOCAL_HEADER.size))
    return info.header_offset + _LOCAL_HEADER.size + int(name) + int(extra)
