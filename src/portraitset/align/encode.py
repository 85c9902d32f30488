"""From a crop's pixels to a file's bytes; equal input gives equal bytes."""

import io
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from PIL import Image

from portraitset.align.settings import ImageFormat
from portraitset.picture.decode import Pixels

SUFFIXES: Mapping[str, ImageFormat] = {
    ".png": "png",
    ".webp": "webp",
    ".jpg": "jpeg",
    ".jpeg": "jpeg",
}
"""File name endings, in lower case; anything else is taken for PNG."""

JPEG_QUALITY = 95
"""With full chroma (4:4:4): 46 to 51 dB on the ten old masters, at a quarter of a PNG's size."""

WEBP_METHOD = 4
"""Pillow's default effort of lossless WebP: 28 % smaller than a PNG, in 0.6 s."""

_DESCRIPTION, _SOFTWARE = 0x010E, 0x0131
"""Tags of EXIF 2.3."""


def format_of(name: str) -> ImageFormat:
    """The format that a file name asks for."""
    return SUFFIXES.get(PurePosixPath(name).suffix.lower(), "png")


def name_for(name: str, image_format: ImageFormat | None) -> str:
    """A face's name with the ending of a format; as it is where that fits, or none is asked for."""
    if image_format is None or SUFFIXES.get(PurePosixPath(name).suffix.lower()) == image_format:
        return name
    ending = ".jpg" if image_format == "jpeg" else f".{image_format}"
    stem, dot, suffix = name.rpartition(".")
    return (stem if dot and f".{suffix.lower()}" in SUFFIXES else name) + ending


def made_by(path: Path) -> str | None:
    """Which version of this tool made a picture file; None if it did not."""
    try:
        with Image.open(path) as image:
            maker = image.info.get("Software") or image.getexif().get(_SOFTWARE)
    except (OSError, ValueError, SyntaxError):
        return None
    return maker if isinstance(maker, str) and maker.startswith("portraitset ") else None


def encode_image(
    pixels: Pixels, image_format: ImageFormat, icc_profile: bytes | None, text: Mapping[str, str]
) -> bytes:
    """A picture file.

    Args:
        pixels: uint8 (height, width, 3), RGB.
        image_format: `png` and `webp` keep every pixel, `jpeg` is of quality 95 and full chroma.
        icc_profile: the colour profile that the pixels are in, None for none.
        text: what to say about the file, by keyword; text chunks in a PNG, else EXIF: `Software`
            as its own tag and the rest as lines of the description, in ASCII with Python's
            escapes, as EXIF has no more.
    """
    match image_format:
        case "png":
            # The filter is a kernel, and numba's half second should only cost who writes a PNG.
            from portraitset.align.png import encode_png

            return encode_png(pixels, icc_profile, text)
        case "webp":
            return _encode_by_pillow(
                pixels, "WEBP", icc_profile, text, lossless=True, method=WEBP_METHOD
            )
        case "jpeg":
            return _encode_by_pillow(
                pixels, "JPEG", icc_profile, text, quality=JPEG_QUALITY, subsampling=0
            )


def _encode_by_pillow(
    pixels: Pixels,
    pillow_format: str,
    icc_profile: bytes | None,
    text: Mapping[str, str],
    **options: int,
) -> bytes:
    exif = Image.Exif()
    if "Software" in text:
        exif[_SOFTWARE] = _ascii(text["Software"])
    lines = [f"{key}: {value}" for key, value in text.items() if key != "Software"]
    if lines:
        exif[_DESCRIPTION] = _ascii("\n".join(lines))
    buffer = io.BytesIO()
    image = Image.fromarray(pixels)
    image.save(buffer, pillow_format, icc_profile=icc_profile or b"", exif=exif, **options)
    return buffer.getvalue()


def _ascii(text: str) -> str:
    return text.encode("ascii", "backslashreplace").decode("ascii")
