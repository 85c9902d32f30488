"""A web server on loopback that can misbehave: the far end of the demo and of the tests."""

import asyncio
import gzip
import threading
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

from aiohttp import web

Behaviour = Callable[[web.Request, int], Awaitable[web.StreamResponse]]
"""What a path answers, given the request and how often the path was asked before."""

WELL_KNOWN = ("/robots.txt", "/.well-known/tdmrep.json")
"""Where a site's wishes stand; asked for besides the pictures."""

STALL = 3600.0
"""Seconds for which a stalling answer says nothing; the server's end cuts it short."""


@dataclass(frozen=True, slots=True)
class Hit:
    """One request as it arrived; `at` is the origin's own monotonic clock, in seconds."""

    at: float
    path: str
    headers: Mapping[str, str] = field(repr=False)


class Origin:
    """Serves `routes`, path and query to behaviour, from a thread; use it as a context manager."""

    def __init__(self, routes: Mapping[str, Behaviour]) -> None:
        self.routes = dict(routes)
        self.hits: list[Hit] = []
        self._asked: Counter[str] = Counter()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._serve, name="origin", daemon=True)
        self._loop: asyncio.AbstractEventLoop
        self._stop: asyncio.Event
        self._port = 0

    @property
    def url(self) -> str:
        """The server's address, to be given as `--mirror`."""
        return f"http://127.0.0.1:{self._port}/"

    @property
    def pictures(self) -> list[Hit]:
        """The requests for anything but what a site says about itself, robots.txt and the like."""
        return [hit for hit in self.hits if not hit.path.endswith(WELL_KNOWN)]

    def __enter__(self) -> Self:
        self._thread.start()
        self._ready.wait()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()

    def _serve(self) -> None:
        asyncio.run(self._run())

    async def _run(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        app = web.Application()
        app.router.add_route("GET", "/{path:.*}", self._answer)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        self._port = runner.addresses[0][1]
        self._ready.set()
        await self._stop.wait()
        await asyncio.sleep(0.02)  # whoever is just coming in gets in, to be shown out properly
        await runner.cleanup()

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        path = request.raw_path
        self.hits.append(Hit(time.monotonic(), path, dict(request.headers)))
        behaviour = self.routes.get(path, plain_status(404))
        self._asked[path] += 1
        return await behaviour(request, self._asked[path] - 1)


def picture(
    data: bytes, content_type: str = "image/jpeg", headers: Mapping[str, str] | None = None
) -> Behaviour:
    """A healthy answer, with further headers such as an opt-out."""

    async def answer(_request: web.Request, _asked: int) -> web.StreamResponse:
        return web.Response(body=data, content_type=content_type, headers=headers)

    return answer


def redirect(location: str) -> Behaviour:
    """Elsewhere: another picture, a private address, or here again."""
    return plain_status(302, headers={"Location": location})


def gzip_bomb(size: int, data: bytes = b"") -> Behaviour:
    """`data` and so many zero bytes in a thousandth of the room, coded without being asked to."""
    coded = gzip.compress(data + bytes(size))
    return picture(coded, headers={"Content-Encoding": "gzip"})


def plain_status(
    status: int, body: str = "", headers: Mapping[str, str] | None = None
) -> Behaviour:
    """A status with a short text, such as 404, or 403 with AccessDenied."""

    async def answer(_request: web.Request, _asked: int) -> web.StreamResponse:
        return web.Response(status=status, text=body, headers=headers)

    return answer


def first(times: int, before: Behaviour, after: Behaviour) -> Behaviour:
    """One behaviour for the first few requests, another from then on."""

    async def answer(request: web.Request, asked: int) -> web.StreamResponse:
        return await (before if asked < times else after)(request, asked)

    return answer


def throttled(retry_after: str) -> Behaviour:
    """Too many requests: come back later."""
    return plain_status(429, "slow down", {"Retry-After": retry_after})


def stalling(data: bytes) -> Behaviour:
    """A promise of `data`, its first half, and then silence."""

    async def answer(request: web.Request, _asked: int) -> web.StreamResponse:
        response = await _begin(request, data)
        await asyncio.sleep(STALL)
        return response

    return answer


def truncated(data: bytes) -> Behaviour:
    """A promise of `data`, its first half, and a closed connection."""

    async def answer(request: web.Request, _asked: int) -> web.StreamResponse:
        response = await _begin(request, data)
        if request.transport is not None:
            request.transport.close()
        return response

    return answer


def dripping(data: bytes, interval: float = 0.05) -> Behaviour:
    """A little of `data`, and then a byte at a time for ever; it never pauses for long."""

    async def answer(request: web.Request, _asked: int) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "image/jpeg"})
        await response.prepare(request)
        await response.write(data[:100])
        with suppress(ConnectionResetError):  # the other end has had enough
            while True:
                await asyncio.sleep(interval)
                await response.write(b"\0")
        return response

    return answer


def mismeasured(data: bytes, promised: int) -> Behaviour:
    """All of `data` under a Content-Length that is not its own, and a closed connection."""

    async def answer(request: web.Request, _asked: int) -> web.StreamResponse:
        head = b"HTTP/1.1 200 OK\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n"
        if request.transport is not None:
            request.transport.write(head % promised + data)
            request.transport.close()
        return web.Response()

    return answer


def hanging_up() -> Behaviour:
    """A connection that is closed without a word."""

    async def answer(request: web.Request, _asked: int) -> web.StreamResponse:
        if request.transport is not None:
            request.transport.abort()
        return web.Response()

    return answer


def challenge() -> Behaviour:
    """A page that asks for a human, as Cloudflare marks it."""
    return plain_status(403, "Are you human?", {"cf-mitigated": "challenge"})


def in_turn(*behaviours: Behaviour) -> Behaviour:
    """One behaviour after the other, and then from the first again: a server that flaps."""

    async def answer(request: web.Request, asked: int) -> web.StreamResponse:
        return await behaviours[asked % len(behaviours)](request, asked)

    return answer


def web_page(text: str = "We have moved.") -> Behaviour:
    """A page where a picture was expected, with status 200."""

    async def answer(_request: web.Request, _asked: int) -> web.StreamResponse:
        body = f"<!DOCTYPE html><title>{text}</title><p>{text}"
        return web.Response(text=body, content_type="text/html")

    return answer


async def _begin(request: web.Request, data: bytes) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Type": "image/jpeg"})
    response.content_length = len(data)
    await response.prepare(request)
    await response.write(data[: len(data) // 2])
    return response
