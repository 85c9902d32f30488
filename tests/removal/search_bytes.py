"""Does anything below a folder still hold a picture? A script of its own: no portraitset in it.

    python search_bytes.py TREE PICTURE...

Looks for the pictures' bytes and for their decoded pixels: in files, in zip, tar, Parquet and LMDB
members, in SQLite's pages and journals, and for the compressed data of a PNG or JPEG anywhere in
the middle of a file. Prints where; exits 1 if there is any.
"""

import hashlib
import io
import sys
import tarfile
import warnings
import zipfile
from collections.abc import Iterator
from pathlib import Path

from PIL import Image

PROBE = 64
"""Bytes from the middle of a picture's file: they stand nowhere else."""


def pixels_of(data: bytes) -> str | None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            with Image.open(io.BytesIO(data)) as image:
                return hashlib.sha256(image.convert("RGB").tobytes()).hexdigest()
        except Exception:  # noqa: BLE001 Pillow raises anything on what is no picture
            return None


def probes_of(data: bytes) -> list[bytes]:
    """A few pieces of a file that no other file holds."""
    return [data[len(data) * part // 8 :][:PROBE] for part in (3, 4, 5)]


def members_of(data: bytes, name: str) -> Iterator[tuple[str, bytes]]:
    """The members of an archive, whatever it is called; the archive itself first."""
    yield name, data
    file = io.BytesIO(data)
    if zipfile.is_zipfile(file):
        with zipfile.ZipFile(file) as archive:
            for info in archive.infolist():
                yield f"{name}!{info.filename}", archive.read(info)
    elif data[257:262] == b"ustar":
        with tarfile.open(fileobj=io.BytesIO(data)) as archive:
            for member in archive:
                if (opened := archive.extractfile(member)) is not None:
                    yield f"{name}!{member.name}", opened.read()
    elif data[:4] == b"PAR1":
        yield from cells_of(data, name)
    elif data[16:20] == b"\xde\xc0\xef\xbe":
        yield from values_of(name)


def cells_of(data: bytes, name: str) -> Iterator[tuple[str, bytes]]:
    import pyarrow.parquet as pq

    for number, row in enumerate(pq.read_table(io.BytesIO(data)).to_pylist()):
        stack = list(row.values())
        while stack:
            cell = stack.pop()
            if isinstance(cell, bytes):
                yield f"{name}!{number}", cell
            elif isinstance(cell, dict):
                stack += cell.values()


def values_of(name: str) -> Iterator[tuple[str, bytes]]:
    import lmdb

    with (
        lmdb.open(name, subdir=False, readonly=True, lock=False) as environment,
        environment.begin() as transaction,
    ):
        for key, value in transaction.cursor():
            yield f"{name}!{key!r}", value


def search(tree: Path, pictures: list[bytes]) -> list[str]:
    digests = {hashlib.sha256(data).hexdigest() for data in pictures}
    pixels = {pixels_of(data) for data in pictures} - {None}
    probes = [probe for data in pictures for probe in probes_of(data)]
    found = []
    for path in sorted(tree.rglob("*")):
        if not path.is_file():
            continue
        for where, data in members_of(path.read_bytes(), str(path)):
            if hashlib.sha256(data).hexdigest() in digests:
                found.append(f"bytes: {where}")
            if pixels_of(data) in pixels:
                found.append(f"pixels: {where}")
            found += [f"a piece: {where}" for probe in probes if probe in data]
    return found


if __name__ == "__main__":
    hits = search(Path(sys.argv[1]), [Path(name).read_bytes() for name in sys.argv[2:]])
    sys.stdout.write("\n".join(hits))
    sys.exit(1 if hits else 0)
