"""A small network of the project's own that sets a found face's points nearer to where they belong.

It has seen nothing but the demo's drawn portraits, whose points are known exactly. What it says
counts as much as what the detector said. benchmarks/refiner.py trains it, and docs/detecting.md
says what it helps; its weights are in the public domain (CC0).
"""

from importlib.resources import files

import numpy as np
import numpy.typing as npt

from portraitset.detect.cutting import cut_out
from portraitset.detect.detection import Pixels, Points
from portraitset.detect.yunet import opencv

SIDE = 128
"""Of what it looks at, pixels."""

UNIT = 48
"""What the face's unit measures there, pixels."""

STRIDE = 4
"""Pixels from one value of its heat maps to the next."""

_TURNS = (-10, 0, 10)
"""Degrees that the face is turned by from upright; each is looked at as it is and mirrored."""

_SHARE = 0.5
"""What it says of a point against what the detector says."""

_FARTHEST = 0.2
"""A point that it would have so far elsewhere, in units of the face, is moved only so far."""

_Maps = npt.NDArray[np.float32]


class Refiner:
    """The network, run by OpenCV."""

    def __init__(self) -> None:
        model = files("portraitset.detect").joinpath("refiner.onnx").read_bytes()
        self._net = opencv().dnn.readNetFromONNX(np.frombuffer(model, np.uint8))

    def refined(self, pixels: Pixels, points: Points) -> Points:
        """A face's points, set right; as they are if they are no face's in this picture."""
        cut = cut_out(pixels, points, unit=UNIT, side=SIDE)
        if cut is None:
            return points
        said = []
        for degrees in _TURNS:
            view = cut.window(degrees)
            said.append(cut.back(self._points(view), degrees))
            mirrored = self._points(view[:, ::-1])[[1, 0, 3, 2]]
            mirrored[:, 0] = SIDE - 1 - mirrored[:, 0]
            said.append(cut.back(mirrored, degrees))
        moves = np.median(said, axis=0) - points
        far = np.linalg.norm(moves, axis=1, keepdims=True) / (_FARTHEST * UNIT * cut.scale)
        moved: Points = points + _SHARE * moves / np.maximum(far, 1)
        return moved

    def _points(self, view: Pixels) -> Points:
        self._net.setInput(prepared(view))
        return points_of(self._net.forward()[0])


def prepared(view: Pixels) -> _Maps:
    """What the network takes, float32 (1, 3, side, side): a window, its light and contrast even."""
    values = view.astype(np.float32).transpose(2, 0, 1) / 255
    even: _Maps = (values - values.mean()) / (values.std() + 0.05)
    return even[None]


def points_of(maps: _Maps) -> Points:
    """The points that heat maps, float32 (4, n, n), mean: the middles of their softmax."""
    heat = np.exp(maps.astype(np.float64) - maps.max(axis=(1, 2), keepdims=True))
    heat /= heat.sum(axis=(1, 2), keepdims=True)
    places = np.arange(maps.shape[1]) * STRIDE + (STRIDE - 1) / 2
    return np.stack([heat.sum(axis=1) @ places, heat.sum(axis=2) @ places], axis=1)
