"""CSV: a row a face, a column a number, for spreadsheets and for scripts. Pure.

Read are the four points, as columns `eye_left_x`, `eye_left_y` and so on, or those of another
spelling; the picture, as `path` or `url`; all else if it is there. Separated by commas, semicolons
(then with a decimal comma, too, as spreadsheets write in half of Europe) or tabs.
"""

import csv
import io
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from portraitset.errors import BadEntry, InputError, ItemError
from portraitset.landmarks import POINT_NAMES, Point
from portraitset.manifest.dataset import InvalidEntry
from portraitset.manifest.marking import (
    MarkedPicture,
    Marking,
    Reading,
    Written,
    read_pair,
    read_side,
)
from portraitset.manifest.point_names import Naming, Spelling, naming_of
from portraitset.manifest.strict_json import DuplicateKeyError, parse_strictly

_PICTURE = ("face", "path", "url", "raw_name", "sha256", "width", "height")
_EXTRA = "extra"
_COORDINATES = tuple(f"{point}_{axis}" for point in POINT_NAMES for axis in "xy")
COLUMNS = (*_PICTURE, *_COORDINATES, _EXTRA)
"""What is written, in order; `extra` holds further fields as JSON."""

_LONGEST_CELL = 1 << 18
_LONGEST_HEAD = 1 << 16
_SEPARATORS = ",;\t"


def recognises(data: bytes) -> bool:
    """Whether this may be a table: its first line names coordinates."""
    return _separator(_head(data)) is not None


def read(data: bytes, source: str, spelling: Spelling) -> Reading:
    """Read a file's bytes; `source` is what messages call it.

    Raises:
        InputError: it is no table, or its columns are not those of a face. A row that makes no
            sense does not raise; it becomes an `InvalidEntry`.
    """
    separator = _separator(_head(data))
    if separator is None:
        raise InputError(f"{source}: the first line must name the columns: {', '.join(COLUMNS)}")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"{source}: byte {error.start} is not UTF-8; save it as such") from error
    rows = _rows(text, separator, source)
    head = [name.strip() for name in next(rows)[1]]
    if len(set(head)) < len(head):
        raise InputError(f"{source}: a column is there twice")
    points = [name[:-2] for name in head if name[-2:].lower() in ("_x", ".x") and name[:-2]]
    try:
        naming = naming_of(points, spelling)
    except ValueError as error:
        raise InputError(f"{source}: {error} (columns: {', '.join(head)!r:.300})") from error
    columns = _Columns(tuple(head), naming, has_decimal_comma=separator == ";")
    return _reading(rows, columns)


def _reading(rows: Iterator[tuple[int, list[str]]], columns: "_Columns") -> Reading:
    markings: list[Marking] = []
    invalid: list[InvalidEntry] = []
    for line, row in rows:
        if any(row):
            try:
                markings.append(columns.marking(row))
            except ItemError as error:
                invalid.append(InvalidEntry(f"line {line}", error, row))
    return Reading("csv", tuple(markings), tuple(invalid), {}, bool(columns.naming.four))


def _head(data: bytes) -> str:
    return data[:_LONGEST_HEAD].partition(b"\n")[0].decode("utf-8-sig", errors="replace")


def _separator(head: str) -> str | None:
    """What parts a first line so that it names points; None if nothing does."""
    for separator in _SEPARATORS:
        names = {name.strip(' "\r').lower() for name in head.split(separator)}
        if any(name[-2:] in ("_x", ".x") and name[:-1] + "y" in names for name in names):
            return separator
    return None


def _rows(text: str, separator: str, source: str) -> Iterator[tuple[int, list[str]]]:
    """Each row and the line that it ends on."""
    csv.field_size_limit(_LONGEST_CELL)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    while True:
        try:
            row = next(reader, None)
        except csv.Error as error:
            raise InputError(f"{source}, line {reader.line_num}: no CSV ({error})") from error
        if row is None:
            return
        yield reader.line_num, row


class _Columns:
    """What the columns of a table hold."""

    def __init__(self, head: Sequence[str], naming: Naming, *, has_decimal_comma: bool) -> None:
        self.naming = naming
        self._head = head
        self._has_decimal_comma = has_decimal_comma
        self._points = {
            name[:-2]: (place, self._other(name))
            for place, name in enumerate(head)
            if name[-2:].lower() in ("_x", ".x") and self._other(name) is not None
        }
        places = {place for pair in self._points.values() for place in pair}
        self._further = [
            (place, name)
            for place, name in enumerate(head)
            if place not in places and name not in (*_PICTURE, _EXTRA) and name
        ]

    def _other(self, name: str) -> int | None:
        """Where the y stands that belongs to an x."""
        wanted = name[:-1] + ("y" if name[-1] == "x" else "Y")
        return self._head.index(wanted) if wanted in self._head else None

    def marking(self, row: Sequence[str]) -> Marking:
        if len(row) != len(self._head):
            raise BadEntry(f"it has {len(row)} cells, the first line has {len(self._head)}")
        points: dict[str, Point] = {}
        for name, (x, y) in self._points.items():
            if y is not None and (row[x].strip() or row[y].strip()):
                pair = [self._number(row[x]), self._number(row[y])]
                points[name] = read_pair(pair, repr(name)[:60])
        landmarks, found = self.naming.read(points)
        cells = dict(zip(self._head, row, strict=True))
        extra = {name: row[place] for place, name in self._further if row[place]}
        kept = _extra(cells.get(_EXTRA, ""))
        further = kept.pop("landmarks", {})
        if isinstance(further, dict) and isinstance(more := found.get("landmarks", {}), dict):
            found |= {"landmarks": further | more} if further or more else {}
        return Marking(cells.get("face") or None, _picture(cells), landmarks, extra | kept | found)

    def _number(self, text: str) -> float:
        plain = text.strip()
        try:
            return float(plain.replace(",", ".") if self._has_decimal_comma else plain)
        except ValueError as error:
            raise BadEntry(f"not a number: {text!r:.40}") from error


def _picture(cells: Mapping[str, str]) -> MarkedPicture:
    path, url, raw_name = (cells.get(name) or None for name in ("path", "url", "raw_name"))
    if path is None and url is None:
        raise BadEntry("it has neither a path nor a url")
    file = path or raw_name or "_".join((url or "").split("/")[-5:])
    return MarkedPicture(
        file.replace("\\", "/"),
        url,
        raw_name,
        cells.get("sha256") or None,
        read_side(cells.get("width", "").strip()),
        read_side(cells.get("height", "").strip()),
    )


def _extra(text: str) -> dict[str, object]:
    if not text.strip():
        return {}
    try:
        content = parse_strictly(text)
    except (DuplicateKeyError, ValueError, RecursionError) as error:
        raise BadEntry(f"extra is no JSON ({error})") from error
    if not isinstance(content, dict):
        raise BadEntry(f"extra must be a JSON object, not {content!r:.60}")
    return content


def write(markings: Sequence[Marking]) -> Written:
    """Write faces, a line each; UTF-8, and a cell is quoted where it must be."""
    sink = io.StringIO(newline="")
    writer = csv.writer(sink, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    writer.writerows(map(_row, markings))
    return Written(sink.getvalue().encode(errors="replace"), Counter())


def _row(marking: Marking) -> list[object]:
    picture = marking.picture
    path = picture.file if picture.url is None else None
    facts = (picture.url, picture.raw_name, picture.sha256, picture.width, picture.height)
    points = [value for point in marking.landmarks.points() for value in point]
    extra = json.dumps(marking.extra) if marking.extra else None
    return [marking.name, path, *facts, *points, extra]
