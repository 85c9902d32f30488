"""An edited file, and what it says of its photo: the text that `pipeline/crop.py` writes."""

import io
import re
from pathlib import Path

from PIL import Image

_LARGEST = 1 << 28
"""Bytes of an edited file that are looked at; a crop of 8,192 pixels takes less."""

_SOURCE = re.compile(r"(?:^|Source: )sha256:([0-9a-f]{64})$", re.MULTILINE)
_DESCRIPTION = 0x010E
"""EXIF 2.3, where a JPEG or WebP has it."""


def read_edit(path: Path) -> bytes:
    """An edited file's bytes.

    Raises:
        OSError: it cannot be read, or is far too large.
    """
    if path.stat().st_size > _LARGEST:
        raise OSError(f"it has more than {_LARGEST:,} bytes")
    return path.read_bytes()


def source_of(data: bytes) -> str | None:
    """The sha256 of the original, as a crop's file says it of itself; None if it says nothing."""
    try:
        with Image.open(io.BytesIO(data), formats=("PNG", "JPEG", "WEBP")) as image:
            texts = (image.info.get("Source"), image.getexif().get(_DESCRIPTION))
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return None
    matches = (_SOURCE.search(text) for text in texts if isinstance(text, str))
    return next((match[1] for match in matches if match), None)
