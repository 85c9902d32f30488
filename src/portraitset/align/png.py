"""A PNG writer for crops: one filter, one block of libdeflate, fifteen times as fast as Pillow's.

Source of the format: PNG specification, third edition (W3C, 2025).
"""

import struct
import zlib
from collections.abc import Iterator, Mapping

import deflate
import numpy as np

from portraitset.align.jit import kernel
from portraitset.picture.decode import Pixels

SIGNATURE = b"\x89PNG\r\n\x1a\n"
PAETH = 4

LEVEL = 1
"""libdeflate's. On the ten old masters: 6.5 % above Pillow's size in 16 ms; level 2: 3.2 % in 28.
The Up filter is smaller in all, but 10.1 % above Pillow's on one of them, where Paeth is 9.3 %."""


def encode_png(pixels: Pixels, icc_profile: bytes | None, text: Mapping[str, str]) -> bytes:
    """A PNG file of uint8 (height, width, 3); the profile and the text go into chunks."""
    height, width = pixels.shape[:2]
    rows = np.empty((height, 1 + 3 * width), np.uint8)
    apply_paeth(np.ascontiguousarray(pixels).reshape(height, 3 * width), rows)
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = [_chunk(b"IHDR", header)]
    if icc_profile is not None:
        chunks.append(_chunk(b"iCCP", b"ICC Profile\0\0" + zlib.compress(icc_profile)))
    chunks.extend(_text_chunks(text))
    chunks.append(_chunk(b"IDAT", deflate.zlib_compress(rows, LEVEL)))
    chunks.append(_chunk(b"IEND", b""))
    return SIGNATURE + b"".join(chunks)


def _text_chunks(text: Mapping[str, str]) -> Iterator[bytes]:
    for key, value in text.items():
        keyword = key.encode("latin-1")
        if not 1 <= len(keyword) <= 79 or b"\0" in keyword:
            raise ValueError(f"a PNG keyword has 1 to 79 characters: {key!r}")
        try:
            yield _chunk(b"tEXt", keyword + b"\0" + value.encode("latin-1"))
        except UnicodeEncodeError:
            yield _chunk(b"iTXt", keyword + b"\0\0\0\0\0" + value.encode())


def _chunk(kind: bytes, body: bytes | bytearray) -> bytes:
    checked = kind + body
    return struct.pack(">I", len(body)) + checked + struct.pack(">I", zlib.crc32(checked))


@kernel
def apply_paeth(source: Pixels, out: Pixels) -> None:
    """Each row as the filter's number and the differences from Paeth's prediction.

    Args:
        source: uint8 (height, 3 * width).
        out: uint8 (height, 1 + 3 * width).
    """
    height, n = source.shape
    above = np.zeros(n, np.uint8)
    for y in range(height):
        row = source[y]
        result = out[y, 1:]
        out[y, 0] = PAETH
        for i in range(3):
            result[i] = row[i] - above[i]
        here, left, up, corner, rest = row[3:], row, above[3:], above, result[3:]
        for i in range(n - 3):
            a, b, c = np.int16(left[i]), np.int16(up[i]), np.int16(corner[i])
            from_b, from_a = np.int16(b - c), np.int16(a - c)
            far_a, far_b = abs(from_b), abs(from_a)
            far_c = abs(np.int16(from_b + from_a))
            guess = c
            if far_b <= far_c:
                guess = b
            if far_a <= far_b and far_a <= far_c:
                guess = a
            rest[i] = np.uint8(np.int16(here[i]) - guess)
        above = row
