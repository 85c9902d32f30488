"""Which kind of archive a file is, by how it begins. Pure."""

import tarfile
from typing import Literal

ArchiveKind = Literal["zip", "tar", "compressed", "parquet", "lmdb", "closed"]
"""`compressed` is one stream of gzip, bzip2 or xz; `closed` is what nothing here reads."""

HEAD_LENGTH = 512
"""How many first bytes `kind_of` needs: one header of a tar."""

_CLOSED = (
    b"\x28\xb5\x2f\xfd",  # Zstandard
    b"\x04\x22\x4d\x18",  # LZ4
    b"7z\xbc\xaf\x27\x1c",
    b"Rar!\x1a\x07",
    b"ARROW1\0\0",
    b"\x89HDF\r\n\x1a\n",
)
"""How archives begin that nothing here reads: no clean bill for those."""


def kind_of(head: bytes) -> ArchiveKind | None:
    """Which kind of archive begins so; None for none."""
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return "zip"
    if begins_tar(head):
        return "tar"
    if head.startswith((b"\x1f\x8b", b"BZh", b"\xfd7zXZ\x00")):
        return "compressed"
    if head.startswith(b"PAR1"):
        return "parquet"
    if head.startswith(_CLOSED):
        return "closed"
    return "lmdb" if head[16:20] == b"\xde\xc0\xef\xbe" else None


def begins_tar(head: bytes) -> bool:
    """By its checksum, as a tar of before 1988 has no other mark."""
    try:
        tarfile.TarInfo.frombuf(head, "utf-8", "surrogateescape")
    except tarfile.HeaderError:
        return False
    return True
