"""A picture laid out for gathering: one cell a pixel, with a border that spares every clamp."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from portraitset.align.fill import Fill
from portraitset.align.jit import kernel
from portraitset.align.mirror import Indices
from portraitset.picture.decode import Pixels

Cells = npt.NDArray[np.uint32]


@dataclass(frozen=True, slots=True)
class Canvas:
    """A picture laid out for gathering.

    Attributes:
        cells: uint32, flat: rows of `width + 2` cells, R in the low byte, then G and B; one
            cell of border repeats each edge, so that no sample needs clamping; behind the last
            row lie black cells for samples outside.
        width, height: of the picture without the border.
    """

    cells: Cells
    width: int
    height: int

    @property
    def stride(self) -> int:
        """From a cell to the one below it."""
        return self.width + 2

    @property
    def black(self) -> int:
        """The index of a cell that is black, as are its right and lower neighbours."""
        return (self.height + 2) * self.stride


def blank_canvas(width: int, height: int) -> Canvas:
    """A canvas to be painted on; only its outside is black yet."""
    stride = width + 2
    cells = np.empty((height + 3) * stride + 2, np.uint32)
    cells[(height + 2) * stride :] = 0
    return Canvas(cells, width, height)


def canvas_of(pixels: Pixels, box: tuple[int, int, int, int]) -> Canvas:
    """Lay out the box (left, top, right, bottom) of uint8 (height, width, 3)."""
    left, top, right, bottom = box
    canvas = blank_canvas(right - left, bottom - top)
    paint(read_only(pixels), left, top, canvas.width, canvas.height, canvas.cells)
    return canvas


def filled_canvas(pixels: Pixels, pads: tuple[int, int, int, int], fill: Fill) -> Canvas:
    """Lay out uint8 (height, width, 3) with `fill` around it; pads: left, top, right, bottom."""
    left, top, right, bottom = pads
    height, width = pixels.shape[:2]
    canvas = blank_canvas(left + width + right, top + height + bottom)
    rows, columns = fill.sources(top, height, bottom), fill.sources(left, width, right)
    red, green, blue = fill.colour
    outside = np.uint32(red | green << 8 | blue << 16)
    paint_filled(read_only(pixels), rows, columns, outside, canvas.cells)
    return canvas


def read_only(pixels: Pixels) -> Pixels:
    """The same pixels as the one kind of array that the kernels are compiled for."""
    view = np.ascontiguousarray(pixels).view()
    view.flags.writeable = False
    return view


@kernel
def paint(pixels: Pixels, left: int, top: int, width: int, height: int, cells: Cells) -> None:
    for y in range(height):
        source = pixels[top + y, left : left + width]
        at = (y + 1) * (width + 2) + 1
        row = cells[at : at + width]
        for x in range(width):
            row[x] = (
                np.uint32(source[x, 0])
                | (np.uint32(source[x, 1]) << np.uint32(8))
                | (np.uint32(source[x, 2]) << np.uint32(16))
            )
    close_border(cells, width, height)


@kernel
def paint_filled(
    pixels: Pixels, rows: Indices, columns: Indices, outside: np.uint32, cells: Cells
) -> None:
    """`paint` with a source for each row and column of the canvas; -1 is the colour `outside`."""
    width, height = columns.size, rows.size
    for y in range(height):
        at = (y + 1) * (width + 2) + 1
        row = cells[at : at + width]
        if rows[y] < 0:
            row[:] = outside
            continue
        source = pixels[rows[y]]
        for x in range(width):
            pixel = source[max(columns[x], 0)]
            cell = (
                np.uint32(pixel[0])
                | (np.uint32(pixel[1]) << np.uint32(8))
                | (np.uint32(pixel[2]) << np.uint32(16))
            )
            row[x] = outside if columns[x] < 0 else cell
    close_border(cells, width, height)


@kernel
def close_border(cells: Cells, width: int, height: int) -> None:
    """Repeat the outermost pixels of a painted canvas in its border."""
    stride = width + 2
    for y in range(1, height + 1):
        cells[y * stride] = cells[y * stride + 1]
        cells[y * stride + width + 1] = cells[y * stride + width]
    # Loops, as numba takes two seconds to compile an assignment from slice to slice.
    last = height * stride
    for x in range(stride):
        cells[x] = cells[stride + x]
        cells[last + stride + x] = cells[last + x]
