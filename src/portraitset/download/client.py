"""One original, one bounded and streamed GET. The only place that asks for pictures."""

import time
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

from portraitset.download.body import save_body
from portraitset.download.consent import Consent, Hop
from portraitset.download.etiquette import Turn
from portraitset.download.guard import Guard, Place, place_of
from portraitset.download.mirror import Mirror
from portraitset.download.optouts import header_evidence
from portraitset.download.redirects import MOST_REDIRECTS, is_redirect, resolve_location
from portraitset.download.response import ERROR_BODY_LENGTH, conditions_of, error_of, kept_header
from portraitset.download.retry import Patience
from portraitset.download.session import Session
from portraitset.download.settings import DownloadSettings
from portraitset.download.sites import Site
from portraitset.download.wire_address import url_of, wire_address
from portraitset.errors import Redirects
from portraitset.handoffs import Evidence, Response


class Client:
    """Fetches originals; use it as an asynchronous context manager."""

    def __init__(self, settings: DownloadSettings, named: frozenset[Place] = frozenset()) -> None:
        """Set the limits; `named` are the places that may be asked, see `places_named`."""
        self._settings = settings
        self._guard = Guard(named, settings)
        self._session = Session(settings, self._guard)
        self._consent = Consent(settings, self._guard, self._session)
        self._mirror = Mirror(settings.mirror) if settings.mirror else None

    async def __aenter__(self) -> Self:
        await self._session.__aenter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._consent.close()
        await self._session.__aexit__(kind, error, trace)

    async def fetch(
        self,
        url: str,
        target: Path,
        patience: Patience,
        evidence: list[Evidence] | None = None,
        known: Response | None = None,
    ) -> Response:
        """Ask once for `url` and stream the answer into the file `target`.

        `evidence` is filled with what was found of the owner's wishes, whatever comes of it. With
        `known`, an earlier answer, the question is conditional, and `not_modified` may come of it.

        Raises:
            ItemError: no original came of it; nothing of it is left in `target`.
            WorkspaceError: `target` cannot be written.
            OperatorStopped: the operator is not asked any more.
        """
        patience.tries += 1
        found = [] if evidence is None else evidence
        found.clear()
        hop = self._first_hop(url)
        for _ in range(MOST_REDIRECTS + 1):
            await self._consent.obtain(hop, found)
            budget = self._session.budget_of(hop.host)
            async with self._session.turn(budget, patience) as turn:
                answer = await self._take(hop.address, turn, target, patience.tries, found, known)
            if isinstance(answer, Response):
                budget.rate_limit.answered(answer.waited)
                return answer
            hop = Hop(answer, answer, self._host_of(answer, hop.host))
        raise Redirects(f"more than {MOST_REDIRECTS} redirects; the last led to {hop.address}")

    async def site_of(self, url: str) -> Site:
        """What the site of one of the manifest's addresses says about itself.

        Raises:
            BlockedAddress: it may not be asked.
            OperatorStopped: its operator is not asked any more.
        """
        return await self._consent.site_of(self._first_hop(url))

    def _first_hop(self, url: str) -> Hop:
        meant = wire_address(url)
        address = self._mirror.address_of(meant) if self._mirror else meant
        return Hop(address, meant, _host_named(meant))

    def _host_of(self, address: str, host: str) -> str:
        """Whose budget a redirect's goal is on; the mirror's is that of the manifest's `host`."""
        goal = url_of(address)
        is_mirror = goal.scheme in ("http", "https") and self._guard.is_mirror(place_of(goal))
        return host if is_mirror else goal.host or ""

    async def _take(
        self,
        address: str,
        turn: Turn,
        target: Path,
        tries: int,
        found: list[Evidence],
        known: Response | None,
    ) -> Response | str:
        """Ask for a picture; where a redirect leads, if that is the answer."""
        asked = time.monotonic()
        async with self._session.get(url_of(address), turn, conditions_of(known)) as response:
            headers, waited = response.headers, time.monotonic() - asked
            leads_on = is_redirect(response.status, headers)
            if known is not None and response.status == 304:
                self._consent.weigh(header_evidence(headers.items(), address, time.time()), found)
                return replace(known, tries=tries, waited=waited, not_modified=True)
            good = response.status == 200 or leads_on
            body = b"" if good else await response.content.read(ERROR_BODY_LENGTH)
            error = error_of(response.status, headers, body, time.time())
            if error is not None and not leads_on:
                raise error
            self._consent.weigh(header_evidence(headers.items(), address, time.time()), found)
            if leads_on:
                return resolve_location(address, headers["Location"])
            sha256 = await save_body(response, target, self._settings.max_bytes)
        return Response(
            final_url=address,
            etag=kept_header(headers, "ETag"),
            last_modified=kept_header(headers, "Last-Modified"),
            cf_polished=kept_header(headers, "cf-polished"),
            tries=tries,
            waited=waited,
            sha256=sha256,
        )


def _host_named(address: str) -> str:
    """Whose budget an address is on; nobody's where it names none, and only a mirror is asked."""
    try:
        return urlsplit(address).hostname or ""
    except ValueError:
        return ""
