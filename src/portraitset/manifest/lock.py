"""The lock file: what a dataset holds, picture by picture, without any picture. Pure.

One JSON object a line. The first line is the head: format, tool, counts, and the fingerprint, which
is the sha256 of all bytes after the first line, so that `tail -n +2 FILE | sha256sum` checks it.
The second line says what decides a crop's pixels, then come the originals, then the faces, each
sorted by name. docs/lock.md describes it for readers.
"""

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from itertools import pairwise
from math import isfinite
from operator import attrgetter
from typing import Any

from portraitset.errors import Changed, InputError, UnsafeName
from portraitset.identity import __version__
from portraitset.manifest.names import check_name
from portraitset.picture.perceptual_hash import BITS, is_look, look_distance, looks_alike

FORMAT = 1
"""The only format so far; a reader refuses every other."""

_MARK = "portraitset-lock"
_HEX = re.compile(r"[0-9a-f]+")

Setting = str | int | float | bool | None


class Verdict(StrEnum):
    """How what is there compares with what was locked, the best first."""

    SAME_BYTES = "same bytes"
    SAME_PIXELS = "same pixels"
    OTHER_DECODER = "other decoder"
    LOOKS_ALIKE = "looks alike"
    CHANGED = "changed"
    MISSING = "missing"

    @property
    def is_good(self) -> bool:
        """Whether it is the picture that was locked."""
        return self in (Verdict.SAME_BYTES, Verdict.SAME_PIXELS)


@dataclass(frozen=True, slots=True)
class Identity:
    """What identifies a picture: digests of bytes and pixels, size, perceptual hash.

    Attributes:
        sha256: of the file's bytes, hex.
        width, height: in pixels.
        sha256_rgb: of the decoded RGB pixels, hex; None if they were not looked at.
        look: the perceptual hash, 64 hex digits; None likewise.
    """

    sha256: str
    width: int
    height: int
    sha256_rgb: str | None = None
    look: str | None = None


@dataclass(frozen=True, slots=True)
class LockedOriginal:
    """One original of a lock.

    Attributes:
        url: where the manifest says it is published.
        identity: what it is.
        format: Pillow's name of the file format.
        rescue: where it came from instead, if it is not what the exact address gave.
        scale: how many of its pixels make one of the exact picture's, along a side.
    """

    raw_name: str
    url: str
    identity: Identity
    format: str
    rescue: str | None = None
    scale: float = 1.0

    @property
    def exact_size(self) -> tuple[int, int]:
        """Width and height of the picture that the landmarks belong to."""
        found = self.identity
        return round(found.width / self.scale), round(found.height / self.scale)


@dataclass(frozen=True, slots=True)
class LockedFace:
    """One face of a lock; both digests are None where no crop was made yet.

    Attributes:
        raw_name: its original.
        sha256_rgb: of the crop's RGB pixels, hex.
        fingerprint: of what the crop was made from.
    """

    name: str
    raw_name: str
    sha256_rgb: str | None = None
    fingerprint: str | None = None


@dataclass(frozen=True, slots=True)
class Lock:
    """What identifies a dataset: the digests of its originals and crops.

    Attributes:
        schema: the manifest's schema.
        settings: what decides the crops' pixels.
        originals, faces: sorted by name.
        decoders: what made the pixels behind the digests, by name, and its version; not part of
            the fingerprint. None is known of locks that earlier versions wrote.
    """

    schema: str
    settings: Mapping[str, Setting]
    originals: tuple[LockedOriginal, ...]
    faces: tuple[LockedFace, ...]
    decoders: Mapping[str, str] = field(default_factory=dict)

    @property
    def fingerprint(self) -> str:
        """64 hex digits: equal for equal subsets, on any machine, by any version of the tool."""
        return hashlib.sha256(_body(self)).hexdigest()


def sorted_lock(
    schema: str,
    settings: Mapping[str, Setting],
    originals: Iterable[LockedOriginal],
    faces: Iterable[LockedFace],
    decoders: Mapping[str, str],
) -> Lock:
    """Make a lock, sorted by name."""
    return Lock(
        schema,
        settings,
        tuple(sorted(originals, key=attrgetter("raw_name"))),
        tuple(sorted(faces, key=attrgetter("name"))),
        decoders,
    )


def compare(found: Identity | None, wanted: Identity) -> Verdict:
    """How a picture compares with the one that was locked; None is no file."""
    if found is None:
        return Verdict.MISSING
    if found.sha256 == wanted.sha256:
        return Verdict.SAME_BYTES
    if has_same_pixels(found, wanted):
        return Verdict.SAME_PIXELS
    return Verdict.LOOKS_ALIKE if looks_alike(found.look, wanted.look) else Verdict.CHANGED


def has_same_pixels(found: Identity, wanted: Identity) -> bool:
    """Whether both are known to decode to the same picture."""
    return found.sha256_rgb is not None and _shape(found) == _shape(wanted)


def check_same(found: Identity, wanted: Identity) -> None:
    """Let a picture pass that has the locked bytes or the locked pixels.

    Raises:
        Changed: it has neither; the sentence says whether it looks alike.
    """
    verdict = compare(found, wanted)
    if verdict.is_good:
        return
    like = "it looks alike" if verdict is Verdict.LOOKS_ALIKE else "it looks different"
    if found.look is not None and wanted.look is not None:
        like += f" ({look_distance(found.look, wanted.look)} of {BITS} bits)"
    raise Changed(f"neither the bytes nor the pixels that the lock names; {like}")


def without(lock: Lock, faces: frozenset[str]) -> Lock:
    """The lock without these faces, and without the originals that no other face is of."""
    kept = tuple(face for face in lock.faces if face.name not in faces)
    named = {face.raw_name for face in kept}
    originals = tuple(item for item in lock.originals if item.raw_name in named)
    return replace(lock, originals=originals, faces=kept)


def write_lock(lock: Lock) -> bytes:
    """The lock file's bytes."""
    head: dict[str, object] = {
        _MARK: FORMAT,
        "tool": __version__,
        "originals": len(lock.originals),
        "faces": len(lock.faces),
        "fingerprint": lock.fingerprint,
    }
    if lock.decoders:
        head["decoders"] = dict(sorted(lock.decoders.items()))
    return _line(head) + _body(lock)


def read_lock(data: bytes, source: str) -> Lock:
    """Read a lock file's bytes; `source` is what messages call it.

    Raises:
        InputError: it is no lock file, of another format, damaged, or names something that no
            dataset can hold.
    """
    head_line, _, body = data.replace(b"\r\n", b"\n").partition(b"\n")
    head = _parsed(head_line, f"{source}, line 1")
    if _MARK not in head:
        raise InputError(f"{source} is no lock file: its first line does not say {_MARK!r}")
    if head[_MARK] != FORMAT:
        raise InputError(f"{source} is of lock format {head[_MARK]!r:.40}; known here: {FORMAT}")
    found = hashlib.sha256(body).hexdigest()
    if head.get("fingerprint") != found:
        raise InputError(
            f"{source} was altered after it was written: its head says fingerprint"
            f" {head.get('fingerprint')!r:.80}, its lines have {found}"
        )
    lock = _read_body(body, source)
    if _body(lock) != body or (head.get("originals"), head.get("faces")) != _counts(lock):
        raise InputError(f"{source} is not as the tool writes it: a field or a count is off")
    return replace(lock, decoders=_decoders(head, f"{source}, line 1"))


def _decoders(head: Mapping[str, Any], where: str) -> Mapping[str, str]:
    found = head.get("decoders", {})
    if not isinstance(found, dict) or not all(isinstance(text, str) for text in found.values()):
        raise InputError(f"{where}: decoders cannot be {found!r:.80}")
    return found


def _counts(lock: Lock) -> tuple[int, int]:
    return len(lock.originals), len(lock.faces)


def _shape(picture: Identity) -> tuple[str | None, int, int]:
    return picture.sha256_rgb, picture.width, picture.height


def _line(content: Mapping[str, object]) -> bytes:
    """ASCII, so that no name can trick a terminal or an editor."""
    return json.dumps(content, separators=(",", ":")).encode("ascii") + b"\n"


def _body(lock: Lock) -> bytes:
    lines = [_line({"schema": lock.schema, "settings": dict(sorted(lock.settings.items()))})]
    lines += map(_original_line, lock.originals)
    lines += map(_face_line, lock.faces)
    return b"".join(lines)


def _original_line(original: LockedOriginal) -> bytes:
    found = original.identity
    content = {
        "original": original.raw_name,
        "url": original.url,
        "sha256": found.sha256,
        "pixels": found.sha256_rgb,
        "look": found.look,
        "width": found.width,
        "height": found.height,
        "format": original.format,
    }
    if original.rescue is None:
        return _line(content)
    return _line(content | {"rescue": original.rescue, "scale": original.scale})


def _face_line(face: LockedFace) -> bytes:
    return _line(
        {
            "face": face.name,
            "of": face.raw_name,
            "pixels": face.sha256_rgb,
            "fingerprint": face.fingerprint,
        }
    )


def _read_body(body: bytes, source: str) -> Lock:
    """The lock that the lines after the first make."""
    lines = [
        (_parsed(line, f"{source}, line {number}"), f"{source}, line {number}")
        for number, line in enumerate(body.splitlines(), 2)
    ]
    if not lines or "schema" not in lines[0][0]:
        raise InputError(f"{source}, line 2: does not say the schema and the settings")
    top, where = lines[0]
    settings = _Fields(top, where).settings()
    schema = _Fields(top, where).text("schema")
    originals = tuple(_original(*line) for line in lines[1:] if "original" in line[0])
    faces = tuple(_face(*line) for line in lines[1:] if "original" not in line[0])
    _check_order((original.raw_name for original in originals), source)
    _check_order((face.name for face in faces), source)
    known = {original.raw_name for original in originals}
    for face in faces:
        if face.raw_name not in known:
            raise InputError(f"{source}: {face.name!r:.100} is of an original that is not listed")
    return Lock(schema, settings, originals, faces)


def _check_order(names: Iterable[str], source: str) -> None:
    for before, name in pairwise(names):
        if before == name:
            raise InputError(f"{source} lists {name!r:.100} twice")
        if before > name:
            raise InputError(f"{source} is not sorted: {name!r:.100} stands behind a later name")


def _original(content: Mapping[str, Any], where: str) -> LockedOriginal:
    fields = _Fields(content, where)
    identity = Identity(
        fields.digest("sha256", 64),
        fields.count("width"),
        fields.count("height"),
        fields.optional(fields.digest, "pixels", 64),
        fields.look(),
    )
    rescued = (fields.text("rescue"), fields.scale()) if "rescue" in content else ()
    name, url = fields.name("original"), fields.text("url")
    return LockedOriginal(name, url, identity, fields.text("format"), *rescued)


def _face(content: Mapping[str, Any], where: str) -> LockedFace:
    fields = _Fields(content, where)
    return LockedFace(
        fields.name("face"),
        fields.name("of"),
        fields.optional(fields.digest, "pixels", 64),
        fields.optional(fields.digest, "fingerprint", 32),
    )


def _parsed(line: bytes, where: str) -> dict[str, Any]:
    try:
        content = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise InputError(f"{where}: not a line of a lock file ({error})") from error
    if not isinstance(content, dict):
        raise InputError(f"{where}: not a line of a lock file (no JSON object)")
    return content


class _Fields:
    """A line's fields, each checked as it is read."""

    def __init__(self, content: Mapping[str, Any], where: str) -> None:
        self._content = content
        self._where = where

    def text(self, key: str) -> str:
        value = self._content.get(key)
        if not isinstance(value, str):
            raise self._wrong(key)
        return value

    def name(self, key: str) -> str:
        name = self.text(key)
        try:
            check_name(name)
        except UnsafeName as error:
            raise InputError(f"{self._where}: {error}") from error
        return name

    def digest(self, key: str, length: int) -> str:
        value = self.text(key)
        if len(value) != length or not _HEX.fullmatch(value):
            raise self._wrong(key)
        return value

    def optional(self, read: Callable[[str, int], str], key: str, length: int) -> str | None:
        return None if self._content.get(key) is None else read(key, length)

    def look(self) -> str | None:
        value = self._content.get("look")
        if value is not None and not is_look(value):
            raise self._wrong("look")
        return value

    def count(self, key: str) -> int:
        value = self._content.get(key)
        if type(value) is not int or value < 1:
            raise self._wrong(key)
        return value

    def scale(self) -> float:
        value = self._content.get("scale")
        if type(value) is not float or not 1e-3 < value < 1e3:
            raise self._wrong("scale")
        return value

    def settings(self) -> Mapping[str, Setting]:
        value = self._content.get("settings")
        if not isinstance(value, dict) or not all(
            item is None or isinstance(item, str | int) or (type(item) is float and isfinite(item))
            for item in value.values()
        ):
            raise self._wrong("settings")
        return value

    def _wrong(self, key: str) -> InputError:
        return InputError(f"{self._where}: {key} cannot be {self._content.get(key)!r:.80}")
