"""Whether an address may be asked: what its site says, read before anything else is."""

import asyncio
import time
from collections.abc import Iterable
from dataclasses import dataclass, replace

from portraitset.download.body import read_text
from portraitset.download.guard import Guard
from portraitset.download.optouts import LONGEST_TEXT, Told, overridden, refusals, sentence_of
from portraitset.download.redirects import MOST_REDIRECTS, is_redirect, resolve_location
from portraitset.download.response import error_of
from portraitset.download.retry import Patience
from portraitset.download.session import Session, learn
from portraitset.download.settings import DownloadSettings
from portraitset.download.sites import Site, Sites
from portraitset.download.wire_address import url_of
from portraitset.errors import Challenge, ItemError, OptedOut, Throttled, Transient
from portraitset.handoffs import Evidence

_TEXT_TIMEOUT = 30.0
"""Seconds for one of a site's own texts, all tries; every photo there waits for it."""


@dataclass(frozen=True, slots=True)
class Hop:
    """One address on the way to a picture: what is asked for, and on whose budget.

    Attributes:
        address: what is asked for.
        meant: the address that the owner's texts are about; another than `address` at a mirror.
        host: whose budget it is on.
    """

    address: str
    meant: str
    host: str


class Consent:
    """Asks each site once for its texts, and decides by them and by the headers of answers."""

    def __init__(self, settings: DownloadSettings, guard: Guard, session: Session) -> None:
        self._settings = settings
        self._guard = guard
        self._session = session
        self._root = (settings.mirror or "").rstrip("/")
        self._sites = Sites(self.ask_text)

    async def close(self) -> None:
        """Cancel the requests for sites' policies that are under way."""
        await self._sites.close()

    async def obtain(self, hop: Hop, found: list[Evidence]) -> None:
        """Make sure that an address may be asked, by the guard and by the site's own texts.

        Raises:
            BlockedAddress, OptedOut: it may not.
            ItemError: the site's texts cannot be had.
        """
        site = await self.site_of(hop)
        self.weigh(site.evidence_on(hop.meant), found, site.trouble)

    async def site_of(self, hop: Hop) -> Site:
        """What the site says about itself that a hop leads to.

        Raises:
            BlockedAddress: it may not be asked.
            OperatorStopped: its operator is not asked any more.
        """
        address = url_of(hop.address)
        await self._session.check_behind_proxy(self._guard.check(address))
        is_mirrored = hop.address != hop.meant and self._settings.mirror is not None
        root = self._root if is_mirrored else str(address.origin())
        return await self._sites.of(root, hop.host)

    def weigh(
        self,
        evidence: Iterable[Evidence],
        found: list[Evidence],
        trouble: ItemError | None = None,
    ) -> None:
        """Keep the evidence, and go no further where it says no, unless told to.

        Raises:
            OptedOut: with the first refusal.
        """
        fresh = list(evidence)
        if self._settings.opt_outs == "ignore":
            found.extend(overridden(fresh))
            return
        found.extend(fresh)
        if trouble is not None:
            raise type(trouble)(str(trouble))  # each photo gets an error of its own
        if no := refusals(fresh):
            raise OptedOut(sentence_of(no[0]))

    async def ask_text(self, url: str, host: str) -> Told:
        """Ask for one of a site's own texts, on the budget of the operator of `host`.

        Redirects may lead to any public host: a text is only read for a no.

        Raises:
            ItemError: there is no answer, or one that asks for a human.
            OperatorStopped: the operator is not asked any more.
        """
        seconds = min(self._settings.photo_timeout, _TEXT_TIMEOUT)
        patience = Patience(replace(self._settings, photo_timeout=seconds))
        while True:
            patience.tries += 1
            told: Told | None = None
            error: ItemError | None
            try:
                told, error = await self._ask_text_once(url, host, patience)
            except Transient as caught:
                error = caught
            wait = patience.wait_after(error, dice=1.0) if error is not None else None
            if wait is None:
                break
            patience.spent += wait
            await asyncio.sleep(wait)
        if told is None and error is not None:
            raise error
        return told or Told(url, time.time(), 404)  # lost in redirects: as if there were none

    async def _ask_text_once(
        self, url: str, host: str, patience: Patience
    ) -> tuple[Told | None, ItemError | None]:
        """The answer and the error that it stands for; neither after too many redirects."""
        budget = self._session.budget_of(host)
        for _ in range(MOST_REDIRECTS + 1):
            await self._session.check_behind_proxy(self._guard.check_public(url_of(url)))
            async with (
                self._session.turn(budget, patience) as turn,
                self._session.get(url_of(url), turn) as response,
            ):
                if not is_redirect(response.status, response.headers):
                    error = error_of(response.status, response.headers, b"", time.time())
                    if isinstance(error, Challenge):
                        raise error
                    if isinstance(error, Throttled):
                        learn(budget.rate_limit, error, turn.began)
                    body = b"" if error else await read_text(response, LONGEST_TEXT)
                    return Told(url, time.time(), response.status, body), error
                url = resolve_location(url, response.headers["Location"])
        return None, None
