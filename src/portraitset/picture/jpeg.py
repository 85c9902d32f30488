"""JPEG files: decoded by libjpeg-turbo, whose warnings of damage are heard here.

Pillow decodes by the same library and drops its warnings, so that a file that lost its end, and
was given an end marker by a proxy or a repair tool, is a picture to it, grey below. The pixels are
the same: one slow and exact inverse transform, one upsampling.

Source of the messages: libjpeg-turbo's jerror.h. Of several in one file the last one is told.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import simplejpeg

from portraitset.errors import BadPicture, Truncated

MISSING = ("premature end", "found marker")
"""Data of the picture are not there: the file, or a part between restart markers, ends early."""

DAMAGED = ("bad huffman code", "bad arithmetic code", "inconsistent progression")

HARMLESS = (
    "extraneous bytes before marker",
    "unknown jfif revision",
    "unknown adobe color transform",
    "bad icc marker",
    "invalid sos parameters",
)
"""Oddities that leave every pixel as it was, if they are all that there is."""

_MOST_REMOVED = 8
"""Oddities in one file that are looked behind."""

_NEXT_MARKER = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]", re.DOTALL)
_JUNK = re.compile(r"(\d+) extraneous bytes before marker 0x([0-9a-f]{2})")
_START_OF_SCAN, _END = 0xDA, 0xD9
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_PROGRESSIVE = frozenset({0xC2, 0xC6, 0xCA, 0xCE})
_COEFFICIENTS = 64


def decode_jpeg(data: bytes) -> tuple[npt.NDArray[np.uint8] | None, str | None]:
    """Decode a grey or YCbCr or RGB file of 8 bits.

    Returns uint8 (height, width, 3), RGB, and what is odd about the file, None if nothing is. The
    pixels of an odd one may have to come from elsewhere, and are None.

    Raises:
        Truncated: data are missing, whatever stands in their place.
        BadPicture: the decoder found damage.
        ValueError: it is a file that this decoder cannot read at all.
    """
    oddity = _check_segments(data)
    heard = _heard(lambda: simplejpeg.decode_jpeg(data, strict=True), data)
    if not isinstance(heard, str):
        return heard, oddity
    return None, heard


def check_jpeg(data: bytes) -> str | None:
    """Hear what the decoder has to say of a CMYK file; what is odd about it, None if nothing is.

    Raises:
        Truncated, BadPicture, ValueError: as for `decode_jpeg`.
    """
    oddity = _check_segments(data)
    small = {"min_height": 1, "min_width": 1, "min_factor": 8}  # all bits are read all the same
    heard = _heard(lambda: simplejpeg.decode_jpeg(data, "CMYK", strict=True, **small), data)
    return heard if isinstance(heard, str) else oddity


def _heard(decode: Callable[[], npt.NDArray[np.uint8]], data: bytes) -> npt.NDArray[np.uint8] | str:
    """The pixels of a file without a fault, or what is odd about one with a harmless one."""
    try:
        return decode()
    except ValueError as error:
        text = str(error)
    raise_if_serious(text)
    if not _says(text, HARMLESS):
        raise ValueError(text)
    _look_behind(text, data)
    return f"the decoder says: {text}"


def raise_if_serious(text: str) -> None:
    """Raise what a decoder's words mean, where they mean harm.

    Raises:
        Truncated, BadPicture: as for `decode_jpeg`.
    """
    if _says(text, MISSING):
        raise Truncated(f"the file ends too early, or a part of it is missing ({text})")
    if _says(text, DAMAGED):
        raise BadPicture(f"it is damaged ({text})")


def _says(text: str, messages: tuple[str, ...]) -> bool:
    return any(words in text.lower() for words in messages)


def _look_behind(text: str, data: bytes) -> None:
    """A harmless word may hide a serious one that came before it: hear what is said without it.

    Raises:
        Truncated, BadPicture: there was one.
    """
    data = _without_odd_segments(data)
    for _ in range(_MOST_REMOVED):
        try:
            simplejpeg.decode_jpeg(data, "GRAY", strict=True)
        except ValueError as error:
            text = str(error)
        else:
            return
        raise_if_serious(text)
        found = _JUNK.search(text)
        if found is None:
            return
        shorter = _without_junk(data, int(found[1]), int(found[2], 16))
        if shorter is None:
            raise BadPicture(f"it is damaged ({text})")
        data = shorter


def _without_junk(data: bytes, count: int, marker: int) -> bytes | None:
    """The file without so many bytes before its last marker of this kind; None within a scan.

    Bytes that belong to nothing before a restart marker are picture data that nobody can place.
    """
    if 0xD0 <= marker <= 0xD7:
        return None
    at = data.rfind(bytes([0xFF, marker]))
    return None if at < count else data[: at - count] + data[at:]


@dataclass(frozen=True, slots=True)
class _Segment:
    """One marker segment: where its marker begins, and what follows its length."""

    marker: int
    start: int
    body: bytes


def _segments(data: bytes) -> Iterator[_Segment]:
    """The marker segments of a file, scans' data skipped, up to its end or to what is no marker."""
    at = 2
    while (found := _NEXT_MARKER.search(data, at)) is not None:
        marker, start = data[found.start() + 1], found.start()
        if marker == _END:
            return
        length = int.from_bytes(data[start + 2 : start + 4], "big")
        if length < 2:
            return
        yield _Segment(marker, start, data[start + 4 : start + 2 + length])
        at = start + 2 + length


def _without_odd_segments(data: bytes) -> bytes:
    """A file without its application segments, comments and bytes between segments.

    Those decide at most what colours mean, not whether any data are missing.
    """
    kept = [data[:2]]
    for segment in _segments(data):
        if segment.marker == _START_OF_SCAN:
            return b"".join([*kept, data[segment.start :]])
        if not (0xE0 <= segment.marker <= 0xEF or segment.marker == 0xFE):
            kept.append(data[segment.start : segment.start + 4 + len(segment.body)])
    return data


def _check_segments(data: bytes) -> str | None:
    """Look for scans that never came, of which a decoder says nothing; what is odd on the way.

    A sequential file has each component in a scan; a progressive one brings every coefficient of
    each component down to its last bit. A file without any scan is left to the decoder.

    Raises:
        Truncated: it does not.
    """
    is_progressive, is_header, junk, end = False, True, 0, 2
    unsent: dict[int, list[bool]] = {}
    for segment in _segments(data):
        junk += segment.start - end if is_header else 0
        end = segment.start + 4 + len(segment.body)
        if segment.marker in _FRAMES and not unsent:
            is_progressive = segment.marker in _PROGRESSIVE
            unsent = {component: [True] * _COEFFICIENTS for component in segment.body[6::3]}
        if segment.marker == _START_OF_SCAN:
            is_header = False
            if _scan(segment.body, is_progressive, unsent):
                break  # the common case: one scan of everything; its end need not be looked for
    if not is_header and any(any(rest) for rest in unsent.values()):
        raise Truncated("its last scans are missing")
    return f"{junk} bytes of its header belong to nothing" if junk > 0 else None


def _scan(body: bytes, is_progressive: bool, unsent: dict[int, list[bool]]) -> bool:
    """Strike out what a scan brings; whether it brought all of a sequential file at once."""
    count = body[0]
    components = body[1 : 1 + 2 * count : 2]
    first, last, precision = body[1 + 2 * count : 4 + 2 * count]
    if is_progressive and precision & 0x0F:
        return False  # lower bits are still to come
    sent = slice(first, min(last, _COEFFICIENTS - 1) + 1) if is_progressive else slice(None)
    for component in components:
        known = unsent.get(component, [])
        known[sent] = [False] * len(known[sent])
    return not is_progressive and len(components) == len(unsent)
