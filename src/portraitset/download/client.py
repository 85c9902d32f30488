"""One original, one bounded and streamed GET. The only place that speaks HTTP."""

import asyncio
import time
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import urljoin, urlsplit

import aiohttp
from yarl import URL

from portraitset.download.answer import ERROR_BODY_LENGTH, error_of
from portraitset.download.body import save_body
from portraitset.download.connection import GuardedConnector
from portraitset.download.etiquette import Budgets
from portraitset.download.guard import Guard, Place
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
    Truncated,
    Unreachable,
)
from portraitset.handoffs import Response
from portraitset.identity import user_agent

MOST_REDIRECTS = 5
_REDIRECTS = (301, 302, 303, 307, 308)


class Client:
    """Fetches originals; use it as an asynchronous context manager."""

    def __init__(self, settings: DownloadSettings, named: frozenset[Place] = frozenset()) -> None:
        """Set the limits; `named` are the places that may be asked, see `places_named`."""
        self._settings = settings
        self._guard = Guard(named, settings)
        self._budgets = Budgets(settings)
        self._session: aiohttp.ClientSession

    async def __aenter__(self) -> Self:
        settings = self._settings
        self._connector = GuardedConnector(self._guard, settings.proxy)
        self._session = aiohttp.ClientSession(
            connector=self._connector,
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
            try:
                address = await self._allowed(url)
                asked = time.monotonic()
                async with self._session.get(
                    address, allow_redirects=False, proxy=self._settings.proxy
                ) as response:
                    if response.status in _REDIRECTS and "Location" in response.headers:
                        url = _next_address(url, response.headers["Location"])
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

    async def _allowed(self, url: str) -> URL:
        """The address to ask, if it may be asked.

        Raises:
            BlockedAddress: it may not.
        """
        try:
            address = URL(url)
        except ValueError as error:
            raise BlockedAddress(f"{url!r:.200} is no address ({error})") from error
        place = self._guard.check(address)
        if self._settings.proxy is not None:
            await self._connector.names.check_behind_proxy(place)
        return address

    async def _receive(
        self, response: aiohttp.ClientResponse, url: str, target: Path, tries: int, waited: float
    ) -> Response:
        headers = response.headers
        body = b"" if response.status == 200 else await response.content.read(ERROR_BODY_LENGTH)
        if error := error_of(response.status, headers, body, time.time()):
            raise error
        await save_body(response, target, self._settings.max_bytes)
        return Response(
            final_url=url,
            etag=headers.get("ETag"),
            last_modified=headers.get("Last-Modified"),
            cf_polished=headers.get("cf-polished"),
            tries=tries,
            waited=waited,
        )


def _next_address(url: str, location: str) -> str:
    try:
        return urljoin(url, location)
    except ValueError as error:
        raise BlockedAddress(f"redirected to no address at all: {location!r:.200}") from error


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
