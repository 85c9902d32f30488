"""What a command costs: time of the clock, CPU and memory of its whole tree of processes."""

import math
import os
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

_SAMPLED_EVERY = 0.1
"""Seconds between two looks at memory."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What a command cost: time, CPU and memory of its whole tree of processes.

    Attributes:
        seconds: of the clock.
        cpu: seconds of all its processes, user and system.
        peak_megabytes: of all its processes at once; pages that they share count for each.
    """

    seconds: float
    cpu: float
    peak_megabytes: float


def run_counted(command: list[str], folder: Path) -> Cost:
    """Run one command to its end, in `folder`, and count its whole tree of processes.

    Raises:
        RuntimeError: it failed; with the end of what it printed.
    """
    log = folder / "contestant.log"
    began = time.perf_counter()
    with log.open("wb") as out:
        child = subprocess.Popen(command, stdout=out, stderr=out, cwd=folder)  # noqa: S603 ours
        with _memory_of(child.pid) as peak:
            _, status, usage = os.wait4(child.pid, 0)
    seconds = time.perf_counter() - began
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode != 0:
        tail = log.read_text(errors="replace")[-2000:]
        raise RuntimeError(f"{command[:4]} ended with {child.returncode}:\n{tail}")
    return Cost(seconds, usage.ru_utime + usage.ru_stime, peak())


def least_of(costs: Sequence[Cost]) -> Cost:
    """The least of some runs, each figure for itself."""
    return Cost(
        min(cost.seconds for cost in costs),
        min(cost.cpu for cost in costs),
        min(cost.peak_megabytes for cost in costs),
    )


@contextmanager
def _memory_of(pid: int) -> Iterator[Callable[[], float]]:
    """Watch a process and its descendants; the peak of their memory together, in MB."""
    stop, peak = threading.Event(), 0

    def watch() -> None:
        nonlocal peak
        while not stop.wait(_SAMPLED_EVERY):
            peak = max(peak, sum(map(_resident, _tree(pid))))

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield lambda: peak / 1e6 if peak else math.nan
    finally:
        stop.set()
        watcher.join()


def _tree(pid: int) -> Iterator[int]:
    yield pid
    with suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in (task / "children").read_text().split():
                yield from _tree(int(child))


def _resident(pid: int) -> int:
    try:
        pages = Path(f"/proc/{pid}/statm").read_text().split()[1]
    except (OSError, IndexError):
        return 0
    return int(pages) * os.sysconf("SC_PAGE_SIZE")
