"""The same file with other pixels: its format, colour profile and metadata stay.

JPEG keeps its quantisation tables, subsampling and kind, so that encoding it again costs the least
that it can; PNG, TIFF and BMP lose nothing; WebP is lossless again where it was. Segments and
chunks that say something about a picture are taken over as they are, byte for byte, in JPEG and
PNG; so a thumbnail in EXIF still shows the picture before.
"""

import io
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
import simplejpeg
from PIL import Image, JpegImagePlugin

from portraitset.picture.decode import Pixels

WEBP_QUALITY = 95
"""Of a lossy WebP, whose own quality cannot be read from it."""

_MODES = ("RGB", "RGBA", "L")
_START_OF_SCAN, _APP0, _APP14, _COMMENT = 0xDA, 0xE0, 0xEE, 0xFE
_PIXEL_CHUNKS = frozenset([b"IHDR", b"PLTE", b"IDAT", b"IEND"])
_TIFF_LAYOUT = frozenset(
    # Where and how the pixels lie (TIFF 6.0): the writer's business.
    {256, 257, 258, 259, 262, 266, 273, 277, 278, 279, 284, 317, 320, 322, 323, 324, 325}
    | {338, 339, 347, 34675}  # and the colour profile, which has its own way
)
_TIFF_LOSSLESS = ("raw", "tiff_lzw", "tiff_adobe_deflate", "tiff_deflate", "packbits")
_EXIF_POINTERS = (34665, 34853)


class CannotRewrite(Exception):
    """The file is of a kind that would lose something; `str(error)` says what."""


def rewritten(data: bytes, before: Pixels, after: Pixels) -> bytes:
    """The file with other pixels.

    Args:
        data: the file.
        before: uint8 (height, width, 3), as `read_picture` decodes it.
        after: likewise, as it shall decode; a JPEG's and a lossy WebP's come near it, all others'
            are equal. A grey picture takes the brightness alone, a transparent one keeps its alpha.

    Raises:
        CannotRewrite: it would lose depth, frames, a palette or metadata.
    """
    with Image.open(io.BytesIO(data)) as image:
        write = _WRITERS.get(image.format or "")
        if write is None:
            raise CannotRewrite(f"{image.format} is not written; JPEG, PNG, WebP, TIFF and BMP are")
        if getattr(image, "n_frames", 1) != 1:
            raise CannotRewrite("it has several frames, and all but one would be lost")
        if image.mode not in _MODES or (image.mode == "L" and "transparency" in image.info):
            raise CannotRewrite(f"its mode is {image.mode}; 8-bit RGB, RGBA and grey are written")
        image.load()
        if image.format == "JPEG" and image.mode == "RGB":
            before, after = _evenly_upsampled(data, before, after)
        return write(image, _in_mode(image, before, after), data)


def _in_mode(image: Image.Image, before: Pixels, after: Pixels) -> Image.Image:
    if image.mode == "L":
        return Image.fromarray(after).convert("L")
    if image.mode == "RGB":
        return Image.fromarray(after)
    layers = np.array(image)
    alpha = np.maximum(layers[:, :, 3:], 1).astype(np.float32)
    changes = (after.astype(np.float32) - before) * (255 / alpha)  # seen through the alpha
    colour = np.rint(layers[:, :, :3] + changes)
    layers[:, :, :3] = np.clip(colour, 0, 255).astype(np.uint8)
    return Image.fromarray(layers)


def _evenly_upsampled(data: bytes, before: Pixels, after: Pixels) -> tuple[Pixels, Pixels]:
    """Both pictures as if chroma had been upsampled by repetition.

    The encoder's averages undo that, so that blocks without a change keep their coefficients but
    for rounding; the usual triangle filter would smooth colours once more at each encoding.
    """
    try:
        even = simplejpeg.decode_jpeg(data, "RGB", fastdct=False, fastupsample=True)
    except ValueError:  # a kind that this decoder does not know
        return before, after
    if even.shape != before.shape:
        return before, after
    changes = after.astype(np.int16) - before
    return even, np.clip(even + changes, 0, 255).astype(np.uint8)


def _write_jpeg(image: Image.Image, changed: Image.Image, data: bytes) -> bytes:
    options: dict[str, Any] = {"qtables": getattr(image, "quantization", None)}
    sampling = JpegImagePlugin.get_sampling(image)
    if image.mode == "RGB":
        options["subsampling"] = max(sampling, 0)  # what has no name is written in full
    progressive = bool(image.info.get("progressive"))
    made = _saved(changed, "JPEG", progressive=progressive, optimize=True, **options)
    kept = b"".join(segment for marker, segment in _segments(data) if _is_kept(marker, segment))
    own = [segment for marker, segment in _segments(made) if marker != _APP0]
    head = b"" if _has_jfif(data) else b"".join(s for m, s in _segments(made) if m == _APP0)
    rest = made[2 + sum(len(segment) for _, segment in _segments(made)) :]
    return b"\xff\xd8" + head + kept + b"".join(own) + rest


def _has_jfif(data: bytes) -> bool:
    return any(m == _APP0 and s[4:9] == b"JFIF\0" for m, s in _segments(data))


def _is_kept(marker: int, segment: bytes) -> bool:
    """What says something about the picture; Adobe's marker tells how pixels are coded."""
    is_application = _APP0 <= marker <= 0xEF and marker != _APP14
    return (is_application and segment[4:8] != b"MPF\0") or marker == _COMMENT


def _segments(data: bytes) -> Iterator[tuple[int, bytes]]:
    """A JPEG's segments before its first scan, each with its marker and its length."""
    at = 2
    while at + 4 <= len(data) and data[at] == 0xFF and data[at + 1] != _START_OF_SCAN:
        length = int.from_bytes(data[at + 2 : at + 4])
        yield data[at + 1], data[at : at + 2 + length]
        at += 2 + length


def _write_png(_: Image.Image, changed: Image.Image, data: bytes) -> bytes:
    if data[24] > 8:
        raise CannotRewrite(f"it has {data[24]} bits a sample; 8 are written")
    made = list(_chunks(_saved(changed, "PNG")))
    seen_pixels = False
    before: list[bytes] = []
    behind: list[bytes] = []
    for kind, chunk in _chunks(data):
        seen_pixels |= kind == b"IDAT"
        if kind not in _PIXEL_CHUNKS:
            (behind if seen_pixels else before).append(chunk)
    pixels = b"".join(chunk for kind, chunk in made if kind == b"IDAT")
    return b"".join([data[:8], made[0][1], *before, pixels, *behind, made[-1][1]])


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 8
    while at + 12 <= len(data):
        length = int.from_bytes(data[at : at + 4]) + 12
        yield data[at + 4 : at + 8], data[at : at + length]
        at += length


def _write_webp(image: Image.Image, changed: Image.Image, data: bytes) -> bytes:
    if _is_lossless_webp(data):
        quality: dict[str, Any] = {"lossless": True, "exact": True}
    else:
        quality = {"quality": WEBP_QUALITY}
    kept = {key: image.info[key] for key in ("icc_profile", "exif", "xmp") if key in image.info}
    return _saved(changed, "WEBP", method=4, **quality, **kept)


def _is_lossless_webp(data: bytes) -> bool:
    at = 12
    while at + 8 <= len(data):
        if data[at : at + 4] == b"VP8L":
            return True
        length = int.from_bytes(data[at + 4 : at + 8], "little")
        at += 8 + length + length % 2
    return False


def _write_tiff(image: Image.Image, changed: Image.Image, _: bytes) -> bytes:
    tags = getattr(image, "tag_v2", {})
    if set(tags.get(258, (8,))) != {8}:
        raise CannotRewrite(f"it has {max(tags[258])} bits a sample; 8 are written")
    compression = image.info.get("compression", "raw")
    if compression not in _TIFF_LOSSLESS:
        raise CannotRewrite(f"its compression is {compression}; what loses nothing is written")
    if any(pointer in tags for pointer in _EXIF_POINTERS):
        raise CannotRewrite("it has EXIF data of a camera, which a TIFF would lose")
    kept = {tag: value for tag, value in tags.items() if tag not in _TIFF_LAYOUT}
    profile = image.info.get("icc_profile") or b""
    return _saved(changed, "TIFF", compression=compression, tiffinfo=kept, icc_profile=profile)


def _write_bmp(image: Image.Image, changed: Image.Image, _: bytes) -> bytes:
    return _saved(changed, "BMP", dpi=image.info.get("dpi", (96, 96)))


def _saved(image: Image.Image, image_format: str, **options: Any) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, image_format, **options)
    return buffer.getvalue()


_Writer = Callable[[Image.Image, Image.Image, bytes], bytes]
_WRITERS: Mapping[str, _Writer] = {
    "JPEG": _write_jpeg,
    "PNG": _write_png,
    "WEBP": _write_webp,
    "TIFF": _write_tiff,
    "BMP": _write_bmp,
}
