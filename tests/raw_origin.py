"""A web server that keeps each request line as the octets that came, and compares them as such."""

import asyncio
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Self

_WISHES = (b"/robots.txt", b"/.well-known/tdmrep.json")


@dataclass(frozen=True)
class Answer:
    """What one request target gives; `location` may hold any octets."""

    body: bytes = b""
    status: int = 200
    location: bytes | None = None

    def octets(self) -> bytes:
        lines = [b"HTTP/1.1 %d x" % self.status, b"Content-Length: %d" % len(self.body)]
        if self.location is not None:
            lines.append(b"Location: " + self.location)
        return b"\r\n".join([*lines, b"", b""]) + self.body


class RawOrigin:
    """Answers on loopback, from a thread, what `answers` has under exactly the octets asked for."""

    def __init__(self, answers: Mapping[bytes, Answer], otherwise: int = 404) -> None:
        self.answers = answers
        self.lines: list[bytes] = []
        self._otherwise = Answer(status=otherwise)
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._loop: asyncio.AbstractEventLoop
        self._stop: asyncio.Event
        self.port = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/"

    @property
    def targets(self) -> list[bytes]:
        """What was asked for besides what sites say about themselves, in order."""
        found = [line.removeprefix(b"GET ").removesuffix(b" HTTP/1.1") for line in self.lines]
        return [target for target in found if not target.endswith(_WISHES)]

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

    def _run(self) -> None:
        asyncio.run(self._serve())

    async def _serve(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        server = await asyncio.start_server(self._answer, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        async with server:
            await self._stop.wait()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                line = head.partition(b"\r\n")[0]
                self.lines.append(line)
                writer.write(self._answer_to(line.split(b" ")[1]).octets())
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    def _answer_to(self, target: bytes) -> Answer:
        if target in self.answers:
            return self.answers[target]
        return Answer(status=404) if target.endswith(_WISHES) else self._otherwise
