"""The tool's own schema, as JSON lines and as Parquet: what a release publishes.

JSON lines: the first line is the head, `{"portraitset-manifest": 1, "schema": …, "faces": n}`, then
comes an object a face: `face`, `url`, `raw_name`, `landmarks`, and what is known of it besides. A
face of an original at hand has `path` and `sha256` instead of `url`, and `raw_name` may be missing.
Parquet: the same as columns, a landmark being two of them, the head in the file's metadata.
The field names stand nowhere else. Faces and their further fields are read as the schema they came
from reads them; digests are for readers and for `verify`, a build does not believe them.
"""

import io
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from portraitset.errors import InputError
from portraitset.handoffs import Face
from portraitset.landmarks import POINT_NAMES
from portraitset.manifest import aahq, ffhq, metfaces
from portraitset.manifest.dataset import Manifest
from portraitset.manifest.local import LocalOriginal, local_original
from portraitset.manifest.strict_json import DuplicateKeyError, parse_strictly

FORMAT = 1
"""The only format so far; a reader refuses every other."""

_SCHEMAS = (aahq.SCHEMA, ffhq.SCHEMA, metfaces.SCHEMA)
"""Where faces may come from; whatever it was, they have AAHQ's fields here."""

_MARK = "portraitset-manifest"
PARQUET = b"PAR1"
_LARGEST = 4 << 30
"""Bytes that a Parquet manifest may unpack to; ten million faces take about half."""
_LONGEST_CELL = 1 << 18
_LONGEST_FOOTER = 1 << 20
_BATCH = 256
_COORDINATES = tuple(f"{point}_{axis}" for point in POINT_NAMES for axis in "xy")
_OWN = ("image_url", "raw_name", "landmarks")
"""Fields of AAHQ's that stand outside `extra`, and cannot be given in there."""


@dataclass(frozen=True, slots=True)
class Row:
    """One face as a manifest publishes it.

    Attributes:
        split: the side of the split that it is on.
        artist_candidate, asset: read from the address; empty where it says nothing.
        sha256, width, height, sha256_rgb, look: of its original, as in a lock.
        crop_sha256_rgb: of its crop's pixels.
        licence: SPDX identifier of its picture's licence.
    """

    face: Face
    split: str | None = None
    artist_candidate: str | None = None
    asset: str | None = None
    licence: str | None = None
    sha256: str | None = None
    width: int | None = None
    height: int | None = None
    sha256_rgb: str | None = None
    look: str | None = None
    crop_sha256_rgb: str | None = None


_KNOWN = tuple(field for field in Row.__slots__ if field != "face")
TEXTS = tuple(field for field in _KNOWN if field not in ("width", "height"))
"""What a `Row` says in words of its face or its original."""
_NUMBERS = ("width", "height")
COLUMNS: Mapping[str, str] = (
    {"face": "text", "url": "text", "raw_name": "text"}
    | dict.fromkeys(_COORDINATES, "coordinate")
    | {field: "number" if field in _NUMBERS else "text" for field in _KNOWN}
    | {"extra": "text"}
)
"""The Parquet file's columns in order, and what they hold."""


def recognises(data: bytes) -> bool:
    """Whether this may be a manifest in the tool's own schema."""
    return data.startswith(PARQUET) or _MARK.encode() in data[:100].partition(b"\n")[0]


def is_own_parquet(data: bytes) -> bool:
    """Whether a Parquet file means to be such a manifest; any other says so in its head."""
    # The file's metadata stand at its end, and the mark among them as it is written.
    return _MARK.encode() in data[-_LONGEST_FOOTER:]


def read(data: bytes, source: str) -> Manifest:
    """Read a manifest's bytes; `source` is what messages call it.

    Raises:
        InputError: it is damaged, of another format, or names a face twice. An entry that makes
            no sense does not raise; it becomes an `InvalidEntry`.
    """
    return read_with_facts(data, source)[0]


def read_with_facts(data: bytes, source: str) -> tuple[Manifest, dict[str, dict[str, object]]]:
    """Read a manifest's bytes, and of each face by name what a `Row` says of it, unchecked.

    Raises:
        InputError: as for `read`.
    """
    is_parquet = data.startswith(PARQUET)
    schema, lines = _read_parquet(data, source) if is_parquet else _read_lines(data, source)
    entries: dict[str, object] = {}
    facts: dict[str, dict[str, object]] = {}
    for where, line in lines:
        name = line.get("face")
        if not isinstance(name, str):
            raise InputError(f"{source}, {where}: the face has no name ({name!r:.60})")
        if name in entries:
            raise InputError(f"{source}, {where}: the face {name!r:.100} is there twice")
        entries[name] = _entry(line)
        facts[name] = {field: line[field] for field in _KNOWN if line.get(field) is not None}
    if not entries:
        raise InputError(f"{source} holds no entries")
    return replace(aahq.read(entries), schema=schema), facts


def write_jsonl(schema: str, rows: Sequence[Row]) -> bytes:
    """The manifest as JSON lines, in the order of the rows; ASCII."""
    head = {_MARK: FORMAT, "schema": schema, "faces": len(rows)}
    lines = (_with_path(_line(row)) for row in rows)
    return b"".join(json.dumps(line).encode("ascii") + b"\n" for line in (head, *lines))


def write_parquet(schema: str, rows: Sequence[Row]) -> bytes:
    """The manifest as a Parquet file, in the order of the rows."""
    # pyarrow costs a tenth of a second, which every worker would pay.
    import pyarrow as pa
    import pyarrow.parquet as pq

    columns: dict[str, list[object]] = {name: [] for name in COLUMNS}
    for row in rows:
        for name, value in _cells(_line(row)).items():
            columns[name].append(value)
    head = {_MARK: str(FORMAT), "schema": schema}
    table = pa.table(columns, schema=pa.schema(list(_arrow_types().items()), metadata=head))
    sink = io.BytesIO()
    pq.write_table(table, sink, compression="zstd")
    return sink.getvalue()


def _line(row: Row) -> dict[str, object]:
    content = aahq.content_of(row.face)
    if row.split is not None:
        content.pop("split", None)  # what an earlier release said
    line = {"face": row.face.name, "url": content.pop("image_url")}
    line |= {name: content.pop(name) for name in ("raw_name", "landmarks")}
    line |= {field: value for field in _KNOWN if (value := getattr(row, field)) is not None}
    return line | ({"extra": content} if content else {})


def _with_path(line: dict[str, object]) -> dict[str, object]:
    """A line in which an original at hand has its path and digest instead of an address."""
    local = local_original(str(line["url"]))
    if local is None or local.sha256 is None:
        return line
    facts: dict[str, object] = {"path": local.path, "sha256": local.sha256}
    rest = {name: value for name, value in line.items() if name not in ("face", "url", "sha256")}
    return {"face": line["face"]} | facts | rest


def _cells(line: Mapping[str, object]) -> dict[str, object]:
    """A line as a row of a table: the four points flat, all that has no column as JSON."""
    points = line["landmarks"]
    extra = line.get("extra", {})
    if not isinstance(points, dict) or not isinstance(extra, dict):
        raise TypeError("made by _line")
    more = {point: value for point, value in points.items() if point not in POINT_NAMES}
    rest = extra | ({"landmarks": more} if more else {})
    flat = (value for point in POINT_NAMES for value in points[point])
    cells = {name: line.get(name) for name in COLUMNS} | dict(zip(_COORDINATES, flat, strict=True))
    cells["extra"] = json.dumps(rest) if rest else None
    return {name: _encodable(value) for name, value in cells.items()}


def _encodable(value: object) -> object:
    """Half a surrogate pair is no UTF-8, and Parquet's texts are."""
    return value.encode(errors="replace").decode() if isinstance(value, str) else value


def _entry(line: Mapping[str, object]) -> object:
    """A line as an entry of AAHQ's schema, whose reader checks it."""
    extra = line.get("extra", {})
    if not isinstance(extra, dict):
        return f"extra must be an object, not {extra!r:.60}"
    if "url" in line and "path" in line:
        return "an entry with either a url or a path"
    entry = {field: value for field, value in extra.items() if field not in _OWN}
    entry |= {"image_url": line["url"]} if "url" in line else {}
    entry |= _local(line) if "path" in line else {}
    entry |= {field: line[field] for field in ("raw_name", "landmarks") if field in line}
    if isinstance(split := line.get("split"), str):
        entry["split"] = split
    unknown = line.keys() - COLUMNS.keys() - {"landmarks", "path"}
    return entry | {field: line[field] for field in sorted(unknown)}


def _local(line: Mapping[str, object]) -> dict[str, object]:
    """The fields that an original at hand has for an address; the schema's reader checks them."""
    path = line["path"]
    if not isinstance(path, str):
        return {"image_url": path}
    local = LocalOriginal(path, str(line.get("sha256", "")))
    return {"image_url": local.address, "raw_name": local.raw_name}


def _read_lines(data: bytes, source: str) -> tuple[str, Iterable[tuple[str, dict[str, object]]]]:
    try:
        texts = data.decode("utf-8-sig").splitlines() if b"\r" in data else _split(data)
    except UnicodeDecodeError as error:
        raise InputError(f"{source}: byte {error.start} is not UTF-8") from error
    head = _parsed(texts[0], f"{source}, line 1")
    _check_format(head.get(_MARK), source)
    count = len(texts) - 1
    if head.get("faces") != count:
        raise InputError(
            f"{source} is not whole: its head says {head.get('faces')!r:.40} faces, it has {count}"
        )
    numbered = enumerate(texts[1:], 2)
    lines = (
        (f"line {number}", _parsed(text, f"{source}, line {number}")) for number, text in numbered
    )
    return _schema(head.get("schema"), source), lines


def _split(data: bytes) -> list[str]:
    """Lines by line feeds alone: a name may hold other characters that Python takes for ends."""
    return data.decode("utf-8-sig").removesuffix("\n").split("\n")


def _parsed(text: str, where: str) -> dict[str, object]:
    try:
        content = parse_strictly(text)
    except DuplicateKeyError as error:
        raise InputError(f"{where}: an object has a key twice") from error
    except (ValueError, RecursionError) as error:
        raise InputError(f"{where}: no JSON ({error})") from error
    if not isinstance(content, dict):
        raise InputError(f"{where}: must be a JSON object, not {content!r:.60}")
    return content


def _check_format(found: object, source: str) -> None:
    if found != FORMAT:
        raise InputError(f"{source} is of manifest format {found!r:.40}; known here: {FORMAT}")


def _schema(found: object, source: str) -> str:
    if not isinstance(found, str) or found not in _SCHEMAS:
        raise InputError(f"{source}: faces of the schema {found!r:.40} are not known here")
    return found


def _read_parquet(data: bytes, source: str) -> tuple[str, Iterable[tuple[str, dict[str, object]]]]:
    import pyarrow.parquet as pq

    with _translated(f"{source}: no Parquet that can be read"):
        file = pq.ParquetFile(io.BytesIO(data))
    facts = file.schema_arrow.metadata or {}
    mark = facts.get(_MARK.encode(), b"").decode(errors="replace")
    _check_format(int(mark) if mark.isascii() and mark.isdigit() else mark, source)
    found = {field.name: field.type for field in file.schema_arrow}
    for name, wanted in _arrow_types().items():
        if found.get(name) != wanted:
            raise InputError(f"{source}: the column {name} must be {wanted}, not {found.get(name)}")
    groups = (file.metadata.row_group(index) for index in range(file.metadata.num_row_groups))
    if sum(group.total_byte_size for group in groups) > _LARGEST:
        raise InputError(f"{source} unpacks to more than a manifest can be ({_LARGEST >> 30} GiB)")
    schema = facts.get(b"schema", b"").decode(errors="replace")
    with _translated(f"{source}: no Parquet that can be read"):
        # Columns stay as dictionaries, so that a long text that is there a million times costs one.
        texts = [name for name, kind in COLUMNS.items() if kind == "text"]
        file = pq.ParquetFile(io.BytesIO(data), read_dictionary=texts)
    return _schema(schema, source), _rows(file, source)


def _rows(file: Any, source: str) -> Iterator[tuple[str, dict[str, object]]]:
    number = size = 0
    batches = file.iter_batches(_BATCH, columns=list(COLUMNS))
    while True:
        where = f"{source}, after row {number}"
        with _translated(where):
            batch = next(batches, None)
            if batch is None:
                return
            _check_cells(batch, where)
            rows = batch.to_pylist()
        for cells in rows:
            number += 1
            size += sum(len(cell) for cell in cells.values() if isinstance(cell, str))
            if size > _LARGEST:
                raise InputError(f"{where}: more than a manifest can be ({_LARGEST >> 30} GiB)")
            yield f"row {number}", _unflattened(cells, f"{source}, row {number}")


def _check_cells(batch: Any, where: str) -> None:
    """Refuse a text that is too long before there are copies of it."""
    import pyarrow as pa
    import pyarrow.compute as pc

    for name, column in zip(batch.schema.names, batch.columns, strict=True):
        if isinstance(column, pa.DictionaryArray):
            longest = pc.max(pc.binary_length(column.dictionary)).as_py()
            if longest is not None and longest > _LONGEST_CELL:
                raise InputError(f"{where}: {name} is longer than {_LONGEST_CELL} bytes")


def _arrow_types() -> Mapping[str, Any]:
    import pyarrow as pa

    types = {"text": pa.string(), "coordinate": pa.float64(), "number": pa.int64()}
    return {name: types[kind] for name, kind in COLUMNS.items()}


@contextmanager
def _translated(what: str) -> Iterator[None]:
    import pyarrow as pa

    try:
        yield
    except (pa.ArrowException, OSError, ValueError) as error:
        raise InputError(f"{what} ({error})") from error


def _unflattened(cells: Mapping[str, object], where: str) -> dict[str, object]:
    extra = _parsed(str(cells["extra"]), f"{where}, extra") if cells["extra"] is not None else {}
    more = extra.pop("landmarks", {})
    points = {name: [cells[f"{name}_x"], cells[f"{name}_y"]] for name in POINT_NAMES}
    line = {name: cells[name] for name in cells if cells[name] is not None}
    line = {name: value for name, value in line.items() if name not in _COORDINATES}
    line["landmarks"] = points | (more if isinstance(more, dict) else {})
    return line | {"extra": extra}
