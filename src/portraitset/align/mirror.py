"""How a mirrored, padded axis hangs together with the original one. Pure.

SciPy's Gaussian sums each output in double: the centre first, then pairs from the outermost
inwards, `(left + right) * weight`; it stores float32 after each axis and continues the picture
beyond its ends by half-sample reflection. The padded picture in turn is the original continued by
whole-sample reflection. So an output within the padding sees its mirror image's neighbours in
opposite order, and as each pair is added before it is weighted, the result is the same to the
last bit. It is computed once, for the mirror image.

Source: scipy/ndimage/src/ni_filters.c (`NI_Correlate1D`), ni_support.c (`NI_ExtendLine`).
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Indices = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Axis:
    """How one axis of the padded picture hangs together with the original.

    Attributes:
        source: int64 (padded,), the original's row or column that each padded one repeats.
        reach: int64 (radius + padded + radius,), the same with SciPy's continuation at both ends.
        spans: int64 (n, 2), start and stop of the padded positions whose blur is computed.
        blur_index: int64 (padded,), where among those computed each padded position's blur is.
    """

    source: Indices
    reach: Indices
    spans: Indices
    blur_index: Indices

    @property
    def computed(self) -> int:
        """How many positions are computed."""
        return int((self.spans[:, 1] - self.spans[:, 0]).sum())


def reflected(before: int, length: int, after: int) -> Indices:
    """Which of `length` positions each padded one repeats, as NumPy's `reflect` chose up to 1.25.

    int64 (before + length + after,). Pads that are longer than what they mirror are filled in
    turns, at both ends, each turn mirroring all that is there by then; later NumPys go back and
    forth over the original alone, which is another picture.
    """
    total = before + length + after
    found = np.zeros(total, np.int64)
    if length == 1:
        return found
    found[before : before + length] = np.arange(length)
    start, stop = before, before + length
    while start > 0 or stop < total:
        most = stop - start - 1
        left, right = min(most, start), min(most, total - stop)
        found[start - left : start] = found[start + 1 : start + 1 + left][::-1]
        found[stop : stop + right] = found[stop - 1 - right : stop - 1][::-1]
        start, stop = start - left, stop + right
    return found


def mirrored_axis(before: int, length: int, after: int, radius: int) -> Axis:
    """The axis of `length` pixels with `before` and `after` reflected ones around it."""
    padded = before + length + after
    source = reflected(before, length, after)
    beyond = np.arange(-radius, padded + radius) % (2 * padded)
    reach = source[np.minimum(beyond, 2 * padded - 1 - beyond)]
    period = max(2 * (length - 1), 1)
    phase = np.arange(-before, length + after) % period
    is_mirror = np.array_equal(source, np.minimum(phase, (period - phase) % period))
    if min(before, after) < radius or not is_mirror:
        everything = np.arange(padded)
        return Axis(source, reach, np.array([[0, padded]]), everything)
    spans = [(0, radius), (before, before + length), (padded - radius, padded)]
    blur_index = source + radius
    blur_index[:radius] = np.arange(radius)
    blur_index[padded - radius :] = np.arange(radius) + radius + length
    return Axis(source, reach, np.array(spans), blur_index)
