"""Names that every format and file system takes. Pure."""

import hashlib
from collections.abc import Mapping
from urllib.parse import quote

from portraitset.align.encode import name_for
from portraitset.align.settings import ImageFormat
from portraitset.workspace.layout import disk_names

ENDINGS: Mapping[ImageFormat, str] = {"png": "png", "webp": "webp", "jpeg": "jpg"}
"""Without the dot."""

LONGEST_KEY = 80
"""In bytes: with an ending it fits the 100 of a USTAR header (POSIX.1-1988)."""


def file_names(formats: Mapping[str, ImageFormat]) -> Mapping[str, str]:
    """A file name for each face, by the format that its picture is to have.

    The same on every system: fit for Windows, told apart without case, never hidden.
    """
    wanted: dict[str, str] = {}
    taken: set[str] = set()
    for face, image_format in formats.items():
        stem = f"_{face}" if face.startswith(".") else face
        while (name := name_for(stem, image_format)) in taken:
            stem = f"{_stem(stem)}-"
        taken.add(name)
        wanted[face] = name
    on_disk = disk_names(wanted.values(), windows=True, folds_case=True)
    return {face: on_disk[name] for face, name in wanted.items()}


def key_of(file: str) -> str:
    """A WebDataset key for a file name: its stem in ASCII, without a dot, as a dot ends the key.

    What is no letter, digit, `_`, `-` or `~` becomes `%` and two hex digits, so that no two names
    meet; a long one is cut and ends in 16 digits of its sha256.
    """
    key = quote(_stem(file), safe="").replace(".", "%2E")
    if len(key) <= LONGEST_KEY:
        return key
    return f"{key[: LONGEST_KEY - 17]}-{hashlib.sha256(file.encode()).hexdigest()[:16]}"


def _stem(file: str) -> str:
    stem, dot, _ = file.rpartition(".")
    return stem if dot else file
