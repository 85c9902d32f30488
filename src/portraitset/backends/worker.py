"""The other end of `local`: a process that runs one call after the other until its input ends.

Calls come in on standard input and answers leave on what was standard output, as pickles behind
their length. Whatever else is printed goes to the log that the parent gave as standard error.
"""

import ctypes
import faulthandler
import os
import pickle
import signal
import struct
import sys
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from typing import BinaryIO

if sys.platform != "win32":
    import resource

LENGTH = struct.Struct("<Q")

_RETURN_ABOVE, _MAP_ABOVE = -1, -3
"""Numbers of malloc's settings M_TRIM_THRESHOLD and M_MMAP_THRESHOLD (mallopt(3))."""

_KEPT = 128 << 20
"""Bytes of free memory that a worker keeps for its next picture: what eight megapixels take."""

_LARGEST_KEPT = 32 << 20
"""Larger pieces go back to the system at once; glibc allows no higher threshold."""


@dataclass(frozen=True, slots=True)
class Call:
    """A function of a module and its arguments, all picklable."""

    function: Callable[..., object]
    arguments: tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of a call: a value, or an error with where it arose."""

    value: object = None
    error: BaseException | None = None
    traceback: str = ""


def pack(message: object) -> bytes:
    """A message as bytes for the pipe: a pickle behind its length."""
    data = pickle.dumps(message, protocol=pickle.HIGHEST_PROTOCOL)
    return LENGTH.pack(len(data)) + data


def nothing() -> None:
    """The call that shows that a worker is up."""


def limit_memory(most: int) -> None:
    """Let this process have so many bytes and no more; asking for more is a `MemoryError`.

    On Linux only: RLIMIT_DATA counts what is written to, be it reserved or not (setrlimit(2),
    since 4.7). Other systems either have no such limit or do not keep it.
    """
    if sys.platform == "linux":
        resource.setrlimit(resource.RLIMIT_DATA, (most, most))


def keep_freed_memory() -> None:
    """Let glibc keep what one picture's pixels took for the next one's.

    Otherwise each photo's tens of megabytes are mapped, zeroed by the system and given back, page
    by page: 26 of 114 ms for a face of a 1920 x 2600 photo.
    """
    if sys.platform == "linux":
        adjust = getattr(ctypes.CDLL(None), "mallopt", None)  # other C libraries may have none
        if adjust is not None:
            adjust(_MAP_ABOVE, _LARGEST_KEPT)
            adjust(_RETURN_ABOVE, _KEPT)


def main(memory: int | None = None) -> None:
    """Serve calls until the parent closes the pipe, which its death does too.

    `memory` is the most that the process may take, in bytes.
    """
    if memory is not None:
        limit_memory(memory)
    keep_freed_memory()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides when to stop
    faulthandler.enable()
    calls = os.fdopen(os.dup(0), "rb")
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    while (call := _read(calls)) is not None:
        try:
            answers.write(_answer(call))
            answers.flush()
        except BrokenPipeError:
            break
    os._exit(0)  # nobody is left to hear a complaint about closed pipes


def _read(calls: BinaryIO) -> Call | None:
    header = calls.read(LENGTH.size)
    if len(header) < LENGTH.size:
        return None
    data = calls.read(LENGTH.unpack(header)[0])
    call = pickle.loads(data)  # noqa: S301 the parent wrote it
    if not isinstance(call, Call):
        raise TypeError(f"not a call: {call!r}")
    return call


def _answer(call: Call) -> bytes:
    try:
        return pack(Answer(call.function(*call.arguments)))
    except MemoryError as error:  # a library's own kind may not survive the pipe
        return pack(Answer(error=MemoryError(str(error)), traceback=traceback.format_exc()))
    except Exception as error:  # noqa: BLE001 it is raised again by the parent
        trace = traceback.format_exc()
        try:
            data = pack(Answer(error=error, traceback=trace))
            pickle.loads(data[LENGTH.size :])  # noqa: S301 can the parent read it?
        except Exception:  # noqa: BLE001 any class may refuse to be pickled
            plain = RuntimeError(f"{type(error).__name__}: {error}")
            data = pack(Answer(error=plain, traceback=trace))
        return data


if __name__ == "__main__":
    sys.exit("this module is started by portraitset itself")
