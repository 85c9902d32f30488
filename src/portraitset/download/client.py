"""One original, one bounded and streamed GET. The only place that speaks HTTP."""

import asyncio
import time
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import urljoin, urlsplit

import aiohttp

from portraitset.download.answer import (
    ERROR_BODY_LENGTH,
    SIGNATURE_LENGTH,
    check_first_bytes,
    error_of,
)
from portraitset.download.etiquette import Budgets
from portraitset.download.pressure import Pressure
from portraitset.download.retry import Patience
from portraitset.download.settings import DownloadSettings
from portraitset.errors import (
    BlockedAddress,
    Challenge,
    Denied,
    Gone,
    ItemError,
    NotAnImage,
    Redirects,
    Throttled,
    TimedOut,
    TooLarge,
    Truncated,
    Unreachable,
)
from portraitset.handoffs import Response
from portraitset.identity import user_agent
from portraitset.workspace import translated

MOST_REDIRECTS = 5
_PIECE = 1 << 16
_REDIRECTS = (301, 302, 303, 307, 308)


class Client:
    """Fetches originals; use it as an asynchronous context manager."""

    def __init__(self, settings: DownloadSettings) -> None:
        self._settings = settings
        self._budgets = Budgets(settings)
        self._session: aiohttp.ClientSession

    async def __aenter__(self) -> Self:
        settings = self._settings
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0),
            timeout=aiohttp.ClientTimeout(
                total=None,
                sock_connect=settings.connect_timeout,
                sock_read=settings.idle_timeout,
            ),
            headers={
                "User-Agent": user_agent(settings.contact),
                "Accept": "image/*",
                "Accept-Encoding": "identity",
            },
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
        )
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._session.close()

    async def fetch(self, url: str, target: Path, patience: Patience) -> Response:
        """Ask once for `url` and stream the answer into the file `target`.

        Raises:
            ItemError: no original came of it; nothing of it is left in `target`.
            WorkspaceError: `target` cannot be written.
        """
        budget = self._budgets.of(urlsplit(url).hostname or "")
        async with budget.slot() as began:
            patience.tries += 1
            started = time.monotonic()
            if patience.remaining <= 0:
                raise TimedOut(f"not finished within {self._settings.photo_timeout:g} s")
            try:
                async with asyncio.timeout(patience.remaining):
                    response = await self._fetch(self._mirrored(url), target, patience.tries)
            except TimeoutError as error:
                raise TimedOut(
                    f"not finished within {self._settings.photo_timeout:g} s"
                    if patience.spent + time.monotonic() - started >= self._settings.photo_timeout
                    else "the server went silent"
                ) from error
            except ItemError as error:
                _learn(budget.pressure, error, began)
                raise
            finally:
                patience.spent += time.monotonic() - started
            budget.pressure.answered(response.waited)
            return response

    def _mirrored(self, url: str) -> str:
        if self._settings.mirror is None:
            return url
        parts = urlsplit(url)
        query = f"?{parts.query}" if parts.query else ""
        return self._settings.mirror.rstrip("/") + (parts.path or "/") + query

    async def _fetch(self, url: str, target: Path, tries: int) -> Response:
        for _ in range(MOST_REDIRECTS + 1):
            asked = time.monotonic()
            try:
                async with self._session.get(
                    url, allow_redirects=False, proxy=self._settings.proxy
                ) as response:
                    if response.status in _REDIRECTS and "Location" in response.headers:
                        url = self._next_address(url, response.headers["Location"])
                        continue
                    waited = time.monotonic() - asked
                    return await self._receive(response, url, target, tries, waited)
            except aiohttp.ClientPayloadError as error:
                raise Truncated("the connection ended before the whole body came") from error
            except aiohttp.InvalidURL as error:
                raise BlockedAddress(f"not an address that can be asked: {error}") from error
            except aiohttp.ServerTimeoutError as error:
                raise TimedOut(str(error) or "the server went silent") from error
            except aiohttp.ClientError as error:
                raise Unreachable(f"{type(error).__name__}: {error}"[:300]) from error
        raise Redirects(f"more than {MOST_REDIRECTS} redirects; the last led to {url}")

    def _next_address(self, url: str, location: str) -> str:
        try:
            following = urljoin(url, location)
            scheme = urlsplit(following).scheme
        except ValueError as error:
            raise BlockedAddress(f"redirected to no address at all: {location!r:.200}") from error
        if scheme not in ("http", "https"):
            raise BlockedAddress(f"redirected to {following!r:.200}, which is not http or https")
        return following

    async def _receive(
        self, response: aiohttp.ClientResponse, url: str, target: Path, tries: int, waited: float
    ) -> Response:
        headers = response.headers
        body = b"" if response.status == 200 else await response.content.read(ERROR_BODY_LENGTH)
        if error := error_of(response.status, headers, body, time.time()):
            raise error
        await self._save(response, target)
        return Response(
            final_url=url,
            etag=headers.get("ETag"),
            last_modified=headers.get("Last-Modified"),
            cf_polished=headers.get("cf-polished"),
            tries=tries,
            waited=waited,
        )

    async def _save(self, response: aiohttp.ClientResponse, target: Path) -> None:
        limit = self._settings.max_bytes
        if (response.content_length or 0) > limit:
            raise TooLarge(f"{response.content_length:,} bytes are over the limit of {limit:,}")
        try:
            with translated(target):
                received = await _stream(response, target, limit)
        except BaseException:
            target.unlink(missing_ok=True)
            raise
        expected = response.content_length
        if expected is not None and received != expected:
            target.unlink()
            raise Truncated(f"{received:,} of {expected:,} bytes came")


def _learn(pressure: Pressure, error: ItemError, began: float) -> None:
    """Let an operator's budget know what came of a request that brought no picture."""
    now = asyncio.get_running_loop().time()
    match error:
        case Challenge():
            pressure.challenged()
        case Throttled():
            pressure.refused(began, now, error.retry_after)
        case Denied():
            pressure.refused(began, now, None)
        case Gone() | NotAnImage():
            pressure.answered(now - began)


async def _stream(response: aiohttp.ClientResponse, target: Path, limit: int) -> int:
    """Write the body to `target`; the number of bytes."""
    first = await _first_bytes(response)
    check_first_bytes(first)
    received = len(first)
    with target.open("wb") as file:
        file.write(first)
        async for piece in response.content.iter_chunked(_PIECE):
            received += len(piece)
            if received > limit:
                raise TooLarge(f"the body goes on beyond the limit of {limit:,} bytes")
            file.write(piece)
    return received


async def _first_bytes(response: aiohttp.ClientResponse) -> bytes:
    first = b""
    while len(first) < SIGNATURE_LENGTH:
        piece = await response.content.read(SIGNATURE_LENGTH - len(first))
        if not piece:
            break
        first += piece
    return first
