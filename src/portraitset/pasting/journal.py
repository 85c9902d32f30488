"""What was pasted so far, a line a photo, in the folder of the results: reruns go by it.

The line is written before the file is renamed to its place, so that whatever lies there is either
the journal's or a stranger's.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from portraitset.workspace.layout import translated, write_whole

JOURNAL = "paste-back.jsonl"


@dataclass(frozen=True, slots=True)
class Entry:
    """One result.

    Attributes:
        place: its file's name.
        fingerprint: of all that it is made from; empty if it is to be made again.
        sha256: of the file.
        faces: whose edits are in it.
    """

    place: str
    fingerprint: str
    sha256: str
    faces: tuple[str, ...]


def read_journal(folder: Path) -> dict[str, Entry]:
    """What a folder's journal holds, by place; lines that make no sense count as not there.

    Raises:
        WorkspaceError: it is there and cannot be read.
    """
    path = folder / JOURNAL
    if not path.is_file():
        return {}
    with translated(path):
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    return {entry.place: entry for entry in _entries(lines)}


def add_entry(folder: Path, entry: Entry) -> None:
    """Add a line; it is there when this returns.

    Raises:
        WorkspaceError: it cannot be written.
    """
    path = folder / JOURNAL
    with translated(path), path.open("a", encoding="utf-8") as file:
        file.write(_line_of(entry))


def write_journal(folder: Path, entries: Iterable[Entry]) -> None:
    """Write a journal anew, whole or not at all.

    Raises:
        WorkspaceError: it cannot be written.
    """
    write_whole(folder / JOURNAL, "".join(map(_line_of, entries)).encode())


def _line_of(entry: Entry) -> str:
    return json.dumps(asdict(entry)) + "\n"


def _entries(lines: Iterable[str]) -> Iterator[Entry]:
    for line in lines:
        try:
            yield _entry(json.loads(line))
        except (ValueError, TypeError, KeyError):
            continue  # the line that a kill cut off


def _entry(content: Mapping[str, object]) -> Entry:
    place, faces = content["place"], content["faces"]
    if not isinstance(place, str) or Path(place).name != place:
        raise ValueError("a place is a file's name")
    if not isinstance(faces, list):
        raise TypeError("faces are listed")
    digests = str(content["fingerprint"]), str(content["sha256"])
    return Entry(place, *digests, tuple(map(str, faces)))
