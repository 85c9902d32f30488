"""What a crop's file says of the photo that it was cut from; `pipeline/crop.py` writes it."""

import io
import re

from PIL import Image

_SOURCE = re.compile(r"(?:^|Source: )sha256:([0-9a-f]{64})$", re.MULTILINE)
_DESCRIPTION = 0x010E
"""EXIF 2.3, where a JPEG or WebP has it."""


def source_of(data: bytes) -> str | None:
    """The sha256 of the original, as a crop's file says it of itself; None if it says nothing."""
    try:
        with Image.open(io.BytesIO(data)) as image:
            texts = (image.info.get("Source"), image.getexif().get(_DESCRIPTION))
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return None
    matches = (_SOURCE.search(text) for text in texts if isinstance(text, str))
    return next((match[1] for match in matches if match), None)
