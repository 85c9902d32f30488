"""One budget per operator: how many requests at once, how many a second, and pauses on demand."""

import asyncio
import fnmatch
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from itertools import chain
from types import MappingProxyType

from portraitset.download.rate_limit import RateLimit
from portraitset.download.settings import DownloadSettings

OPERATORS: Mapping[str, str] = {"*.artstation.com": "artstation.com"}
"""Host patterns to operator; a host that fits none is its own operator."""

_TYPICAL_ANSWER = 0.1
"""Seconds until an answer's headers come, for estimates: a server on the same continent."""


def operator_of(host: str, own: Mapping[str, str] = MappingProxyType({})) -> str:
    """Whose servers a host belongs to, by a user's `own` patterns before the known ones. Pure."""
    name = host.lower().rstrip(".")
    return next(
        (
            operator
            for pattern, operator in chain(own.items(), OPERATORS.items())
            if fnmatch.fnmatchcase(name, pattern)
        ),
        name,
    )


class OperatorStopped(Exception):
    """The operator is not asked any more in this run; what it had left stays undecided."""

    def __init__(self, operator: str, why: str) -> None:
        super().__init__(operator, why)
        self.operator = operator
        self.why = why


class Turn:
    """One request's turn in its operator's budget; `began` is when, by the loop's clock.

    The request arrived at some moment between its beginning and its answer. It therefore counts
    from the one until a whole second after the other: however late a network delivers, no second
    of the server's own clock sees more requests than are configured.
    """

    __slots__ = ("_counts", "_window", "began")

    def __init__(self, window: "_Window") -> None:
        self.began = asyncio.get_running_loop().time()
        self._window = window
        self._counts = True

    def answered(self) -> None:
        """The answer's headers are there, or none will come."""
        if self._counts:
            self._counts = False
            self._window.leave_later()


class _Window:
    """So many requests that may arrive in one and the same second."""

    def __init__(self, rate: float) -> None:
        self.most = max(1, int(rate))
        self.seconds = max(1.0, 1 / rate)
        self._free = asyncio.Semaphore(self.most)

    async def enter(self) -> None:
        await self._free.acquire()

    def leave(self) -> None:
        self._free.release()

    def leave_later(self) -> None:
        asyncio.get_running_loop().call_later(self.seconds, self.leave)


def asking_time(requests: int, rate: float) -> float:
    """Seconds that so many requests to one operator take, where it answers fast. Pure."""
    window = _Window(rate)
    return requests * (window.seconds + _TYPICAL_ANSWER) / window.most


class Budget:
    """What one operator bears: requests under way at once, and arriving in any one second."""

    def __init__(self, operator: str, settings: DownloadSettings) -> None:
        self.operator = operator
        self.rate_limit = RateLimit(settings)
        self._free = asyncio.Semaphore(settings.connections)
        self._window = _Window(settings.rate)
        self._turn = asyncio.Lock()
        self._next = 0.0

    @asynccontextmanager
    async def slot(self) -> AsyncIterator[Turn]:
        """Wait for a turn and hold it while one request is under way.

        Raises:
            OperatorStopped: there will be no turn.
        """
        async with self._free, AsyncExitStack() as turn:
            await turn.enter_async_context(self._turn)
            begun = await self._begin()
            try:
                if not self.rate_limit.is_probing:
                    await turn.pop_all().aclose()  # the next one may begin meanwhile
                yield begun
            finally:
                begun.answered()

    async def _begin(self) -> Turn:
        """Wait until the next request may begin: one of few in its second, after any pause."""
        await self._window.enter()
        try:
            await self._wait_until_due()
        except BaseException:
            self._window.leave()
            raise
        return Turn(self._window)

    async def _wait_until_due(self) -> None:
        """Wait for the end of any pause, and for the even space between two requests."""
        loop = asyncio.get_running_loop()
        while True:
            if self.rate_limit.stopped:
                raise OperatorStopped(self.operator, self.rate_limit.stopped)
            earliest = max(self._next, self.rate_limit.open_until)
            if (wait := earliest - loop.time()) <= 0:
                break
            await asyncio.sleep(wait)
        self._next = loop.time() + 1 / self.rate_limit.rate


class Budgets:
    """The budget of each operator, made when first asked for."""

    def __init__(self, settings: DownloadSettings) -> None:
        self._settings = settings
        self._budgets: dict[str, Budget] = {}
        self._by_host: dict[str, Budget] = {}

    def of(self, host: str) -> Budget:
        """The rate limit of the operator that a host belongs to."""
        if host not in self._by_host:
            operator = operator_of(host, self._settings.operators)
            if operator not in self._budgets:
                self._budgets[operator] = Budget(operator, self._settings)
            self._by_host[host] = self._budgets[operator]
        return self._by_host[host]
