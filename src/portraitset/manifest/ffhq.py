"""FFHQ's schema: `{"0": {…, "in_the_wild": {file_url, file_path, pixel_size, face_landmarks}}}`.

68 points a face, in pixels of the photo "in the wild". As a file of landmarks to convert, all else
that FFHQ says of a face is kept in one further field, `ffhq`, and written back as it was. As a
manifest, photos are the files at `file_path`, proven by their md5 and that of their pixels; the
crop's quad by `face_quad`. The field names stand nowhere else. Pure.
"""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from portraitset.errors import BadEntry, InputError, ItemError
from portraitset.landmarks import Landmarks, Point, face_axes, landmarks_from_68
from portraitset.manifest.dataset import InvalidEntry, Manifest
from portraitset.manifest.family import (
    DATASET,
    Entry,
    entry_of,
    manifest_of,
    read_md5,
    read_object,
    read_path,
    text_or_none,
)
from portraitset.manifest.local import LocalOriginal
from portraitset.manifest.marking import (
    POINTS68,
    MarkedPicture,
    Marking,
    Reading,
    Written,
    all_points68,
    count_fields,
    read_pair,
    read_points68,
    read_side,
)

SCHEMA = "ffhq"
_WILD, _POINTS, _QUAD = "in_the_wild", "face_landmarks", "face_quad"
_DIGEST = "file_md5"
_KEPT = "ffhq"

QUAD_TOLERANCE = 1.0
"""Pixels of the photo, along an axis, by which a stated corner may be off. Where a file has only
rounded corners, that is up to 0.5; where points and corners are rounded to two decimals, up to
0.021, to one, up to 0.26 (measured on 20,000 random faces of 100 to 3,000 pixels)."""

_LICENCES = {
    "creativecommons.org/licenses/by/2.0": "CC-BY-2.0",
    "creativecommons.org/licenses/by-nc/2.0": "CC-BY-NC-2.0",
    "creativecommons.org/publicdomain/mark/1.0": "CC-PDM-1.0",
    "creativecommons.org/publicdomain/zero/1.0": "CC0-1.0",
}
"""SPDX's identifiers of those of FFHQ's licences that have one, by address."""


def recognises(content: object) -> bool:
    """Whether this may be in FFHQ's schema: an object whose values have a photo in the wild."""
    return isinstance(content, dict) and any(
        isinstance(entry, dict) and _WILD in entry for entry in content.values()
    )


def read(content: object, source: str) -> Reading:
    """Read the decoded JSON; `source` is what messages call it.

    Raises:
        InputError: it is not an object. An entry that makes no sense becomes an `InvalidEntry`.
    """
    if not isinstance(content, dict):
        raise InputError(f"{source}: FFHQ's schema is one JSON object")
    markings: list[Marking] = []
    invalid: list[InvalidEntry] = []
    for key, entry in content.items():
        try:
            markings.append(_marking(key, entry))
        except ItemError as error:
            invalid.append(InvalidEntry(key, error, entry))
    return Reading("ffhq", tuple(markings), tuple(invalid))


def states_digests(content: object) -> bool:
    """Whether what is recognised can be a manifest: without digests, no photo is proven."""
    return isinstance(content, dict) and any(
        isinstance(entry, dict) and isinstance(wild := entry.get(_WILD), dict) and _DIGEST in wild
        for entry in content.values()
    )


def read_as_manifest(content: Mapping[str, object], source: str) -> Manifest:
    """Read the decoded JSON as a manifest; `source` is what messages call it.

    Raises:
        InputError: a face is named twice. A bad entry does not raise; it becomes an `InvalidEntry`.
    """
    return manifest_of(SCHEMA, source, _found(content))


def _found(content: Mapping[str, object]) -> Iterator[tuple[str, Entry | ItemError, object]]:
    for key, entry in content.items():
        name = _name(key, entry.get("image") if isinstance(entry, dict) else None)
        try:
            yield name, _manifest_entry(read_object(entry, "the entry")), entry
        except ItemError as error:
            yield name, error, entry


def _manifest_entry(entry: Mapping[str, object]) -> Entry:
    wild = read_object(entry.get(_WILD), _WILD)
    landmarks = landmarks_from_68(read_points68(wild.get(_POINTS)))
    if _QUAD in wild:
        _check_quad(landmarks, wild[_QUAD])
    pixel_md5 = wild.get("pixel_md5")
    local = LocalOriginal(
        read_path(wild.get("file_path"), "file_path"),
        md5=read_md5(wild.get(_DIGEST), _DIGEST),
        rgb_md5=None if pixel_md5 is None else read_md5(pixel_md5, "pixel_md5"),
    )
    known = read_object(entry.get("metadata", {}), "metadata")
    extra = {
        DATASET: SCHEMA,
        "category": text_or_none(entry.get("category")),
        "licence": _licence(known),
        "licence_url": text_or_none(known.get("license_url")),
        "author": text_or_none(known.get("author")),
        "title": text_or_none(known.get("photo_title")),
        "country": text_or_none(known.get("country")),
        "page": text_or_none(known.get("photo_url")),
        "date_uploaded": text_or_none(known.get("date_uploaded")),
        "date_crawled": text_or_none(known.get("date_crawled")),
    }
    return entry_of(landmarks, local, extra)


def _licence(known: Mapping[str, object]) -> str | None:
    """SPDX's identifier by the licence's address; the licence's name where there is none."""
    address = text_or_none(known.get("license_url")) or ""
    address = address.partition("://")[2].removeprefix("www.").rstrip("/")
    return _LICENCES.get(address) or text_or_none(known.get("license"))


def _check_quad(landmarks: Landmarks, stated: object) -> None:
    """Check that a face's crop is where the metadata say.

    Raises:
        BadEntry: it is elsewhere, or `stated` is no quad.
    """
    if not isinstance(stated, list) or len(stated) != 4:
        raise BadEntry(f"{_QUAD} must be a list of 4 pairs of numbers, not {stated!r:.60}")
    corners = np.array(
        [read_pair(pair, f"{number} of {_QUAD}") for number, pair in enumerate(stated)]
    )
    try:
        off = np.abs(np.array(_quad_of(landmarks)) - corners).max()
    except ValueError as error:
        raise BadEntry(str(error)) from error
    if off > QUAD_TOLERANCE:
        raise BadEntry(
            f"{_QUAD} is not the quad of the 68 points: a corner is {off:.1f} pixels away, and"
            f" rounding explains no more than {QUAD_TOLERANCE}, so one of the two is wrong"
        )


def _quad_of(landmarks: Landmarks) -> list[list[float]]:
    """The corners TL, BL, BR, TR.

    Raises:
        ValueError: there is no up.
    """
    centre, across, down = face_axes(landmarks)
    ends = ((-1, -1), (-1, 1), (1, 1), (1, -1))
    return [(centre + x * across + y * down).tolist() for x, y in ends]


def _marking(key: str, entry: object) -> Marking:
    wild = read_object(read_object(entry, "the entry").get(_WILD), _WILD)
    points = read_points68(wild.get(_POINTS))
    rest = {name: value for name, value in wild.items() if name != _POINTS}
    kept = {**read_object(entry, "the entry"), _WILD: rest}
    return Marking(
        _name(key, kept.get("image")),
        _picture(wild),
        landmarks_from_68(points),
        {POINTS68: [list(point) for point in points], _KEPT: kept},
    )


def _picture(wild: Mapping[str, object]) -> MarkedPicture:
    path, url = wild.get("file_path"), wild.get("file_url")
    if not isinstance(path, str) or not path:
        raise BadEntry(f"{_WILD} must have a file_path, not {path!r:.60}")
    size = wild.get("pixel_size")
    width, height = size if isinstance(size, list) and len(size) == 2 else (None, None)
    return MarkedPicture(
        path,
        url if isinstance(url, str) and url.startswith(("http://", "https://")) else None,
        path.rpartition("/")[2],
        width=read_side(width),
        height=read_side(height),
    )


def _name(key: str, image: object) -> str:
    path = image.get("file_path") if isinstance(image, dict) else None
    if isinstance(path, str) and path:
        return path.rpartition("/")[2]
    return (
        f"{int(key):05}.png" if key.isascii() and key.isdigit() and len(key) < 9 else f"{key}.png"
    )


def write(markings: Sequence[Marking]) -> Written:
    """Write named faces, keyed by their numbers from 0.

    Raises:
        InputError: a face has four points only.
    """
    points = all_points68(markings, "ffhq")
    entries = {
        str(number): _entry(each, found)
        for number, (each, found) in enumerate(zip(markings, points, strict=True))
    }
    not_carried = count_fields(markings, {POINTS68, _KEPT})
    digests = sum(each.picture.sha256 is not None for each in markings)
    not_carried += Counter({"sha256": digests})
    return Written(json.dumps(entries, indent=1).encode("ascii") + b"\n", +not_carried)


def _entry(marking: Marking, points: Sequence[Point]) -> dict[str, object]:
    kept = marking.extra.get(_KEPT)
    entry: dict[str, object] = dict(kept) if isinstance(kept, dict) else {}
    image, wild = entry.get("image"), entry.get(_WILD)
    picture = marking.picture
    known: dict[str, object] = {"file_url": picture.url, "file_path": picture.file}
    if picture.width and picture.height:
        known["pixel_size"] = [picture.width, picture.height]
    points_as_lists = [list(point) for point in points]
    entry["image"] = image if isinstance(image, dict) and image else {"file_path": marking.name}
    entry[_WILD] = (
        (wild if isinstance(wild, dict) else {})
        | {name: value for name, value in known.items() if value is not None}
        | {_QUAD: _quad_of(marking.landmarks), _POINTS: points_as_lists}
    )
    return entry
