"""Connections that lead where the guard allows, and nowhere else.

What was checked is what is connected to: a name is resolved once, by `GuardedResolver`, and the
connection is made to those very addresses, so that a second answer of DNS (rebinding) plays no
part. The peer is looked at again before anything is sent.
"""

import asyncio
import socket

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.tracing import Trace

from portraitset.download.guard import Guard, Place, literal_address, may_be_public_name, place_of
from portraitset.download.wire_address import url_of
from portraitset.errors import BlockedAddress


class GuardedResolver(AbstractResolver):
    """Resolves names as the system does, and hands out public addresses only."""

    def __init__(self, guard: Guard, proxy: Place | None) -> None:
        self._guard = guard
        self._proxy = proxy
        self._inner = aiohttp.ThreadedResolver()
        self._passed: set[Place] = set()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """The addresses of a host.

        Raises:
            OSError: the name does not resolve.
            BlockedAddress: one of its addresses is not public.
        """
        found = await self._look_up(host, port, family)
        place = Place(host.lower().rstrip("."), port)
        if place != self._proxy:
            self._guard.check_resolved(place, [result["host"] for result in found])
        return found

    async def check_behind_proxy(self, place: Place) -> None:
        """Refuse a host that a proxy is not to be asked for.

        The proxy resolves the name itself; what this machine sees of it is checked first. A name
        that does not resolve here passes if public DNS could know it: behind a proxy there often
        is no DNS.

        Raises:
            BlockedAddress: an address is not public, or the name is a local one.
        """
        if place in self._passed or self._guard.is_mirror(place) or literal_address(place.host):
            return
        try:
            found = await self._look_up(place.host, place.port, socket.AF_UNSPEC)
        except OSError as error:
            if not may_be_public_name(place.host):
                raise BlockedAddress(f"{place.host} is not a name that is public") from error
            found = []
        self._guard.check_resolved(place, [result["host"] for result in found])
        self._passed.add(place)

    async def _look_up(
        self, host: str, port: int, family: socket.AddressFamily
    ) -> list[ResolveResult]:
        try:
            return await self._inner.resolve(host, port, family)
        except UnicodeError as error:  # labels that are empty or too long
            raise OSError(f"{host:.100} is not a name that DNS could know") from error

    async def close(self) -> None:
        """Close the resolver."""
        await self._inner.close()


class GuardedConnector(aiohttp.TCPConnector):
    """Connects through a `GuardedResolver` and checks who answers."""

    def __init__(self, guard: Guard, proxy: str | None) -> None:
        proxy_place = place_of(url_of(proxy).with_user(None)) if proxy else None
        self.names = GuardedResolver(guard, proxy_place)
        self._guard = guard
        super().__init__(limit=0, resolver=self.names)

    async def connect(
        self,
        req: aiohttp.ClientRequest,
        traces: list[Trace],
        timeout: aiohttp.ClientTimeout,  # noqa: ASYNC109 aiohttp's own signature
    ) -> aiohttp.connector.Connection:
        """A connection for a request; the peer of one that goes through a proxy is the proxy.

        Raises:
            BlockedAddress: the peer is not where the request may go.
        """
        connection = await super().connect(req, traces, timeout)
        if req.proxy is None:
            try:
                self._guard.check_resolved(place_of(req.url), [_peer_of(connection.transport)])
            except BaseException:
                connection.close()
                raise
        return connection


def _peer_of(transport: asyncio.Transport | None) -> str:
    peer = transport.get_extra_info("peername") if transport else None
    if not peer:
        raise aiohttp.ClientConnectionError("the connection was lost before anything was sent")
    return str(peer[0])
