"""The connections of one run: each request is a turn in its operator's budget, and bounded."""

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from types import TracebackType
from typing import Self

import aiohttp
from yarl import URL

from portraitset.download.connection import GuardedConnector
from portraitset.download.etiquette import Budget, Budgets, Turn
from portraitset.download.guard import Guard, Place
from portraitset.download.http_errors import ask_once, translated_errors
from portraitset.download.rate_limit import RateLimit
from portraitset.download.retry import Patience
from portraitset.download.settings import DownloadSettings
from portraitset.errors import Challenge, Denied, Gone, ItemError, NotAnImage, Throttled, TimedOut
from portraitset.identity import user_agent


class Session:
    """Asks over guarded connections; use it as an asynchronous context manager."""

    def __init__(self, settings: DownloadSettings, guard: Guard) -> None:
        self._settings = settings
        self._guard = guard
        self._budgets = Budgets(settings)
        self._http: aiohttp.ClientSession

    async def __aenter__(self) -> Self:
        settings = self._settings
        self._connector = GuardedConnector(self._guard, settings.proxy)
        self._http = aiohttp.ClientSession(
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
            middlewares=(ask_once,),
        )
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._http.close()

    def budget_of(self, host: str) -> Budget:
        """The rate limit of the operator that a host belongs to."""
        return self._budgets.of(host)

    @asynccontextmanager
    async def turn(self, budget: Budget, patience: Patience) -> AsyncIterator[Turn]:
        """One request's turn in its operator's budget, within the patience.

        Raises:
            ItemError: for whatever goes wrong with the request.
        """
        async with budget.slot() as turn:
            started = time.monotonic()
            if patience.remaining <= 0:
                raise TimedOut(f"not finished within {self._settings.photo_timeout:g} s")
            try:
                async with asyncio.timeout(patience.remaining):
                    with translated_errors():
                        yield turn
            except TimeoutError as error:
                over = patience.spent + time.monotonic() - started
                whole = patience.settings.photo_timeout
                raise TimedOut(
                    f"not finished within {whole:g} s"
                    if over >= whole
                    else "the server went silent"
                ) from error
            except ItemError as error:
                learn(budget.rate_limit, error, turn.began)
                raise
            finally:
                patience.spent += time.monotonic() - started

    @asynccontextmanager
    async def get(
        self, url: URL, turn: Turn, headers: Mapping[str, str] | None = None
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        """The answer of one GET, as soon as its headers are there; redirects are not followed."""
        async with self._http.get(
            url, headers=headers, allow_redirects=False, proxy=self._settings.proxy
        ) as response:
            turn.answered()
            yield response

    async def check_behind_proxy(self, place: Place) -> None:
        """Refuse a host that the proxy, if there is one, is not to be asked for.

        Raises:
            BlockedAddress: it is not public, as far as can be seen from here.
        """
        if self._settings.proxy is not None:
            await self._connector.names.check_behind_proxy(place)


def learn(rate_limit: RateLimit, error: ItemError, began: float) -> None:
    """Let an operator's budget know what came of a request that brought no picture."""
    now = asyncio.get_running_loop().time()
    match error:
        case Challenge():
            rate_limit.challenged()
        case Throttled():
            rate_limit.refused(began, now, error.retry_after)
        case Denied():
            rate_limit.refused(began, now, None)
        case Gone() | NotAnImage():
            rate_limit.answered(now - began)
