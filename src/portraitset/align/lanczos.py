"""Pillow's Lanczos reduction of bytes: the same coefficients, in the same fixed point.

Source: Pillow's libImaging/Resample.c (`precompute_coeffs`, `normalize_coeffs_8bpc`).
"""

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

PRECISION_BITS = 22
"""Pillow's: 32 bits less 8 of the pixel and 2 of headroom for the filter's overshoot."""

SUPPORT = 3.0

Integers = npt.NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Taps:
    """The fixed-point filter of each output pixel.

    Attributes:
        first: int32 (outputs,), the first input pixel of each output.
        count: int32 (outputs,), how many input pixels it takes.
        weights: int32 (outputs, most), in units of 2**-22; zero beyond `count`.
    """

    first: Integers
    count: Integers
    weights: Integers


@lru_cache(maxsize=16)
def lanczos_taps(inputs: int, outputs: int) -> Taps:
    """Reduce (or enlarge) `inputs` pixels to `outputs`, as Pillow's `resize` does on one axis."""
    scale = inputs / outputs
    filter_scale = max(scale, 1.0)
    support = SUPPORT * filter_scale
    most = math.ceil(support) * 2 + 1
    first = np.zeros(outputs, np.int32)
    count = np.zeros(outputs, np.int32)
    weights = np.zeros((outputs, most), np.int32)
    for output in range(outputs):
        centre = (output + 0.5) * scale
        start = max(int(centre - support + 0.5), 0)
        stop = min(int(centre + support + 0.5), inputs)
        raw = [_lanczos((x - centre + 0.5) * (1.0 / filter_scale)) for x in range(start, stop)]
        first[output], count[output] = start, stop - start
        weights[output, : stop - start] = _fixed_point(raw)
    for array in (first, count, weights):
        array.flags.writeable = False
    return Taps(first, count, weights)


def _fixed_point(raw: list[float]) -> list[int]:
    total = 0.0
    for weight in raw:
        total += weight
    shares = [weight / total for weight in raw] if total != 0.0 else raw
    one = 1 << PRECISION_BITS
    return [int(share * one + (0.5 if share >= 0 else -0.5)) for share in shares]


def _lanczos(x: float) -> float:
    return _sinc(x) * _sinc(x / 3) if -SUPPORT <= x < SUPPORT else 0.0


def _sinc(x: float) -> float:
    if x == 0.0:
        return 1.0
    x *= math.pi
    return math.sin(x) / x
