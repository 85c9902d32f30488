"""Where a redirect leads. Pure."""

from collections.abc import Mapping
from urllib.parse import quote, urljoin

from portraitset.errors import BlockedAddress

MOST_REDIRECTS = 5
_REDIRECTS = (301, 302, 303, 307, 308)
_PRINTABLE = "".join(map(chr, range(0x21, 0x7F)))


def goal_of(address: str, status: int, headers: Mapping[str, str]) -> str | None:
    """Where a redirect leads; None for any other answer.

    Raises:
        BlockedAddress: to no address at all.
    """
    location = headers.get("Location")
    if status not in _REDIRECTS or location is None:
        return None
    return _next_address(address, location)


def _next_address(url: str, location: str) -> str:
    try:
        return urljoin(url, _spelt_out(location))
    except ValueError as error:
        raise BlockedAddress(f"redirected to no address at all: {location!r:.200}") from error


def _spelt_out(location: str) -> str:
    """An address whose bytes are no text in percent signs, so that it can be asked and kept."""
    try:
        location.encode()
    except UnicodeEncodeError:
        return quote(location.encode("utf-8", "surrogateescape"), safe=_PRINTABLE)
    return location
