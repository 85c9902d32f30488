"""One budget per operator: how many requests at once, how many a second, and pauses on demand."""

import asyncio
import fnmatch
from collections import deque
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

OPERATORS: Mapping[str, str] = {"*.artstation.com": "artstation.com"}
"""Host patterns to operator; a host that fits none is its own operator."""

_WINDOW = 1.0
"""Seconds over which the rate is kept."""


def operator_of(host: str, operators: Mapping[str, str] = OPERATORS) -> str:
    """Whose servers a host belongs to. Pure."""
    name = host.lower().rstrip(".")
    return next(
        (operator for pattern, operator in operators.items() if fnmatch.fnmatchcase(name, pattern)),
        name,
    )


class Budget:
    """What one operator allows: `connections` at once, `rate` begun in any one second."""

    def __init__(self, connections: int, rate: float) -> None:
        self._free = asyncio.Semaphore(connections)
        self._turn = asyncio.Lock()
        self._starts: deque[float] = deque(maxlen=max(int(rate), 1))
        self._window = _WINDOW * max(1 / rate, 1.0)
        self._spacing = 1 / rate
        self._resume = 0.0

    @asynccontextmanager
    async def slot(self) -> AsyncIterator[None]:
        """Wait for a turn and hold it while one request is under way."""
        async with self._free:
            async with self._turn:
                await self._wait_for_turn()
            yield

    def pause(self, seconds: float) -> None:
        """Begin no request for so long: the operator asked for it."""
        self._resume = max(self._resume, asyncio.get_running_loop().time() + seconds)

    async def _wait_for_turn(self) -> None:
        loop = asyncio.get_running_loop()
        while (wait := self._earliest() - loop.time()) > 0:
            await asyncio.sleep(wait)
        self._starts.append(loop.time())

    def _earliest(self) -> float:
        """When the next request may begin: evenly spaced, and never too many in the window."""
        earliest = self._resume
        if self._starts:
            earliest = max(earliest, self._starts[-1] + self._spacing)
        if len(self._starts) == self._starts.maxlen:
            earliest = max(earliest, self._starts[0] + self._window)
        return earliest


class Budgets:
    """The budget of each operator, made when first asked for."""

    def __init__(self, connections: int, rate: float) -> None:
        self._limits = connections, rate
        self._budgets: dict[str, Budget] = {}

    def of(self, host: str) -> Budget:
        """The budget that a host's requests share."""
        return self._budgets.setdefault(operator_of(host), Budget(*self._limits))
