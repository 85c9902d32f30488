"""What a site says about itself, asked for once and remembered: robots.txt and tdmrep.json."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass

from portraitset.download.optouts import Reservations, Robots, Told
from portraitset.errors import Challenge, ItemError, ServerError
from portraitset.handoffs import Evidence

ROBOTS, RESERVATIONS = "/robots.txt", "/.well-known/tdmrep.json"

_FRESH = 24 * 3600.0
"""Seconds for which an answer holds: RFC 9309, section 2.4."""

_TROUBLED = 15.0
"""Seconds after which a site that could not answer is asked again."""

Ask = Callable[[str, str], Awaitable[Told]]
"""Asks for a text on some host's budget: raises an `ItemError` where no answer comes."""


class RobotsUnread(ServerError):
    """A server error where robots.txt should be: nothing there may be asked for.

    RFC 9309, section 2.3.1.4, counts it as a complete disallow, for as long as it lasts. It is a
    failure all the same, not the owner's no: it is worth another try, now and in the next run.
    """


@dataclass(frozen=True, slots=True)
class Site:
    """What one site says, or why it could not be asked.

    Attributes:
        trouble: the error that every photo there ends with.
    """

    robots: Robots | None = None
    reservations: Reservations | None = None
    trouble: ItemError | None = None

    def evidence_on(self, url: str) -> Iterator[Evidence]:
        """The evidence that robots.txt and tdmrep.json hold about an address."""
        if self.robots is not None:
            yield from self.robots.evidence_on(url)
        if self.reservations is not None:
            yield from self.reservations.evidence_on(url)


class Sites:
    """The sites of one run; each is asked once, however many photos wait for it."""

    def __init__(self, ask: Ask) -> None:
        self._ask = ask
        self._asking: dict[str, asyncio.Task[Site]] = {}
        self._until: dict[str, float] = {}

    async def of(self, root: str, host: str) -> Site:
        """What the site at `root` says, an address without a path of its own.

        Whoever asks first does so on the budget of `host`.

        Raises:
            OperatorStopped: its operator is not asked any more.
        """
        now = asyncio.get_running_loop().time()
        task = self._asking.get(root)
        if task is None or (task.done() and now >= self._until.get(root, 0.0)):
            task = self._asking[root] = asyncio.create_task(self._read(root, host))
        return await asyncio.shield(task)

    async def close(self) -> None:
        """Cancel the requests for sites' texts that are under way."""
        for task in self._asking.values():
            task.cancel()
            with suppress(asyncio.CancelledError, Exception):
                await task

    async def _read(self, root: str, host: str) -> Site:
        site = await self._read_texts(root, host)
        holds = _TROUBLED if site.trouble else _FRESH
        self._until[root] = asyncio.get_running_loop().time() + holds
        return site

    async def _read_texts(self, root: str, host: str) -> Site:
        try:
            told = await self._ask(root + ROBOTS, host)
        except ItemError as error:
            return Site(trouble=_told_as_trouble(error))
        if told.status >= 500:
            text = f"robots.txt answers {told.status}, which counts as a complete disallow"
            return Site(robots=Robots(told), trouble=RobotsUnread(f"{text} (RFC 9309)"))
        try:
            reservations = Reservations(await self._ask(root + RESERVATIONS, host))
        except ItemError:  # TDMRep asks for no conclusion from that
            reservations = None
        return Site(Robots(told), reservations)


def _told_as_trouble(error: ItemError) -> ItemError:
    if isinstance(error, Challenge):
        return error
    kind = type(error)
    return kind(f"robots.txt could not be had, so nothing is asked for: {error}")
