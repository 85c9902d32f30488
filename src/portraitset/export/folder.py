"""Plain files: the pictures in one folder, and a line of `faces.jsonl` for each."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from portraitset.export.documents import FACES, lines_of, lines_without, write_documents
from portraitset.export.format import Format
from portraitset.export.names import ENDINGS
from portraitset.export.sample import Kept, Placed, Row, Sample, Shard, Target
from portraitset.workspace.layout import translated, write_whole


class Folder(Format):
    """The format `folder`: one picture file for each face."""

    endings = frozenset(f".{ending}" for ending in ENDINGS.values())
    lists = frozenset([FACES])

    def writer(self, target: Target, _: Sequence[Placed]) -> "FolderWriter":
        """A writer; finished files need nothing more."""
        return FolderWriter(target.folder)

    def read(self, target: Target, placed: Sequence[Placed]) -> Iterator[bytes]:
        """Yield the bytes of each file that was written."""
        return ((target.folder / item.place).read_bytes() for item in placed)

    def without(
        self,
        target: Target,
        members: Sequence[Kept],
        gone: frozenset[str],
        documents: Mapping[str, bytes],
    ) -> Sequence[Kept]:
        """Delete the files of these faces and their lines in the index."""
        for member in members:
            if member.face in gone:
                with translated(target.folder):
                    (target.folder / member.place).unlink(missing_ok=True)
        strike(target.folder / FACES, gone)
        write_documents(target.folder, documents)
        return [member for member in members if member.face not in gone]


class FolderWriter:
    """Writes file after file."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def open(self) -> None:
        """Nothing to open: each file stands by itself."""

    def begin(self, _: Shard, /) -> None:
        """Make the folder."""
        with translated(self._folder):
            self._folder.mkdir(parents=True, exist_ok=True)

    def add(self, sample: Sample) -> Placed:
        """Write one file."""
        return write_picture(self._folder, sample.crop.file, sample)

    def end(self) -> None:
        """Nothing to end: each file was closed when it was written."""

    def finish(self, rows: Iterable[Row], documents: Mapping[str, bytes]) -> None:
        """Write the lines, with each picture's file name in front."""
        named = ({"file_name": row["place"]} | without_place(row) for row in rows)
        write_whole(self._folder / FACES, lines_of(named))
        write_documents(self._folder, documents)

    def close(self) -> None:
        """Nothing to close."""


def write_picture(folder: Path, place: str, sample: Sample) -> Placed:
    """Write a picture's file below a folder."""
    path = folder / place
    with translated(path):
        path.write_bytes(sample.data)
    return placed_at(sample, place, 0)


def placed_at(sample: Sample, place: str, offset: int | None) -> Placed:
    """The place of a sample within the export, for the lineage."""
    digest = str(sample.facts["sha256"])
    return Placed(sample.crop.name, sample.size, place, offset, len(sample.data), digest)


def without_place(row: Row) -> dict[str, object]:
    """What is said of a picture, but for where it lies."""
    return {key: value for key, value in row.items() if key != "place"}


def strike(path: Path, gone: frozenset[str]) -> None:
    """Take the lines of faces out of a file of lines, if it is there."""
    if path.is_file():
        with translated(path):
            lines = path.read_bytes()
        write_whole(path, lines_without(lines, gone))
