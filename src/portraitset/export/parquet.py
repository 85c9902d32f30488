"""Parquet as Hugging Face's datasets reads it: a column of pictures, and one for each fact.

Source: https://huggingface.co/docs/datasets/image_dataset; features are told by the schema's
metadata under the key `huggingface`.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from portraitset.export.documents import write_documents
from portraitset.export.folder import placed_at
from portraitset.export.format import Format
from portraitset.export.sample import Kept, Placed, Row, Sample, Shard, Target
from portraitset.workspace.layout import place, translated

ROWS_AT_ONCE = 100
"""Rows of a row group: what a reader must hold, and 10 MB to 150 MB of pictures."""

_POINTS = ("eye_left", "eye_right", "mouth_left", "mouth_right")
_TEXTS = ("name", "split", "url", "artist_candidate", "sha256", "source_sha256")
_SCHEMA = pa.schema(
    [
        ("image", pa.struct([("bytes", pa.binary()), ("path", pa.string())])),
        *((name, pa.string()) for name in _TEXTS),
        ("landmarks", pa.struct([(name, pa.list_(pa.float64(), 2)) for name in _POINTS])),
    ],
    metadata={
        "huggingface": json.dumps(
            {
                "info": {
                    "features": {
                        "image": {"_type": "Image"},
                        **{name: {"dtype": "string", "_type": "Value"} for name in _TEXTS},
                        "landmarks": {
                            name: {
                                "feature": {"dtype": "float64", "_type": "Value"},
                                "length": 2,
                                "_type": "Sequence",
                            }
                            for name in _POINTS
                        },
                    }
                }
            }
        )
    },
)


class Parquet(Format):
    """Shards named `data/SPLIT-00000-of-00003.parquet`, as on the Hugging Face hub."""

    endings = frozenset([".parquet"])

    def writer(self, target: Target, _: Sequence[Placed]) -> "ParquetWriter":
        """A writer; finished shards need nothing more."""
        return ParquetWriter(target.folder)

    def read(self, target: Target, placed: Sequence[Placed]) -> Iterator[bytes]:
        """Each picture's bytes, row by row."""
        wanted = {item.face for item in placed}
        for shard in dict.fromkeys(item.place for item in placed):
            with pq.ParquetFile(target.folder / shard) as file:
                for batch in file.iter_batches(ROWS_AT_ONCE, columns=["image", "name"]):
                    for row in batch.to_pylist():
                        if row["name"] in wanted:
                            yield row["image"]["bytes"]

    def without(
        self,
        target: Target,
        members: Sequence[Kept],
        gone: frozenset[str],
        documents: Mapping[str, bytes],
    ) -> Sequence[Kept]:
        """Write anew the shards that hold one of the faces; one may be left without rows.

        A split that loses its last face loses its shards, as `datasets` reads none without a row.
        """
        stay = [member for member in members if member.face not in gone]
        touched = {member.place for member in members if member.face in gone}
        lost = set(map(_split_of, touched)) - {_split_of(member.place) for member in stay}
        with translated(target.folder):
            for path in sorted((target.folder / "data").glob("*.parquet")):
                if _split_of(path.name) in lost:
                    path.unlink()
                elif f"data/{path.name}" in touched:
                    _rewrite(path, gone)
        write_documents(target.folder, documents)
        return stay


class ParquetWriter:
    """Writes shard after shard, a row group at a time."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._shard: _Shard | None = None

    def open(self) -> None:
        """Nothing to open: each shard is a file of its own."""

    def begin(self, shard: Shard) -> None:
        """Begin a file."""
        self.close()
        self._place = f"data/{shard.split}-{shard.place:05d}-of-{shard.of:05d}.parquet"
        self._path = self._folder / self._place
        with translated(self._path):
            self._path.parent.mkdir(parents=True, exist_ok=True)
        self._shard = _Shard(self._path)

    def add(self, sample: Sample) -> Placed:
        """Keep a row until its group is full."""
        image = {"bytes": sample.data, "path": sample.crop.file}
        row = {"image": image} | dict(sample.facts)
        if self._shard is not None:
            self._shard.add(row)
        return placed_at(sample, self._place, None)

    def end(self) -> None:
        """Write the last rows and the footer."""
        if self._shard is not None:
            self._shard.end()
            self._shard = None

    def finish(self, _: Iterable[Row], documents: Mapping[str, bytes]) -> None:
        """Lay the documents beside; the columns hold all that is said of the pictures."""
        write_documents(self._folder, documents)

    def close(self) -> None:
        """Leave an unfinished file as it is."""
        if self._shard is not None:
            self._shard.abandon()
            self._shard = None


class _Shard:
    """One Parquet file in the making; pictures are compressed already."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._rows: list[Row] = []
        with translated(path):
            self._file = path.open("wb")
            self._writer = pq.ParquetWriter(
                self._file, _SCHEMA, compression="none", use_dictionary=False
            )

    def add(self, row: Row) -> None:
        self._rows.append(row)
        if len(self._rows) == ROWS_AT_ONCE:
            self._flush()

    def end(self) -> None:
        self._flush()
        with translated(self._path):
            self._writer.close()
            self._file.close()

    def abandon(self) -> None:
        with suppress(OSError, ValueError):  # on a full disk this fails, too
            self._writer.close()
            self._file.close()

    def _flush(self) -> None:
        with translated(self._path):
            if self._rows:
                self._writer.write_table(pa.Table.from_pylist(self._rows, schema=_SCHEMA))
        self._rows = []


def _split_of(shard: str) -> str:
    return shard.removeprefix("data/").rpartition("-of-")[0].rpartition("-")[0]


def _rewrite(path: Path, gone: frozenset[str]) -> None:
    """Write a shard without some rows."""
    temporary = path.with_name(f".{path.name}.part")
    shard = _Shard(temporary)
    try:
        with translated(path), pq.ParquetFile(path) as file:
            for batch in file.iter_batches(ROWS_AT_ONCE):
                for row in batch.to_pylist():
                    if row["name"] not in gone:
                        shard.add(row)
        shard.end()
    except BaseException:  # a damaged shard stays as it is
        shard.abandon()
        temporary.unlink(missing_ok=True)
        raise
    place(temporary, path)
