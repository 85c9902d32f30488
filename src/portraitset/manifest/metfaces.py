"""MetFaces' schema: `[{obj_id, face_idx, source_path, source_md5, face_spec{landmarks, shrink}}]`.

68 points a face, found by dlib in a copy of the original that is smaller by `shrink`. `source_md5`
is that of the file at `source_path`, which the dataset publishes; what the museum serves at
`source_url` has other bytes, and is not used. The field names stand nowhere else. Pure.
"""

from collections.abc import Iterator, Mapping

from portraitset.errors import BadEntry, ItemError
from portraitset.landmarks import single_landmarks_from_68
from portraitset.manifest.aahq import FLOAT32, GEOMETRY
from portraitset.manifest.dataset import Manifest
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
from portraitset.manifest.marking import is_number, read_points68

SCHEMA = "metfaces"
_SPEC = "face_spec"
_MOST_SHRUNK = 1000
_LICENCE = "CC0-1.0"
"""The museum's, of every source image."""


def recognises(content: object) -> bool:
    """Whether this may be in MetFaces' schema: a list with objects that have a `face_spec`."""
    return isinstance(content, list) and any(
        isinstance(entry, dict) and _SPEC in entry for entry in content
    )


def read(content: list[object], source: str) -> Manifest:
    """Read the decoded JSON; `source` is what messages call it.

    Raises:
        InputError: a face is named twice. A bad entry does not raise; it becomes an `InvalidEntry`.
    """
    return manifest_of(SCHEMA, source, _found(content))


def _found(content: list[object]) -> Iterator[tuple[str, Entry | ItemError, object]]:
    for number, entry in enumerate(content):
        name = f"entry {number}"
        try:
            found = read_object(entry, "the entry")
            name = _name(found)
            yield name, _entry(found), entry
        except ItemError as error:
            yield name, error, entry


def _name(entry: Mapping[str, object]) -> str:
    number, index = entry.get("obj_id"), entry.get("face_idx")
    if not isinstance(number, str | int) or isinstance(number, bool) or not str(number):
        raise BadEntry(f"obj_id must be a number or a text, not {number!r:.60}")
    if not isinstance(index, int) or isinstance(index, bool) or not 0 <= index < 10_000:
        raise BadEntry(f"face_idx must be a number from 0 to 9999, not {index!r:.60}")
    return f"{number}-{index:02d}.png"


def _entry(entry: Mapping[str, object]) -> Entry:
    spec = read_object(entry.get(_SPEC), _SPEC)
    shrink = spec.get("shrink")
    if not is_number(shrink) or not 0 < shrink <= _MOST_SHRUNK:
        raise BadEntry(f"shrink must be a number up to {_MOST_SHRUNK}, not {shrink!r:.60}")
    landmarks = single_landmarks_from_68(read_points68(spec.get("landmarks")), shrink)
    path = read_path(entry.get("source_path"), "source_path")
    local = LocalOriginal(path, md5=read_md5(entry.get("source_md5"), "source_md5"))
    extra = {
        DATASET: SCHEMA,
        GEOMETRY: FLOAT32,
        "licence": _LICENCE,
        "author": text_or_none(entry.get("artist_display_name")),
        "title": text_or_none(entry.get("title")),
        "page": text_or_none(entry.get("meta_url")),
        "source_url": text_or_none(entry.get("source_url")),
    }
    return entry_of(landmarks, local, extra)
