"""The zip that StyleGAN2-ADA and StyleGAN3 train on: stored PNGs and `dataset.json`.

Members are `00000/img00000000.png`, a thousand to a folder, read in the order of their names;
`dataset.json` is `{"labels": [[name, class], ...]}` or `{"labels": null}`. No code of theirs.
"""

import json
import os
import sys
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO

from portraitset.errors import InputError
from portraitset.export.documents import (
    FACES,
    MARKER,
    archive_of,
    are_same,
    lines_of,
    lines_without,
    read_marker,
)
from portraitset.export.folder import placed_at, without_place
from portraitset.export.format import Format
from portraitset.export.sample import Kept, Placed, Row, Sample, Shard, Target
from portraitset.workspace.layout import place, translated

LABELS = "dataset.json"

_HEADER = 30
"""Bytes of a local header before the name (APPNOTE 6.3.10, 4.3.7); ours have no extra field."""

_EPOCH = (1980, 1, 1, 0, 0, 0)
_UNIX = 3
_MODE = 0o644 << 16
_AT_ONCE = 1 << 23


def check_size(size: int) -> None:
    """Refuse what StyleGAN cannot train on.

    Raises:
        InputError: the side is no power of two of at least 4 pixels.
    """
    if size < 4 or size & (size - 1):
        fit = 1 << max(size.bit_length() - 1, 2)
        raise InputError(
            f"StyleGAN trains on squares whose side is a power of two, not {size} pixels;"
            f" ask for --size {fit}"
        )


def read_zip_marker(path: Path) -> dict[str, object] | None:
    """What a zip's marker says; None if it has none of ours.

    Raises:
        WorkspaceError: the file cannot be read.
    """
    try:
        with translated(path), zipfile.ZipFile(path) as archive:
            return read_marker(archive.read(MARKER))
    except (zipfile.BadZipFile, KeyError):
        return None


class StyleGan(Format):
    """The format `stylegan`: one zip of stored PNG files and dataset.json."""

    appends = True
    endings = frozenset([".zip"])

    def writer(self, target: Target, finished: Sequence[Placed]) -> "StyleGanWriter":
        """A writer that goes on behind the last finished picture."""
        return StyleGanWriter(archive_of(target), finished)

    def read(self, target: Target, placed: Sequence[Placed]) -> Iterator[bytes]:
        """Each picture's bytes; zipfile checks each against its CRC."""
        try:
            with zipfile.ZipFile(archive_of(target)) as archive:
                for item in placed:
                    yield archive.read(item.place.partition("/")[2])
        except zipfile.BadZipFile as error:
            raise ValueError(str(error)) from error

    def is_whole(self, target: Target, placed: Sequence[Placed]) -> bool:
        """Whether the pictures lie where they were written; there is no directory yet."""
        return are_same(_raw(archive_of(target), placed), placed)

    def documents(self, target: Target, names: Iterable[str]) -> Mapping[str, bytes]:
        """The documents that are members."""
        with translated(archive_of(target)), zipfile.ZipFile(archive_of(target)) as archive:
            there = set(archive.namelist())
            return {name: archive.read(name) for name in names if name in there}

    def without(
        self,
        target: Target,
        members: Sequence[Kept],
        gone: frozenset[str],
        documents: Mapping[str, bytes],
    ) -> Sequence[Kept]:
        """Write the zip anew, copying what stays as it is; the others keep their names."""
        path = archive_of(target)
        struck = {member.place.partition("/")[2] for member in members if member.face in gone}
        texts = _texts_without(path, struck, gone) | dict(documents)
        temporary = path.with_name(f".{path.name}.part")
        with translated(path), path.open("rb") as source, temporary.open("w+b") as file:
            with zipfile.ZipFile(source) as before:
                kept = [info for info in before.infolist() if _is_picture(info.filename)]
            moved = _copy(source, file, [info for info in kept if info.filename not in struck])
            with _reopened(file, moved) as archive:
                _write_texts(archive, texts)
        place(temporary, path)
        offsets = {f"{path.name}/{info.filename}": _data_offset(info) for info in moved}
        return [
            Kept(member.face, member.place, offsets.get(member.place, member.offset))
            for member in members
            if member.face not in gone
        ]


class StyleGanWriter:
    """Appends pictures to a zip whose directory comes last."""

    def __init__(self, path: Path, finished: Sequence[Placed]) -> None:
        self._path = path
        self._file: IO[bytes] | None = None
        self._finished = finished

    def open(self) -> None:
        """Cut off what an earlier try left behind the last finished shard."""
        with translated(self._path):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._path.touch()
            self._file = self._path.open("r+b")
            known = [_info_of(item, data) for item, data in _with_data(self._path, self._finished)]
            last = self._finished[-1] if self._finished else None
            end = last.offset + last.byte_count if last and last.offset is not None else 0
            self._file.truncate(end)
            self._file.seek(end)
            self._zip = _reopened(self._file, known)

    def begin(self, _: Shard) -> None:
        """All shards go into one file."""

    def add(self, sample: Sample) -> Placed:
        """Store one picture."""
        number = f"{sample.crop.index:08d}"
        info = _info(f"{number[:5]}/img{number}.png")
        with translated(self._path):
            self._zip.writestr(info, sample.data)
        return placed_at(sample, f"{self._path.name}/{info.filename}", _data_offset(info))

    def end(self) -> None:
        """Hand what was written to the operating system."""
        if self._file is not None:
            with translated(self._path):
                self._file.flush()

    def finish(self, rows: Iterable[Row], documents: Mapping[str, bytes]) -> None:
        """Write labels, lines and documents as members, and the directory."""
        listed = [{"file_name": _inner(row)} | without_place(row) for row in rows]
        labelled = [[row["file_name"], row["label"]] for row in listed if "label" in row]
        texts = {LABELS: _labels_text(labelled or None), FACES: lines_of(listed)}
        with translated(self._path):
            _write_texts(self._zip, texts | dict(documents))
            self._zip.close()
        self.close()

    def close(self) -> None:
        """Close the file; without `finish` the next run goes on behind the last finished shard."""
        if self._file is not None:
            with suppress(OSError, ValueError):  # on a full disk this fails, too
                self._zip.close()
                self._file.close()
            self._file = None


def _inner(row: Row) -> str:
    return str(row["place"]).partition("/")[2]


def _is_picture(member: str) -> bool:
    return member.endswith(".png")


def _info(member: str) -> zipfile.ZipInfo:
    """A member's entry: stored, without a time, the same on every system."""
    info = zipfile.ZipInfo(member, _EPOCH)
    info.create_system, info.external_attr = _UNIX, _MODE
    return info


def _info_of(item: Placed, data: bytes) -> zipfile.ZipInfo:
    info = _info(item.place.partition("/")[2])
    info.file_size = info.compress_size = len(data)
    info.CRC = zlib.crc32(data)
    info.header_offset = (item.offset or 0) - _HEADER - len(info.filename)
    return info


def _data_offset(info: zipfile.ZipInfo) -> int:
    return info.header_offset + _HEADER + len(info.filename)


def _raw(path: Path, placed: Sequence[Placed]) -> Iterator[bytes]:
    return (data for _, data in _with_data(path, placed))


def _with_data(path: Path, placed: Sequence[Placed]) -> Iterator[tuple[Placed, bytes]]:
    with path.open("rb") as file:
        for item in placed:
            file.seek(item.offset or 0)
            yield item, file.read(item.byte_count)


def _reopened(file: IO[bytes], known: Sequence[zipfile.ZipInfo]) -> zipfile.ZipFile:
    """A zip to go on with at the end of a file that holds these members, but no directory."""
    archive = zipfile.ZipFile(file, "w", zipfile.ZIP_STORED)
    archive.filelist.extend(known)
    archive.NameToInfo.update({info.filename: info for info in known})
    return archive


def _write_texts(archive: zipfile.ZipFile, texts: Mapping[str, bytes]) -> None:
    for name, data in texts.items():
        archive.writestr(_info(name), data)


def _labels_text(labels: Sequence[Sequence[object]] | None) -> bytes:
    return json.dumps({"labels": labels}).encode() + b"\n"


def _texts_without(path: Path, struck: set[str], gone: frozenset[str]) -> dict[str, bytes]:
    """The members that are no pictures, without a word of some faces."""
    with translated(path), zipfile.ZipFile(path) as archive:
        texts = {name: archive.read(name) for name in archive.namelist() if not _is_picture(name)}
    labels = json.loads(texts[LABELS])["labels"]
    if labels is not None:
        labels = [pair for pair in labels if pair[0] not in struck]
    texts[LABELS] = _labels_text(labels)
    texts[FACES] = lines_without(texts[FACES], gone)
    return texts


def _copy(
    source: IO[bytes], goal: IO[bytes], kept: Sequence[zipfile.ZipInfo]
) -> list[zipfile.ZipInfo]:
    """Copy members as they are, neighbours in one go; their entries as they are now."""
    runs: list[tuple[int, int]] = []
    moved, written = [], 0
    for info in sorted(kept, key=lambda info: info.header_offset):
        start, end = info.header_offset, _data_offset(info) + info.compress_size
        if runs and runs[-1][1] == start:
            runs[-1] = (runs[-1][0], end)
        else:
            runs.append((start, end))
        info.header_offset = written
        moved.append(info)
        written += end - start
    for start, end in runs:
        _copy_bytes(source, goal, start, end - start)
    return moved


def _copy_bytes(source: IO[bytes], goal: IO[bytes], start: int, count: int) -> None:
    """Append a range of a file; within the kernel where Linux can, in half the time."""
    goal.flush()
    if sys.platform == "linux":
        with suppress(OSError):  # file systems that cannot leave the rest to the plain way
            while count:
                copied = os.copy_file_range(source.fileno(), goal.fileno(), count, start)
                if not copied:
                    break
                start, count = start + copied, count - copied
        goal.seek(0, os.SEEK_END)
    source.seek(start)
    while count:
        data = source.read(min(count, _AT_ONCE))
        if not data:
            raise EOFError("the archive ends too early")
        goal.write(data)
        count -= len(data)
