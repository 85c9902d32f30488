"""The memory budget, with a real event loop."""

import asyncio

import pytest

from portraitset.picture.memory import MemoryBudget, free_memory


async def test_never_more_than_the_total_at_once() -> None:
    budget, held, most = MemoryBudget(100), 0, 0

    async def work(count: int) -> None:
        nonlocal held, most
        async with budget.hold(count):
            held += count
            most = max(most, held)
            await asyncio.sleep(0.001)
            held -= count

    await asyncio.gather(*(work(count) for count in (40, 60, 30, 99, 1, 50, 50, 70) * 5))
    assert held == 0
    assert 90 <= most <= 100


async def test_what_is_too_large_for_all_goes_alone() -> None:
    budget = MemoryBudget(100)
    async with asyncio.timeout(1), budget.hold(1000):
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05), budget.hold(1):
                pass
    async with asyncio.timeout(1), budget.hold(100):
        pass


async def test_who_is_cancelled_while_waiting_holds_nothing_up() -> None:
    budget = MemoryBudget(10)
    async with budget.hold(10):
        waiting = [asyncio.create_task(_take(budget, 10)) for _ in range(3)]
        await asyncio.sleep(0.01)
        waiting[0].cancel()
        waiting[1].cancel()
        await asyncio.sleep(0.01)
    async with asyncio.timeout(1):
        await waiting[2]


async def test_small_ones_do_not_overtake_a_large_one_for_ever() -> None:
    budget, order = MemoryBudget(10), list[str]()

    async def work(name: str, count: int) -> None:
        async with budget.hold(count):
            order.append(name)
            await asyncio.sleep(0.002)

    tasks = [asyncio.create_task(work(f"small {n}", 6)) for n in range(2)]
    await asyncio.sleep(0)
    tasks.append(asyncio.create_task(work("large", 10)))
    await asyncio.sleep(0)
    tasks += [asyncio.create_task(work(f"late {n}", 1)) for n in range(5)]
    await asyncio.gather(*tasks)
    assert order.index("large") == 2


def test_machine_has_some_memory() -> None:
    assert free_memory() > 50 << 20


async def _take(budget: MemoryBudget, count: int) -> None:
    async with budget.hold(count):
        pass
