"""Running an event loop to its end: beside another loop, and until a signal stops it."""

import asyncio
import signal
import threading
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import TypeVar

from portraitset.errors import WorkspaceError

_Result = TypeVar("_Result")


def beside_loops(work: Callable[[], _Result]) -> _Result:
    """Do work that runs an event loop; where one runs already, as in a notebook, in a thread."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return work()
    with ThreadPoolExecutor(1, "portraitset") as thread:
        return thread.submit(work).result()


def complete(job: Coroutine[None, None, None]) -> None:
    """Run a job to its end, or until a signal stops it; raise its most telling error."""
    try:
        asyncio.run(_until_signalled(job))
    except _Terminated:
        raise KeyboardInterrupt from None
    except BaseExceptionGroup as group:
        raise _most_telling(group) from None


class _Terminated(Exception):
    """SIGTERM came."""


async def _until_signalled(job: Coroutine[None, None, None]) -> None:
    """Let SIGTERM cancel the job, as Ctrl-C does by asyncio's own doing.

    Raises:
        _Terminated: it came.
    """
    task, came = asyncio.current_task(), asyncio.Event()

    def stop() -> None:
        came.set()
        if task is not None:
            task.cancel()

    if threading.current_thread() is threading.main_thread():
        with suppress(NotImplementedError):  # Windows
            asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop)
    try:
        await job
    except asyncio.CancelledError:
        if came.is_set():
            raise _Terminated from None
        raise


def _most_telling(group: BaseExceptionGroup[BaseException]) -> BaseException:
    """The one error to show of those that tasks raised at once: a full disk before its echoes."""
    leaves = list(_leaves(group))
    return next((error for error in leaves if isinstance(error, WorkspaceError)), leaves[0])


def _leaves(group: BaseExceptionGroup[BaseException]) -> Iterator[BaseException]:
    for error in group.exceptions:
        if isinstance(error, BaseExceptionGroup):
            yield from _leaves(error)
        else:
            yield error
