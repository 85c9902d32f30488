"""The worker pool, with real processes."""

import asyncio
import json
import math
import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from portraitset.backends.local import WorkerDied, WorkerPool


async def test_values_and_errors_come_back(tmp_path: Path) -> None:
    async with WorkerPool(1, tmp_path / "log") as pool:
        assert await pool.run(math.hypot, 3.0, 4.0) == 5.0
        with pytest.raises(json.JSONDecodeError) as caught:
            await pool.run(json.loads, "{")
    assert "In a worker process" in "".join(caught.value.__notes__)


async def test_calls_run_in_as_many_processes_as_asked_for(tmp_path: Path) -> None:
    async with WorkerPool(2, tmp_path / "log") as pool:
        await asyncio.gather(*(pool.run(time.sleep, 0.2) for _ in range(4)))
        pids = await asyncio.gather(*(pool.run(os.getpid) for _ in range(8)))
    assert 1 <= len(set(pids)) <= 2
    assert os.getpid() not in pids


async def test_crash_takes_one_call_down_and_no_other(tmp_path: Path) -> None:
    async with WorkerPool(2, tmp_path / "log") as pool:
        results = await asyncio.gather(
            pool.run(os.abort),
            *(pool.run(math.sqrt, 4.0) for _ in range(5)),
            return_exceptions=True,
        )
        assert isinstance(results[0], WorkerDied)
        assert str(-signal.SIGABRT) in str(results[0])
        assert results[1:] == [2.0] * 5
    assert b"Abort" in (tmp_path / "log").read_bytes(), "the log tells where"


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux keeps the limit")
async def test_worker_takes_no_more_memory_than_it_may(tmp_path: Path) -> None:
    async with WorkerPool(1, tmp_path / "log", memory=400 << 20) as pool:
        pid = await pool.run(os.getpid)
        with pytest.raises(MemoryError):
            await pool.run(bytearray, 500 << 20)
        assert len(await pool.run(bytearray, 20 << 20)) == 20 << 20
        assert await pool.run(os.getpid) == pid, "it goes on working"


@pytest.mark.skipif(sys.platform != "linux", reason="glibc's malloc alone is set so")
async def test_memory_of_one_picture_serves_the_next(tmp_path: Path) -> None:
    faults = "__import__('resource').getrusage(0).ru_minflt"
    page_faults_of_20_mb = f"-{faults} + len(bytearray(20 << 20)) * 0 + {faults}"
    async with WorkerPool(1, tmp_path / "log") as pool:
        first, *later = [await pool.run(eval, page_faults_of_20_mb) for _ in range(3)]
    assert first > 4000
    assert max(later) < 400


async def test_death_by_a_crash_is_told_from_a_kill(tmp_path: Path) -> None:
    async with WorkerPool(1, tmp_path / "log") as pool:
        for number, killed in ((signal.SIGKILL, True), (signal.SIGSEGV, False)):
            with pytest.raises(WorkerDied) as caught:
                await pool.run(signal.raise_signal, number)
            assert caught.value.killed is killed


async def test_cancelled_call_ends_its_worker(tmp_path: Path) -> None:
    async with WorkerPool(1, tmp_path / "log") as pool:
        pid = await pool.run(os.getpid)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(pool.run(time.sleep, 60), 0.3)
        assert not _is_alive(pid)
        assert await pool.run(math.sqrt, 9.0) == 3.0


async def test_printing_does_not_spoil_the_answers(tmp_path: Path) -> None:
    async with WorkerPool(1, tmp_path / "log") as pool:
        await pool.run(print, "a library that talks")
        assert await pool.run(math.sqrt, 16.0) == 4.0


def test_no_worker_outlives_a_killed_parent(tmp_path: Path) -> None:
    code = f"""
        import asyncio, os, pathlib, time
        from portraitset.backends.local import WorkerPool
        async def main():
            async with WorkerPool(1, pathlib.Path({str(tmp_path / "log")!r})) as pool:
                print(await pool.run(os.getpid), flush=True)
                await asyncio.sleep(60)
        asyncio.run(main())
    """
    parent = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(code)], stdout=subprocess.PIPE, text=True
    )
    assert parent.stdout is not None
    worker = int(parent.stdout.readline())
    assert _is_alive(worker)
    parent.kill()
    parent.wait()
    parent.stdout.close()
    deadline = time.monotonic() + 5
    while _is_alive(worker) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not _is_alive(worker)


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
        status = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (ProcessLookupError, FileNotFoundError):
        return False
    return status != "Z"
