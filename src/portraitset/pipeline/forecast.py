"""What a build would take, said before it begins."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from portraitset.backends.event_loop import beside_loops
from portraitset.download.etiquette import asking_time, operator_of
from portraitset.download.site_policy import SitePolicy, read_site_policies
from portraitset.manifest import load_manifest, parse_manifest
from portraitset.pipeline.last_run import layout_of
from portraitset.pipeline.recipe import Recipe
from portraitset.pipeline.space import SpaceNeed, estimate_space
from portraitset.pipeline.survey import Plan, Survey
from portraitset.workspace.layout import Folders, Workspace
from portraitset.workspace.ledger import Ledger
from portraitset.workspace.removal_log import removals_of

SECONDS_PER_CROP = 0.25
"""One exact crop of 1024 on one core, decoded and written; see docs/performance.md."""


@dataclass(frozen=True, slots=True)
class Forecast:
    """What a build would take; no server was asked for a picture.

    Attributes:
        hosts: requests by host of the manifest's addresses.
        operators: requests by operator; hosts of one operator share one budget.
        plan: what is due.
        need: disk space that it will take, in bytes, by AAHQ's averages.
        free: what the disk still has, in bytes.
        asking_seconds: the time that the operators' budgets allow where they answer fast.
        cutting_seconds: the time that cutting takes all workers, roughly.
        invalid: entries that make no face.
        outlooks: what the hosts with the most requests say in robots.txt and tdmrep.json.
    """

    hosts: Mapping[str, int]
    operators: Mapping[str, int]
    plan: Plan
    need: SpaceNeed
    free: int
    asking_seconds: float
    cutting_seconds: float
    invalid: int
    policies: tuple[SitePolicy, ...]


def forecast_build(source: str | Path, folders: Folders, recipe: Recipe) -> Forecast:
    """Say what a build would take; makes no folder and asks for no picture.

    Of the hosts with the most requests, robots.txt and tdmrep.json are asked for.

    Raises:
        InputError: the manifest cannot be read.
    """
    manifest = parse_manifest(load_manifest(source, recipe.download.proxy), str(source))
    there = (folders.state / "ledger.sqlite").is_file()
    with Ledger.open_to_look(folders.state) if there else Ledger.in_memory() as ledger:
        survey = Survey(
            manifest,
            layout_of(folders, manifest, recipe.crop.image_format),
            ledger,
            recipe.crop,
            recipe.lock,
            removals_of(folders.state.parent),
        )
        plan = survey.plan("build", recipe.download)
    urls: defaultdict[str, list[str]] = defaultdict(list)
    for photo in plan.fetches:
        urls[urlsplit(photo.url).hostname or ""].append(photo.url)
    hosts = {host: len(addresses) for host, addresses in urls.items()}
    operators: Counter[str] = Counter()
    for host, count in hosts.items():
        operators[operator_of(host, recipe.download.operators)] += count
    return Forecast(
        hosts,
        operators,
        plan,
        estimate_space(len(plan.fetches), plan.crops, recipe.crop),
        Workspace(folders).free_bytes(),
        asking_time(max(operators.values(), default=0), recipe.download.rate),
        plan.crops * SECONDS_PER_CROP / recipe.workers,
        sum(1 for _ in manifest.invalid()),
        beside_loops(lambda: asyncio.run(read_site_policies(urls, recipe.download))),
    )
