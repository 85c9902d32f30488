"""Files compared with what they should be, in workers that share the memory that is free."""

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from portraitset.backends.local import WorkerDied, WorkerPool
from portraitset.download.settings import DownloadSettings
from portraitset.errors import BadPicture
from portraitset.picture.decode import count_pixels
from portraitset.picture.memory import BYTES_PER_PIXEL, WORKER_ITSELF, MemoryBudget
from portraitset.pipeline.check import Finding

MOST_TO_READ = WORKER_ITSELF + DownloadSettings().max_pixels * BYTES_PER_PIXEL["exact"]
"""Bytes that one worker may take to read the largest original there is by default."""

_Wanted = TypeVar("_Wanted")


class CheckPool:
    """Hands files to a pool's workers; pictures that would not fit together wait."""

    def __init__(self, pool: WorkerPool, max_pixels: int) -> None:
        self._pool = pool
        self._max_pixels = max_pixels
        self._memory = MemoryBudget.of_this_machine()

    async def look(
        self, check: Callable[[Path, _Wanted, int], Finding], path: Path, wanted: _Wanted
    ) -> Finding:
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
