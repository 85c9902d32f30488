"""The padding: mirrored, blurred, drawn towards the median; float32 for float32 the reference's.

One channel at a time, in three passes: down the columns of the original (never of the padded
picture), across the rows with the first blend and a histogram, then the median by selection from
that histogram with the second blend and the rounding. Memory: two float32 planes.
"""

import numpy as np

from portraitset.align.blur import blur_across, blur_down, gaussian_weights
from portraitset.align.canvas import Canvas, Cells, blank_canvas, close_border
from portraitset.align.jit import kernel
from portraitset.align.mirror import Axis, Indices, mirrored_axis
from portraitset.align.simd import Floats
from portraitset.picture.decode import Pixels

SIGMA = 0.02
"""The blur's sigma in crop sides. Source: FFHQ's dataset script."""

COARSE_BINS = 0x4380
"""The upper halves of the float32 from 0 to below 256, which are in the order of the values."""


def pad_exact(pixels: Pixels, pads: tuple[int, int, int, int], quad_size: float) -> Canvas:
    """What `pad_reference` makes of the same arguments, laid out for the warp."""
    left, top, right, bottom = pads
    height, width = pixels.shape[:2]
    canvas = blank_canvas(left + width + right, top + height + bottom)
    if min(pads) == 0:
        # A crop under two pixels: the reference divides by this side, and the NaN that it gets
        # spreads through the median to every pixel and ends as black.
        canvas.cells[:] = 0
        return canvas
    weights = gaussian_weights(quad_size * SIGMA)
    rows = mirrored_axis(top, height, bottom, weights.size - 1)
    columns = mirrored_axis(left, width, right, weights.size - 1)
    across, down = edge_mask(canvas.width, left, right), edge_mask(canvas.height, top, bottom)
    order, starts = _rows_by_blur_index(rows)
    needed = _side_spans(columns, across)
    columns_blurred = np.empty((rows.computed, width), np.float32)
    plane = np.empty((canvas.height, canvas.width), np.float32)
    for channel in range(3):
        values = np.ascontiguousarray(pixels[:, :, channel])
        blur_down(values, rows.reach, rows.spans, weights, columns_blurred)
        histogram = np.zeros(COARSE_BINS, np.int64)
        blur_across(
            values,
            columns_blurred,
            (rows.source, order, starts),
            (columns.source, columns.reach, columns.blur_index),
            (columns.spans, needed),
            weights,
            across,
            down,
            plane,
            histogram,
        )
        median = median_of(plane, histogram)
        settle(plane, median, across, down, channel, canvas.cells)
    close_border(canvas.cells, canvas.width, canvas.height)
    return canvas


def edge_mask(length: int, before: int, after: int) -> Floats:
    """float32 (length,): 1 at the outer ends, 0 where the picture begins, below 0 inside."""
    x = np.arange(length, dtype=np.float32)
    near = np.minimum(x / np.float32(before), (np.float32(length - 1) - x) / np.float32(after))
    mask: Floats = np.float32(1) - near
    return mask


def _rows_by_blur_index(rows: Axis) -> tuple[Indices, Indices]:
    """The padded rows in the order of the computed rows they repeat, and where each one's begin."""
    order = np.argsort(rows.blur_index, kind="stable")
    return order, np.searchsorted(rows.blur_index[order], np.arange(rows.computed + 1))


def _side_spans(columns: Axis, across: Floats) -> Indices:
    """The computed columns that rows need whose own mask is zero, as spans of padded positions."""
    wanted = np.zeros(columns.computed, np.bool_)
    wanted[columns.blur_index[across * np.float32(3) + np.float32(1) > 0]] = True
    position = np.concatenate([np.arange(start, stop) for start, stop in columns.spans])
    chosen = position[wanted]
    if chosen.size == 0:
        return np.zeros((0, 2), np.int64)
    breaks = np.flatnonzero(np.diff(chosen) != 1) + 1
    runs = np.split(chosen, breaks)
    return np.array([(run[0], run[-1] + 1) for run in runs])


@kernel
def median_of(plane: Floats, histogram: Indices) -> Floats:
    """float32 (1,): NumPy's, the middle value, or float32 (a + b) / 2 of the middle two."""
    lower = _ranked(plane, histogram, (plane.size - 1) // 2)
    upper = _ranked(plane, histogram, plane.size // 2)
    if plane.size % 2 == 0:
        lower[0] = np.float32((lower[0] + upper[0]) / np.float32(2))
    return lower


@kernel
def _ranked(plane: Floats, histogram: Indices, rank: int) -> Floats:
    """The value that `rank` others precede: its upper half from the histogram, then the lower."""
    coarse = 0
    while rank >= histogram[coarse]:
        rank -= histogram[coarse]
        coarse += 1
    fine = np.zeros(1 << 16, np.int64)
    for y in range(plane.shape[0]):
        bits = plane[y].view(np.uint32)
        for x in range(bits.size):
            if bits[x] >> np.uint32(16) == coarse:
                fine[bits[x] & np.uint32(0xFFFF)] += 1
    low = 0
    while rank >= fine[low]:
        rank -= fine[low]
        low += 1
    found = np.empty(1, np.uint32)
    found[0] = np.uint32((coarse << 16) | low)
    return found.view(np.float32)


@kernel
def settle(
    plane: Floats, middle: Floats, across: Floats, down: Floats, channel: int, cells: Cells
) -> None:
    """The second blend, rounded to a byte and laid into the canvas."""
    zero, one, median = np.float32(0), np.float32(1), middle[0]
    height, width = plane.shape
    shift = np.uint32(8 * channel)
    for y in range(height):
        row = plane[y]
        at = (y + 1) * (width + 2) + 1
        out = cells[at : at + width]
        for x in range(width):
            weight = min(max(across[x], down[y], zero), one)
            value = np.rint(row[x] + (median - row[x]) * weight)
            byte = np.uint32(np.int32(min(max(value, zero), np.float32(255))))
            out[x] = byte << shift if channel == 0 else out[x] | (byte << shift)
