"""What lies beside the pictures: the licence set, the marker, a line of JSON for each picture."""

import csv
import hashlib
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from portraitset.errors import InputError
from portraitset.export.sample import Placed, Row, Target
from portraitset.sidecars.facts import GEOMETRY, table_without
from portraitset.workspace.layout import translated, write_whole

MARKER = "export.json"
"""Says that the tool made what it lies in, and how; only that may be replaced."""

FACES = "faces.jsonl"
CREDITS = "credits.csv"

_MARK = "portraitset-export"


def marker_text(facts: Row) -> bytes:
    """The text of the marker file that tells an export's folder from a stranger's."""
    return json.dumps({_MARK: 1} | dict(facts), indent=1).encode("ascii") + b"\n"


def read_marker(data: bytes) -> dict[str, object] | None:
    """What a marker says; None if it is none of ours."""
    try:
        content = json.loads(data)
    except ValueError:
        return None
    return content if isinstance(content, dict) and content.get(_MARK) == 1 else None


def write_documents(folder: Path, documents: Mapping[str, bytes]) -> None:
    """Write documents into a folder.

    Raises:
        WorkspaceError: they cannot be written.
    """
    for name, data in documents.items():
        write_whole(folder / name, data)


def read_documents(folder: Path, names: Iterable[str]) -> Mapping[str, bytes]:
    """Read the documents that a folder holds."""
    found = {}
    for name in names:
        path = folder / name
        if path.is_file():
            with translated(path):
                found[name] = path.read_bytes()
    return found


def lines_of(rows: Iterable[Row]) -> bytes:
    """JSON lines, one for each object."""
    return b"".join(json.dumps(row).encode() + b"\n" for row in rows)


def lines_without(lines: bytes, gone: frozenset[str]) -> bytes:
    """JSON lines without those whose `name` is one of these."""
    kept = (
        line for line in lines.splitlines(keepends=True) if json.loads(line)["name"] not in gone
    )
    return b"".join(kept)


def credits_without(text: bytes, gone: frozenset[str]) -> bytes:
    """The credits of those faces that stay; a name may be behind an apostrophe there."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    for row in csv.reader(io.StringIO(text.decode(), newline="")):
        if row and row[0] not in gone and row[0].removeprefix("'") not in gone:
            writer.writerow(row)
    return out.getvalue().encode()


def documents_without(
    old: Mapping[str, bytes], fresh: Mapping[str, bytes], gone: frozenset[str], left: int
) -> Mapping[str, bytes]:
    """Documents that are there, made right again when faces are taken out.

    Args:
        old: as they are.
        fresh: the licence set of what is left; its credits list only what the workspace still
            has, so the old ones are cut instead.
        gone: the faces.
        left: how many faces remain.
    """
    documents = {name: fresh.get(name, data) for name, data in old.items()}
    if CREDITS in old:
        documents[CREDITS] = credits_without(old[CREDITS], gone)
    if GEOMETRY in old:
        documents[GEOMETRY] = table_without(old[GEOMETRY], gone)
    marker = read_marker(old.get(MARKER, b""))
    if marker is not None:
        documents[MARKER] = marker_text(marker | {"faces": left})
    return documents


def are_same(read: Iterable[bytes], placed: Sequence[Placed]) -> bool:
    """Whether pictures that were read back are those that were written, each and in order."""
    try:
        found = [(len(data), hashlib.sha256(data).hexdigest()) for data in read]
    except (OSError, ValueError, EOFError, KeyError):
        return False
    return found == [(item.byte_count, item.sha256) for item in placed]


def missing(extra: str) -> InputError:
    """The error for an optional package that is not there."""
    return InputError(
        f"this format needs a package that is not installed: pip install 'portraitset[{extra}]'"
    )


def archive_of(target: Target) -> Path:
    """The path of the archive that takes all of a target."""
    return target.folder / target.archive
