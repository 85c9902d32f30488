"""How much memory pictures may take at once, so that several large ones wait for each other."""

import asyncio
import os
from collections import deque
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

BYTES_PER_PIXEL: Mapping[str, int] = {"fast": 12, "exact": 32, "reference": 120}
"""What decoding and cutting take at the most, per pixel of the original, by quality.

Measured on padded crops of 5000 x 6000 pixels, the worst case; see docs/performance.md.
"""

WORKER_ITSELF = 1 << 30
"""What a worker takes beside its pictures, in bytes: 250 MB measured, more while it compiles."""

_SHARE = 0.6
"""Of the memory that is free when a run starts; the rest is the workers' own and the system's."""


def free_memory() -> int:
    """Bytes that this process and its children may still take; 4 GiB where nothing tells."""
    return min(_free_on_machine(), _free_in_group())


def _free_on_machine() -> int:
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
    except OSError:  # not Linux
        if hasattr(os, "sysconf") and "SC_PHYS_PAGES" in os.sysconf_names:
            return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2
        return 4 << 30
    return next(int(line.split()[1]) << 10 for line in lines if line.startswith("MemAvailable"))


def _free_in_group() -> int:
    """What a container's limit leaves (cgroup v2)."""
    try:
        limit = Path("/sys/fs/cgroup/memory.max").read_text(encoding="ascii").strip()
        used = Path("/sys/fs/cgroup/memory.current").read_text(encoding="ascii")
    except OSError:
        return 1 << 62
    return 1 << 62 if limit == "max" else max(int(limit) - int(used), 0)


class MemoryBudget:
    """So many bytes for all that hold a part of it; who came first is served first.

    What is larger than the whole budget goes alone.
    """

    def __init__(self, total: int) -> None:
        self._total = total
        self._held = 0
        self._waiting: deque[tuple[int, asyncio.Future[None]]] = deque()

    @classmethod
    def of_this_machine(cls) -> "MemoryBudget":
        """A share of what is free now."""
        return cls(int(free_memory() * _SHARE))

    def share(self, workers: int) -> int:
        """Bytes that each of so many workers may take without asking; half of it is for those."""
        return self._total // (2 * workers)

    @asynccontextmanager
    async def hold(self, count: int) -> AsyncIterator[None]:
        """Wait until `count` bytes are free and hold them meanwhile."""
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((count, turn))
        self._admit()
        try:
            await turn
            yield
        finally:
            if turn.done() and not turn.cancelled():
                self._held -= count
            self._admit()

    def _admit(self) -> None:
        while self._waiting:
            count, turn = self._waiting[0]
            if not turn.cancelled():
                if self._held and self._held + count > self._total:
                    return
                self._held += count
                turn.set_result(None)
            self._waiting.popleft()
