"""What decides how originals are fetched."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Literal, get_args
from urllib.parse import urlsplit

from portraitset.download.wire_address import url_of
from portraitset.errors import BlockedAddress, InputError

Rescue = Literal["off", "sizes"]
"""Whether another size of a picture that is gone may take its place."""

OptOuts = Literal["respect", "ignore"]
Check = Literal["decode", "signature"]

_HOST_PATTERN = re.compile(r"[\w.*?-]+(:\d{1,5})?")


@dataclass(frozen=True, slots=True)
class DownloadSettings:
    """How originals are fetched; times are seconds.

    Attributes:
        connections: requests under way at once, per operator.
        rate: requests that may arrive in any one second, per operator.
        tries: how often one photo is asked for at most.
        connect_timeout: to reach the server.
        idle_timeout: between two pieces of an answer.
        photo_timeout: for one photo, all its tries and the waits between them.
        backoff: the wait after the first try, doubled after each further one, jittered.
        longest_wait: the backoff never grows beyond this; Retry-After may ask for more.
        longest_pause: no Retry-After holds an operator's requests longer than this.
        most_refusals: so many in a row (429, 503, 403) and the operator gets a pause.
        refusal_pause: that pause; doubled when it ends in another refusal.
        operators: host patterns to operator, such as {"img*.site.org": "site.org"}, before the
            ones that are known anyway; a host that fits none is its own operator.
        max_bytes: the largest original, in bytes.
        max_pixels: the largest original, in pixels.
        decoder_memory: the most that one worker may take to decode and cut, in bytes; None for
            what the largest original takes at the chosen quality. Kept on Linux only.
        allow_hosts: hosts besides the manifest's that redirects may lead to, `HOST` or
            `HOST:PORT`, with shell wildcards; their addresses must be public all the same.
        opt_outs: whether an owner's machine-readable no is respected; "ignore" is noted in the
            ledger and in the evidence of every photo that it concerns.
        check: how far `download` verifies an original: "decode" reads every pixel; "signature" is
            content with all the bytes that were promised and a picture's first bytes. What cuts
            crops decodes anyway.
        mirror: fetch from this address + the original path and query.
        proxy: an HTTP proxy's address.
        contact: who runs this, for the User-Agent header: an e-mail or web address.

    Raises:
        InputError: a value makes no sense.
    """

    connections: int = 8
    rate: float = 10.0
    tries: int = 4
    connect_timeout: float = 10.0
    idle_timeout: float = 20.0
    photo_timeout: float = 120.0
    backoff: float = 1.0
    longest_wait: float = 30.0
    longest_pause: float = 300.0
    most_refusals: int = 10
    refusal_pause: float = 60.0
    operators: Mapping[str, str] = field(default_factory=dict)
    max_bytes: int = 256 << 20
    max_pixels: int = 100_000_000
    decoder_memory: int | None = None
    allow_hosts: tuple[str, ...] = ()
    opt_outs: OptOuts = "respect"
    check: Check = "decode"
    mirror: str | None = None
    proxy: str | None = None
    contact: str | None = None

    def __post_init__(self) -> None:
        for item in fields(self):
            value = getattr(self, item.name)
            if isinstance(value, int | float) and not 0 < value < math.inf:
                raise InputError(f"{item.name} must be above zero and finite: {value}")
        _check_addresses(self.mirror, self.proxy)
        if self.opt_outs not in get_args(OptOuts):
            raise InputError(f"opt_outs must be respect or ignore: {self.opt_outs!r}")
        if self.check not in get_args(Check):
            raise InputError(f"check must be decode or signature: {self.check!r}")
        for pattern in self.allow_hosts:
            if not _HOST_PATTERN.fullmatch(pattern):
                raise InputError(f"allow_hosts takes HOST or HOST:PORT, not {pattern!r}")
        if self.contact is not None and not self.contact.isprintable():
            raise InputError("contact must be one line of plain text")

    @property
    def caps(self) -> str:
        """The limits under which a photo was found too large."""
        memory = f", {self.decoder_memory} bytes of memory" if self.decoder_memory else ""
        return f"{self.max_bytes} bytes, {self.max_pixels} pixels{memory}"


def _check_addresses(mirror: str | None, proxy: str | None) -> None:
    for name, address in (("mirror", mirror), ("proxy", proxy)):
        if address is not None and not _is_http(address):
            raise InputError(f"{name} must be an http or https address: {address!r}")
    if mirror is not None and "@" in urlsplit(mirror).netloc:
        raise InputError("mirror cannot carry a user name or a password")


def _is_http(address: str) -> bool:
    try:
        url = url_of(address)
        return url.scheme in ("http", "https") and bool(url.host) and bool(url.port)
    except BlockedAddress:
        return False
