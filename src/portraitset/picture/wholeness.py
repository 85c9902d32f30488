"""Whether all of a picture is there, where Pillow's decoders go on without a word.

Pillow and its libraries say so themselves for GIF, WebP, BMP, AVIF, and for LZW and PackBits in
TIFF; JPEG files have a module of their own. Here are the rest.
"""

import zlib
from collections.abc import Iterable, Iterator

import simplejpeg
from PIL import Image, TiffImagePlugin

from portraitset.errors import BadPicture, Truncated
from portraitset.picture.jpeg import raise_if_serious

_STRIPS, _STRIP_BYTES, _TILES, _TILE_BYTES, _TABLES = 273, 279, 324, 325, 347
_LONGEST_INFLATED = 1 << 20


def check_whole(image: Image.Image, data: bytes) -> None:
    """Look for parts that are missing from a picture that Pillow has decoded.

    Raises:
        Truncated: there are.
        BadPicture: a part is damaged.
    """
    if image.format == "JPEG2000":
        _check_tiles(data)
    elif image.format == "PNG" and _may_lack_rows(image):
        _check_rows(data)
    elif isinstance(image, TiffImagePlugin.TiffImageFile):
        _check_strips(image, data)


def _check_tiles(data: bytes) -> None:
    """OpenJPEG paints missing tiles grey without a word.

    Source: ISO/IEC 15444-1, annex A: coded data never hold the end marker, FF D9.

    Raises:
        Truncated: no end marker follows the last tile-part header (FF 90, 12 bytes).
    """
    if data.find(b"\xff\xd9", data.rfind(b"\xff\x90") + 12) < 0:
        raise Truncated("the file ends before its last tile does")


def _may_lack_rows(image: Image.Image) -> bool:
    """Whether the last row is as Pillow leaves rows that never came: all zero."""
    if image.info.get("interlace"):
        return True
    last = image.crop((0, image.height - 1, image.width, image.height))
    return not any(last.tobytes())


def _check_rows(data: bytes) -> None:
    """Inflate a PNG's data, keeping nothing: a stream may end well and yet too early.

    Raises:
        Truncated: it holds fewer bytes than the header's rows have.
    """
    if _inflated(_png_data(data), zlib.decompressobj()) < _png_size(data):
        raise Truncated("its data end before its last row does")


def _inflated(parts: Iterable[bytes], inflater: "zlib._Decompress") -> int:
    """How many bytes a stream in parts holds, a megabyte in memory at once."""
    found = 0
    for part in parts:
        rest = part
        while rest and not inflater.eof:
            found += len(inflater.decompress(rest, _LONGEST_INFLATED))
            rest = inflater.unconsumed_tail
    return found


def _png_data(data: bytes) -> Iterator[bytes]:
    at = 8
    while at + 8 <= len(data):
        length, kind = int.from_bytes(data[at : at + 4], "big"), data[at + 4 : at + 8]
        if kind == b"IDAT":
            yield data[at + 8 : at + 8 + length]
        at += 12 + length


def _png_size(data: bytes) -> int:
    """The bytes that all rows of a PNG have, filters included.

    Source: PNG specification, third edition, 8.1 (Adam7) and 11.2.1.
    """
    width, height = (int.from_bytes(data[at : at + 4], "big") for at in (16, 20))
    depth, colour, interlaced = data[24], data[25], data[28]
    bits = depth * {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[colour]
    passes = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2))
    grids = (*passes, (0, 1, 1, 2)) if interlaced else ((0, 0, 1, 1),)
    total = 0
    for left, top, across, down in grids:
        columns, rows = -(-(width - left) // across), -(-(height - top) // down)
        if columns > 0 and rows > 0:
            total += rows * (1 + -(-columns * bits // 8))
    return total


def _check_strips(image: TiffImagePlugin.TiffImageFile, data: bytes) -> None:
    """Hear what libtiff's codecs only print: of deflate and of JPEG.

    Raises:
        Truncated: a strip or tile lacks data.
        BadPicture: one is damaged.
    """
    compression = image.info.get("compression")
    if compression in ("tiff_adobe_deflate", "tiff_deflate"):
        for part in _parts(image, data):
            _check_deflated(part)
    elif compression == "jpeg":
        tables = bytes(image.tag_v2.get(_TABLES, b""))
        for part in _parts(image, data):
            _check_jpeg_strip(tables[:-2] + part[2:] if tables else part)


def _parts(image: TiffImagePlugin.TiffImageFile, data: bytes) -> Iterator[bytes]:
    tags = image.tag_v2
    starts = tags.get(_STRIPS) or tags.get(_TILES) or ()
    lengths = tags.get(_STRIP_BYTES) or tags.get(_TILE_BYTES) or ()
    for start, length in zip(starts, lengths, strict=False):
        yield data[start : start + length]


def _check_deflated(part: bytes) -> None:
    inflater = zlib.decompressobj()
    try:
        _inflated((part,), inflater)
    except zlib.error as error:
        raise BadPicture(f"a strip of it is damaged ({error})") from error
    if not inflater.eof:
        raise Truncated("a strip of it ends too early")


def _check_jpeg_strip(part: bytes) -> None:
    try:
        simplejpeg.decode_jpeg(part, "GRAY", strict=True, min_height=1, min_width=1, min_factor=8)
    except ValueError as error:
        raise_if_serious(str(error))
