"""What FFHQ's and MetFaces' metadata have in common, read as a manifest's entries. Pure.

Every face has 68 points, and an original that lies in a folder of the dataset, with its md5. It is
read into the fields that AAHQ's schema has, whose reader checks them once more.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace

from portraitset.errors import BadEntry, InputError, ItemError
from portraitset.handoffs import Face
from portraitset.landmarks import POINT_NAMES, Landmarks
from portraitset.manifest import aahq
from portraitset.manifest.dataset import InvalidEntry, Manifest
from portraitset.manifest.local import LocalOriginal

DATASET = "dataset"
"""The further field that says whose terms a face is under; `terms` knows them."""

OF_PICTURE = (
    DATASET,
    "licence",
    "license",
    "licence_url",
    "author",
    "title",
    "country",
    "page",
)
"""The further fields that are about a face's picture, and so hold for all of its faces."""

Entry = dict[str, object]
_MD5 = re.compile(r"[0-9a-f]{32}")


def entry_of(landmarks: Landmarks, local: LocalOriginal, extra: Mapping[str, object]) -> Entry:
    """A face as AAHQ's schema has it; further fields that are empty are left out."""
    points = dict(zip(POINT_NAMES, map(list, landmarks.points()), strict=True))
    own = {"image_url": local.address, "raw_name": local.raw_name, "landmarks": points}
    return own | {name: value for name, value in extra.items() if value is not None}


def manifest_of(
    schema: str, source: str, found: Iterable[tuple[str, Entry | ItemError, object]]
) -> Manifest:
    """The manifest that faces make: name, entry or what is wrong with it, and its JSON.

    Raises:
        InputError: there is none, or a name is there twice.
    """
    entries: dict[str, Entry] = {}
    made: dict[str, Face | InvalidEntry | None] = {}
    for name, entry, content in found:
        if name in made:
            raise InputError(f"{source}: the face {name!r:.100} is there twice")
        if isinstance(entry, ItemError):
            made[name] = InvalidEntry(name, entry, content)
        else:
            made[name], entries[name] = None, entry
    if not made:
        raise InputError(f"{source} holds no entries")
    manifest = aahq.read(entries) if entries else Manifest(schema, ())
    made |= {entry.name: entry for entry in manifest.entries}
    whole = tuple(entry for entry in made.values() if entry is not None)
    return replace(manifest, schema=schema, entries=whole)


def read_object(value: object, what: str) -> Mapping[str, object]:
    """A JSON object.

    Raises:
        BadEntry: it is something else.
    """
    if not isinstance(value, dict):
        raise BadEntry(f"{what} must be an object, not {value!r:.60}")
    return value


def read_path(value: object, what: str) -> str:
    """A path; whether it stays in its folder is for `read_local` to say.

    Raises:
        BadEntry: it is no text.
    """
    if not isinstance(value, str) or not value:
        raise BadEntry(f"{what} must be a path, not {value!r:.60}")
    return value


def read_md5(value: object, what: str) -> str:
    """An md5 in hex.

    Raises:
        BadEntry: it is none.
    """
    if not isinstance(value, str) or not _MD5.fullmatch(value):
        raise BadEntry(f"{what} must be an md5, 32 hex digits in lower case, not {value!r:.60}")
    return value


def text_or_none(value: object) -> str | None:
    """A text that says something; None for all else."""
    return value if isinstance(value, str) and value.strip() else None
