"""FFHQ's schema: `{"0": {…, "in_the_wild": {file_url, file_path, pixel_size, face_landmarks}}}`.

68 points a face, in pixels of the photo "in the wild". All else that FFHQ says of a face is kept in
one further field, `ffhq`, and written back as it was. Pure.
"""

import json
from collections import Counter
from collections.abc import Mapping, Sequence

from portraitset.errors import BadEntry, InputError, ItemError
from portraitset.landmarks import Point, face_axes, landmarks_from_68
from portraitset.manifest.dataset import InvalidEntry
from portraitset.manifest.marking import (
    POINTS68,
    MarkedPicture,
    Marking,
    Reading,
    Written,
    all_points68,
    count_fields,
    read_points68,
    read_side,
)

_WILD, _POINTS = "in_the_wild", "face_landmarks"
_KEPT = "ffhq"


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


def _marking(key: str, entry: object) -> Marking:
    wild = _object(_object(entry, "the entry").get(_WILD), _WILD)
    points = read_points68(wild.get(_POINTS))
    rest = {name: value for name, value in wild.items() if name != _POINTS}
    kept = {**_object(entry, "the entry"), _WILD: rest}
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


def _object(value: object, what: str) -> Mapping[str, object]:
    if not isinstance(value, dict):
        raise BadEntry(f"{what} must be an object, not {value!r:.60}")
    return value


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
    centre, across, down = face_axes(marking.landmarks)
    ends = ((-1, -1), (-1, 1), (1, 1), (1, -1))
    quad = [(centre + x * across + y * down).tolist() for x, y in ends]
    known: dict[str, object] = {"file_url": picture.url, "file_path": picture.file}
    if picture.width and picture.height:
        known["pixel_size"] = [picture.width, picture.height]
    points_as_lists = [list(point) for point in points]
    entry["image"] = image if isinstance(image, dict) and image else {"file_path": marking.name}
    entry[_WILD] = (
        (wild if isinstance(wild, dict) else {})
        | {name: value for name, value in known.items() if value is not None}
        | {"face_quad": quad, _POINTS: points_as_lists}
    )
    return entry
