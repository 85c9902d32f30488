"""A body from the wire to a file: counted, decoded if need be, whole or not at all."""

import asyncio
import hashlib
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import BinaryIO

import aiohttp

from portraitset.download.response import SIGNATURE_LENGTH, check_first_bytes
from portraitset.errors import BadPicture, NotAnImage, TooLarge, Truncated
from portraitset.workspace.layout import translated

_PIECE = 1 << 16
_ZLIB_BITS: Mapping[str, int] = {"gzip": 47, "x-gzip": 47, "deflate": 47}
"""Window bits for zlib; 32 + 15 recognises both headers (RFC 9110, section 8.4.1)."""


async def save_body(response: aiohttp.ClientResponse, target: Path, limit: int) -> str:
    """Stream a picture's body into `target`, at most `limit` bytes of it before and after decoding.

    Returns the sha256 of what was written, in hex.

    Raises:
        NotAnImage: the body begins as no picture does, or is coded in a way that nobody asked for.
        TooLarge: it goes on beyond the limit, whatever length was promised.
        Truncated: fewer bytes came than promised.
        BadPicture: its coding is damaged.
        WorkspaceError: `target` cannot be written.
    """
    if (response.content_length or 0) > limit:
        raise TooLarge(f"{response.content_length:,} bytes are over the limit of {limit:,}")
    try:
        with translated(target), target.open("wb") as file:
            sink = _Sink(file, limit)
            await _stream(response, sink)
    except BaseException:
        target.unlink(missing_ok=True)
        raise
    return sink.sha256


async def read_text(response: aiohttp.ClientResponse, limit: int) -> bytes:
    """The first `limit` bytes of a text, decoded; what lies beyond is not read.

    Raises:
        NotAnImage, BadPicture, Truncated: its coding, as for `save_body`.
    """
    coding, text = coding_of(response.headers), b""
    inflater = Inflater(coding) if coding else None
    async for piece in response.content.iter_chunked(_PIECE):
        for decoded in inflater.feed(piece) if inflater else (piece,):
            text += decoded
            if len(text) >= limit:
                return text[:limit]
    return text + (inflater.finish() if inflater else b"")


def coding_of(headers: Mapping[str, str]) -> str | None:
    """The one coding of a body, None if it comes as it is. Pure.

    Raises:
        NotAnImage: there are several, or one that was not asked for and is not known here.
    """
    words = [
        word.strip().lower()
        for name in ("Content-Encoding", "Transfer-Encoding")
        for word in headers.get(name, "").split(",")
    ]
    codings = [word for word in words if word not in ("", "identity", "chunked")]
    if not codings:
        return None
    if len(codings) > 1 or codings[0] not in _ZLIB_BITS:
        raise NotAnImage(f"the body is coded as {', '.join(codings)!r:.60}, which nobody asked for")
    return codings[0]


class Inflater:
    """Decodes gzip or deflate in pieces of bounded size, so that a bomb never goes off."""

    def __init__(self, coding: str) -> None:
        self._inner = zlib.decompressobj(_ZLIB_BITS[coding])

    def feed(self, data: bytes) -> Iterator[bytes]:
        """The pieces, at most 64 KiB each, that `data` decodes to.

        Raises:
            BadPicture: the coding is damaged.
        """
        while data and not self._inner.eof:
            try:
                piece = self._inner.decompress(data, _PIECE)
            except zlib.error as error:
                raise BadPicture(f"the coding of the body is damaged ({error})") from error
            data = self._inner.unconsumed_tail
            if piece:
                yield piece

    def finish(self) -> bytes:
        """Decode what is left once the body has ended; its last bytes.

        Raises:
            Truncated: the coded body ends too early.
        """
        rest = self._inner.flush()
        if not self._inner.eof:
            raise Truncated("the coded body ends too early")
        return rest


class _Sink:
    """A file that takes bytes once they begin as a picture does, and no more than the limit."""

    def __init__(self, file: BinaryIO, limit: int) -> None:
        self._file = file
        self._limit = limit
        self._count = 0
        self._first = b""
        self._hash = hashlib.sha256()

    @property
    def sha256(self) -> str:
        """The sha256 of the decoded bytes so far, in hex."""
        return self._hash.hexdigest()

    def take(self, piece: bytes) -> None:
        self._count += len(piece)
        if self._count > self._limit:
            raise TooLarge(f"the body goes on beyond the limit of {self._limit:,} bytes")
        if len(self._first) < SIGNATURE_LENGTH:
            self._first += piece[:SIGNATURE_LENGTH]
            if len(self._first) >= SIGNATURE_LENGTH:
                check_first_bytes(self._first)
        self._hash.update(piece)
        self._file.write(piece)

    def finish(self) -> None:
        if len(self._first) < SIGNATURE_LENGTH:
            check_first_bytes(self._first)


async def _stream(response: aiohttp.ClientResponse, sink: _Sink) -> None:
    coding, received = coding_of(response.headers), 0
    inflater = Inflater(coding) if coding else None
    async for piece in response.content.iter_chunked(_PIECE):
        received += len(piece)
        if inflater is None:
            sink.take(piece)
            continue
        for decoded in inflater.feed(piece):
            sink.take(decoded)
            await asyncio.sleep(0)  # a bomb's worth of pieces must not hold up the others
    if response.content_length not in (None, received):
        raise Truncated(f"{received:,} of {response.content_length:,} bytes came")
    if inflater is not None:
        sink.take(inflater.finish())
    sink.finish()
