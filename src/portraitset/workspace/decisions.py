"""What people decided about faces: an append-only log that several may write and merge.

`decisions.jsonl` in the state folder: a line for each decision, with who, when and why. Nothing in
it proves who somebody is; a log of another person's is taken at its word. Lines that make no sense,
such as the last one after a power cut, are passed over and counted, and cost no other line.
"""

import json
import math
import os
import re
import time
import uuid
from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal, get_args

from portraitset.errors import InputError
from portraitset.landmarks import POINT_NAMES, Landmarks, face_axes, landmarks_from_points
from portraitset.workspace.layout import translated, write_within
from portraitset.workspace.run_lock import wait_for

Choice = Literal["keep", "reject", "delete", "undo", "landmarks", "given", "add"]
"""Hand it on whatever rules say; leave it out; it is no face at all; withdraw a decision; cut it by
other points; by the manifest's points again; a face that the manifest lacks.

Versions that know only "keep", "reject", "undo" and "landmarks" pass over the others' lines as
damaged ones.
"""

Verdict = Literal["keep", "reject", "delete"]

LOG = "decisions.jsonl"
LONGEST_WHO, LONGEST_WHY, LONGEST_NAME = 100, 1000, 1 << 18
"""In letters; longer ones are refused. A name may be as long as a cell of a manifest."""

_LARGEST = 1 << 28
LATEST = 4_102_444_800.0
"""The year 2100: no clock is as wrong as that, and a forged time must not win for good."""

_ID = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True, slots=True)
class Decision:
    """One decision about one face.

    Attributes:
        id: 32 hex digits, like no other's.
        face: its name in the manifest.
        who: how the person called themselves.
        at: when, in Unix seconds, by that person's clock.
        why: in their words; may be empty.
        landmarks: for "landmarks" and "add", in pixels of the exact original.
        undoes: for "undo", the id of what is withdrawn.
        photo: for "add", the file name of the original in the manifest; the face is then called
            as `added_name` says.

    Raises:
        ValueError: a value makes no sense.
    """

    id: str
    face: str
    choice: Choice
    who: str
    at: float
    why: str = ""
    landmarks: Landmarks | None = None
    undoes: str | None = None
    photo: str | None = None

    def __post_init__(self) -> None:
        _check_text("face", self.face, LONGEST_NAME, least=1)
        _check_text("who", self.who, LONGEST_WHO, least=1)
        _check_text("why", self.why, LONGEST_WHY)
        _check_id("id", self.id)
        if self.choice not in get_args(Choice):
            raise ValueError(f"no such decision: {self.choice!r:.60}")
        if type(self.at) not in (int, float) or not 0 <= self.at < LATEST:
            raise ValueError(f"at is no time: {self.at!r:.60}")
        if (self.choice in ("landmarks", "add")) != (self.landmarks is not None):
            raise ValueError("landmarks belong to the decision of that name, and to a new face")
        if (self.choice == "undo") != (self.undoes is not None):
            raise ValueError("undo names what it withdraws, and nothing else does")
        if self.undoes is not None:
            _check_id("undoes", self.undoes)
        if (self.choice == "add") != (self.photo is not None):
            raise ValueError("a new face names its photo, and nothing else does")
        if self.photo is not None and self.landmarks is not None:
            _check_text("photo", self.photo, LONGEST_NAME, least=1)
            face_axes(self.landmarks)
            if self.face != added_name(self.photo, self.id):
                raise ValueError("a new face is called by its photo and its decision's id")


@dataclass(frozen=True, slots=True)
class FaceDecision:
    """Where a face stands by what people decided; None for what nobody did.

    Attributes:
        verdict: the last "keep", "reject" or "delete" that was not withdrawn.
        landmarks: the last "landmarks" or "given", likewise; None also where that is "given".
        added: the "add" that made it, likewise.
    """

    verdict: Decision | None = None
    landmarks: Decision | None = None
    added: Decision | None = None


@dataclass(frozen=True, slots=True)
class Decisions:
    """A log as it was read.

    Attributes:
        items: every decision once, by time, then id.
        damaged: the numbers of the lines that make no sense, from 1.
    """

    items: tuple[Decision, ...] = ()
    damaged: tuple[int, ...] = field(default=(), compare=False)

    def live(self) -> tuple[Decision, ...]:
        """What was not withdrawn, without the withdrawals, in order."""
        void: set[str] = set()
        for item in reversed(self.items):
            if item.undoes is not None and item.id not in void:
                void.add(item.undoes)
        return tuple(item for item in self.items if item.choice != "undo" and item.id not in void)

    def decided(self) -> Mapping[str, FaceDecision]:
        """Where each face stands that anybody decided about; the last decision counts."""
        verdicts: dict[str, Decision] = {}
        landmarks: dict[str, Decision] = {}
        added: dict[str, Decision] = {}
        for item in self.live():
            match item.choice:
                case "landmarks":
                    landmarks[item.face] = item
                case "given":
                    landmarks.pop(item.face, None)
                case "add":
                    added[item.face] = item
                case _:
                    verdicts[item.face] = item
        return {
            face: FaceDecision(verdicts.get(face), landmarks.get(face), added.get(face))
            for face in sorted(verdicts.keys() | landmarks.keys() | added.keys())
        }

    def conflicts(self) -> Mapping[str, tuple[Decision, ...]]:
        """The faces on whose verdict people differ: each person's last word, in order.

        The last of them is what counts until somebody decides otherwise.
        """
        last: dict[str, dict[str, Decision]] = {}
        for item in self.live():
            if item.choice in get_args(Verdict):
                by_person = last.setdefault(item.face, {})
                by_person.pop(item.who, None)
                by_person[item.who] = item
        return {
            face: tuple(words.values())
            for face, words in sorted(last.items())
            if len({item.choice for item in words.values()}) > 1
        }


@dataclass(frozen=True, slots=True)
class Merge:
    """What came of taking over another log: decisions that were new, and those known before.

    `damaged` are the numbers of the other log's lines that make no sense, `removed` how many of its
    decisions are about faces that were taken out here, and so were left.
    """

    added: int
    known: int
    damaged: tuple[int, ...]
    removed: int = 0


def decide(
    face: str,
    choice: Choice,
    who: str,
    why: str = "",
    landmarks: Landmarks | None = None,
    undoes: str | None = None,
) -> Decision:
    """A decision made now about a face that is there.

    Raises:
        ValueError: a value makes no sense; see `Decision`.
    """
    return Decision(uuid.uuid4().hex, face, choice, who, time.time(), why, landmarks, undoes)


def add_face(photo: str, landmarks: Landmarks, who: str) -> Decision:
    """A decision made now that a photo, by its file name, shows one more face.

    Raises:
        ValueError: a value makes no sense, or the landmarks allow no crop by themselves.
    """
    made = uuid.uuid4().hex
    name = added_name(photo, made)
    return Decision(made, name, "add", who, time.time(), landmarks=landmarks, photo=photo)


def added_name(photo: str, decision: str) -> str:
    """What a face is called that a reviewer added: by its photo and the decision's id.

    The page makes the same name; see `addedName` in its geometry.
    """
    stem, dot, _ = photo.rpartition(".")
    return f"{(stem if dot else photo)[:100]}-{decision[:12]}.png"


def read_decisions(state_folder: Path) -> Decisions:
    """The log of a workspace; an empty one if nobody decided anything yet.

    Raises:
        WorkspaceError: it cannot be read.
    """
    path = state_folder / LOG
    if not path.is_file():
        return Decisions()
    with translated(path):
        return parse_decisions(path.read_bytes())


def append_decisions(state_folder: Path, decisions: Sequence[Decision]) -> None:
    """Add decisions to the log; when this returns, they are on the disk.

    Raises:
        WorkspaceError: they are not; what was there before still is.
    """
    if not decisions:
        return
    with _held(state_folder):
        _append(state_folder / LOG, "".join(map(_line, decisions)).encode("ascii"))


def merge_decisions(
    state_folder: Path, other: Path, removed: Collection[str] = frozenset()
) -> Merge:
    """Take over from another person's log what this one does not have.

    Whoever merges with whom, both then come to the same.

    Args:
        removed: faces that were taken out here; another's log brings none of their names back.

    Raises:
        InputError: the other file cannot be read, or is no log.
        WorkspaceError: this one cannot be written.
    """
    theirs = _read_other(other)
    wanted = [_silent_on(removed, item) for item in theirs.items if item.face not in removed]
    with _held(state_folder):
        ours = frozenset(read_decisions(state_folder).items)
        new = [item for item in wanted if item not in ours]
        if new:
            _append(state_folder / LOG, "".join(map(_line, new)).encode("ascii"))
    left = len(theirs.items) - len(wanted)
    return Merge(len(new), len(wanted) - len(new), theirs.damaged, left)


def forget_decisions(
    state_folder: Path, faces: Collection[str], words: Collection[str] = frozenset()
) -> None:
    """Take faces out of the log, and every line that makes no sense, as it might name them.

    A decision about another face stays; if its reason names one of them, without its reason.

    Args:
        words: what else names them, such as their addresses and their originals' file names; faces
            that somebody added to these are taken out, too.

    Raises:
        WorkspaceError: it cannot be written.
    """
    path = state_folder / LOG
    if not path.is_file():
        return
    names = frozenset(faces) | frozenset(words)
    with _held(state_folder):
        log = read_decisions(state_folder)
        gone = frozenset(faces) | {item.face for item in log.items if item.photo in names}
        kept = [_silent_on(names, item) for item in log.items if item.face not in gone]
        if kept != list(log.items) or log.damaged:
            write_within(path, "".join(map(_line, kept)).encode("ascii"))


def parse_decisions(data: bytes) -> Decisions:
    """Read a log's bytes. Two lines of one id are one decision; should they differ, the lesser."""
    found: dict[str, Decision] = {}
    damaged = []
    for number, line in enumerate(data.split(b"\n"), 1):
        if not line.strip():
            continue
        try:
            item = _parse(json.loads(line))
        except (ValueError, RecursionError):
            damaged.append(number)
            continue
        twin = found.get(item.id)
        found[item.id] = item if twin is None else min(twin, item, key=_line)
    return Decisions(
        tuple(sorted(found.values(), key=lambda item: (item.at, item.id))), tuple(damaged)
    )


def _parse(content: Any) -> Decision:
    row = content if isinstance(content, dict) else {}
    points = row.get("landmarks")
    if points is not None and not (isinstance(points, dict) and set(points) == set(POINT_NAMES)):
        raise ValueError("no landmarks")
    return Decision(
        id=row.get("id", ""),
        face=row.get("face", ""),
        choice=row.get("decision", ""),
        who=row.get("who", ""),
        at=row.get("at", math.nan),
        why=row.get("why", ""),
        landmarks=None if points is None else landmarks_from_points(points),
        undoes=row.get("undoes"),
        photo=row.get("photo"),
    )


def _line(item: Decision) -> str:
    row: dict[str, object] = {
        "id": item.id,
        "at": item.at,
        "who": item.who,
        "face": item.face,
        "decision": item.choice,
        "why": item.why,
    }
    if item.landmarks is not None:
        row["landmarks"] = dict(zip(POINT_NAMES, item.landmarks.points(), strict=True))
    if item.undoes is not None:
        row["undoes"] = item.undoes
    if item.photo is not None:
        row["photo"] = item.photo
    return json.dumps(row) + "\n"


def _silent_on(names: Collection[str], item: Decision) -> Decision:
    named = item.why and any(name in item.why for name in names)
    return replace(item, why="") if named else item


def _check_text(what: str, text: object, most: int, least: int = 0) -> None:
    if not isinstance(text, str) or not least <= len(text) <= most:
        raise ValueError(f"{what} must be a text of {least} to {most} letters: {text!r:.60}")
    text.encode()  # half a surrogate pair is a ValueError, too


def _check_id(what: str, text: object) -> None:
    if not isinstance(text, str) or _ID.fullmatch(text) is None:
        raise ValueError(f"{what} must be 32 hex digits: {text!r:.60}")


def _held(state_folder: Path) -> AbstractContextManager[None]:
    return wait_for(state_folder / "decisions.lock")


def _append(path: Path, data: bytes) -> None:
    """Add whole lines, or nothing; a torn line before them is ended first."""
    with translated(path), path.open("ab+", buffering=0) as file:
        size = file.seek(0, os.SEEK_END)
        if size:
            file.seek(size - 1)
            data = data if file.read(1) == b"\n" else b"\n" + data
        try:
            while data:
                data = data[file.write(data) or 0 :]
            os.fsync(file.fileno())
        except OSError:
            file.truncate(size)
            raise
    if not size:
        _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    """Make a new file's name last, too, where a folder can be opened."""
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _read_other(path: Path) -> Decisions:
    try:
        if path.stat().st_size > _LARGEST:
            raise InputError(f"{path} is too large for a log of decisions")
        log = parse_decisions(path.read_bytes())
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror or error}") from error
    if not log.items and log.damaged:
        raise InputError(f"{path} is no log of decisions")
    return log
