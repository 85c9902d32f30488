"""WebDataset: USTAR shards of `KEY.png` and `KEY.json`, written by the webdataset library.

Source: https://github.com/webdataset/webdataset, and POSIX.1-1988 for the archive.
"""

import io
import json
import tarfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, cast

from portraitset.export.documents import missing, write_documents
from portraitset.export.folder import placed_at
from portraitset.export.format import Format
from portraitset.export.names import ENDINGS, key_of
from portraitset.export.sample import Kept, Placed, Row, Sample, Shard, Target
from portraitset.workspace.layout import place, translated

_BLOCK = 512
_BUFFER = 1 << 20
_OWNER = "portraitset"
_MODE = 0o644


class WebDataset(Format):
    """The format `webdataset`: tar shards named `SPLIT-000000.tar`."""

    package = "webdataset"
    endings = frozenset([".tar"])

    def writer(self, target: Target, _: Sequence[Placed]) -> "WebDatasetWriter":
        """A writer; finished shards need nothing more."""
        return WebDatasetWriter(target.folder)

    def read(self, target: Target, placed: Sequence[Placed]) -> Iterator[bytes]:
        """Each picture's bytes, from shards that tarfile reads to their end."""
        wanted = {item.place for item in placed}
        for shard in dict.fromkeys(item.place.partition("/")[0] for item in placed):
            for member, data in _members(target.folder / shard):
                if f"{shard}/{member.name}" in wanted:
                    yield data

    def without(
        self,
        target: Target,
        members: Sequence[Kept],
        gone: frozenset[str],
        documents: Mapping[str, bytes],
    ) -> Sequence[Kept]:
        """Write anew the shards that hold one of the faces; one may be left without a member.

        A split that loses its last face loses its shards, as `webdataset` reads none without any.
        """
        moved: dict[str, int] = {}
        struck = [member.place for member in members if member.face in gone]
        touched = {_shard_of(lying) for lying in struck}
        held = {_split_of(_shard_of(member.place)) for member in members if member.face not in gone}
        lost = set(map(_split_of, touched)) - held
        keys = {_key(lying.partition("/")[2]) for lying in struck}
        with translated(target.folder):
            for path in sorted(target.folder.glob("*.tar")):
                if _split_of(path.name) in lost:
                    path.unlink()
                elif path.name in touched:
                    offsets = _rewrite(path, keys)
                    moved |= {f"{path.name}/{name}": offset for name, offset in offsets.items()}
        write_documents(target.folder, documents)
        return [
            Kept(member.face, member.place, moved.get(member.place, member.offset))
            for member in members
            if member.face not in gone
        ]


class WebDatasetWriter:
    """Writes shard after shard."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._file: IO[bytes] | None = None

    def open(self) -> None:
        """Check that webdataset is installed.

        Raises:
            InputError: it is not.
        """
        try:
            from webdataset import TarWriter
        except ImportError as error:
            raise missing("webdataset") from error
        self._writer_class = TarWriter

    def begin(self, shard: Shard) -> None:
        """Begin a file."""
        self.close()
        self._path = self._folder / f"{shard.split}-{shard.place:06d}.tar"
        with translated(self._path):
            self._folder.mkdir(parents=True, exist_ok=True)
            self._file = self._path.open("wb", _BUFFER)
        self._tar = self._writer_class(
            self._file, user=_OWNER, group=_OWNER, mode=_MODE, mtime=0, encoder=False
        )

    def add(self, sample: Sample) -> Placed:
        """Write a picture and what is said of it, side by side."""
        ending, key = ENDINGS[sample.crop.image_format], key_of(sample.crop.file)
        files = {ending: sample.data, "json": json.dumps(dict(sample.facts)).encode()}
        offset = cast(int, self._tar.tarstream.offset)
        for kind in sorted(files):  # the order in which the library writes them
            if kind == ending:
                break
            offset += _BLOCK + -(-len(files[kind]) // _BLOCK) * _BLOCK
        with translated(self._path):
            self._tar.write({"__key__": key, **files})
        return placed_at(sample, f"{self._path.name}/{key}.{ending}", offset + _BLOCK)

    def end(self) -> None:
        """Write the shard's last blocks."""
        with translated(self._path):
            self._tar.close()
            if self._file is not None:
                self._file.close()
        self._file = None

    def finish(self, _: Iterable[Row], documents: Mapping[str, bytes]) -> None:
        """Lay the documents beside the shards, which hold all that is said of the pictures."""
        write_documents(self._folder, documents)

    def close(self) -> None:
        """Close the file, finished or not."""
        if self._file is not None:
            with suppress(OSError, ValueError):  # on a full disk this fails, too
                self._tar.close()
                self._file.close()
            self._file = None


def _members(path: Path) -> Iterator[tuple[tarfile.TarInfo, bytes]]:
    """Every file of a shard.

    Raises:
        ValueError: it is damaged, or ends too early.
    """
    try:
        with tarfile.open(path, "r:") as tar:
            for member in tar:
                content = tar.extractfile(member)
                yield member, content.read() if content else b""
    except tarfile.TarError as error:
        raise ValueError(f"{path}: {error}") from error
    if path.stat().st_size % tarfile.RECORDSIZE:
        raise ValueError(f"{path} ends too early")


def _shard_of(lying: str) -> str:
    return lying.partition("/")[0]


def _split_of(shard: str) -> str:
    return shard.rpartition("-")[0]


def _key(member: str) -> str:
    return member.partition(".")[0]


def _rewrite(path: Path, keys: set[str]) -> dict[str, int]:
    """Write a shard without some keys; the first byte of each file that stays."""
    temporary = path.with_name(f".{path.name}.part")
    offsets: dict[str, int] = {}
    with (
        translated(path),
        temporary.open("wb") as file,
        tarfile.open(fileobj=file, mode="w|", format=tarfile.USTAR_FORMAT) as tar,
    ):
        for member, data in _members(path):
            if _key(member.name) not in keys:
                offsets[member.name] = tar.offset + _BLOCK
                tar.addfile(member, io.BytesIO(data))
    place(temporary, path)
    return offsets
