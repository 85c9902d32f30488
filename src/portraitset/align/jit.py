"""The one door to the compiler: how every kernel of the alignment is compiled."""

import contextlib
import sys
from collections.abc import Callable
from pathlib import Path
from typing import ParamSpec, TypeVar

import numba

_Arguments = ParamSpec("_Arguments")
_Result = TypeVar("_Result")


def kernel(function: Callable[_Arguments, _Result]) -> Callable[_Arguments, _Result]:
    """Compile on the first call, keep the machine code on disk, release the GIL while it runs.

    Never with fast-math, nor with contraction into fused multiply-adds: `exact` stands on every
    single rounding being the one that Pillow and SciPy make.
    """
    compiled = numba.njit(nogil=True, error_model="numpy")(function)
    # Where neither the package's folder nor the user's cache can be written to, numba raises;
    # then each process compiles anew.
    with contextlib.suppress(RuntimeError):
        compiled.enable_caching()
    result: Callable[_Arguments, _Result] = compiled
    return result


def is_cached(function: Callable[..., object]) -> bool:
    """Whether machine code of a kernel's present source lies on disk.

    A guess from names and times, good enough to announce a compilation that is about to happen:
    code for another processor counts as well.
    """
    folder = Path(getattr(function, "stats").cache_path or "")  # noqa: B009
    code = function.__code__
    name = f"{Path(code.co_filename).stem}.{function.__qualname__}-{code.co_firstlineno}"
    version = f"py{sys.version_info.major}{sys.version_info.minor}"
    index = folder / f"{name}.{version}.nbi"
    changed = Path(code.co_filename)
    return index.exists() and index.stat().st_mtime >= changed.stat().st_mtime
