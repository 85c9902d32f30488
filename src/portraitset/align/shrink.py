"""Pillow's Lanczos reduction of a whole picture, but of the part only that a crop needs.

Across first, then down, rounded to bytes in between: what Pillow up to 12.1 does. The filters are
those of the whole picture, so that a part equals the same part of the whole, bit for bit.

Source pixels are turned so that one column's neighbours in `ROWS` rows lie side by side: the
filter across, whose taps differ from output to output, then runs over many rows at once. Reduced
rows wait in a ring until a row can be reduced down from them.
"""

import numpy as np

from portraitset.align.canvas import read_only
from portraitset.align.jit import kernel
from portraitset.align.lanczos import Integers, Taps, taps_between
from portraitset.align.warp import HALF, add_one, add_six, reduce_down, settle
from portraitset.picture.decode import Pixels

ROWS = 32
"""Rows at once: with three channels 12 registers of bytes made into 32-bit integers."""

Box = tuple[int, int, int, int]


def shrink(pixels: Pixels, shrunk: tuple[int, int], box: Box) -> Pixels:
    """A part of the picture that `shrink_reference` makes.

    Args:
        pixels: uint8 (height, width, 3).
        shrunk: (width, height) that the whole would be reduced to.
        box: left, top, right, bottom of the part, in shrunk pixels.

    Returns uint8 (bottom - top, right - left, 3).
    """
    height, width = pixels.shape[:2]
    left, top, right, bottom = box
    return reduce_to(
        pixels,
        taps_between(width, 0.0, width / shrunk[0], left, right),
        taps_between(height, 0.0, height / shrunk[1], top, bottom),
    )


def reduce_to(pixels: Pixels, across: Taps, down: Taps) -> Pixels:
    """Filter uint8 (height, width, 3): across, to bytes, down, to bytes."""
    out = np.empty((down.first.size, across.first.size, 3), np.uint8)
    shrink_rows(
        read_only(pixels),
        across.span,
        (across.first, across.count, across.weights),
        down.span,
        (down.first, down.count, down.weights),
        out,
    )
    return out


@kernel
def shrink_rows(
    pixels: Pixels,
    columns: tuple[int, int],
    across: tuple[Integers, Integers, Integers],
    rows: tuple[int, int],
    down: tuple[Integers, Integers, Integers],
    out: Pixels,
) -> None:
    first, count, weights = down
    left, right = columns
    top, bottom = rows
    size = out.shape[1]
    turned = np.zeros((right - left, 3 * ROWS), np.uint8)
    ring = np.empty((weights.shape[1] + ROWS, 3 * size), np.int32)
    total = np.empty(3 * size, np.int32)
    done = 0
    for y in range(top, bottom, ROWS):
        n = min(ROWS, bottom - y)
        for row in range(n):
            _turn(pixels[y + row, left:right], turned, row)
        _across(turned, left, across, y - top, n, ring)
        while done < out.shape[0] and first[done] + count[done] <= y + n:
            reduce_down(ring, first[done] - top, count[done], weights[done], total, out[done])
            done += 1


@kernel
def _turn(row: Pixels, turned: Pixels, lane: int) -> None:
    for x in range(row.shape[0]):
        turned[x, lane] = row[x, 0]
        turned[x, ROWS + lane] = row[x, 1]
        turned[x, 2 * ROWS + lane] = row[x, 2]


@kernel
def _across(
    turned: Pixels,
    left: int,
    taps: tuple[Integers, Integers, Integers],
    at: int,
    rows: int,
    ring: Integers,
) -> None:
    first, count, weights = taps
    size = first.size
    total = np.empty(3 * ROWS, np.int32)
    for i in range(size):
        total[:] = np.int32(HALF)
        x = first[i] - left
        k = 0
        while k + 6 <= count[i]:
            add_six(
                total,
                turned[x + k],
                turned[x + k + 1],
                turned[x + k + 2],
                turned[x + k + 3],
                turned[x + k + 4],
                turned[x + k + 5],
                weights[i, k : k + 6],
            )
            k += 6
        while k < count[i]:
            add_one(total, turned[x + k], weights[i, k])
            k += 1
        settle(total, total)
        for row in range(rows):
            line = ring[(at + row) % ring.shape[0]]
            line[i] = total[row]
            line[size + i] = total[ROWS + row]
            line[2 * size + i] = total[2 * ROWS + row]
