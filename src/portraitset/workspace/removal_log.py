"""`removals.jsonl`: the log of removals as a file, read and checked, and written line by line.

It lies at the workspace's root. Lines are only ever added, and each holds the sha256 of the line
before it. docs/removal.md describes the format.
"""

import hashlib
import json
import os
import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from portraitset.errors import InputError
from portraitset.picture.perceptual_hash import is_look
from portraitset.workspace.layout import STATE_FOLDER, FileStamp, stamp_of, translated, write_whole
from portraitset.workspace.tombstones import KINDS, LOG, Removals, Tombstone, now

END = "removals.end"
FORMAT = 1
"""The only format so far; a reader refuses every other."""

_MARK = "portraitset-removals"
_HEX = re.compile(r"[0-9a-f]{64}")
_ARTIST = re.compile(r"[1-9][0-9]? [0-9a-f]{64}")
_LARGEST = 1 << 30
_OF_THE_FILE = ("sequence", "applied_at", "line")
"""What a tombstone's own line does not say, as the file does."""


def removals_of(root: Path) -> Removals | None:
    """A workspace's log; None if nothing was ever taken out.

    Raises:
        InputError: its chain is broken; the message names the line.
    """
    path = root / LOG
    stamp, kept = stamp_of(path), _kept_end(root)
    if stamp is None:
        if kept is not None:
            raise _shortened(root, "it is gone")
        return None
    return _cached(root, stamp, kept)


@lru_cache(4)
def _cached(root: Path, _stamp: FileStamp, kept: str | None) -> Removals:
    """A log that holds the line which is known to have been its last."""
    path = root / LOG
    with translated(path):
        data = path.read_bytes()
    whole = _whole_lines(data)
    is_there = any(kept == _digest(line) for line in whole.split(b"\n"))
    log = parse_removals(whole if is_there else data, str(path))
    if kept is not None and not is_there:
        raise _shortened(root, "its last lines are gone")
    return log


def _whole_lines(data: bytes) -> bytes:
    """A log without what a kill left of a line: nothing had been done yet that the line says."""
    return data[: data.rfind(b"\n") + 1]


def _kept_end(root: Path) -> str | None:
    """The sha256 of the last line that was added; a chain alone cannot tell that its end is gone.

    Raises:
        WorkspaceError: it cannot be read.
    """
    path = root / STATE_FOLDER / END
    if not path.is_file():
        return None
    with translated(path):
        return path.read_text(encoding="ascii", errors="replace").strip()


def _keep_end(root: Path, line: bytes) -> None:
    if (root / STATE_FOLDER).is_dir():
        write_whole(root / STATE_FOLDER / END, _digest(line.rstrip(b"\n")).encode() + b"\n")


def _shortened(root: Path, why: str) -> InputError:
    return InputError(
        f"{root / LOG}: the chain is broken at its end: {why}. Nothing is done on such a log, as"
        " what it refused could come back; restore it from a copy. If there is none, delete"
        f" {root / STATE_FOLDER / END} and remove those pictures again."
    )


def parse_removals(data: bytes, source: str) -> Removals:
    """Read a log and verify its chain; `source` is what messages call it.

    Raises:
        InputError: it is no such log, or is broken; the message names the line.
    """
    if len(data) > _LARGEST:
        raise InputError(f"{source} is larger than a log of removals can be")
    *lines, rest = data.split(b"\n")
    salt = _read_head((lines or [rest])[0], source)
    if rest or not lines:
        number = len(lines) + 1
        raise _broken(source, number, "it does not end with a line's end, so it was cut off")
    tombstones: dict[int, Tombstone] = {}
    previous = _digest(lines[0])
    for number, line in enumerate(lines[1:], 2):
        row = _parsed(line, source, number)
        if type(row.get("sequence")) is not int or row["sequence"] != number - 1:
            raise _broken(source, number, f"its sequence is {row.get('sequence')!r:.40}")
        if row.get("previous") != previous:
            raise _broken(source, number, "it does not follow from the line before")
        previous = _digest(line)
        _read_row(row | {"line": previous}, salt, tombstones, f"{source}, line {number}")
    return Removals(salt, tuple(tombstones.values()), previous)


def append_tombstones(root: Path, tombstones: Sequence[Tombstone]) -> tuple[Tombstone, ...]:
    """Add tombstones to a workspace's log, beginning one if there is none; as they stand there.

    Raises:
        InputError: the log's chain is broken.
        WorkspaceError: they cannot be written.
    """
    rows = []
    for tombstone in tombstones:
        row = {key: value for key, value in asdict(tombstone).items() if value != ""}
        rows.append({key: row[key] for key in row if key not in _OF_THE_FILE} | {"kind": "removal"})
    placed = zip(tombstones, _append(root, rows), strict=True)
    return tuple(replace(item, sequence=at, line=line) for item, (at, line) in placed)


def append_applied(root: Path, tombstones: Sequence[Tombstone], version: str) -> None:
    """Say in the log that removals were finished, and which version of the dataset they made.

    Raises:
        InputError, WorkspaceError: as for `append_tombstones`.
    """
    told = {"kind": "applied", "at": now(), "dataset_version": version}
    _append(root, [told | {"of": tombstone.sequence} for tombstone in tombstones])


def begin_log(root: Path) -> Removals:
    """An empty log with a fresh salt, where there is none.

    Raises:
        WorkspaceError: it cannot be written.
    """
    head = {_MARK: FORMAT, "salt": secrets.token_hex(16)}
    line = _line_of(head)
    write_whole(root / LOG, line)
    _keep_end(root, line)
    log = removals_of(root)
    if log is None:
        raise InputError(f"{root / LOG} was taken away while in use")
    return log


def _append(root: Path, rows: Sequence[Mapping[str, object]]) -> list[tuple[int, str]]:
    """Add rows to the log; the number and the sha256 of each one's line."""
    previous = (removals_of(root) or begin_log(root)).last
    with translated(root / LOG):
        before = _whole_lines((root / LOG).read_bytes())
    lines, placed = [], []
    for sequence, row in enumerate(rows, before.count(b"\n")):
        lines.append(_line_of({"sequence": sequence, "previous": previous} | dict(row)))
        previous = _digest(lines[-1].rstrip(b"\n"))
        placed.append((sequence, previous))
    if lines:
        _add(root / LOG, len(before), b"".join(lines))
        _keep_end(root, lines[-1])
    return placed


def _add(path: Path, at: int, data: bytes) -> None:
    """All of it, forced to the disk: what was promised must survive a power failure."""
    with translated(path), path.open("r+b", buffering=0) as file:
        file.truncate(at)
        file.seek(at)
        try:
            while data:
                data = data[file.write(data) :]
            os.fsync(file.fileno())
        except OSError:
            file.truncate(at)  # half a line would break the chain for good
            raise


def _line_of(row: Mapping[str, object]) -> bytes:
    return json.dumps(row, separators=(",", ":")).encode("ascii") + b"\n"


def _read_head(line: bytes, source: str) -> str:
    if _MARK.encode() not in line:
        raise InputError(f"{source} is no log of removals: line 1 does not say {_MARK!r}")
    head = _parsed(line, source, 1)
    if head.get(_MARK) != FORMAT:
        raise InputError(f"{source} is of format {head.get(_MARK)!r:.40}; known here: {FORMAT}")
    return _salt(head.get("salt"), f"{source}, line 1")


def _read_row(
    row: Mapping[str, Any], salt: str, tombstones: dict[int, Tombstone], where: str
) -> None:
    sequence = row["sequence"]
    if row.get("kind") == "applied":
        of = row.get("of")
        before = tombstones.get(of) if isinstance(of, int) else None
        if before is None:
            raise InputError(f"{where}: says that something unknown was applied")
        tombstones[before.sequence] = replace(before, applied_at=str(row.get("at"))[:40])
    elif row.get("kind") == "removal":
        tombstones[sequence] = Tombstone(
            sequence,
            str(row.get("scope", ""))[:40],
            _salt(row.get("salt", salt), where),
            _hashes(row.get("hashes"), where),
            _looks(row.get("looks"), where),
            str(row.get("reason", ""))[:1000],
            str(row.get("requested_at", ""))[:40],
            str(row.get("source", ""))[:64],
            line=row["line"],
        )
    else:
        kind = f"{row.get('kind')!r:.40}"
        raise InputError(f"{where}: kind {kind} is not known here: damaged, or a newer version's")


def _hashes(value: object, where: str) -> Mapping[str, tuple[str, ...]]:
    if not isinstance(value, dict) or not value.keys() <= set(KINDS):
        raise InputError(f"{where}: hashes must be of {', '.join(KINDS)}")
    for kind, hashes in value.items():
        if not isinstance(hashes, list) or not all(_is_hash(kind, item) for item in hashes):
            raise InputError(f"{where}: hashes of {kind} must be lists of 64 hex digits")
    return {kind: tuple(hashes) for kind, hashes in value.items()}


def _is_hash(kind: str, item: object) -> bool:
    pattern = _ARTIST if kind == "artist" else _HEX
    return isinstance(item, str) and pattern.fullmatch(item) is not None


def _looks(value: object, where: str) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(map(is_look, value)):
        raise InputError(f"{where}: looks must be a list of perceptual hashes, 64 hex digits each")
    return tuple(value)


def _salt(value: object, where: str) -> str:
    if not isinstance(value, str) or not re.fullmatch(r"([0-9a-f]{2}){8,64}", value):
        raise InputError(f"{where}: the salt must be 16 to 128 hex digits")
    return value


def _parsed(line: bytes, source: str, number: int) -> dict[str, Any]:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise _broken(source, number, f"it is no JSON ({error})") from error
    if not isinstance(row, dict):
        raise _broken(source, number, "it is no JSON object")
    return row


def _broken(source: str, number: int, why: str) -> InputError:
    return InputError(
        f"{source}, line {number}: the chain is broken here: {why}. Nothing is done on such a log,"
        " as what it refused could come back; restore it from a copy."
    )


def _digest(line: bytes) -> str:
    return hashlib.sha256(line).hexdigest()
