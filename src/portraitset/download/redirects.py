"""Where a redirect leads. Pure."""

import re
from collections.abc import Mapping

from portraitset.download.wire_address import split_address, wire_address

MOST_REDIRECTS = 5
_REDIRECTS = (301, 302, 303, 307, 308)

_ABSOLUTE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_REFERENCE = re.compile(r"([^?#]*)(\?[^#]*)?")
"""Path and query, with its `?`, of a reference without a host (RFC 3986, appendix B)."""


def is_redirect(status: int, headers: Mapping[str, str]) -> bool:
    """Whether an answer only says where else to ask."""
    return status in _REDIRECTS and "Location" in headers


def resolve_location(address: str, location: str) -> str:
    """Where a Location leads, seen from the address that answered; as it is asked for.

    With a host of its own it stays as it is written. Without one, its path is resolved against the
    address's, and only there do dot segments go (RFC 3986, section 5.2); escapes and empty segments
    stay.

    Raises:
        BlockedAddress: to no address at all.
    """
    if _ABSOLUTE.match(location):
        return wire_address(location)
    root, target = split_address(address)
    if location.startswith("//"):
        return wire_address(root.partition("//")[0] + location)
    return wire_address(root + _resolved(target, location))


def without_dot_segments(path: str) -> str:
    """A path from `/` on without `.` and `..` (RFC 3986, section 5.2.4)."""
    kept: list[str] = []
    segments = path.split("/")[1:]
    for segment in segments:
        if segment == "..":
            del kept[-1:]
        elif segment != ".":
            kept.append(segment)
    if segments[-1] in (".", ".."):
        kept.append("")
    return "/" + "/".join(kept)


def _resolved(target: str, location: str) -> str:
    own_path, own_query = _parts(target)
    path, query = _parts(location)
    if not path:
        return own_path + ((own_query or "") if query is None else query)
    if not path.startswith("/"):
        path = own_path[: own_path.rfind("/") + 1] + path
    return without_dot_segments(path) + (query or "")


def _parts(reference: str) -> tuple[str, str | None]:
    found = _REFERENCE.match(reference)
    return (found[1], found[2]) if found else ("", None)
