"""Where a mirror has what an address stands for: its own address, then path and query. Pure."""

import re
from urllib.parse import unquote

from portraitset.download.redirects import without_dot_segments
from portraitset.download.wire_address import split_address, wire_address
from portraitset.errors import BlockedAddress


class Mirror:
    """A folder of a web server that answers instead of all others."""

    def __init__(self, address: str) -> None:
        self._root = wire_address(address).rstrip("/")
        self._folders = _readings(f"{self._root}/")

    def address_of(self, address: str) -> str:
        """What to ask the mirror for: the original path and query, as they are written.

        Raises:
            BlockedAddress: it would leave the mirror's folder, however the mirror reads dots,
                escapes, backslashes and doubled slashes.
        """
        _, target = split_address(address)
        goals = zip(self._folders, _readings(self._root + target), strict=True)
        if not all(goal.startswith(folder) for folder, goal in goals):
            raise BlockedAddress(f"{target!r:.200} would leave the mirror's folder")
        return self._root + target


def _readings(address: str) -> tuple[str, str]:
    """The path that a server may see in an address: with doubled slashes, and without them."""
    path = unquote(split_address(address)[1].partition("?")[0]).replace("\\", "/")
    return without_dot_segments(path), without_dot_segments(re.sub("/+", "/", path))
