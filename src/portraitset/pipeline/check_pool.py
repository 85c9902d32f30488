"""Files compared with what they should be, in workers that share the memory that is free."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from portraitset.backends.event_loop import complete
from portraitset.backends.local import WorkerDied, WorkerPool
from portraitset.download.settings import DownloadSettings
from portraitset.errors import BadPicture
from portraitset.manifest.lock import Identity, Verdict
from portraitset.picture.decode import count_pixels
from portraitset.picture.memory import BYTES_PER_PIXEL, WORKER_ITSELF, MemoryBudget
from portraitset.pipeline.check import Finding, check_crop

MOST_TO_READ = WORKER_ITSELF + DownloadSettings().max_pixels * BYTES_PER_PIXEL["exact"]
"""Bytes that one worker may take to read the largest original there is by default."""

_Wanted = TypeVar("_Wanted")
_Item = TypeVar("_Item")

Check = Callable[[Path, _Wanted, int], Finding]
"""Compares a file with what it should be; the number is the most pixels that it may have."""


class CheckPool:
    """Hands files to a pool's workers; pictures that would not fit together wait."""

    def __init__(self, pool: WorkerPool, max_pixels: int) -> None:
        self._pool = pool
        self._max_pixels = max_pixels
        self._memory = MemoryBudget.of_this_machine()

    async def look(self, check: Check[_Wanted], path: Path, wanted: _Wanted) -> Finding:
        """What `check` finds of a file.

        Raises:
            BadPicture: a worker died of it, or would have needed more memory than it may have.
        """
        try:
            pixels = await self._pool.run(count_pixels, path)
            need = min(pixels, self._max_pixels) * BYTES_PER_PIXEL["exact"]
            async with self._memory.hold(need):
                return await self._pool.run(check, path, wanted, self._max_pixels)
        except (WorkerDied, MemoryError) as end:
            raise BadPicture(f"reading it failed: {str(end) or 'out of memory'}") from end


@dataclass(frozen=True, slots=True)
class Findings:
    """What the workers found, by raw name and by face name."""

    originals: dict[str, Finding]
    crops: dict[str, Finding]


def read_files(
    originals: Sequence[tuple[str, Path, Identity]],
    check: Check[Identity],
    crops: Sequence[tuple[str, Path, str]],
    workers: int,
    log: Path,
) -> Findings:
    """Read files in worker processes, as many at once.

    Args:
        originals: by name, where each lies and what it should be, as `check` compares it.
        crops: likewise, and the digest of the pixels that each should have.
        log: what takes the workers' complaints.
    """
    found = Findings({}, {})

    async def look() -> None:
        async with WorkerPool(workers, log, MOST_TO_READ) as pool:
            check_pool = CheckPool(pool, DownloadSettings().max_pixels)

            async def at_original(item: tuple[str, Path, Identity]) -> None:
                name, path, wanted = item
                found.originals[name] = await _ask(check_pool, check, path, wanted)

            async def at_crop(item: tuple[str, Path, str]) -> None:
                name, path, digest = item
                found.crops[name] = await _ask(check_pool, check_crop, path, digest)

            await _each(originals, at_original, workers)
            await _each(crops, at_crop, workers)

    complete(look())
    return found


async def _ask(
    check_pool: CheckPool, check: Check[_Wanted], path: Path, wanted: _Wanted
) -> Finding:
    try:
        return await check_pool.look(check, path, wanted)
    except BadPicture as error:
        return Finding(Verdict.CHANGED, str(error))


async def _each(
    items: Iterable[_Item], act: Callable[[_Item], Awaitable[None]], at_once: int
) -> None:
    """Act on each item, so many at once."""
    queue = iter(items)

    async def take_turns() -> None:
        for item in queue:
            await act(item)

    async with asyncio.TaskGroup() as group:
        for _ in range(at_once):
            group.create_task(take_turns())
