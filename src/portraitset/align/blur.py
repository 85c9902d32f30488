"""SciPy's Gaussian over a mirrored picture, bit for bit, without that picture: the kernels.

What need not be computed, and why the rest is exact, stands in `mirror`. All kernels that call
one another lie in this file: numba looks only at the caller's file to see whether its machine
code on disk is out of date.
"""

import numpy as np

from portraitset.align.jit import kernel
from portraitset.align.mirror import Indices
from portraitset.align.simd import (
    LANES,
    Doubles,
    Eight,
    Floats,
    add,
    load,
    multiply,
    spread,
    store_as_floats,
)
from portraitset.picture.decode import Pixels

TRUNCATE = 4.0
"""SciPy's default: the kernel ends at so many sigma."""


def gaussian_weights(sigma: float) -> Doubles:
    """float64 (radius + 1,): the centre's weight, then those outwards."""
    radius = int(TRUNCATE * sigma + 0.5)
    if sigma <= 1e-15:  # SciPy skips such an axis
        return np.ones(1)
    weights = np.exp(-0.5 / (sigma * sigma) * np.arange(-radius, radius + 1) ** 2)
    weights /= weights.sum()
    return np.ascontiguousarray(weights[radius:])


@kernel
def _add_pair(total: Eight, left: Eight, right: Eight, weight: Eight) -> Eight:
    return add(total, multiply(add(left, right), weight))


@kernel
def _add_four_pairs(
    total: Eight,
    left: tuple[Eight, Eight, Eight, Eight],
    right: tuple[Eight, Eight, Eight, Eight],
    weights: tuple[Eight, Eight, Eight, Eight],
) -> Eight:
    """Four pairs from the outside inwards: left begins at the outermost, right ends there."""
    total = _add_pair(total, left[0], right[3], weights[0])
    total = _add_pair(total, left[1], right[2], weights[1])
    total = _add_pair(total, left[2], right[1], weights[2])
    return _add_pair(total, left[3], right[0], weights[3])


@kernel
def _blur_four(lines: Doubles, at: int, weights: Doubles, out: Floats, start: int) -> None:
    """Four outputs of each line, their sums in registers: what one reads serves the others, too.

    Args:
        lines: float64, flat: a cell holds one position of eight lines.
        at: the first output's own cell.
        out: float32, flat, likewise; the first output goes to cell `start`.
    """
    middle, n = spread(weights[0]), LANES
    a = multiply(load(lines, at * n), middle)
    b = multiply(load(lines, (at + 1) * n), middle)
    c = multiply(load(lines, (at + 2) * n), middle)
    d = multiply(load(lines, (at + 3) * n), middle)
    k = weights.size - 1
    while k >= 4:
        w = (
            spread(weights[k]),
            spread(weights[k - 1]),
            spread(weights[k - 2]),
            spread(weights[k - 3]),
        )
        i, j = (at - k) * n, (at + k - 3) * n
        p, q, r, s = (
            load(lines, i),
            load(lines, i + n),
            load(lines, i + 2 * n),
            load(lines, i + 3 * n),
        )
        t, u, v = load(lines, i + 4 * n), load(lines, i + 5 * n), load(lines, i + 6 * n)
        e, f, g, h = (
            load(lines, j),
            load(lines, j + n),
            load(lines, j + 2 * n),
            load(lines, j + 3 * n),
        )
        x, y, z = load(lines, j + 4 * n), load(lines, j + 5 * n), load(lines, j + 6 * n)
        a = _add_four_pairs(a, (p, q, r, s), (e, f, g, h), w)
        b = _add_four_pairs(b, (q, r, s, t), (f, g, h, x), w)
        c = _add_four_pairs(c, (r, s, t, u), (g, h, x, y), w)
        d = _add_four_pairs(d, (s, t, u, v), (h, x, y, z), w)
        k -= 4
    while k >= 1:
        weight, i, j = spread(weights[k]), (at - k) * n, (at + k) * n
        a = _add_pair(a, load(lines, i), load(lines, j), weight)
        b = _add_pair(b, load(lines, i + n), load(lines, j + n), weight)
        c = _add_pair(c, load(lines, i + 2 * n), load(lines, j + 2 * n), weight)
        d = _add_pair(d, load(lines, i + 3 * n), load(lines, j + 3 * n), weight)
        k -= 1
    store_as_floats(out, start * n, a)
    store_as_floats(out, (start + 1) * n, b)
    store_as_floats(out, (start + 2) * n, c)
    store_as_floats(out, (start + 3) * n, d)


@kernel
def _blur_one(lines: Doubles, at: int, weights: Doubles, out: Floats, start: int) -> None:
    """One output of each line; see `_blur_four`."""
    total = multiply(load(lines, at * LANES), spread(weights[0]))
    for k in range(weights.size - 1, 0, -1):
        left, right = load(lines, (at - k) * LANES), load(lines, (at + k) * LANES)
        total = _add_pair(total, left, right, spread(weights[k]))
    store_as_floats(out, start * LANES, total)


@kernel
def _blur_lines(
    lines: Doubles, wanted: Indices, everywhere: Indices, weights: Doubles, out: Floats
) -> None:
    """Blur eight lines at the `wanted` spans of positions, each laid where `everywhere` has it.

    `lines` has a radius more at either end.
    """
    radius = weights.size - 1
    for span in range(wanted.shape[0]):
        start, stop = wanted[span]
        at, n = _packed(everywhere, start), stop - start
        for i in range(0, n - 3, 4):
            _blur_four(lines, start + i + radius, weights, out, at + i)
        for i in range(n - n % 4, n):
            _blur_one(lines, start + i + radius, weights, out, at + i)


@kernel
def blur_down(
    values: Pixels, reach: Indices, spans: Indices, weights: Doubles, out: Floats
) -> None:
    lines = np.zeros(reach.size * LANES, np.float64)
    blurred = np.empty(out.shape[0] * LANES, np.float32)
    width = values.shape[1]
    for first in range(0, width, LANES):
        n = min(LANES, width - first)
        for i in range(reach.size):
            row = values[reach[i], first : first + n]
            for x in range(n):
                lines[i * LANES + x] = row[x]
        _blur_lines(lines, spans, spans, weights, blurred)
        for i in range(out.shape[0]):
            row_out = out[i, first : first + n]
            for x in range(n):
                row_out[x] = blurred[i * LANES + x]


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
    computed = int((everywhere[:, 1] - everywhere[:, 0]).sum())
    lines = np.zeros(reach.size * LANES, np.float64)
    blurred = np.zeros(computed * LANES, np.float32)
    blurred_row = np.zeros(across.size, np.float32)
    original = np.empty(across.size, np.float32)
    zero, one, three = np.float32(0), np.float32(1), np.float32(3)
    first, count = 0, columns_blurred.shape[0]
    while first < count:
        is_deep = _is_deep(down, order[starts[first] : starts[first + 1]])
        last = first + 1
        while last < min(first + LANES, count) and is_deep == _is_deep(
            down, order[starts[last] : starts[last + 1]]
        ):
            last += 1
        for i in range(reach.size):
            for line in range(last - first):
                lines[i * LANES + line] = columns_blurred[first + line, reach[i]]
        _blur_lines(lines, sides if is_deep else everywhere, everywhere, weights, blurred)
        for row in range(first, last):
            repeats = order[starts[row] : starts[row + 1]]
            pixels = values[row_source[repeats[0]]]
            for x in range(across.size):
                blurred_row[x] = blurred[blur_index[x] * LANES + row - first]
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
        first = last


@kernel
def _is_deep(down: Floats, rows: Indices) -> bool:
    """Whether none of these rows takes any of its blur from its own height in the picture."""
    return bool(down[rows].max() * np.float32(3) + np.float32(1) <= np.float32(0))


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
