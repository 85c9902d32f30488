"""What the sites of a plan say about its pictures, without asking for any picture."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from portraitset.download.client import Client
from portraitset.download.etiquette import OperatorStopped
from portraitset.download.guard import places_named
from portraitset.download.optouts import refusals, sentence_of
from portraitset.download.settings import DownloadSettings
from portraitset.download.sites import Site
from portraitset.errors import ItemError

MOST_SITES = 20
"""So many hosts are asked, those with the most pictures first."""

_PATIENCE = 5.0
"""Seconds for one text of a site."""

Verdict = Literal["refused", "partly refused", "no objection", "unknown"]
"""`no objection` is about robots.txt and tdmrep.json alone; a picture's answer may still say no."""


@dataclass(frozen=True, slots=True)
class SitePolicy:
    """What one host says about the pictures that a plan wants of it.

    Attributes:
        refused: how many of them it refuses.
        detail: its no, or why nothing is known; None if it does not object.
    """

    host: str
    verdict: Verdict
    refused: int = 0
    detail: str | None = None


async def read_site_policies(
    urls: Mapping[str, Sequence[str]], settings: DownloadSettings
) -> tuple[SitePolicy, ...]:
    """Ask the hosts with the most pictures for robots.txt and tdmrep.json, in little time.

    Args:
        urls: the addresses that a plan wants, by host.
    """
    hasty = replace(
        settings,
        tries=1,
        connect_timeout=min(settings.connect_timeout, _PATIENCE),
        idle_timeout=min(settings.idle_timeout, _PATIENCE),
        photo_timeout=min(settings.photo_timeout, _PATIENCE),
    )
    hosts = sorted(urls, key=lambda host: (-len(urls[host]), host))[:MOST_SITES]
    named = places_named(url for host in hosts for url in urls[host])
    async with Client(hasty, named) as client:
        return tuple(await asyncio.gather(*(_ask(client, host, urls[host]) for host in hosts)))


def policy_of(host: str, site: Site, urls: Sequence[str]) -> SitePolicy:
    """What a site's texts come to for these addresses. Pure."""
    if site.trouble is not None:
        return SitePolicy(host, "unknown", detail=str(site.trouble))
    refused = [no for url in urls if (no := refusals(site.evidence_on(url)))]
    if not refused:
        return SitePolicy(host, "no objection")
    verdict: Verdict = "refused" if len(refused) == len(urls) else "partly refused"
    return SitePolicy(host, verdict, len(refused), sentence_of(refused[0][0]))


async def _ask(client: Client, host: str, urls: Sequence[str]) -> SitePolicy:
    try:
        async with asyncio.timeout(2 * _PATIENCE):
            return policy_of(host, await client.site_of(urls[0]), urls)
    except TimeoutError:
        return SitePolicy(host, "unknown", detail="it did not answer in time")
    except (ItemError, OperatorStopped) as error:
        return SitePolicy(host, "unknown", detail=str(error))
