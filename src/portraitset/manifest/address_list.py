"""Lists of pictures' addresses, as img2dataset takes them: text, CSV, TSV, JSON, Parquet, gzip.

What a list is, its content says. Addresses are not checked here: each is its own picture's matter.
"""

import csv
import gzip
import hashlib
import io
import json
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import PurePosixPath
from urllib.parse import urlsplit

from portraitset.errors import InputError, ItemError
from portraitset.handoffs import Photo
from portraitset.manifest.aahq import check_url, raw_name_of
from portraitset.manifest.names import check_name

COLUMN = "url"
"""The column or key with the addresses, if none is named; capitals do not matter."""

ENDINGS = (".txt", ".csv", ".tsv", ".json", ".jsonl", ".ndjson", ".parquet")
"""What a list's or a manifest's file name ends with, but for `.gz`."""

_GZIP = b"\x1f\x8b"
_PARQUET = b"PAR1"
_LARGEST = 1 << 30
"""Bytes that a list may unpack to; ten million addresses take about as much."""

_BATCH = 4096
_LONGEST_CELL = 1 << 16
_LONGEST_NAME = 200
_DIGITS = 16


def is_list_name(source: str) -> bool:
    """Whether a file of this name is taken for a list or a manifest, not for a picture."""
    return source.lower().removesuffix(".gz").endswith(ENDINGS)


def unpacked(data: bytes, source: str) -> bytes:
    """A file's content; what gzip packed is unpacked.

    Raises:
        InputError: it is damaged, or larger than a list can be.
    """
    if not data.startswith(_GZIP):
        return data
    try:
        with gzip.open(io.BytesIO(data)) as packed:
            content = packed.read(_LARGEST + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise InputError(f"{source}: gzip that cannot be unpacked ({error})") from error
    if len(content) > _LARGEST:
        raise InputError(f"{source} unpacks to more than {_LARGEST >> 20:,} MiB")
    return content


def read_addresses(data: bytes, source: str, column: str | None = None) -> list[str]:
    """The addresses of a list, each once, in its order; rows without one are left out.

    Args:
        data: unpacked.
        source: what messages call it.
        column: the column or key that holds the addresses; `url` if None.

    Raises:
        InputError: it is damaged, or has no such column.
    """
    found: Iterable[str]
    if data.startswith(_PARQUET):
        found = _of_parquet(data, source, column)
    else:
        try:
            found = _of_text(data.decode("utf-8-sig"), source, column)
        except UnicodeDecodeError as error:
            raise InputError(f"{source}: byte {error.start} is not UTF-8") from error
    addresses = list(dict.fromkeys(each for text in found if (each := text.strip())))
    if not addresses:
        raise InputError(f"{source} holds no address")
    return addresses


def photos_of(addresses: Sequence[str]) -> Iterator[Photo | tuple[str, ItemError]]:
    """Each address as a photo with a file name of its own; or the address, and what is wrong.

    The name is the one that upstream's script would give. Where it cannot be a file's, or two
    addresses would share it, it is made from the address's sha256, whatever the order of the list.
    """
    shared = Counter(raw_name_of(address).casefold() for address in addresses)
    for address in addresses:
        try:
            check_url(address)
        except ItemError as error:
            yield address, error
            continue
        name = raw_name_of(address)
        is_alone = shared[name.casefold()] == 1 and len(name.encode()) <= _LONGEST_NAME
        yield Photo(address, name if is_alone and _is_fit(name) else _name_by_digest(address))


def _is_fit(name: str) -> bool:
    try:
        check_name(name)
    except ItemError:
        return False
    return True


def _name_by_digest(address: str) -> str:
    ending = PurePosixPath(urlsplit(address).path).suffix
    digest = hashlib.sha256(address.encode()).hexdigest()[:_DIGITS]
    return f"{digest}{ending}" if ending.isascii() and ending[1:].isalnum() else digest


def _of_text(text: str, source: str, column: str | None) -> Iterable[str]:
    lines = text.splitlines()
    first = next((line.strip() for line in lines if line.strip() and line[0] != "#"), "")
    if first.startswith(("[", "{")):
        return _of_json(text, lines, source, column)
    if "://" in first.partition(",")[0] and column is None:
        return (line for line in lines if not line.startswith("#"))
    return _of_table(text, source, column)


def _of_table(text: str, source: str, column: str | None) -> Iterator[str]:
    header = text.lstrip("\r\n").partition("\n")[0]
    delimiter = max("\t;,", key=header.count)
    csv.field_size_limit(_LONGEST_CELL)  # of the whole process, so that each reader says its own
    rows = csv.reader(io.StringIO(text.lstrip("\r\n"), newline=""), delimiter=delimiter)
    try:
        place = _column(next(rows, []), source, column)
        yield from (row[place] for row in rows if len(row) > place)
    except csv.Error as error:
        raise InputError(f"{source}, line {rows.line_num}: {error}") from error


def _of_json(text: str, lines: Sequence[str], source: str, column: str | None) -> Iterator[str]:
    """A list of texts or objects, or an object a line."""
    try:
        is_list = text.lstrip().startswith("[")
        entries = json.loads(text) if is_list else [json.loads(line) for line in lines if line]
    except (ValueError, RecursionError) as error:
        raise InputError(f"{source}: no JSON list and no JSON lines ({error})") from error
    names = dict.fromkeys(key for entry in entries if isinstance(entry, dict) for key in entry)
    key = list(names)[_column(list(names), source, column)] if names else ""
    for entry in entries:
        found = entry.get(key) if isinstance(entry, dict) else entry
        if isinstance(found, str):
            yield found


def _of_parquet(data: bytes, source: str, column: str | None) -> Iterator[str]:
    # pyarrow costs a tenth of a second, which every command would pay.
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    try:
        names = pq.read_schema(io.BytesIO(data)).names
        name = names[_column(names, source, column)]
        file = pq.ParquetFile(io.BytesIO(data), read_dictionary=[name])
        for batch in file.iter_batches(_BATCH, columns=[name]):
            texts = batch.column(0)  # a text that stands a million times is there once
            if isinstance(texts, pa.DictionaryArray):
                if (pc.max(pc.binary_length(texts.dictionary)).as_py() or 0) > _LONGEST_CELL:
                    raise InputError(f"{source}: a text is longer than {_LONGEST_CELL:,} bytes")
                yield from (each for each in texts.to_pylist() if isinstance(each, str))
    except (pa.ArrowException, OSError, ValueError) as error:
        raise InputError(f"{source}: no Parquet that can be read ({error})") from error


def _column(names: Sequence[str], source: str, column: str | None) -> int:
    wanted = (column or COLUMN).casefold()
    for place, name in enumerate(names):
        if name.strip().casefold() == wanted:
            return place
    listed = ", ".join(repr(name[:40]) for name in names[:12]) or "none"
    raise InputError(
        f"{source} has no column {column or COLUMN!r} with addresses; its columns are {listed}."
        " Name the right one with --url-column"
    )
