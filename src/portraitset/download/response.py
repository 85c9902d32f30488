"""What a server's answer means, and what of it is kept for the next question. Pure."""

from collections.abc import Mapping

from portraitset.download.retry import parse_retry_after
from portraitset.errors import (
    Challenge,
    Denied,
    Gone,
    ItemError,
    NotAnImage,
    ServerError,
    Throttled,
    TimedOut,
)
from portraitset.handoffs import Response

_LONGEST_KEPT = 500
"""Characters of a header that are kept."""

_SIGNATURES = (
    b"\xff\xd8\xff",  # JPEG, MPO
    b"\x89PNG\r\n\x1a\n",
    b"GIF87a",
    b"GIF89a",
    b"BM",
    b"II*\0",  # TIFF
    b"MM\0*",
    b"\0\0\0\x0cjP  \r\n\x87\n",  # JPEG 2000
    b"\xff\x4f\xff\x51",
)
SIGNATURE_LENGTH = 12
"""How many first bytes `check_first_bytes` needs."""

ERROR_BODY_LENGTH = 4096
"""How much of an error page is read to tell one 403 from another."""


def error_of(status: int, headers: Mapping[str, str], body: bytes, now: float) -> ItemError | None:
    """The error that an answer stands for; None for a 200 that brings a body.

    Args:
        headers: with case-insensitive look-up.
        body: the first bytes of an answer that is no 200.
        now: Unix seconds, for a Retry-After that names a date.
    """
    if "challenge" in headers.get("cf-mitigated", "").lower():
        return Challenge("the site asks for a human (cf-mitigated: challenge); not gone around")
    if status == 200:
        return None
    retry_after = parse_retry_after(headers.get("Retry-After"), now)
    if status in (404, 410):
        return Gone(f"the server answers {status}")
    if status == 403 and b"AccessDenied" in body:
        return Gone("the server answers 403 with AccessDenied: there is no such file")
    if status in (429, 503):
        return Throttled(f"the server answers {status}: too many requests", retry_after)
    if status == 408:
        return TimedOut("the server answers 408: it gave up waiting")
    if 400 <= status < 500:
        return Denied(f"the server answers {status}")
    return ServerError(f"the server answers {status}", retry_after)


def check_first_bytes(first: bytes) -> None:
    """Refuse a body that does not begin as an image does.

    Raises:
        NotAnImage: with what it looks like instead.
    """
    if first.startswith(_SIGNATURES) or (first[:4] == b"RIFF" and first[8:12] == b"WEBP"):
        return
    if first[4:8] == b"ftyp":  # AVIF and its kin
        return
    if first.lstrip()[:1] == b"<":
        raise NotAnImage("the server sent a web page instead of a picture")
    raise NotAnImage(f"the body begins with {first!r}, as no picture does")


def kept_header(headers: Mapping[str, str], name: str) -> str | None:
    """A header as it can be kept: servers may send any bytes, and any number of them."""
    value = headers.get(name)
    return None if value is None else value.encode("utf-8", "replace").decode()[:_LONGEST_KEPT]


def conditions_of(known: Response | None) -> dict[str, str]:
    """The headers that ask only for what has changed (RFC 9110, section 13.1)."""
    if known is None:
        return {}
    facts = {"If-None-Match": known.etag, "If-Modified-Since": known.last_modified}
    return {name: fact for name, fact in facts.items() if fact and _is_sendable(fact)}


def _is_sendable(fact: str) -> bool:
    """Whether a header's value is plain enough to be sent back."""
    return fact.isascii() and fact.isprintable()
