r"""An address as it goes on the wire: octet for octet as it is written. Pure.

Signed addresses and servers that compare octets give a picture under one spelling only, so escapes
that are there are neither undone nor respelt. What RFC 3986 lets stand in a path or a query stays
(unreserved, reserved, `%` and two hex digits), dot segments and empty segments too. All else may
not stand in a request line (RFC 9112, section 3.2) and is escaped: non-ASCII text as UTF-8 in upper
case, blanks, control characters, `"<>\^`{|}` and a `%` without two hex digits behind it. Browsers
do the same, except that they send such a `%`, and some of `\^`{|}`, as they are; the usual web
servers answer 400 to the one. A fragment is dropped, as it is never sent; an empty path is `/`.
"""

import re

from yarl import URL

from portraitset.errors import BlockedAddress

_ROOT = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://[^/?#\\\x00-\x20\x7f\ud800-\udfff]+(?=[/?#]|\Z)")
"""Scheme and authority. A backslash, or what parsers of addresses drop, may not hide a host."""

_AUTHORITY = re.compile(r"[!$%&'()*+,\-.0-9:;=@A-Z\[\]_a-z~]+")
"""What RFC 3986 lets stand there. IDNA makes a blank of U+00A0, and it would be sent."""

_NOT_SENT = re.compile(r"%(?![0-9A-Fa-f]{2})|[^!$%&'()*+,\-./0-9:;=?@A-Z\[\]_a-z~]")
"""One character that may not stand in a request target."""


def split_address(address: str) -> tuple[str, str]:
    """Scheme and authority as they are written, and the request target.

    Raises:
        BlockedAddress: it does not begin with a scheme and a host.
    """
    root = _ROOT.match(address)
    if root is None:
        raise BlockedAddress(f"{address!r:.200} is no address of a host")
    return root[0], request_target(address[root.end() :])


def wire_address(address: str) -> str:
    """The whole address as it is asked for, and as it is recorded.

    Raises:
        BlockedAddress: as for `split_address`.
    """
    return "".join(split_address(address))


def request_target(text: str) -> str:
    """What a request line says, given all that stands behind an address's host.

    It matches RFC 9112's origin-form, `[` and `]` allowed besides. Twice is the same as once.
    """
    target, _, _ = text.partition("#")
    if not target.startswith("/"):
        target = f"/{target}"
    return _NOT_SENT.sub(_escape, target)


def url_of(address: str) -> URL:
    """An address as the connection reads it: the host is found here, once, and nowhere else.

    Its path is the whole request target, so that the library sends it as it is; a query of its own
    would lose a `?` with nothing behind it.

    Raises:
        BlockedAddress: it is none.
    """
    text, target = split_address(address)
    try:
        root = URL(text)
    except ValueError as error:
        raise BlockedAddress(f"{address!r:.200} is no address ({error})") from error
    if not _AUTHORITY.fullmatch(root.raw_authority):
        raise BlockedAddress(f"{address!r:.200} names no host that could be")
    return URL.build(scheme=root.scheme, authority=root.raw_authority, path=target, encoded=True)


def escaped(character: str) -> str:
    """A character's octets in percent signs: UTF-8.

    Half a surrogate pair stands for an octet of a header (PEP 383); any other, as in browsers, for
    U+FFFD.
    """
    try:
        octets = character.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        octets = "\ufffd".encode()
    return "".join(f"%{octet:02X}" for octet in octets)


def _escape(found: re.Match[str]) -> str:
    return escaped(found[0])
