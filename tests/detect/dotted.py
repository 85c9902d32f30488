"""A detector whose faces are dots: two red eyes above two green corners of the mouth."""

import numpy as np
import numpy.typing as npt

from portraitset.detect.detection import Detection, Pixels, Points


class Dotted:
    """Finds the one face of a picture exactly, or `skew` of its eye distance too far to the right.

    Args:
        least: the eye distance, in pixels, below which it sees nothing.
        most: the longer side of the largest picture in which it sees anything.
    """

    def __init__(
        self, score: float = 0.9, skew: float = 0.0, least: float = 0.0, most: int = 100_000
    ) -> None:
        self.sizes: list[tuple[int, int]] = []
        self._score, self._skew, self._least, self._most = score, skew, least, most

    def find(self, pixels: Pixels) -> list[Detection]:
        self.sizes.append((pixels.shape[1], pixels.shape[0]))
        eyes, mouth = _pair(pixels[..., 0]), _pair(pixels[..., 1])
        if eyes is None or mouth is None or max(pixels.shape) > self._most:
            return []
        points = np.concatenate([eyes, mouth])
        apart = float(np.hypot(*(eyes[1] - eyes[0])))
        if apart < self._least:
            return []
        (left, top), (right, bottom) = points.min(axis=0) - apart, points.max(axis=0) + apart
        moved = points + np.array([self._skew * apart, 0.0])
        return [Detection((left, top, right - left, bottom - top), moved, self._score)]


def _pair(plane: Pixels) -> Points | None:
    """The middles of two dots, the left one first."""
    rows, columns = np.nonzero(plane > 64)
    if not len(rows) or np.ptp(columns) < 3:
        return None
    is_left = columns < (columns.min() + columns.max()) / 2
    weights = plane[rows, columns].astype(np.float64)
    return np.array([_middle(columns, rows, weights * side) for side in (is_left, ~is_left)])


def _middle(
    columns: npt.NDArray[np.intp], rows: npt.NDArray[np.intp], weights: Points
) -> tuple[float, float]:
    return float(np.average(columns, weights=weights)), float(np.average(rows, weights=weights))


def dots(points: Points, width: int, height: int) -> Pixels:
    """A black picture with one face, dots a sixth of its eye distance in radius."""
    down, across = np.mgrid[:height, :width].astype(np.float32)
    radius = float(np.hypot(*(points[1] - points[0]))) / 6
    pixels = np.zeros((height, width, 3), np.uint8)
    for number, (x, y) in enumerate(points):
        cover = np.clip(radius + 0.5 - np.hypot(across - x, down - y), 0, 1)
        pixels[..., number // 2] = np.maximum(pixels[..., number // 2], cover * 255)
    return pixels
