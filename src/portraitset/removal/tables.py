"""The cells of a Parquet file."""

from collections.abc import Iterator
from typing import IO

from portraitset.removal.items import (
    UNREADABLE,
    Found,
    Item,
    Opener,
    Problem,
    Room,
    in_words,
    size_of,
)


def read_parquet(file: IO[bytes], where: str, opened: Opener) -> Iterator[Found]:
    """The cells of a Parquet file, row by row."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    room = Room.for_archive(size_of(file))
    try:
        table = pq.ParquetFile(file)
        for group in range(table.metadata.num_row_groups):
            room.take(max(table.metadata.row_group(group).total_byte_size, 0))
        row = 0
        for batch in table.iter_batches(batch_size=16):
            for name, column in zip(batch.schema.names, batch.columns, strict=True):
                for number, cell in enumerate(column.to_pylist()):
                    yield from _cells(f"{where}!{name}[{row + number}]", cell, opened)
            row += batch.num_rows
    except (pa.ArrowException, *UNREADABLE) as error:
        yield Problem(where, in_words(error))


def _cells(where: str, cell: object, opened: Opener) -> Iterator[Found]:
    """The texts and bytes in a cell, however nested."""
    if isinstance(cell, bytes):
        yield from opened(Item(where, None, "", cell))
    elif isinstance(cell, str):
        yield Item(where, None, cell[-255:].rsplit("/", 1)[-1], cell.encode(errors="replace"))
    elif isinstance(cell, dict):
        for key, value in cell.items():
            yield from _cells(f"{where}.{key}", value, opened)
    elif isinstance(cell, list | tuple):  # a map's entries are pairs
        for number, value in enumerate(cell):
            yield from _cells(f"{where}[{number}]", value, opened)
