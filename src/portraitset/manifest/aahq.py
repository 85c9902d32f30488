"""AAHQ's schema: `{aligned name: {image_url, raw_name, landmarks: {four points}}}`.

The field names stand nowhere else. Fields that are not known here are kept and written back.
"""

import unicodedata
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from urllib.parse import urlsplit

from portraitset.errors import BadEntry, Deleted, InputError, ItemError, Removed
from portraitset.handoffs import SHIFT_DRAW, Face, Photo
from portraitset.landmarks import (
    POINT_NAMES,
    SingleLandmarks,
    face_axes,
    landmarks_from_points,
)
from portraitset.manifest.dataset import InvalidEntry, Manifest, Note
from portraitset.manifest.local import is_local, local_original, read_local
from portraitset.manifest.names import check_name

SCHEMA = "aahq"
_FIELDS = ("image_url", "raw_name", "landmarks")
GEOMETRY, FLOAT32 = "geometry", "float32"
"""The further field that says in what the crop is placed, where it is not in float64."""

_REMOVED = "removed"
_GONE = {_REMOVED: True}
"""All that is left of an entry that was taken out."""

_DELETED = "deleted"
_NO_FACE = {_DELETED: True}
"""What a workspace's copy says of an entry that a reviewer deleted."""

_LONGEST_URL = 2048
_NEVER_IN_A_URL = ("Cc", "Cf", "Cs", "Zl", "Zp", "Zs")
"""Unicode's control, formatting, half-surrogate and blank characters."""

_NEVER_IN_A_HOST = frozenset('"<>\\^`{|}')
"""What RFC 3986 keeps out of addresses, and parsers of hosts read differently."""


def recognises(content: object) -> bool:
    """Whether this may be a manifest in AAHQ's schema: an object whose values are objects."""
    return isinstance(content, dict) and any(
        isinstance(entry, dict) and not entry.keys().isdisjoint((*_FIELDS, _REMOVED, _DELETED))
        for entry in content.values()
    )


def read(content: object) -> Manifest:
    """Read the decoded JSON.

    Raises:
        InputError: it is not an object of entries at all; single bad entries are kept as such.
    """
    if not isinstance(content, dict) or not content:
        raise InputError("the manifest holds no entries")
    reader = _Reader()
    entries = tuple(reader.read_entry(name, entry) for name, entry in content.items())
    return Manifest(SCHEMA, entries, tuple(reader.notes))


def write(manifest: Manifest) -> dict[str, object]:
    """The manifest as JSON content, bad entries and unknown fields included."""
    return {entry.name: _content(entry) for entry in manifest.entries}


def without_entries(manifest: Manifest, names: frozenset[str]) -> Manifest:
    """The manifest in which these entries only say that they were removed."""
    entries = (_removed(entry.name) if entry.name in names else entry for entry in manifest.entries)
    return replace(manifest, entries=tuple(entries))


def without_faces(manifest: Manifest, names: Collection[str]) -> Manifest:
    """The manifest in which these entries only say that a reviewer deleted them."""
    entries = (_deleted(entry.name) if entry.name in names else entry for entry in manifest.entries)
    return replace(manifest, entries=tuple(entries))


def raw_name_of(url: str) -> str:
    """The file name that upstream's script gives an original: the URL's last five parts.

    The query stays in the name, as upstream leaves it there. An original at hand has its path.
    """
    local = local_original(url)
    return local.raw_name if local else "_".join(url.split("/")[-5:])


class _Reader:
    """Reads entry by entry, remembering which files are taken."""

    def __init__(self) -> None:
        self.notes: list[Note] = []
        self._photos: dict[str, Photo] = {}

    def read_entry(self, name: str, entry: object) -> Face | InvalidEntry:
        try:
            check_name(name)
            if entry == _GONE:
                return _removed(name)
            if entry == _NO_FACE:
                return _deleted(name)
            return self._read_face(name, _object(entry, "the entry"))
        except ItemError as error:
            return InvalidEntry(name, error, entry)

    def _read_face(self, name: str, entry: Mapping[str, object]) -> Face:
        url, raw_name = _text(entry, "image_url"), _text(entry, "raw_name")
        check_name(raw_name)
        check_url(url)
        points = _object(entry.get("landmarks"), "landmarks")
        try:
            landmarks = landmarks_from_points(points)
            if entry.get(GEOMETRY) == FLOAT32:
                landmarks = SingleLandmarks(*landmarks.points())
            face_axes(landmarks)
        except ValueError as error:
            raise BadEntry(str(error)) from error
        _check_draw(entry.get(SHIFT_DRAW))
        photo = self._claim(name, Photo(url, raw_name))
        return Face(name, photo, landmarks, dict(_extra(entry, points)))

    def _claim(self, name: str, photo: Photo) -> Photo:
        """One object for all faces of a photo; one photo for each file."""
        known = self._photos.setdefault(photo.raw_name, photo)
        if known.url != photo.url:
            raise BadEntry(
                f"raw_name {photo.raw_name!r:.100} already belongs to {known.url!r:.200},"
                f" so it cannot also hold {photo.url!r:.200}"
            )
        is_first = known is photo and not is_local(photo.url)  # a file of ours has any name
        if is_first and photo.raw_name != (implied := raw_name_of(photo.url)):
            self.notes.append(Note(name, f"raw_name is not the one of its URL ({implied:.100})"))
        return known


def _removed(name: str) -> InvalidEntry:
    return InvalidEntry(name, Removed("the manifest says only that it was taken out"), _GONE)


def _deleted(name: str) -> InvalidEntry:
    return InvalidEntry(name, Deleted("a reviewer says that it is no face"), _NO_FACE)


def _object(value: object, what: str) -> Mapping[str, object]:
    if not isinstance(value, dict):
        raise BadEntry(f"{what} must be an object, not {value!r:.60}")
    return value


def _text(entry: Mapping[str, object], field: str) -> str:
    if field not in entry:
        raise BadEntry(f"{field} is missing")
    value = entry[field]
    if not isinstance(value, str) or not value:
        raise BadEntry(f"{field} must be text, not {value!r:.60}")
    return value


def check_url(url: str) -> None:
    """Check that a text may be a photo's address: on the web, or of an original at hand.

    Raises:
        ItemError: it may not, and why.
    """
    if is_local(url):
        read_local(url)
        return
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        raise BadEntry(f"image_url is not a URL ({error}): {url!r:.200}") from error
    if parts.scheme not in ("http", "https") or not host:
        raise BadEntry(f"image_url is not an http or https address: {url!r:.200}")
    if not _NEVER_IN_A_HOST.isdisjoint(parts.netloc):
        raise BadEntry(f"image_url's host holds characters that no host has: {url!r:.200}")
    if parts.username is not None or parts.password is not None:
        raise BadEntry("image_url must not carry a user name or a password")
    if len(url) > _LONGEST_URL:
        raise BadEntry(f"image_url is longer than {_LONGEST_URL} characters: {url!r:.100}")
    if not _is_plain(url) and any(unicodedata.category(one) in _NEVER_IN_A_URL for one in url):
        raise BadEntry(f"image_url holds blanks or control characters: {url!r:.200}")


def _is_plain(url: str) -> bool:
    """Whether it is visible ASCII, as nearly every address is; saves a fifth of reading."""
    return url.isascii() and url.isprintable() and " " not in url


FARTHEST_DRAW = 100.0
"""No normal number that was ever drawn is larger."""


def _check_draw(draw: object) -> None:
    """What a face's `shift_draw` says moves its crop, so that nonsense must not pass unseen."""
    if draw is None:
        return
    numbers = draw if isinstance(draw, list) and len(draw) == 2 else ()
    if not numbers or not all(type(n) in (int, float) and abs(n) <= FARTHEST_DRAW for n in numbers):
        raise BadEntry(f"{SHIFT_DRAW} is not a pair of normal numbers: {draw!r:.60}")


def _extra(
    entry: Mapping[str, object], points: Mapping[str, object]
) -> Iterator[tuple[str, object]]:
    yield from ((field, value) for field, value in entry.items() if field not in _FIELDS)
    if more := {point: value for point, value in points.items() if point not in POINT_NAMES}:
        yield "landmarks", more


def _content(entry: Face | InvalidEntry) -> object:
    return entry.content if isinstance(entry, InvalidEntry) else content_of(entry)


def content_of(face: Face) -> dict[str, object]:
    """A face's entry as JSON content, unknown fields and further points included."""
    more_points = face.extra.get("landmarks", {})
    points = dict(zip(POINT_NAMES, map(list, face.landmarks.points()), strict=True))
    return {
        "image_url": face.photo.url,
        "raw_name": face.photo.raw_name,
        "landmarks": points | (more_points if isinstance(more_points, dict) else {}),
    } | {field: value for field, value in face.extra.items() if field != "landmarks"}
