"""`fast`'s kernels: samples from small float32 copies of the source, then Lanczos.

The crop is sampled tile by tile. Each tile first copies its surroundings as RGBX float32 into a
buffer that stays in the cache; where the picture is padded, the copy is mirrored, blurred and
drawn towards the median on the way, so that no padded picture exists. Rows of samples are then
reduced across, and each row of the crop down from the last few of those.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from portraitset.align.jit import kernel
from portraitset.align.simd import (
    add,
    add_product,
    copy_four,
    load,
    rounded,
    spread,
    store,
    store_folded,
    store_two_pixels,
    zero,
)
from portraitset.picture.decode import Pixels

Floats = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int64]

TILE = 64
"""Samples on a side: with at most one source pixel per sample, 150 KB of copy at any tilt."""

PHASE_BITS = 7

FRACTION = 20
"""Bits of a sample's position behind the point; the 11 before it span far more than a tile."""

DARKENING = 0.01
"""Added before the fraction is cut off. `exact` cuts off after sampling and rounds afterwards, so
that it comes out nearly half a level dark; 0.01 instead of 0.5 follows it (measured: 57 dB against
`exact`, where true rounding has 50 to 54; 0 would lose a level where colour is flat)."""


class Source(NamedTuple):
    """The padded picture by reference: the original and which of its pixels go where.

    `columns` and `rows` are int64, for each padded column and row the original's.
    """

    pixels: Pixels
    columns: Indices
    rows: Indices


class Margin(NamedTuple):
    """What the padding does to the mirrored picture.

    Attributes:
        across, down: float32, the mask of each column and row: 1 at the outer edge, 0 where the
            picture begins, below 0 inside.
        lattice: float32, flat (rows, columns, RGBX): the blurred picture at every `step` pixels,
            with one more node around.
        lattice_columns: how many nodes there are in one of its rows.
        step: padded pixels from node to node.
        node, phase: int64 for each padded column, the node to its left and its position after
            that, in steps of 1 / step.
        median: float32 (8,): RGBX and four zeros.
    """

    across: Floats
    down: Floats
    lattice: Floats
    lattice_columns: int
    step: int
    node: Indices
    phase: Indices
    median: Floats


class Fit(NamedTuple):
    """Samples to pixels on one axis: see `fast_taps.Reduction`; `which` names each one's weights.

    `across` has each weight four times, for RGBX; `down` has it once.
    """

    first: Indices
    last: Indices
    which: Indices
    across: Floats
    down: Floats


@kernel
def copy_row(
    source: Source, y: int, start: int, count: int, row_of: Floats, out: Floats, at: int
) -> None:
    """Part of a padded row, mirrored only, as RGBX; beyond the padding its outermost pixel.

    `row_of` is room for 3 * count + 8 floats. The X is anything.
    """
    columns = source.columns
    last = columns.size - 1
    row = source.pixels[source.rows[y]]
    stop = start + count - 1
    if start >= 0 and stop <= last and columns[stop] - columns[start] == stop - start:
        flat = row[columns[start] : columns[start] + count].reshape(-1)
        for i in range(flat.size):
            row_of[i] = np.float32(flat[i])
        for i in range(count):
            copy_four(row_of, 3 * i, out, at + 4 * i)
        return
    for i in range(count):
        pixel = row[columns[min(max(start + i, 0), last)]]
        out[at + 4 * i] = np.float32(pixel[0])
        out[at + 4 * i + 1] = np.float32(pixel[1])
        out[at + 4 * i + 2] = np.float32(pixel[2])


@kernel
def pad_row(
    margin: Margin,
    phases: Floats,
    y: int,
    start: int,
    count: int,
    nodes: Floats,
    out: Floats,
    at: int,
) -> None:
    """Blur what `copy_row` made and draw it towards the median, as far as the mask says.

    `nodes` is room for a row of the lattice; `phases` is from `blend_phases`.
    """
    last = margin.across.size - 1
    step, width = margin.step, margin.lattice_columns
    twice = 2 * y - step + 1
    node_row = twice // (2 * step)
    below = np.float32(twice - 2 * step * node_row) / np.float32(2 * step)
    first = margin.node[min(max(start, 0), last)]
    stop = margin.node[min(max(start + count - 1, 0), last)] + 2
    upper = ((node_row + 1) * width + first) * 4
    share, rest = spread(below), spread(np.float32(1) - below)
    for i in range(0, (stop - first) * 4, 8):
        mixed = add_product(load(margin.lattice, upper + i), rest, zero())
        mixed = add_product(load(margin.lattice, upper + 4 * width + i), share, mixed)
        store(nodes, i, mixed)
    one = np.float32(1)
    edge = margin.down[y]
    median, left_half = load(margin.median, 0), load(phases, 0)
    for i in range(count):
        x = min(max(start + i, 0), last)
        mask = max(margin.across[x], edge)
        blurred = min(max(mask * np.float32(3) + one, np.float32(0)), one)
        drawn = min(max(mask, np.float32(0)), one)
        here = at + 4 * i
        value = add_product(
            load(nodes, (margin.node[x] - first) * 4), load(phases, 8 + 8 * margin.phase[x]), zero()
        )
        value = add_product(value, spread(blurred * (one - drawn)), zero())
        value = add_product(median, spread(drawn), value)
        own = add_product(left_half, spread((one - blurred) * (one - drawn)), zero())
        store_folded(out, here, add_product(load(out, here), own, value))
    for i in range(0, 4 * count - 4, 8):
        store(out, at + i, rounded(load(out, at + i)))


Sampler = Callable[[Floats, int, tuple[int, int, int, int], int, Floats, Floats, Floats, int], None]


def _sampler(taps: int) -> Sampler:
    """`_sample` by so many taps a side, an even number: a constant, so that its loops unroll.

    As an argument of one kernel it is none: 93 ms for a face of 1800 become 133.
    """

    @kernel
    def sample(
        tile: Floats,
        stride: int,
        position: tuple[int, int, int, int],
        count: int,
        across: Floats,
        down: Floats,
        out: Floats,
        at: int,
    ) -> None:
        x, y, right, below = position
        for i in range(count):
            base = ((y >> FRACTION) * stride + (x >> FRACTION)) * 4
            px = ((x >> (FRACTION - PHASE_BITS)) & ((1 << PHASE_BITS) - 1)) * 4 * taps
            py = ((y >> (FRACTION - PHASE_BITS)) & ((1 << PHASE_BITS) - 1)) * taps
            total = zero()
            for pair in range(taps // 2):
                column = zero()
                for k in range(taps):
                    column = add_product(
                        load(tile, base + 4 * k * stride + 8 * pair), spread(down[py + k]), column
                    )
                total = add_product(column, load(across, px + 8 * pair), total)
            store_folded(out, at + 4 * i, total)
            x += right
            y += below

    return sample


_sample_2, _sample_4, _sample_6 = _sampler(2), _sampler(4), _sampler(6)


@kernel
def _sample(
    tile: Floats,
    stride: int,
    position: tuple[int, int, int, int],
    count: int,
    across: Floats,
    down: Floats,
    out: Floats,
    at: int,
) -> None:
    """A row of `count` samples of a tile of `stride` RGBX columns.

    `position` is x, y and their steps, in tile pixels at the upper left tap, times 2**FRACTION;
    for the weights see `warp_tiles`.
    """
    taps = down.size >> PHASE_BITS
    if taps == 2:
        _sample_2(tile, stride, position, count, across, down, out, at)
    elif taps == 4:
        _sample_4(tile, stride, position, count, across, down, out, at)
    else:
        _sample_6(tile, stride, position, count, across, down, out, at)


@kernel
def _span(start: float, right: float, below: float, columns: int, rows: int) -> tuple[int, int]:
    """From the smallest to the largest coordinate of a tile's samples, rounded down."""
    across, down = right * (columns - 1), below * (rows - 1)
    least = start + min(across, 0.0) + min(down, 0.0)
    most = start + max(across, 0.0) + max(down, 0.0)
    return int(np.floor(least)), int(np.floor(most))


@kernel
def _copy_tile(
    source: Source,
    margin: Margin,
    phases: Floats,
    corner: tuple[int, int],
    width: int,
    height: int,
    nodes: Floats,
    row_of: Floats,
    tile: Floats,
) -> None:
    left, top = corner
    last_x, last_y = source.columns.size - 1, source.rows.size - 1
    a, b = min(max(left, 0), last_x), min(max(left + width - 1, 0), last_x)
    sides = max(margin.across[a], margin.across[b])
    for row in range(height):
        y = min(max(top + row, 0), last_y)
        at = row * width * 4
        copy_row(source, y, left, width, row_of, tile, at)
        # A mask of -1/3 is where the blur begins.
        if max(sides, margin.down[y]) * 3 > -1:
            pad_row(margin, phases, y, left, width, nodes, tile, at)


@kernel
def _finish(values: Floats, start: int, row: Pixels, out: Pixels) -> None:
    """Round RGBX to the bytes of RGB; `row` is room for them and five more."""
    darkening = spread(np.float32(DARKENING))
    for x in range(0, out.size // 3, 2):
        store_two_pixels(row, 3 * x, add(load(values, start + 4 * x), darkening))
    for x in range(out.size):
        out[x] = row[x]


@kernel
def warp_tiles(
    source: Source,
    margin: Margin,
    phases: Floats,
    steps: Doubles,
    samples: int,
    across: Floats,
    down: Floats,
    fit: Fit,
    out: Pixels,
) -> None:
    """The whole crop.

    Args:
        steps: float64 (6,), in padded pixels, 0 at the centre of the first: x of the first
            sample, its steps from sample to sample and from row to row; the same of y.
        samples: per pixel of the crop, on each axis.
        across, down: sampling weights, flat (phases, taps), each four times and once.
    """
    size = out.shape[0]
    lines = out.reshape((size, 3 * size))
    side = samples * size
    taps = across.size // (4 << PHASE_BITS)
    middle = taps // 2 - 1
    reduced_taps = fit.down.shape[1]
    extent = int((TILE - 1) * max(abs(steps[1]) + abs(steps[2]), abs(steps[4]) + abs(steps[5])))
    tile = np.zeros((extent + taps + 4) ** 2 * 4 + 8, np.float32)
    nodes = np.zeros(((extent + taps + 4) // margin.step + 4) * 4 + 8, np.float32)
    stride = (reduced_taps + TILE + reduced_taps) * 4 + 8
    strip = np.zeros(TILE * stride, np.float32)
    line = (size * 4 + 31) // 32 * 32
    ring_rows = TILE + reduced_taps
    ring = np.zeros(ring_rows * line, np.float32)
    values = np.zeros(line, np.float32)
    offsets = np.zeros(reduced_taps, np.int64)
    row_bytes = np.zeros(3 * size + 16, np.uint8)
    row_of = np.zeros((extent + taps + 4) * 3 + 8, np.float32)
    one = float(1 << FRACTION)
    right, below = int(np.rint(steps[1] * one)), int(np.rint(steps[4] * one))
    done = 0
    for top in range(0, side, TILE):
        rows = min(TILE, side - top)
        reduced = 0
        for left in range(0, side, TILE):
            columns = min(TILE, side - left)
            x = steps[0] + steps[1] * left + steps[2] * top
            y = steps[3] + steps[4] * left + steps[5] * top
            x_from, x_to = _span(x, steps[1], steps[2], columns, rows)
            y_from, y_to = _span(y, steps[4], steps[5], columns, rows)
            # One pixel more all round, for the rounding of the fixed point.
            corner = (x_from - middle - 1, y_from - middle - 1)
            width, height = x_to - x_from + taps + 2, y_to - y_from + taps + 2
            _copy_tile(source, margin, phases, corner, width, height, nodes, row_of, tile)
            for row in range(rows):
                position = (
                    int((x + steps[2] * row - middle - corner[0]) * one),
                    int((y + steps[5] * row - middle - corner[1]) * one),
                    right,
                    below,
                )
                at = row * stride + reduced_taps * 4
                _sample(tile, width, position, columns, across, down, strip, at)
            if samples == 1:
                for row in range(rows):
                    at = row * stride + reduced_taps * 4
                    _finish(strip, at, row_bytes, lines[top + row, 3 * left : 3 * (left + columns)])
                continue
            stop = reduced
            while stop < size and fit.last[stop] < left + columns:
                stop += 1
            for row in range(rows):
                at = (top + row) % ring_rows * line
                _reduce_across(
                    strip, row * stride, left - reduced_taps, fit, reduced, stop, ring, at
                )
                _keep_last(strip, row * stride, columns, reduced_taps)
            reduced = stop
        while samples > 1 and done < size and fit.last[done] < top + rows:
            for k in range(reduced_taps):
                offsets[k] = (fit.first[done] + k) % ring_rows * line
            _reduce_down(ring, offsets, fit.down[fit.which[done]], values)
            _finish(values, 0, row_bytes, lines[done])
            done += 1


@kernel
def _keep_last(strip: Floats, row: int, columns: int, kept: int) -> None:
    """Move the last samples of a row to its front, where the next tile's outputs find them."""
    for i in range(kept):
        copy_four(strip, row + 4 * (columns + i), strip, row + 4 * i)


@kernel
def _reduce_across(
    strip: Floats, row: int, before: int, fit: Fit, start: int, stop: int, out: Floats, at: int
) -> None:
    """Some outputs of one row; `before` is the sample that lies at the row's front."""
    lanes = fit.across.shape[1]
    weights = fit.across.reshape(-1)
    same = start < stop and fit.which[start] == fit.which[stop - 1]
    if same and lanes == 48:
        weight = fit.which[start] * lanes
        a, b, c = load(weights, weight), load(weights, weight + 8), load(weights, weight + 16)
        weight += 24
        d, e, f = load(weights, weight), load(weights, weight + 8), load(weights, weight + 16)
        for i in range(start, stop):
            sample = row + (fit.first[i] - before) * 4
            total = add_product(load(strip, sample), a, zero())
            other = add_product(load(strip, sample + 24), d, zero())
            total = add_product(load(strip, sample + 8), b, total)
            other = add_product(load(strip, sample + 32), e, other)
            total = add_product(load(strip, sample + 16), c, total)
            other = add_product(load(strip, sample + 40), f, other)
            store_folded(out, at + 4 * i, add(total, other))
        return
    for i in range(start, stop):
        total, other = zero(), zero()
        sample, weight = row + (fit.first[i] - before) * 4, fit.which[i] * lanes
        for k in range(0, lanes, 16):
            total = add_product(load(strip, sample + k), load(weights, weight + k), total)
            other = add_product(load(strip, sample + k + 8), load(weights, weight + k + 8), other)
        store_folded(out, at + 4 * i, add(total, other))


@kernel
def _reduce_down(ring: Floats, offsets: Indices, weights: Floats, out: Floats) -> None:
    """`offsets` says where each of the rows begins."""
    for x in range(0, out.size, 32):
        a, b, c, d = zero(), zero(), zero(), zero()
        for k in range(offsets.size):
            at, weight = offsets[k] + x, spread(weights[k])
            a = add_product(load(ring, at), weight, a)
            b = add_product(load(ring, at + 8), weight, b)
            c = add_product(load(ring, at + 16), weight, c)
            d = add_product(load(ring, at + 24), weight, d)
        store(out, x, a)
        store(out, x + 8, b)
        store(out, x + 16, c)
        store(out, x + 24, d)
