"""Reading files in workers: together they take no more memory than there is."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from datasets import draw, encoded
from portraitset.backends.local import WorkerDied, WorkerPool
from portraitset.errors import BadPicture
from portraitset.picture.memory import BYTES_PER_PIXEL, MemoryBudget
from portraitset.pipeline.check import Finding, check_crop
from portraitset.pipeline.check_pool import CheckPool


class CountingPool(WorkerPool):
    """Real workers, and how many of them read a whole picture at once."""

    reading = most_reading = 0

    async def run(self, function: Callable[..., object], *arguments: object) -> object:  # type: ignore[override]
        is_reading = function is check_crop
        self.reading += is_reading
        self.most_reading = max(self.most_reading, self.reading)
        try:
            await asyncio.sleep(0.05 if is_reading else 0.0)
            return await super().run(function, *arguments)
        finally:
            self.reading -= is_reading


@pytest.mark.parametrize(("pictures_that_fit", "expected"), [(0.5, 1), (1.5, 1), (2.0, 2)])
async def test_pictures_that_do_not_fit_together_wait_for_each_other(
    pictures_that_fit: float, expected: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = int(pictures_that_fit * 100 * 100 * BYTES_PER_PIXEL["exact"])
    monkeypatch.setattr(MemoryBudget, "of_this_machine", lambda: MemoryBudget(room))
    path = tmp_path / "a.jpg"
    path.write_bytes(encoded(draw(1, 100, 100)))
    async with CountingPool(4, tmp_path / "log") as pool:
        check_pool = CheckPool(pool, 10**6)
        await asyncio.gather(*(check_pool.look(check_crop, path, "") for _ in range(4)))
    assert pool.most_reading == expected


@pytest.mark.parametrize("end", [WorkerDied("signal 6", killed=False), MemoryError()])
async def test_worker_that_dies_or_runs_out_of_memory_is_a_bad_picture(
    end: Exception, tmp_path: Path
) -> None:
    class DyingPool(WorkerPool):
        async def run(self, function: Callable[..., object], *arguments: object) -> Finding:  # type: ignore[override]
            raise end

    async with DyingPool(1, tmp_path / "log") as pool:
        with pytest.raises(BadPicture, match=r"reading it failed: (signal 6|out of memory)"):
            await CheckPool(pool, 10**6).look(check_crop, tmp_path / "none", "")
