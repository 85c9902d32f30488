"""Pillow's Lanczos reduction of bytes: the same coefficients, in the same fixed point.

Source: Pillow's libImaging/Resample.c (`precompute_coeffs`, `normalize_coeffs_8bpc`).
"""

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from portraitset.align.jit import kernel

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

    @property
    def span(self) -> tuple[int, int]:
        """The first input pixel that any output takes, and the one behind the last."""
        return int(self.first[0]), int(self.first[-1] + self.count[-1])


@lru_cache(maxsize=16)
def lanczos_taps(inputs: int, outputs: int) -> Taps:
    """Reduce (or enlarge) `inputs` pixels to `outputs`, as Pillow's `resize` does on one axis."""
    return taps_between(inputs, 0.0, inputs / outputs, 0, outputs)


def taps_between(inputs: int, origin: float, scale: float, start: int, stop: int) -> Taps:
    """The taps of some outputs of an axis.

    Args:
        inputs: how many input pixels there are.
        origin: where among them the first output begins.
        scale: input pixels per output pixel.
        start, stop: the outputs wanted.
    """
    outputs = stop - start
    most = math.ceil(SUPPORT * max(scale, 1.0)) * 2 + 1
    first = np.zeros(outputs, np.int32)
    count = np.zeros(outputs, np.int32)
    weights = np.zeros((outputs, most), np.int32)
    fill_taps(inputs, origin, scale, start, first, count, weights)
    for array in (first, count, weights):
        array.flags.writeable = False
    return Taps(first, count, weights)


@kernel
def fill_taps(
    inputs: int,
    origin: float,
    scale: float,
    start: int,
    first: Integers,
    count: Integers,
    weights: Integers,
) -> None:
    filter_scale = max(scale, 1.0)
    support = SUPPORT * filter_scale
    shares = np.zeros(weights.shape[1], np.float64)
    for i in range(first.size):
        centre = origin + (start + i + 0.5) * scale
        begin = max(int(centre - support + 0.5), 0)
        taps = min(int(centre + support + 0.5), inputs) - begin
        total = 0.0
        for k in range(taps):
            shares[k] = _lanczos((begin + k - centre + 0.5) * (1.0 / filter_scale))
            total += shares[k]
        first[i], count[i] = begin, taps
        for k in range(taps):
            share = shares[k] / total if total != 0.0 else shares[k]
            weights[i, k] = int(share * (1 << PRECISION_BITS) + (0.5 if share >= 0 else -0.5))


@kernel
def _lanczos(x: float) -> float:
    return _sinc(x) * _sinc(x / 3) if -SUPPORT <= x < SUPPORT else 0.0


@kernel
def _sinc(x: float) -> float:
    if x == 0.0:
        return 1.0
    x *= math.pi
    return math.sin(x) / x
