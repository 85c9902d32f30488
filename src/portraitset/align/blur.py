"""SciPy's Gaussian over a mirrored picture, bit for bit, without that picture: the kernels.

What need not be computed, and why the rest is exact, stands in `mirror`. All kernels that call
one another lie in this file: numba looks only at the caller's file to see whether its machine
code on disk is out of date.
"""

import numpy as np
import numpy.typing as npt

from portraitset.align.jit import kernel
from portraitset.align.mirror import Indices
from portraitset.picture.decode import Pixels

Doubles = npt.NDArray[np.float64]
Floats = npt.NDArray[np.float32]

TRUNCATE = 4.0
"""SciPy's default: the kernel ends at so many sigma."""

BLOCK = 512
"""Outputs per step: the sums and what they read stay in the first-level cache."""

COLUMNS = 16
"""Columns blurred together: 16 float32 are one cache line of the result."""


def gaussian_weights(sigma: float) -> Doubles:
    """float64 (radius + 1,): the centre's weight, then those outwards."""
    radius = int(TRUNCATE * sigma + 0.5)
    if sigma <= 1e-15:  # SciPy skips such an axis
        return np.ones(1)
    weights = np.exp(-0.5 / (sigma * sigma) * np.arange(-radius, radius + 1) ** 2)
    weights /= weights.sum()
    return np.ascontiguousarray(weights[radius:])


@kernel
def _add_four_pairs(
    total: Doubles,
    left: Doubles,
    right: Doubles,
    w: float,
    x: float,
    y: float,
    z: float,
) -> None:
    """Four pairs from the outside inwards: left begins at the outermost, right ends there."""
    a, b, c, d = left, left[1:], left[2:], left[3:]
    e, f, g, h = right[3:], right[2:], right[1:], right
    for i in range(total.size):
        total[i] = (((total[i] + (a[i] + e[i]) * w) + (b[i] + f[i]) * x) + (c[i] + g[i]) * y) + (
            d[i] + h[i]
        ) * z


@kernel
def _add_pair(total: Doubles, left: Doubles, right: Doubles, weight: float) -> None:
    for i in range(total.size):
        total[i] = total[i] + (left[i] + right[i]) * weight


@kernel
def _blur_line(line: Doubles, weights: Doubles, total: Doubles, out: Floats) -> None:
    """Blur as many pixels as `out` holds; `line` has a radius more at either end.

    `total` is room for BLOCK sums.
    """
    radius = weights.size - 1
    for start in range(0, out.size, BLOCK):
        n = min(BLOCK, out.size - start)
        centre = line[start + radius :]
        sums = total[:n]
        for i in range(n):
            sums[i] = centre[i] * weights[0]
        k = radius
        while k >= 4:
            _add_four_pairs(
                sums,
                line[start + radius - k :],
                line[start + radius + k - 3 :],
                weights[k],
                weights[k - 1],
                weights[k - 2],
                weights[k - 3],
            )
            k -= 4
        while k >= 1:
            _add_pair(sums, line[start + radius - k :], line[start + radius + k :], weights[k])
            k -= 1
        block = out[start:]
        for i in range(n):
            block[i] = np.float32(sums[i])


@kernel
def blur_down(
    values: Pixels, reach: Indices, spans: Indices, weights: Doubles, out: Floats
) -> None:
    radius = weights.size - 1
    lines = np.empty((COLUMNS, reach.size), np.float64)
    blurred = np.empty((COLUMNS, out.shape[0]), np.float32)
    total = np.empty(BLOCK, np.float64)
    width = values.shape[1]
    for first in range(0, width, COLUMNS):
        n = min(COLUMNS, width - first)
        for i in range(reach.size):
            row = values[reach[i], first : first + n]
            for x in range(n):
                lines[x, i] = row[x]
        for x in range(n):
            at = 0
            for span in range(spans.shape[0]):
                start, stop = spans[span]
                _blur_line(
                    lines[x, start : stop + 2 * radius],
                    weights,
                    total,
                    blurred[x, at : at + stop - start],
                )
                at += stop - start
        for i in range(out.shape[0]):
            row_out = out[i, first : first + n]
            for x in range(n):
                row_out[x] = blurred[x, i]


@kernel
def blur_across(
    values: Pixels,
    columns_blurred: Floats,
    rows: tuple[Indices, Indices, Indices],
    columns: tuple[Indices, Indices, Indices],
    spans: tuple[Indices, Indices],
    weights: Doubles,
    across: Floats,
    down: Floats,
    plane: Floats,
    histogram: Indices,
) -> None:
    """The second axis of the blur and the first blend, with a histogram of the results."""
    row_source, order, starts = rows
    column_source, reach, blur_index = columns
    everywhere, sides = spans
    radius = weights.size - 1
    computed = int((everywhere[:, 1] - everywhere[:, 0]).sum())
    line = np.empty(reach.size, np.float64)
    blurred = np.zeros(computed, np.float32)
    blurred_row = np.zeros(across.size, np.float32)
    original = np.empty(across.size, np.float32)
    total = np.empty(BLOCK, np.float64)
    zero, one, three = np.float32(0), np.float32(1), np.float32(3)
    for row in range(columns_blurred.shape[0]):
        repeats = order[starts[row] : starts[row + 1]]
        deep = True
        for y in repeats:
            deep = deep and down[y] * three + one <= zero
        wanted = sides if deep else everywhere
        source = columns_blurred[row]
        for i in range(reach.size):
            line[i] = source[reach[i]]
        for span in range(wanted.shape[0]):
            start, stop = wanted[span]
            at = _packed(everywhere, start)
            _blur_line(
                line[start : stop + 2 * radius], weights, total, blurred[at : at + stop - start]
            )
        pixels = values[row_source[repeats[0]]]
        for x in range(across.size):
            blurred_row[x] = blurred[blur_index[x]]
            original[x] = pixels[column_source[x]]
        for y in repeats:
            out = plane[y]
            for x in range(across.size):
                weight = max(across[x], down[y]) * three + one
                weight = min(max(weight, zero), one)
                out[x] = original[x] + (blurred_row[x] - original[x]) * weight
            bits = out.view(np.uint32)
            for x in range(bits.size):
                histogram[bits[x] >> np.uint32(16)] += 1


@kernel
def _packed(spans: Indices, position: int) -> int:
    """Where a computed position lies among all that are computed."""
    at = 0
    for span in range(spans.shape[0]):
        start, stop = spans[span]
        if start <= position < stop:
            return int(at + position - start)
        at += stop - start
    return at
