"""How `fast` samples: how many samples per output pixel, and the weights of each.

`exact` samples 4 x 4 times per output pixel with a tent (bilinear) and reduces with Lanczos. The
same response comes from fewer samples with longer kernels: each kernel is fitted, by least
squares over frequency, to the tent's response where the reduction lets it pass and to nothing
where it would come back as an alias. Pure.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from portraitset.align.lanczos import PRECISION_BITS, SUPPORT, lanczos_taps

Doubles = npt.NDArray[np.float64]
Floats = npt.NDArray[np.float32]
Indices = npt.NDArray[np.int64]

PHASES = 128
"""Positions between two source pixels that are told apart: off by 1/256 pixel at most."""

_FREQUENCIES = np.arange(0.00625, 4, 0.0125)
"""Cycles per source pixel; from 4 on, what is left of any of these kernels is below -60 dB."""


@dataclass(frozen=True, slots=True)
class Sampling:
    """Samples per output pixel on each axis, and source pixels per sample on each axis."""

    samples: int
    taps: int


def choose_sampling(ratio: float) -> Sampling:
    """What source pixels per output pixel (at most 4) call for.

    Measured on the old masters cut to 1024, 512, 256, 160 and 128 pixels, against `exact`:
    56 dB or more up to 0.6, 55 dB or more beyond. With a tent, 2 x 2 samples reach 46 to 52 dB
    between 1.1 and 4; a single sample fails beyond 0.6, as its kernel follows the source's axes
    and not the crop's.
    """
    if ratio <= 0.45:
        return Sampling(1, 6)
    if ratio <= 1.3:
        return Sampling(2, 4)
    if ratio <= 1.75:
        return Sampling(2, 6)
    return Sampling(4, 2)


def sampling_weights(sampling: Sampling, ratio: float) -> Floats:
    """float32 (PHASES, taps); each row sums to 1.

    Row p is for a sample (p + 0.5) / PHASES of a pixel beyond the centre of its middle left tap.
    """
    taps = sampling.taps
    offsets = np.arange(taps) - (taps // 2 - 1)
    distance = np.abs(offsets[np.newaxis, :] - (np.arange(PHASES)[:, np.newaxis] + 0.5) / PHASES)
    if taps == 2:
        return (1 - distance).astype(np.float32)
    kernel = _fitted_kernel(sampling, round(ratio, 3))
    weights = kernel[np.rint(distance * PHASES - 0.5).astype(np.int64)]
    weights /= weights.sum(axis=1, keepdims=True)
    return weights.astype(np.float32)


@lru_cache(maxsize=64)
def _fitted_kernel(sampling: Sampling, ratio: float) -> Doubles:
    """The even kernel at (i + 0.5) / PHASES source pixels from its centre."""
    unknowns = sampling.taps * PHASES // 2
    distance = (np.arange(unknowns) + 0.5) / PHASES
    response = 2 / PHASES * np.cos(2 * np.pi * np.outer(_FREQUENCIES, distance))
    wanted, weight = _wanted_response(sampling.samples, ratio)
    smooth = 3e-3 * PHASES / 8 * (np.eye(unknowns) - np.eye(unknowns, k=1))
    system = np.vstack([response * weight[:, np.newaxis], smooth])
    # Normal equations: the smoothing keeps them well conditioned, and they take a quarter of
    # the time of an orthogonal method.
    right = response.T @ (weight**2 * wanted)
    return np.asarray(np.linalg.solve(system.T @ system, right))


def _wanted_response(samples: int, ratio: float) -> tuple[Doubles, Doubles]:
    """The response at each frequency and how much it matters.

    A frequency matters as much as there is of it: natural pictures have amplitudes as 1/f, and a
    sampled picture repeats its spectrum around each whole number.
    """
    f = _FREQUENCIES
    amplitude = 1 / np.maximum(np.abs(f - np.rint(f)), 0.02)
    tent = np.sinc(f) ** 2
    passed = _lanczos_response(f * ratio)
    if samples == 1:
        return tent * passed, amplitude
    # 0.62: where Lanczos has fallen to a tenth, in cycles per output pixel. The band's aliases
    # begin at samples - 0.62; a quarter later they are let through no more (fitted by trial).
    aliased = f > (samples - 0.62) / ratio * 1.25
    return (
        np.where(aliased, 0.0, tent),
        np.where(aliased, amplitude, amplitude * np.maximum(np.abs(passed), 0.02)),
    )


def _lanczos_response(f: Doubles) -> Doubles:
    """Of the continuous Lanczos-3 kernel, f in cycles per output pixel."""
    x = np.linspace(-SUPPORT, SUPPORT, 601)
    kernel = np.sinc(x) * np.sinc(x / SUPPORT)
    return np.asarray(np.cos(2 * np.pi * np.outer(f, x)) @ kernel / kernel.sum())


@dataclass(frozen=True, slots=True)
class Reduction:
    """Lanczos from samples to pixels on one axis, in floating point.

    Attributes:
        first, last: int64 (outputs,), the first and the last sample of each output.
        which: int64 (outputs,), the row of its weights; all but a few share one.
        across: float32 (rows, 4 * taps), each weight four times; zeros fill up to a
            multiple of four taps.
        down: float32 (rows, taps).
    """

    first: Indices
    last: Indices
    which: Indices
    across: Floats
    down: Floats


@lru_cache(maxsize=16)
def reduction(samples: int, outputs: int) -> Reduction:
    """Reduce `samples` to `outputs` of one axis, cut off at the ends as Pillow does."""
    taps = lanczos_taps(samples, outputs)
    most = int(taps.count.max())
    weights = np.zeros((outputs, -(-most // 4) * 4), np.float32)
    weights[:, :most] = taps.weights[:, :most] / (1 << PRECISION_BITS)
    down, which = np.unique(weights, axis=0, return_inverse=True)
    which = which.reshape(-1).astype(np.int64)
    first = taps.first.astype(np.int64)
    last = np.minimum(first + weights.shape[1], samples) - 1
    return Reduction(first, last, which, np.repeat(down, 4, axis=1), down)
