"""One budget per operator: how many requests at once, how many a second, and pauses on demand."""

import asyncio
import fnmatch
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from itertools import chain
from types import MappingProxyType

from portraitset.download.pressure import Pressure
from portraitset.download.settings import DownloadSettings

OPERATORS: Mapping[str, str] = {"*.artstation.com": "artstation.com"}
"""Host patterns to operator; a host that fits none is its own operator."""

_WINDOW = 1.05
"""Seconds over which the rate is kept: one, and a little for the network's jitter."""


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


class Budget:
    """What one operator bears: requests under way at once, and begun in any one second."""

    def __init__(self, operator: str, settings: DownloadSettings) -> None:
        self.operator = operator
        self.pressure = Pressure(settings)
        self._free = asyncio.Semaphore(settings.connections)
        self._turn = asyncio.Lock()
        self._next = 0.0

    @asynccontextmanager
    async def slot(self) -> AsyncIterator[float]:
        """Wait for a turn and hold it while one request is under way; when it began.

        Raises:
            OperatorStopped: there will be no turn.
        """
        async with self._free, AsyncExitStack() as turn:
            await turn.enter_async_context(self._turn)
            began = await self._begin()
            if not self.pressure.is_probing:
                await turn.pop_all().aclose()  # the next one may begin meanwhile
            yield began

    async def _begin(self) -> float:
        """Wait until the next request may begin: evenly spaced, after any pause."""
        loop = asyncio.get_running_loop()
        while True:
            if self.pressure.stopped:
                raise OperatorStopped(self.operator, self.pressure.stopped)
            earliest = max(self._next, self.pressure.open_until)
            if (wait := earliest - loop.time()) <= 0:
                break
            await asyncio.sleep(wait)
        self._next = loop.time() + _WINDOW / self.pressure.rate
        return loop.time()


class Budgets:
    """The budget of each operator, made when first asked for."""

    def __init__(self, settings: DownloadSettings) -> None:
        self._settings = settings
        self._budgets: dict[str, Budget] = {}

    def of(self, host: str) -> Budget:
        """The budget that a host's requests share."""
        operator = operator_of(host, self._settings.operators)
        if operator not in self._budgets:
            self._budgets[operator] = Budget(operator, self._settings)
        return self._budgets[operator]
