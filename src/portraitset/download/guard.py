"""Which addresses may be asked: public ones, on hosts that the manifest names. Pure.

A manifest is somebody else's text and a redirect is somebody else's wish. Neither may turn this
tool against the network that it runs in (server-side request forgery, OWASP A10:2021). Names are
resolved, and connections checked, in `connection`; what is decided about them is decided here.
"""

import fnmatch
import ipaddress
import socket
from collections.abc import Iterable
from dataclasses import dataclass

from yarl import URL

from portraitset.download.settings import DownloadSettings
from portraitset.download.wire_address import url_of
from portraitset.errors import BlockedAddress

_Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_WEB_PORTS = (80, 443)
_GLOBAL_UNICAST = ipaddress.IPv6Network("2000::/3")  # RFC 4291, section 2.4, as IANA assigned it
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")  # RFC 6052: an IPv4 address in the last 32 bits
_NEVER = (
    ipaddress.ip_network("192.88.99.0/24"),  # 6to4 relays, RFC 7526
    ipaddress.ip_network("192.0.0.0/24"),  # protocol assignments, RFC 6890
    ipaddress.ip_network("198.18.0.0/15"),  # benchmarks, RFC 2544
    ipaddress.ip_network("3fff::/20"),  # documentation, RFC 9637
)
"""Not public, whatever the version of Python says."""

_LOCAL_SUFFIXES = (
    "localhost",  # RFC 6761
    "local",  # RFC 6762
    "home.arpa",  # RFC 8375
    "internal",  # ICANN board resolution 2024.07.29.06
    "intranet",
    "lan",
    "corp",
    "home",
    "private",
)
"""Last labels that no public name has: the first four by standard, the others by custom."""


@dataclass(frozen=True, slots=True)
class Place:
    """Whom a request goes to: a host name in lower case without a final dot, and a port."""

    host: str
    port: int


class Guard:
    """What one run may ask: the manifest's hosts, those allowed besides, and the mirror."""

    def __init__(self, named: frozenset[Place], settings: DownloadSettings) -> None:
        """Set the limits.

        Args:
            named: see `places_named`.
            settings: `allow_hosts` and `mirror` count here.
        """
        self._named = named
        self._patterns = settings.allow_hosts
        self._mirror = place_of(url_of(settings.mirror)) if settings.mirror else None

    def is_mirror(self, place: Place) -> bool:
        """Whether this is the one place that the user vouched for."""
        return place == self._mirror

    def check(self, url: URL) -> Place:
        """Refuse an address by what can be read in it; where it leads.

        Raises:
            BlockedAddress: as for `check_public`, or at a host that the manifest does not name.
        """
        place = self.check_public(url)
        if not (self.is_mirror(place) or place in self._named or self._is_allowed(place)):
            raise BlockedAddress(
                f"{place.host}, port {place.port}, is not among the manifest's hosts;"
                " --allow-host allows more of them"
            )
        return place

    def check_public(self, url: URL) -> Place:
        """Refuse an address that is not a public one, whatever its host; where it leads.

        Raises:
            BlockedAddress: not http or https, with a user name, or at an address that is not
                public.
        """
        place = place_of(url)
        if self.is_mirror(place):
            return place
        if (literal := literal_address(place.host)) is not None:
            self.check_resolved(place, [str(literal)])
        elif _has_suffix(place.host, ("localhost",)):
            raise BlockedAddress(f"{place.host} is this machine, not a public host")
        return place

    def check_resolved(self, place: Place, addresses: Iterable[str]) -> None:
        """Refuse a host unless every address it stands for is public.

        Raises:
            BlockedAddress: one of them is not.
        """
        if self.is_mirror(place):
            return
        for address in addresses:
            if not is_public(address):
                raise BlockedAddress(f"{place.host} leads to {address}, which is not public")

    def _is_allowed(self, place: Place) -> bool:
        return any(_fits(place, pattern.lower()) for pattern in self._patterns)


def places_named(urls: Iterable[str]) -> frozenset[Place]:
    """The places that a manifest's addresses stand for.

    Each host on the web's own ports, 80 and 443, and on the port that an address spells out: a
    site may move its pictures from http to https, but not to the machine's database.
    """
    places: set[Place] = set()
    for url in {"/".join(url.split("/", 3)[:3]) for url in urls}:  # up to the path
        try:
            place = place_of(url_of(url))
        except BlockedAddress:
            continue
        places.update(Place(place.host, port) for port in (place.port, *_WEB_PORTS))
    return frozenset(places)


def place_of(url: URL) -> Place:
    """The host and port that a URL leads to.

    Raises:
        BlockedAddress: it is not http or https, names nobody, or carries a user name.
    """
    if url.scheme not in ("http", "https"):
        raise BlockedAddress(f"{str(url)!r:.200} is not http or https")
    if url.user is not None or url.password is not None:
        raise BlockedAddress(f"an address on {url.host} carries a user name or a password")
    host = (url.raw_host or "").lower().rstrip(".")
    if not host or not url.port:
        raise BlockedAddress(f"{str(url)!r:.200} names no host")
    return Place(host, url.port)


def is_public(address: str) -> bool:
    """Whether an IP address belongs to the public internet.

    What wraps an IPv4 address counts as that one: mapped (RFC 4291, 2.5.5.2), NAT64 (RFC 6052),
    6to4 (RFC 3056). IPv4-compatible and everything outside of global unicast is not public.
    """
    try:
        found = _unwrapped(ipaddress.ip_address(address.partition("%")[0]))
    except ValueError:
        return False
    if any(found in network for network in _NEVER):
        return False
    if isinstance(found, ipaddress.IPv6Address):
        return found in _GLOBAL_UNICAST and found.is_global
    return found.is_global and not (found.is_multicast or found.is_reserved)


def literal_address(host: str) -> _Address | None:
    """The IP address that a host name spells, in any form that a system's resolver takes.

    Besides the usual forms those of `inet_aton`: 2130706433, 0x7f.1 and 0177.0.0.1 are 127.0.0.1.
    """
    try:
        return ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        pass
    try:
        return ipaddress.IPv4Address(socket.inet_aton(host))
    except (OSError, UnicodeError, ValueError):
        return None


def may_be_public_name(host: str) -> bool:
    """Whether a name that does not resolve here could be one that public DNS knows."""
    return "." in host and not _has_suffix(host, _LOCAL_SUFFIXES)


def _unwrapped(address: _Address) -> _Address:
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or address


def _has_suffix(host: str, suffixes: Iterable[str]) -> bool:
    return any(host == suffix or host.endswith(f".{suffix}") for suffix in suffixes)


def _fits(place: Place, pattern: str) -> bool:
    """Whether a place is what `HOST` or `HOST:PORT` says, with shell wildcards in the host."""
    host, _, port = pattern.partition(":")
    ports = (int(port),) if port else _WEB_PORTS
    return place.port in ports and fnmatch.fnmatchcase(place.host, host.rstrip("."))
