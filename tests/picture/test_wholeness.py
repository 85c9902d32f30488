"""Files of other formats than JPEG that lost a part and still end as they should."""

import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from portraitset.errors import BadPicture, Truncated
from portraitset.picture.decode import read_picture

MOST = 10_000_000


def soft(mode: str = "RGB") -> Image.Image:
    noise = np.random.default_rng(0).integers(1, 256, (40, 52, 3), np.uint8)
    return Image.fromarray(noise).resize((416, 320), Image.Resampling.BICUBIC).convert(mode)


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png(header: bytes, data: bytes) -> bytes:
    """A PNG whose container is whole, whatever its data are."""
    ends = chunk(b"IHDR", header), chunk(b"IDAT", data), chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + b"".join(ends)


def rows_of(image: Image.Image) -> tuple[bytes, bytes]:
    """A PNG's header and its data, not compressed."""
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    data, at, body = buffer.getvalue(), 8, b""
    while at < len(data):
        length, kind = struct.unpack(">I4s", data[at : at + 8])
        body += data[at + 8 : at + 8 + length] if kind == b"IDAT" else b""
        at += 12 + length
    return data[16:29], zlib.decompress(body)


@pytest.mark.parametrize("mode", ["RGB", "L", "1", "RGBA"])
@pytest.mark.parametrize("share", [0.01, 0.5, 0.99])
def test_png_whose_stream_ends_well_before_its_last_row_is_truncated(
    mode: str, share: float
) -> None:
    header, rows = rows_of(soft(mode))
    with pytest.raises(Truncated):
        read_picture(png(header, zlib.compress(rows[: int(len(rows) * share)])), MOST)
    assert read_picture(png(header, zlib.compress(rows)), MOST).height == 320


def test_png_that_is_black_at_its_end_is_whole() -> None:
    for mode in ("RGB", "RGBA", "L", "1", "I;16"):
        buffer = io.BytesIO()
        Image.new(mode, (33, 17)).save(buffer, "PNG")
        assert read_picture(buffer.getvalue(), MOST).height == 17


def test_interlaced_png_is_counted_by_its_passes() -> None:
    """Adam7 by hand, as Pillow cannot write it: a grey 9 x 5 of one value."""
    width, height = 9, 5
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 1)
    grids = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2))
    rows = b""
    for left, top, across, down in (*grids, (0, 1, 1, 2)):
        columns, lines = len(range(left, width, across)), len(range(top, height, down))
        rows += (b"\0" + b"\x55" * columns) * lines if columns else b""
    assert (read_picture(png(header, zlib.compress(rows)), MOST).pixels == 0x55).all()
    with pytest.raises(Truncated):
        read_picture(png(header, zlib.compress(rows[:-1])), MOST)


def tiff(compression: str) -> tuple[bytes, int, int]:
    """A file of several strips; where its last one begins, and how long it is."""
    buffer = io.BytesIO()
    soft().save(buffer, "TIFF", compression=compression)
    with Image.open(io.BytesIO(buffer.getvalue())) as image:
        start, length = image.tag_v2[273][-1], image.tag_v2[279][-1]  # type: ignore[attr-defined]
    return buffer.getvalue(), start, length


@pytest.mark.parametrize(
    "compression", ["tiff_lzw", "tiff_adobe_deflate", "tiff_deflate", "jpeg", "packbits"]
)
def test_tiff_strip_that_lost_its_end_is_an_error(compression: str) -> None:
    data, start, length = tiff(compression)
    assert read_picture(data, MOST).height == 320
    broken = bytearray(data)
    broken[start + length // 2 : start + length] = bytes(length - length // 2)
    with pytest.raises((Truncated, BadPicture)):
        read_picture(bytes(broken), MOST)
