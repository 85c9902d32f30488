"""The log of removals: what must never come back, without saying what it was.

`removals.jsonl` lies at the workspace's root; lines are only ever added, and each holds the sha256
of the line before it. Digests, addresses, names and artists stand there as sha256 of the salt and
the value; only perceptual hashes stand in clear, as nearness cannot be told of salted ones. Nobody
who asked is named. docs/removal.md describes the format.
"""

import hashlib
import json
import os
import re
import secrets
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from portraitset.errors import InputError, Removed
from portraitset.handoffs import Photo
from portraitset.likeness import is_look
from portraitset.manifest.addresses import alias_of, asset_of, slug_of
from portraitset.workspace import STATE_FOLDER, FileStamp, stamp_of, translated, write_whole

LOG = "removals.jsonl"
END = "removals.end"
FORMAT = 1
"""The only format so far; a reader refuses every other."""

LOOKS_THE_SAME = 24
"""At most so many of 256 differing bits, and a picture is taken for a copy of a removed one.

Measured on 7 paintings and 29 drawn pictures (docs/removal.md): JPEG of quality 95 to 30, WebP and
0.25 to 2 times the size move at most 8 bits; two different pictures are at least 70 bits apart.
"""

KINDS = ("bytes", "pixels", "address", "asset", "name", "artist")
"""What is kept salted. An artist's key is the first words of a slug, their number before it."""

_MARK = "portraitset-removals"
_HEX = re.compile(r"[0-9a-f]{64}")
_LARGEST = 1 << 30
_FEWEST_BITS, _MOST_BITS = 64, 192
_POPULATION = np.array([bin(value).count("1") for value in range(256)], np.uint16)


@dataclass(frozen=True, slots=True)
class Traits:
    """What a picture is known by, in clear; whatever is not known is empty.

    Attributes:
        urls: the addresses that it came from, or is published at.
        names: its file names in the dataset.
        sha256: of files' bytes, hex: the original's, its crops'.
        sha256_rgb: of decoded RGB pixels, hex, likewise.
        looks: perceptual hashes, 64 hex digits.
        assets: the gallery's numbers.
        artists: first words of slugs, joined by `-`.
    """

    urls: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()
    sha256: frozenset[str] = frozenset()
    sha256_rgb: frozenset[str] = frozenset()
    looks: frozenset[str] = frozenset()
    assets: frozenset[str] = frozenset()
    artists: frozenset[str] = frozenset()

    def joined(self, other: "Traits") -> "Traits":
        """What is known by either."""
        return Traits(
            self.urls | other.urls,
            self.names | other.names,
            self.sha256 | other.sha256,
            self.sha256_rgb | other.sha256_rgb,
            self.looks | other.looks,
            self.assets | other.assets,
            self.artists | other.artists,
        )

    def values(self) -> Mapping[str, frozenset[str]]:
        """What each of `KINDS` but "artist" is the salted hash of."""
        assets = (asset_of(url) for url in self.urls)
        return {
            "bytes": self.sha256,
            "pixels": self.sha256_rgb,
            "address": frozenset(map(alias_of, self.urls)),
            "asset": self.assets | {asset for asset in assets if asset},
            "name": self.names,
        }


@dataclass(frozen=True, slots=True)
class Tombstone:
    """What one removal left.

    Attributes:
        sequence: its line's number in the log; the head is 0.
        scope: what was asked to be taken out: "picture", "asset", "artist", "look", "upstream".
        salt: that its hashes were made with, hex.
        hashes: for each of `KINDS`, the salted sha256, hex.
        looks: perceptual hashes, in clear.
        reason: in words; says nothing of who asked.
        requested_at: ISO 8601, UTC.
        source: the sha256 of the line of somebody else's log that it follows; empty for one's own.
        applied_at: when every copy was taken out; None if that was never finished.
    """

    sequence: int
    scope: str
    salt: str
    hashes: Mapping[str, tuple[str, ...]]
    looks: tuple[str, ...] = ()
    reason: str = ""
    requested_at: str = ""
    source: str = ""
    applied_at: str | None = None


def salted(salt: str, value: str) -> str:
    """The sha256 of the salt's bytes and the value's UTF-8, hex."""
    return hashlib.sha256(bytes.fromhex(salt) + value.encode("utf-8", "surrogatepass")).hexdigest()


def tombstone_of(traits: Traits, salt: str, scope: str, reason: str) -> Tombstone:
    """A tombstone, not yet in any log, for all that a picture is known by."""
    hashes = {
        kind: tuple(sorted(salted(salt, value) for value in values))
        for kind, values in traits.values().items()
    }
    hashes["artist"] = tuple(sorted(_artist_key(salt, name.split("-")) for name in traits.artists))
    return Tombstone(0, scope, salt, hashes, tuple(sorted(traits.looks)), reason, now())


def _artist_key(salt: str, words: list[str]) -> str:
    return f"{len(words)} {salted(salt, '-'.join(words))}"


def now() -> str:
    """The time as the log says it."""
    return datetime.now(UTC).isoformat(timespec="seconds")


@dataclass(frozen=True, slots=True)
class _Salted:
    """All tombstones of one salt, to look things up in: hash to the tombstone's sequence."""

    salt: str
    is_own: bool
    by_kind: Mapping[str, dict[str, int]]
    artist_words: tuple[int, ...]

    def find(self, kind: str, values: Iterable[str]) -> int | None:
        known = self.by_kind[kind]
        if not known:
            return None
        return next((known[key] for v in values if (key := salted(self.salt, v)) in known), None)

    def find_artist(self, url: str) -> int | None:
        known = self.by_kind["artist"]
        words = slug_of(url).split("-") if known else []
        for count in self.artist_words:
            key = _artist_key(self.salt, words[:count])
            if len(words) >= count and key in known:
                return known[key]
        return None


class Removals:
    """A log's tombstones, ready to be asked about pictures. Never changes."""

    def __init__(self, salt: str, tombstones: tuple[Tombstone, ...], last: str) -> None:
        """Index the tombstones; `last` is the sha256 of the log's last line."""
        self.salt = salt
        self.tombstones = tombstones
        self.last = last
        self._groups = tuple(_grouped(salt, tombstones))
        pairs = [(look, item.sequence) for item in tombstones for look in item.looks]
        self._looks = _matrix([look for look, _ in pairs])
        self._look_owners = [sequence for _, sequence in pairs]

    def refuses_address(self, url: str) -> int | None:
        """The number of the tombstone for a picture's address, asset or artist."""
        asset = asset_of(url)
        alias = alias_of(url) if asset is None else f"asset {asset}"
        for group in self._groups:
            found = group.find("address", (alias,))
            if found is None and asset is not None:
                found = group.find("asset", (asset,))
            if found is None:
                found = group.find_artist(url)
            if found is not None:
                return found
        return None

    def refuses_name(self, name: str, *, others: bool = False) -> int | None:
        """The number of the tombstone for a file name; of somebody else's log only if asked for.

        In another dataset, the same file name may be another picture.
        """
        for group in self._groups:
            if group.is_own or others:
                found = group.find("name", (name,))
                if found is not None:
                    return found
        return None

    def refuses(self, photo: Photo) -> int | None:
        """The number of the tombstone for a photo, by what a manifest says of it."""
        found = self.refuses_address(photo.url)
        return self.refuses_name(photo.raw_name) if found is None else found

    def refuses_content(self, sha256: str | None, sha256_rgb: str | None) -> int | None:
        """The number of the tombstone for a picture's bytes or pixels."""
        for group in self._groups:
            found = group.find("bytes", (sha256,)) if sha256 else None
            if found is None and sha256_rgb:
                found = group.find("pixels", (sha256_rgb,))
            if found is not None:
                return found
        return None

    def refuses_look(self, look: str | None) -> int | None:
        """The number of the tombstone for a picture that this one looks like a copy of."""
        if look is None or not self._look_owners or not is_telling(look):
            return None
        distances = _POPULATION[self._looks ^ _matrix([look])].sum(axis=1)
        nearest = int(distances.argmin())
        return self._look_owners[nearest] if distances[nearest] <= LOOKS_THE_SAME else None

    def check(self, sha256: str, sha256_rgb: str | None, look: str | None) -> None:
        """Let a picture pass that nobody took out.

        Raises:
            Removed: its bytes, its pixels or its look are those of a removed one.
        """
        found = self.refuses_content(sha256, sha256_rgb)
        if found is None:
            found = self.refuses_look(look)
        if found is not None:
            raise Removed(sentence_about(found))

    @property
    def unfinished(self) -> tuple[Tombstone, ...]:
        """Those that were never wholly applied."""
        return tuple(item for item in self.tombstones if item.applied_at is None)


def sentence_about(sequence: int) -> str:
    """What a face's detail says."""
    return f"taken out: entry {sequence} of {LOG}"


def is_telling(look: str) -> bool:
    """Whether a perceptual hash tells pictures apart; that of a plain surface does not."""
    return _FEWEST_BITS <= int(look, 16).bit_count() <= _MOST_BITS


def _grouped(own: str, tombstones: tuple[Tombstone, ...]) -> Iterator[_Salted]:
    for salt in dict.fromkeys([own, *(item.salt for item in tombstones)]):
        by_kind: dict[str, dict[str, int]] = {kind: {} for kind in KINDS}
        for item in tombstones:
            if item.salt == salt:
                for kind, hashes in item.hashes.items():
                    for value in hashes:
                        by_kind[kind].setdefault(value, item.sequence)
        words = sorted({int(key.split(" ")[0]) for key in by_kind["artist"]})
        yield _Salted(salt, salt == own, by_kind, tuple(words))


def _matrix(looks: list[str]) -> npt.NDArray[np.uint8]:
    """uint8 (n, 32)."""
    return np.frombuffer(bytes.fromhex("".join(looks)), np.uint8).reshape(-1, 32)


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
    log, ends = _cached(path, stamp)
    if kept is not None and kept not in ends:
        raise _shortened(root, "its last lines are gone")
    return log


@lru_cache(4)
def _cached(path: Path, _stamp: FileStamp) -> tuple[Removals, frozenset[str]]:
    """A log, and the sha256 of each of its lines."""
    with translated(path):
        data = path.read_bytes()
    log = parse_removals(data, str(path))
    return log, frozenset(map(_digest, data.split(b"\n")))


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
    if not data.endswith(b"\n"):
        number = data.count(b"\n") + 1
        raise _broken(source, number, "it does not end with a line's end, so it was cut off")
    lines = data.split(b"\n")[:-1]
    salt = _read_head(lines[0], source)
    tombstones: dict[int, Tombstone] = {}
    previous = _digest(lines[0])
    for number, line in enumerate(lines[1:], 2):
        row = _parsed(line, source, number)
        if row.get("sequence") != number - 1:
            raise _broken(source, number, f"its sequence is {row.get('sequence')!r:.40}")
        if row.get("previous") != previous:
            raise _broken(source, number, "it does not follow from the line before")
        _read_row(row, salt, tombstones, f"{source}, line {number}")
        previous = _digest(line)
    return Removals(salt, tuple(tombstones.values()), previous)


def append_tombstone(root: Path, tombstone: Tombstone) -> Tombstone:
    """Add a tombstone to a workspace's log, beginning one if there is none; as it stands there.

    Raises:
        InputError: the log's chain is broken.
        WorkspaceError: it cannot be written.
    """
    log = removals_of(root) or begin_log(root)
    row = asdict(tombstone) | {"kind": "removal"}
    del row["sequence"], row["applied_at"]
    sequence = _append(root, log, {key: value for key, value in row.items() if value != ""})
    return replace(tombstone, sequence=sequence)


def append_applied(root: Path, tombstone: Tombstone, version: str) -> None:
    """Say in the log that a removal was finished, and which version of the dataset it made.

    Raises:
        InputError, WorkspaceError: as for `append_tombstone`.
    """
    log = removals_of(root) or begin_log(root)
    row = {"kind": "applied", "of": tombstone.sequence, "at": now(), "dataset_version": version}
    _append(root, log, row)


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


def _append(root: Path, log: Removals, row: Mapping[str, object]) -> int:
    path = root / LOG
    with translated(path):
        sequence = path.read_bytes().count(b"\n")
    line = _line_of({"sequence": sequence, "previous": log.last} | dict(row))
    _add_line(path, line)
    _keep_end(root, line)
    return sequence


def _add_line(path: Path, line: bytes) -> None:
    """All of it, forced to the disk: what was promised must survive a power failure."""
    with translated(path), path.open("ab", buffering=0) as file:
        before = file.tell()
        try:
            while line:
                line = line[file.write(line) :]
            os.fsync(file.fileno())
        except OSError:
            file.truncate(before)  # half a line would break the chain for good
            raise


def _line_of(row: Mapping[str, object]) -> bytes:
    return json.dumps(row, separators=(",", ":")).encode("ascii") + b"\n"


def _read_head(line: bytes, source: str) -> str:
    head = _parsed(line, source, 1)
    if _MARK not in head:
        raise InputError(f"{source} is no log of removals: its first line does not say {_MARK!r}")
    if head[_MARK] != FORMAT:
        raise InputError(f"{source} is of format {head[_MARK]!r:.40}; known here: {FORMAT}")
    return _salt(head.get("salt"), f"{source}, line 1")


def _read_row(
    row: Mapping[str, Any], salt: str, tombstones: dict[int, Tombstone], where: str
) -> None:
    sequence = row["sequence"]
    if row.get("kind") == "applied":
        if row.get("of") not in tombstones:
            raise InputError(f"{where}: says that something unknown was applied")
        before = tombstones[row["of"]]
        tombstones[row["of"]] = replace(before, applied_at=str(row.get("at"))[:40])
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
        )
    else:
        raise InputError(f"{where}: of unknown kind {row.get('kind')!r:.40}")


def _hashes(value: object, where: str) -> Mapping[str, tuple[str, ...]]:
    if not isinstance(value, dict) or not value.keys() <= set(KINDS):
        raise InputError(f"{where}: hashes must be of {', '.join(KINDS)}")
    for kind, hashes in value.items():
        if not isinstance(hashes, list) or not all(_is_hash(kind, item) for item in hashes):
            raise InputError(f"{where}: hashes of {kind} must be lists of 64 hex digits")
    return {kind: tuple(hashes) for kind, hashes in value.items()}


def _is_hash(kind: str, item: object) -> bool:
    if not isinstance(item, str):
        return False
    if kind != "artist":
        return _HEX.fullmatch(item) is not None
    count, _, digest = item.partition(" ")
    return count.isdecimal() and 0 < int(count) < 100 and _HEX.fullmatch(digest) is not None


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
