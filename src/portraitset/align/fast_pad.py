"""`fast`'s padding: the blur on a coarse lattice, the median from a sample of rows."""

import numpy as np

from portraitset.align.fast_warp import Doubles, Floats, Indices, Margin, Source, copy_row, pad_row
from portraitset.align.jit import kernel
from portraitset.align.pad import SIGMA, edge_mask

COARSEST = 16
"""Padded pixels from node to node, at most."""

NODES_PER_SIGMA = 2.0
"""At least; linear interpolation between the nodes is then off by less than half a level."""

SAMPLES_PER_STEP = 4
"""Pixels that are averaged for a node, on each axis."""

MEDIAN_ROWS, MEDIAN_COLUMNS = 160, 160
"""Of the grid that stands for the whole padded picture."""


def no_margin(width: int, height: int) -> Margin:
    """Where nothing is padded."""
    inside = np.float32(-1)
    return Margin(
        np.full(width, inside),
        np.full(height, inside),
        np.zeros(64, np.float32),
        2,
        1,
        np.zeros(width, np.int64),
        np.zeros(width, np.int64),
        np.zeros(8, np.float32),
    )


def margin_of(source: Source, pads: tuple[int, int, int, int], quad_size: float) -> Margin:
    """What `pad_reference` does to the picture that `source` describes."""
    left, top, right, bottom = pads
    width, height = source.columns.size, source.rows.size
    sigma = quad_size * SIGMA
    step = int(min(max(sigma / NODES_PER_SIGMA, 1), COARSEST))
    lattice = _blurred_lattice(source, sigma, step)
    twice = 2 * np.arange(width) - step + 1
    margin = Margin(
        edge_mask(width, left, right),
        edge_mask(height, top, bottom),
        np.append(lattice.ravel(), np.zeros(8, np.float32)),  # rows are read eight at a time
        lattice.shape[1],
        step,
        twice // (2 * step) + 1,
        np.arange(width) % step,
        np.zeros(8, np.float32),
    )
    margin.median[:3] = _median(source, margin)
    return margin


def blend_phases(step: int) -> Floats:
    """float32, flat: ones for the left half, then the shares of two nodes in each phase."""
    after = (2 * np.arange(step) - step + 1) % (2 * step) / (2 * step)
    shares = np.repeat(np.stack([1 - after, after], axis=1), 4, axis=1)
    left_half = np.repeat([[1.0, 0.0]], 4, axis=1)
    phases: Floats = np.concatenate([left_half, shares]).astype(np.float32).ravel()
    return phases


def _blurred_lattice(source: Source, sigma: float, step: int) -> Floats:
    """float32 (nodes down + 2, nodes across + 2, 4), the outermost repeated."""
    rows, widened = _sampled(source.rows, step)
    columns, _ = _sampled(source.columns, step)
    lattice = np.zeros((rows.shape[0], columns.shape[0], 4), np.float32)
    average(source, rows, columns, lattice)
    # Averaging and interpolating have widened it already, and variances add up.
    widened += (step * step - 1) / 6
    weights = _gaussian(max(sigma * sigma - widened, 0.0) / (step * step))
    for _ in range(2):
        blurred = np.empty_like(lattice)
        shape = (lattice.shape[0], -1)
        _blur_rows(lattice.reshape(shape), weights, blurred.reshape(shape))
        lattice = np.ascontiguousarray(blurred.transpose(1, 0, 2))
    return np.pad(lattice, ((1, 1), (1, 1), (0, 0)), "edge")


def _sampled(source: Indices, step: int) -> tuple[Indices, float]:
    """int64 (nodes, n): the original's pixels that a node averages, and their variance."""
    stride = max(step // SAMPLES_PER_STEP, 1)
    n = -(-step // stride)
    inset = (step - 1 - (n - 1) * stride) // 2
    starts = np.arange(0, source.size, step)[:, np.newaxis] + inset
    positions = np.minimum(starts + stride * np.arange(n), source.size - 1)
    return source[positions], stride * stride * (n * n - 1) / 12


def _gaussian(variance: float) -> Floats:
    """float32 (radius + 1,), the centre first; to four sigma as SciPy's."""
    radius = int(4 * variance**0.5 + 0.5)
    if radius == 0:
        return np.ones(1, np.float32)
    weights: Doubles = np.exp(-0.5 / variance * np.arange(radius + 1) ** 2)
    shares: Floats = (weights / (2 * weights.sum() - weights[0])).astype(np.float32)
    return shares


def _median(source: Source, margin: Margin) -> Floats:
    """float32 (3,): of the blurred picture, from a grid of about 30,000 of its pixels."""
    height, width = source.rows.size, source.columns.size
    rows = np.linspace(0, height - 1, min(MEDIAN_ROWS, height)).astype(np.int64)
    stride = max(width // MEDIAN_COLUMNS, 1)
    picked = np.empty((rows.size, -(-width // stride), 3), np.float32)
    pick(source, margin, blend_phases(margin.step), rows, stride, picked)
    return np.asarray(np.median(picked, axis=(0, 1)), np.float32)


@kernel
def average(source: Source, rows: Indices, columns: Indices, out: Floats) -> None:
    n = rows.shape[1]
    share = np.float32(1) / np.float32(n * columns.shape[1])
    for y in range(out.shape[0]):
        for k in range(n):
            row = source.pixels[rows[y, k]]
            for x in range(out.shape[1]):
                red, green, blue = 0, 0, 0
                for i in range(columns.shape[1]):
                    pixel = row[columns[x, i]]
                    red += pixel[0]
                    green += pixel[1]
                    blue += pixel[2]
                out[y, x, 0] += np.float32(red) * share
                out[y, x, 1] += np.float32(green) * share
                out[y, x, 2] += np.float32(blue) * share


@kernel
def _blur_rows(lattice: Floats, weights: Floats, out: Floats) -> None:
    """Down the columns; beyond the ends continued by half-sample reflection, as SciPy does."""
    rows = lattice.shape[0]
    for y in range(rows):
        result = out[y]
        result[:] = lattice[y] * weights[0]
        for k in range(1, weights.size):
            above, below = (y - k) % (2 * rows), (y + k) % (2 * rows)
            upper = lattice[min(above, 2 * rows - 1 - above)]
            lower = lattice[min(below, 2 * rows - 1 - below)]
            for x in range(result.size):
                result[x] += (upper[x] + lower[x]) * weights[k]


@kernel
def pick(
    source: Source, margin: Margin, phases: Floats, rows: Indices, stride: int, out: Floats
) -> None:
    """Every so-many-th padded pixel of some rows; `margin.median` is not known yet."""
    width = source.columns.size
    row = np.zeros(4 * width + 8, np.float32)
    row_of = np.zeros(3 * width + 8, np.float32)
    nodes = np.zeros((width // margin.step + 4) * 4 + 8, np.float32)
    undrawn = Margin(
        np.minimum(margin.across, np.float32(0)),
        np.minimum(margin.down, np.float32(0)),
        margin.lattice,
        margin.lattice_columns,
        margin.step,
        margin.node,
        margin.phase,
        margin.median,
    )
    for i in range(rows.size):
        copy_row(source, rows[i], 0, width, row_of, row, 0)
        pad_row(undrawn, phases, rows[i], 0, width, nodes, row, 0)
        for k in range(out.shape[1]):
            for channel in range(3):
                out[i, k, channel] = row[4 * k * stride + channel]
