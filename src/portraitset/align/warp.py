"""Pillow's QUAD transform and Lanczos reduction in one pass, bit for bit, in bounded memory.

Each row of the supersampled square is made and at once reduced across; the last few reduced
rows wait in a ring until a row of the crop can be reduced down from them. So the square itself,
50 MB at AAHQ's settings, never exists.

Source of the arithmetic: Pillow's Image.py (the quad's coefficients), libImaging/Geometry.c
(coordinates and blends in double, truncation to a byte, black outside) and Resample.c.
"""

import numpy as np
import numpy.typing as npt

from portraitset.align.canvas import Canvas, Cells
from portraitset.align.jit import kernel
from portraitset.align.lanczos import PRECISION_BITS, Integers, Taps, lanczos_taps
from portraitset.align.square import Quad
from portraitset.picture.decode import Pixels

_Floats = npt.NDArray[np.float64]

HALF = 1 << (PRECISION_BITS - 1)
CHUNK = 512
"""Samples per step: their working arrays, 28 KB, stay in the first-level cache."""


def warp(canvas: Canvas, quad: Quad, size: int, transform_size: int) -> Pixels:
    """Sample the quad to a square of `transform_size` and reduce that to `size`.

    Args:
        canvas: the picture.
        quad: float64 (4, 2), TL BL BR TR, pixel centres at +0.5 (Pillow's convention).

    Returns uint8 (size, size, 3).
    """
    across, down, steps = _coordinates(quad, transform_size)
    phases = transform_size // size if transform_size % size == 0 else 1
    order = np.arange(transform_size).reshape(-1, phases).T.ravel()
    taps = lanczos_taps(transform_size, size)
    out = np.empty((size, size, 3), np.uint8)
    warp_rows(
        canvas.cells,
        canvas.width,
        canvas.height,
        _lies_inside(across, down, steps, canvas),
        np.ascontiguousarray(across[:, order]),
        np.ascontiguousarray(down[:, order]),
        steps,
        phases,
        _interior(taps, phases),
        (taps.first, taps.count, taps.weights),
        out,
    )
    return out


def _coordinates(quad: Quad, side: int) -> tuple[_Floats, _Floats, tuple[float, float]]:
    """What of the sample positions depends on the column alone, and the steps per row.

    Sample (x, y) lies at (across[0, x] + steps[0] * (y + 0.5)) + across[1, x] * (y + 0.5)
    horizontally; `down` and steps[1] say the same vertically. The order of operations is that of
    Pillow's `quad_transform`.
    """
    centres = np.arange(side) + 0.5
    scale = 1.0 / side
    axes = []
    steps = []
    for axis in (0, 1):
        nw, sw, se, ne = (float(corner[axis]) for corner in quad)
        along = (ne - nw) * scale
        twist = (se - sw - ne + nw) * scale * scale
        axes.append(np.stack([nw + along * centres, twist * centres]))
        steps.append((sw - nw) * scale)
    return axes[0], axes[1], (steps[0], steps[1])


def _lies_inside(
    across: _Floats, down: _Floats, steps: tuple[float, float], canvas: Canvas
) -> bool:
    """Whether no sample can fall outside the canvas: the extremes are at the four corners."""
    margin = 1e-6  # far above the rounding of a coordinate, far below a pixel
    ends = (0.5, across.shape[1] - 0.5)
    for axis, step, limit in ((across, steps[0], canvas.width), (down, steps[1], canvas.height)):
        for y in ends:
            corners = axis[0, [0, -1]] + step * y + axis[1, [0, -1]] * y
            if corners.min() < margin or corners.max() > limit - margin:
                return False
    return True


def _interior(taps: Taps, phases: int) -> tuple[int, int]:
    """The outputs that share one set of taps, moved on by `phases` inputs from each to the next."""
    outputs = taps.first.size
    middle = outputs // 2
    shift = taps.first[middle] - phases * middle
    same = (
        (taps.first == phases * np.arange(outputs) + shift)
        & (taps.count == taps.count[middle])
        & (taps.weights == taps.weights[middle]).all(axis=1)
    )
    if phases == 1 or not same[middle]:
        return 0, 0
    others = np.flatnonzero(~same)
    before, after = others[others < middle], others[others > middle]
    return int(before[-1]) + 1 if before.size else 0, int(after[0]) if after.size else outputs


@kernel
def _locate(
    across: _Floats,
    across_twist: _Floats,
    down: _Floats,
    down_twist: _Floats,
    right: float,
    below: float,
    row: float,
    stride: int,
    cell: Cells,
    dx: _Floats,
    dy: _Floats,
) -> None:
    """The upper left cell of each sample and how far right and below its centre the sample is."""
    step = np.int32(stride)
    one = np.int32(1)
    for i in range(across.size):
        x = across[i] + right + across_twist[i] * row - 0.5
        y = down[i] + below + down_twist[i] * row - 0.5
        left = np.floor(x)
        top = np.floor(y)
        dx[i] = x - left
        dy[i] = y - top
        cell[i] = np.uint32((np.int32(top) + one) * step + np.int32(left) + one)


@kernel
def _locate_checked(
    across: _Floats,
    across_twist: _Floats,
    down: _Floats,
    down_twist: _Floats,
    right: float,
    below: float,
    row: float,
    size: tuple[int, int],
    cell: Cells,
    dx: _Floats,
    dy: _Floats,
) -> None:
    """`_locate` where samples may fall outside; those find a black cell."""
    width, height = size
    step = width + 2
    for i in range(across.size):
        x = across[i] + right + across_twist[i] * row
        y = down[i] + below + down_twist[i] * row
        if x < 0.0 or x >= width or y < 0.0 or y >= height:
            cell[i] = np.uint32((height + 2) * step)
            dx[i] = 0.0
            dy[i] = 0.0
        else:
            left = np.floor(x - 0.5)
            top = np.floor(y - 0.5)
            dx[i] = x - 0.5 - left
            dy[i] = y - 0.5 - top
            cell[i] = np.uint32((np.int64(top) + 1) * step + np.int64(left) + 1)


@kernel
def _gather(cells: Cells, stride: int, at: Cells, a: Cells, b: Cells, c: Cells, d: Cells) -> None:
    right = cells[1:]
    below = cells[stride:]
    both = cells[stride + 1 :]
    for i in range(at.size):
        cell = at[i]
        a[i] = cells[cell]
        b[i] = right[cell]
        c[i] = below[cell]
        d[i] = both[cell]


@kernel
def _blend(
    a: Cells,
    b: Cells,
    c: Cells,
    d: Cells,
    dx: _Floats,
    dy: _Floats,
    shift: np.uint32,
    out: Integers,
) -> None:
    """Between four cells, one channel, in double as Pillow does; truncated, not rounded."""
    byte = np.uint32(255)
    for i in range(out.size):
        upper_left = np.float64(np.int32((a[i] >> shift) & byte))
        upper_right = np.float64(np.int32((b[i] >> shift) & byte))
        lower_left = np.float64(np.int32((c[i] >> shift) & byte))
        lower_right = np.float64(np.int32((d[i] >> shift) & byte))
        upper = upper_left + (upper_right - upper_left) * dx[i]
        lower = lower_left + (lower_right - lower_left) * dx[i]
        out[i] = np.int32(upper + (lower - upper) * dy[i])


@kernel
def add_six(
    total: Integers,
    a: Integers,
    b: Integers,
    c: Integers,
    d: Integers,
    e: Integers,
    f: Integers,
    weights: Integers,
) -> None:
    u, v, w, x, y, z = weights[0], weights[1], weights[2], weights[3], weights[4], weights[5]
    for i in range(total.size):
        total[i] = np.int32(
            total[i]
            + np.int32(a[i]) * u
            + np.int32(b[i]) * v
            + np.int32(c[i]) * w
            + np.int32(d[i]) * x
            + np.int32(e[i]) * y
            + np.int32(f[i]) * z
        )


@kernel
def add_one(total: Integers, a: Integers, weight: np.int32) -> None:
    for i in range(total.size):
        total[i] = np.int32(total[i] + np.int32(a[i]) * weight)


@kernel
def settle(total: Integers, out: Integers) -> None:
    """From fixed point to a byte's range."""
    for i in range(total.size):
        value = total[i] >> np.int32(PRECISION_BITS)
        out[i] = min(max(value, np.int32(0)), np.int32(255))


@kernel
def _reduce_across(
    row: Integers,
    phases: int,
    interior: tuple[int, int],
    first: Integers,
    count: Integers,
    weights: Integers,
    total: Integers,
    out: Integers,
) -> None:
    """One channel of a row, sorted by phase, reduced to the crop's width."""
    outputs = out.size
    length = row.size // phases
    start, stop = interior
    for i in range(outputs):
        if start <= i < stop:
            continue
        value = np.int32(HALF)
        for k in range(count[i]):
            x = first[i] + k
            value += row[x % phases * length + x // phases] * weights[i, k]
        out[i] = min(max(value >> np.int32(PRECISION_BITS), np.int32(0)), np.int32(255))
    if start == stop:
        return
    n = stop - start
    inner = total[:n]
    inner[:] = np.int32(HALF)
    taps = count[start]
    k = 0
    while k < taps:
        x = first[start] + k
        if k + 6 <= taps:
            add_six(
                inner,
                _tap(row, x, phases, length, n),
                _tap(row, x + 1, phases, length, n),
                _tap(row, x + 2, phases, length, n),
                _tap(row, x + 3, phases, length, n),
                _tap(row, x + 4, phases, length, n),
                _tap(row, x + 5, phases, length, n),
                weights[start, k : k + 6],
            )
            k += 6
        else:
            add_one(inner, _tap(row, x, phases, length, n), weights[start, k])
            k += 1
    settle(inner, out[start:stop])


@kernel
def _tap(row: Integers, x: int, phases: int, length: int, n: int) -> Integers:
    """Input x of the first interior output, and of the n - 1 after it."""
    at = x % phases * length + x // phases
    return row[at : at + n]


@kernel
def reduce_down(
    ring: Integers,
    first: int,
    count: int,
    weights: Integers,
    total: Integers,
    out: Pixels,
) -> None:
    """One row of the crop from the reduced rows in the ring."""
    rows = ring.shape[0]
    total[:] = np.int32(HALF)
    k = 0
    while k < count:
        y = first + k
        if k + 6 <= count:
            add_six(
                total,
                ring[y % rows],
                ring[(y + 1) % rows],
                ring[(y + 2) % rows],
                ring[(y + 3) % rows],
                ring[(y + 4) % rows],
                ring[(y + 5) % rows],
                weights[k : k + 6],
            )
            k += 6
        else:
            add_one(total, ring[y % rows], weights[k])
            k += 1
    settle(total, total)
    _interleave(total, out)


@kernel
def _interleave(row: Integers, out: Pixels) -> None:
    n = out.shape[0]
    red, green, blue = row[:n], row[n : 2 * n], row[2 * n : 3 * n]
    for x in range(n):
        out[x, 0] = red[x]
        out[x, 1] = green[x]
        out[x, 2] = blue[x]


@kernel
def warp_rows(
    cells: Cells,
    width: int,
    height: int,
    inside: bool,
    across: _Floats,
    down: _Floats,
    steps: tuple[float, float],
    phases: int,
    interior: tuple[int, int],
    taps: tuple[Integers, Integers, Integers],
    out: Pixels,
) -> None:
    side = across.shape[1]
    size = out.shape[0]
    first, count, weights = taps
    stride = width + 2
    row = np.empty((3, side), np.int32)
    ring = np.empty((weights.shape[1] + 1, 3 * size), np.int32)
    total = np.empty(3 * size, np.int32)
    cell = np.empty(CHUNK, np.uint32)
    dx = np.empty(CHUNK, np.float64)
    dy = np.empty(CHUNK, np.float64)
    a = np.empty(CHUNK, np.uint32)
    b = np.empty(CHUNK, np.uint32)
    c = np.empty(CHUNK, np.uint32)
    d = np.empty(CHUNK, np.uint32)
    done = 0
    for y in range(side):
        centre = y + 0.5
        right, below = steps[0] * centre, steps[1] * centre
        for x in range(0, side, CHUNK):
            stop = min(x + CHUNK, side)
            n = stop - x
            if inside:
                _locate(
                    across[0, x:stop],
                    across[1, x:stop],
                    down[0, x:stop],
                    down[1, x:stop],
                    right,
                    below,
                    centre,
                    stride,
                    cell,
                    dx,
                    dy,
                )
            else:
                _locate_checked(
                    across[0, x:stop],
                    across[1, x:stop],
                    down[0, x:stop],
                    down[1, x:stop],
                    right,
                    below,
                    centre,
                    (width, height),
                    cell,
                    dx,
                    dy,
                )
            _gather(cells, stride, cell[:n], a, b, c, d)
            for channel in range(3):
                _blend(a, b, c, d, dx, dy, np.uint32(8 * channel), row[channel, x:stop])
        if size == side:
            _interleave(row.reshape(-1), out[y])
            continue
        reduced = ring[y % ring.shape[0]]
        for channel in range(3):
            _reduce_across(
                row[channel],
                phases,
                interior,
                first,
                count,
                weights,
                total,
                reduced[channel * size : (channel + 1) * size],
            )
        while done < size and first[done] + count[done] <= y + 1:
            reduce_down(ring, first[done], count[done], weights[done], total, out[done])
            done += 1
