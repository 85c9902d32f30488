"""Pace: what one operator bears is never exceeded, in real time on a real event loop."""

import asyncio
import itertools
import math
import random
from collections.abc import Callable, Coroutine

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portraitset.download.etiquette import (
    Budget,
    Budgets,
    OperatorStopped,
    asking_time,
    operator_of,
)
from portraitset.download.settings import DownloadSettings

ROUNDING = 0.002
"""Seconds between a turn being given and the clock being read."""


async def starts_of(budget: Budget, requests: int, lasting: float) -> tuple[list[float], int]:
    """When requests that come all at once begin, and how many were ever under way at once."""
    loop = asyncio.get_running_loop()
    starts: list[float] = []
    under_way = most = 0

    async def request() -> None:
        nonlocal under_way, most
        async with budget.slot():
            starts.append(loop.time())
            under_way += 1
            most = max(most, under_way)
            await asyncio.sleep(lasting)
            under_way -= 1

    await asyncio.gather(*(request() for _ in range(requests)))
    return starts, most


def most_in_a_second(starts: list[float]) -> int:
    return max(sum(first <= start < first + 1 - ROUNDING for start in starts) for first in starts)


async def all_at_once(
    *jobs: Callable[[], Coroutine[object, object, tuple[list[float], int]]],
) -> list[tuple[list[float], int]]:
    return list(await asyncio.gather(*(job() for job in jobs)))


def budget_of(rate: float, connections: int) -> Budget:
    return Budget("gallery.example", DownloadSettings(rate=rate, connections=connections))


def test_rate_and_connections_hold_over_any_second() -> None:
    """Four operators at once, so that four paces take no longer than one."""
    paces = [(10.0, 4, 14), (40.0, 3, 50), (2.5, 2, 3), (200.0, 100, 250)]

    def job(
        rate: float, connections: int, requests: int
    ) -> Callable[[], Coroutine[object, object, tuple[list[float], int]]]:
        return lambda: starts_of(budget_of(rate, connections), requests, 0.02)

    found = asyncio.run(all_at_once(*(job(*pace) for pace in paces)))
    for (rate, connections, requests), (starts, most) in zip(paces, found, strict=True):
        assert len(starts) == requests
        assert most_in_a_second(starts) <= math.ceil(rate)
        assert most <= connections


def test_connections_hold_where_answers_are_slow() -> None:
    starts, most = asyncio.run(starts_of(budget_of(1000.0, 3), 12, 0.05))
    assert most == 3
    assert max(starts) - min(starts) >= 0.15 - ROUNDING


def test_requests_are_spread_over_the_second() -> None:
    starts, _ = asyncio.run(starts_of(budget_of(20.0, 10), 8, 0.0))
    gaps = [later - earlier for earlier, later in itertools.pairwise(starts)]
    assert min(gaps) >= 1 / 20 - ROUNDING


async def arrivals_of(budget: Budget, requests: int, dice: random.Random) -> list[float]:
    """When requests arrive on a network that delivers early or late, as it likes."""
    loop = asyncio.get_running_loop()
    arrivals: list[float] = []

    async def request() -> None:
        async with budget.slot() as turn:
            await asyncio.sleep(dice.choice([0.0, 0.01, 0.4]))  # 0.4: a connection is made first
            arrivals.append(loop.time())
            await asyncio.sleep(dice.choice([0.0, 0.05]))
            turn.answered()
            await asyncio.sleep(0.3)  # the body takes its time; the pace does not mind

    await asyncio.gather(*(request() for _ in range(requests)))
    return arrivals


def test_no_second_of_the_server_sees_more_however_late_requests_arrive() -> None:
    """Strictly, by the moments of arrival: what is spaced at this end may come in a heap."""
    paces = [(10.0, 25), (6.0, 15), (3.7, 7), (0.8, 3)]

    async def all_paces() -> list[list[float]]:
        jobs = (arrivals_of(budget_of(r, 50), n, random.Random(n)) for r, n in paces)
        return list(await asyncio.gather(*jobs))

    for (rate, requests), arrivals in zip(paces, asyncio.run(all_paces()), strict=True):
        assert len(arrivals) == requests
        most = max(sum(first <= at < first + 1.0 for at in arrivals) for first in arrivals)
        assert most <= max(1, rate)


def test_request_that_is_given_up_makes_room_all_the_same() -> None:
    async def one_after_another() -> int:
        budget = budget_of(50.0, 2)
        waiting = asyncio.ensure_future(starts_of(budget, 1, 30.0))
        await asyncio.sleep(0.01)
        waiting.cancel()
        return len((await asyncio.wait_for(starts_of(budget, 60, 0.0), 10))[0])

    assert asyncio.run(one_after_another()) == 60


@pytest.mark.parametrize(
    ("rate", "expected"), [(10.0, 2750.0), (1.0, 27_500.0), (0.5, 52_500.0), (2.5, 13_750.0)]
)
def test_asking_time_is_that_of_the_budget_where_answers_come_fast(
    rate: float, expected: float
) -> None:
    assert asking_time(25_000, rate) == pytest.approx(expected)


def test_pause_holds_everybody_who_has_not_begun() -> None:
    async def paused() -> tuple[float, list[float]]:
        budget = budget_of(100.0, 10)
        loop = asyncio.get_running_loop()
        waiting = asyncio.ensure_future(starts_of(budget, 8, 0.0))
        await asyncio.sleep(0.035)
        asked = loop.time()
        budget.rate_limit.refused(began=asked, now=asked, retry_after=0.3)
        return asked, (await waiting)[0]

    asked, starts = asyncio.run(paused())
    late = [start for start in starts if start > asked]
    assert 0 < len(late) < len(starts)
    assert min(late) >= asked + 0.3 - ROUNDING


def test_stopped_operator_is_asked_no_more() -> None:
    async def stopped() -> list[object]:
        budget = budget_of(20.0, 10)
        waiting = [asyncio.ensure_future(starts_of(budget, 1, 0.0)) for _ in range(6)]
        await asyncio.sleep(0.01)
        budget.rate_limit.challenged()
        return list(await asyncio.gather(*waiting, return_exceptions=True))

    found = asyncio.run(stopped())
    refused = [outcome for outcome in found if isinstance(outcome, OperatorStopped)]
    assert len(refused) >= 4
    assert {error.operator for error in refused} == {"gallery.example"}


def test_cancelled_and_failed_requests_give_their_turn_back() -> None:
    async def troubled() -> list[float]:
        budget = budget_of(100.0, 1)
        held = asyncio.ensure_future(starts_of(budget, 1, 30.0))
        queued = [asyncio.ensure_future(starts_of(budget, 1, 30.0)) for _ in range(3)]
        await asyncio.sleep(0.02)
        for task in (*queued, held):
            task.cancel()
        await asyncio.gather(held, *queued, return_exceptions=True)
        with pytest.raises(KeyError):
            async with budget.slot():
                raise KeyError
        return (await asyncio.wait_for(starts_of(budget, 3, 0.0), 5))[0]

    assert len(asyncio.run(troubled())) == 3


@pytest.mark.parametrize(
    ("host", "operator"),
    [
        ("cdna.artstation.com", "artstation.com"),
        ("cdnb.artstation.com", "artstation.com"),
        ("CDNB.ArtStation.com.", "artstation.com"),
        ("www.artstation.com", "artstation.com"),
        ("artstation.com", "artstation.com"),
        ("evilartstation.com", "evilartstation.com"),
        ("artstation.com.evil.example", "artstation.com.evil.example"),
        ("gallery.example", "gallery.example"),
        ("127.0.0.1", "127.0.0.1"),
        ("::1", "::1"),
    ],
)
def test_host_belongs_to_its_operator(host: str, operator: str) -> None:
    assert operator_of(host) == operator


@given(st.from_regex(r"\A[a-zA-Z0-9-]{1,9}(\.[a-zA-Z0-9-]{1,9}){0,3}\Z"))
def test_operator_is_its_own_operator_however_it_is_spelt(host: str) -> None:
    assert operator_of(host) == operator_of(host.upper()) == operator_of(host + ".")
    assert operator_of(operator_of(host)) == operator_of(host)


def test_own_patterns_come_before_the_known_ones() -> None:
    own = {"cdna.artstation.com": "a mirror of ours"}
    assert operator_of("cdna.artstation.com", own) == "a mirror of ours"
    assert operator_of("cdnb.artstation.com", own) == "artstation.com"


def test_hosts_of_one_operator_share_one_budget() -> None:
    budgets = Budgets(DownloadSettings(operators={"img*.site.example": "site.example"}))
    assert budgets.of("cdna.artstation.com") is budgets.of("CDNB.artstation.com")
    assert budgets.of("img1.site.example") is budgets.of("img2.site.example")
    assert budgets.of("a.example") is not budgets.of("b.example")
    assert budgets.of("a.example") is budgets.of("A.example.")
