"""One original, one bounded and streamed GET. The only place that speaks HTTP."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import quote, urljoin, urlsplit

import aiohttp
from yarl import URL

from portraitset.download.body import read_text, save_body
from portraitset.download.connection import GuardedConnector
from portraitset.download.etiquette import Budget, Budgets, Turn
from portraitset.download.guard import Guard, Place, place_of
from portraitset.download.optouts import (
    LONGEST_TEXT,
    Told,
    header_evidence,
    overridden,
    refusals,
    sentence_of,
)
from portraitset.download.rate_limit import RateLimit
from portraitset.download.response import ERROR_BODY_LENGTH, error_of
from portraitset.download.retry import Patience
from portraitset.download.settings import DownloadSettings
from portraitset.download.sites import Site, Sites
from portraitset.errors import (
    BlockedAddress,
    Challenge,
    Denied,
    Gone,
    ItemError,
    NotAnImage,
    OptedOut,
    Redirects,
    ServerError,
    Throttled,
    TimedOut,
    Transient,
    Truncated,
    Unreachable,
)
from portraitset.handoffs import Evidence, Response
from portraitset.identity import user_agent

_LONGEST_FACT = 500
"""Characters of a header that are kept."""

_PRINTABLE = "".join(map(chr, range(0x21, 0x7F)))
MOST_REDIRECTS = 5
_REDIRECTS = (301, 302, 303, 307, 308)
_TEXT_TIMEOUT = 30.0
"""Seconds for one of a site's own texts, all tries; every photo there waits for it."""


class Client:
    """Fetches originals; use it as an asynchronous context manager."""

    def __init__(self, settings: DownloadSettings, named: frozenset[Place] = frozenset()) -> None:
        """Set the limits; `named` are the places that may be asked, see `places_named`."""
        self._settings = settings
        self._guard = Guard(named, settings)
        self._budgets = Budgets(settings)
        self._sites = Sites(self.ask_text)
        self._root = (settings.mirror or "").rstrip("/")
        self._folder = URL(self._root).path.rstrip("/") + "/"
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
            middlewares=(_ask_once,),
        )
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._sites.close()
        await self._session.close()

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
        host, address = urlsplit(url).hostname or "", self._mirrored(url)
        for hop in range(MOST_REDIRECTS + 1):
            await self._obtain_consent(_Hop(address, url if hop == 0 else address, host), found)
            budget = self._budgets.of(host)
            async with self._turn(budget, patience) as turn:
                answer = await self._take(address, turn, target, patience.tries, found, known)
            if isinstance(answer, Response):
                budget.rate_limit.answered(answer.waited)
                return answer
            address, host = answer, self._host_of(answer, host)
        raise Redirects(f"more than {MOST_REDIRECTS} redirects; the last led to {address}")

    @asynccontextmanager
    async def _turn(self, budget: Budget, patience: Patience) -> AsyncIterator[Turn]:
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
                    with _translated():
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
                _learn(budget.rate_limit, error, turn.began)
                raise
            finally:
                patience.spent += time.monotonic() - started

    def _mirrored(self, url: str) -> str:
        if self._settings.mirror is None:
            return url
        parts = urlsplit(url)
        query = f"?{parts.query}" if parts.query else ""
        address = self._root + (parts.path or "/") + query
        if not _url(address).path.startswith(self._folder):
            raise BlockedAddress(f"{parts.path!r:.200} would leave the mirror's folder")
        return address

    def _host_of(self, address: str, host: str) -> str:
        """Whose budget a redirect's goal is on; the mirror's is that of the manifest's `host`."""
        goal = _url(address)
        is_mirror = goal.scheme in ("http", "https") and self._guard.is_mirror(place_of(goal))
        return host if is_mirror else goal.host or ""

    async def _obtain_consent(self, hop: "_Hop", found: list[Evidence]) -> None:
        """Make sure that an address may be asked, by the guard and by the site's own texts.

        Raises:
            BlockedAddress, OptedOut: it may not.
            ItemError: the site's texts cannot be had.
        """
        site = await self._site_of(hop)
        self._weigh(site.evidence_on(hop.meant), found, site.trouble)

    async def site_of(self, url: str) -> Site:
        """What the site of one of the manifest's addresses says about itself.

        Raises:
            BlockedAddress: it may not be asked.
            OperatorStopped: its operator is not asked any more.
        """
        return await self._site_of(_Hop(self._mirrored(url), url, urlsplit(url).hostname or ""))

    async def _site_of(self, hop: "_Hop") -> Site:
        address = _url(hop.address)
        await self._check_behind_proxy(self._guard.check(address))
        is_mirrored = hop.address != hop.meant and self._settings.mirror is not None
        root = self._root if is_mirrored else str(address.origin())
        return await self._sites.of(root, hop.host)

    def _weigh(
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

    async def _check_behind_proxy(self, place: Place) -> None:
        if self._settings.proxy is not None:
            await self._connector.names.check_behind_proxy(place)

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
        async with self._get(address, turn, _conditions(known)) as response:
            headers, waited, goal = response.headers, time.monotonic() - asked, _goal_of(response)
            if known is not None and response.status == 304:
                self._weigh(header_evidence(headers.items(), address, time.time()), found)
                return replace(known, tries=tries, waited=waited, not_modified=True)
            good = response.status == 200 or goal is not None
            body = b"" if good else await response.content.read(ERROR_BODY_LENGTH)
            error = error_of(response.status, headers, body, time.time())
            if error is not None and goal is None:
                raise error
            self._weigh(header_evidence(headers.items(), address, time.time()), found)
            if goal is not None:
                return goal
            sha256 = await save_body(response, target, self._settings.max_bytes)
        return Response(
            final_url=address,
            etag=_fact(headers, "ETag"),
            last_modified=_fact(headers, "Last-Modified"),
            cf_polished=_fact(headers, "cf-polished"),
            tries=tries,
            waited=waited,
            sha256=sha256,
        )

    @asynccontextmanager
    async def _get(
        self, address: str, turn: Turn, headers: Mapping[str, str] | None = None
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        async with self._session.get(
            _url(address), headers=headers, allow_redirects=False, proxy=self._settings.proxy
        ) as response:
            turn.answered()
            yield response

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
        budget = self._budgets.of(host)
        for _ in range(MOST_REDIRECTS + 1):
            await self._check_behind_proxy(self._guard.check_public(_url(url)))
            async with self._turn(budget, patience) as turn, self._get(url, turn) as response:
                goal = _goal_of(response)
                if goal is None:
                    error = error_of(response.status, response.headers, b"", time.time())
                    if isinstance(error, Challenge):
                        raise error
                    if isinstance(error, Throttled):
                        _learn(budget.rate_limit, error, turn.began)
                    body = b"" if error else await read_text(response, LONGEST_TEXT)
                    return Told(url, time.time(), response.status, body), error
            url = goal
        return None, None


@dataclass(frozen=True, slots=True)
class _Hop:
    """One step on the way to a picture.

    Attributes:
        address: what is asked for.
        meant: the address that the owner's texts are about; another than `address` at a mirror.
        host: whose budget it is on.
    """

    address: str
    meant: str
    host: str


async def _ask_once(
    request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
) -> aiohttp.ClientResponse:
    """Keep the HTTP library from asking again by itself, outside of budget and tries."""
    try:
        return await handler(request)
    except aiohttp.ClientConnectorError:
        raise  # nothing was sent, and the library does not repeat it
    except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as error:
        raise _unreachable(error) from error


@contextmanager
def _translated() -> Iterator[None]:
    """What the HTTP library raises, as ours."""
    try:
        yield
    except aiohttp.ClientPayloadError as error:
        raise Truncated("the connection ended before the whole body came") from error
    except (aiohttp.InvalidURL, UnicodeError) as error:
        raise BlockedAddress(f"not an address that can be asked: {error}") from error
    except aiohttp.ClientResponseError as error:
        what = (error.message.splitlines() or ["?"])[0].rstrip(":")
        raise ServerError(f"the answer is not proper HTTP ({what:.200})") from error
    except aiohttp.ServerTimeoutError as error:
        raise TimedOut(str(error) or "the server went silent") from error
    except aiohttp.ClientError as error:
        raise _unreachable(error) from error


def _unreachable(error: aiohttp.ClientError) -> Unreachable:
    return Unreachable(f"{type(error).__name__}: {error}"[:300])


def _url(address: str) -> URL:
    try:
        return URL(address)
    except ValueError as error:
        raise BlockedAddress(f"{address!r:.200} is no address ({error})") from error


def _goal_of(response: aiohttp.ClientResponse) -> str | None:
    """Where a redirect leads; None for any other answer."""
    location = response.headers.get("Location")
    if response.status not in _REDIRECTS or location is None:
        return None
    return _next_address(str(response.url), location)


def _next_address(url: str, location: str) -> str:
    try:
        return urljoin(url, _spelt_out(location))
    except ValueError as error:
        raise BlockedAddress(f"redirected to no address at all: {location!r:.200}") from error


def _spelt_out(location: str) -> str:
    """An address whose bytes are no text in percent signs, so that it can be asked and kept."""
    try:
        location.encode()
    except UnicodeEncodeError:
        return quote(location.encode("utf-8", "surrogateescape"), safe=_PRINTABLE)
    return location


def _fact(headers: Mapping[str, str], name: str) -> str | None:
    """A header as it can be kept: servers may send any bytes, and any number of them."""
    value = headers.get(name)
    return None if value is None else value.encode("utf-8", "replace").decode()[:_LONGEST_FACT]


def _conditions(known: Response | None) -> dict[str, str]:
    """The headers that ask only for what has changed (RFC 9110, section 13.1)."""
    if known is None:
        return {}
    facts = {"If-None-Match": known.etag, "If-Modified-Since": known.last_modified}
    return {name: fact for name, fact in facts.items() if fact and _is_sendable(fact)}


def _is_sendable(fact: str) -> bool:
    """Whether a header's value is plain enough to be sent back."""
    return fact.isascii() and fact.isprintable()


def _learn(rate_limit: RateLimit, error: ItemError, began: float) -> None:
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
