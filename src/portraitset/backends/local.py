"""A pool of worker processes, each with pipes of its own.

Not `concurrent.futures`: there, one worker that dies takes every waiting call down with it, and
`spawn` runs the user's script again in every worker. Here a worker that dies takes down the one
call it had, the next call gets a fresh worker, and no worker outlives the parent.
"""

import asyncio
import pickle
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import IO, ParamSpec, Self, TypeVar, cast

from portraitset.backends.worker import LENGTH, Answer, Call, nothing, pack

_Arguments = ParamSpec("_Arguments")
_Result = TypeVar("_Result")

_BOOT = (
    "import sys; sys.path[:] = {path!r};"
    " from portraitset.backends.worker import main; main({memory!r})"
)


class WorkerDied(Exception):
    """The worker ended in the middle of a call: a crash in native code, or out of memory.

    `killed` says that it was ended from outside by SIGKILL, as Linux does when memory runs out.
    """

    def __init__(self, detail: str, *, killed: bool = False) -> None:
        super().__init__(detail)
        self.killed = killed


class WorkerPool:
    """Up to `count` worker processes; use it as an asynchronous context manager.

    `log` takes what the workers and the libraries in them print. `memory` is the most bytes that
    one worker may take; None for no limit.
    """

    def __init__(self, count: int, log: Path, memory: int | None = None) -> None:
        self.count = count
        self._memory = memory
        self._log_path = log
        self._free = asyncio.Semaphore(count)
        self._idle: list[_Worker] = []
        self._all: set[_Worker] = set()

    async def __aenter__(self) -> Self:
        self._log = self._log_path.open("ab")
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await asyncio.gather(*(worker.stop() for worker in self._all))
        self._log.close()

    async def run(
        self,
        function: Callable[_Arguments, _Result],
        *arguments: _Arguments.args,
        **_: _Arguments.kwargs,
    ) -> _Result:
        """Call a module's function in a worker and return what it returns.

        Raises:
            WorkerDied: the worker ended before it answered.
            Exception: what the function raised, with the worker's traceback as a note.
        """
        async with self._free:
            worker = self._idle.pop() if self._idle else await self._start()
            try:
                answer = await worker.call(Call(function, arguments))
            except BaseException:  # dead, or cancelled in the middle of a call
                self._all.discard(worker)
                await worker.stop()
                raise
            self._idle.append(worker)
        if answer.error is not None:
            answer.error.add_note(f"In a worker process:\n{answer.traceback}")
            raise answer.error
        return cast(_Result, answer.value)

    async def _start(self) -> "_Worker":
        worker = await _Worker.start(self._log, self._memory)
        self._all.add(worker)
        try:
            await worker.call(Call(nothing, ()))
        except WorkerDied as death:  # not the next picture's fault
            raise RuntimeError(f"no worker can start; see {self._log_path}") from death
        return worker


class _Worker:
    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    @classmethod
    async def start(cls, log: IO[bytes], memory: int | None) -> Self:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-c",
            _BOOT.format(path=sys.path, memory=memory),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=log,
            process_group=0,  # a Ctrl-C in the terminal is the parent's to handle
        )
        return cls(process)

    async def call(self, call: Call) -> Answer:
        stdin, stdout = self._process.stdin, self._process.stdout
        if stdin is None or stdout is None:
            raise WorkerDied("the worker has no pipes")
        try:
            stdin.write(pack(call))
            await stdin.drain()
            header = await stdout.readexactly(LENGTH.size)
            data = await stdout.readexactly(LENGTH.unpack(header)[0])
        except (asyncio.IncompleteReadError, ConnectionError) as error:
            code = await self._process.wait()
            killed = code == -signal.SIGKILL if sys.platform != "win32" else False
            raise WorkerDied(f"the worker ended with {code}", killed=killed) from error
        return cast(Answer, pickle.loads(data))  # noqa: S301 our own worker wrote it

    async def stop(self) -> None:
        with suppress(ProcessLookupError):
            self._process.kill()
        await self._process.wait()
