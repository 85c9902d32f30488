"""Anybody's ONNX model as a detector, run by OpenCV."""

import numpy as np
import numpy.typing as npt
from PIL import Image

from portraitset.detect.choice import ModelFile
from portraitset.detect.detection import Detection, Pixels
from portraitset.detect.mapping import Columns, Network
from portraitset.detect.yunet import opencv, words_of
from portraitset.errors import DetectorFailed, InputError

_MOST_FINDS = 5000

_Numbers = npt.NDArray[np.float64]
"""float64 (faces, numbers)."""


class MappedModel:
    """The detector; see `Network` for what the model must be told of."""

    def __init__(self, network: Network, model: ModelFile) -> None:
        self._network = network
        self._cv2 = opencv()
        path = model.proven()
        try:
            self._net = self._cv2.dnn.readNetFromONNX(np.fromfile(path, np.uint8))
            self._outputs = list(self._net.getUnconnectedOutLayersNames())
        except self._cv2.error as error:
            raise InputError(
                f"the model {path} is no ONNX that OpenCV can run: {words_of(error)}"
            ) from error
        there = ", ".join(sorted(self._outputs))
        for name in (network.boxes.output, network.scores.output, network.points.output):
            if name not in self._outputs:
                raise InputError(
                    f"the model {path} has no output {name!r:.80}: it has {there:.300}"
                )
        try:
            self.find(np.full((64, 64, 3), 128, np.uint8))
        except DetectorFailed as error:
            raise InputError(f"the model {path} does not do what its TOML says: {error}") from error

    def find(self, pixels: Pixels) -> list[Detection]:
        """The faces; see `Detector`.

        Raises:
            DetectorFailed: the model cannot be run on it, or its outputs are not what they should.
        """
        content, width, height = self._fed(pixels)
        try:
            self._net.setInput(content)
            found = dict(zip(self._outputs, self._net.forward(self._outputs), strict=True))
        except self._cv2.error as error:
            raise DetectorFailed(f"OpenCV cannot run it: {words_of(error)}") from error
        shape = content.shape[2:4] if self._network.input.has_channels_first else content.shape[1:3]
        faces = self._faces(found, (float(shape[1]), float(shape[0])))
        across, down = pixels.shape[1] / width, pixels.shape[0] / height
        return [each.scaled(across, down) for each in faces]

    def _fed(self, pixels: Pixels) -> tuple[npt.NDArray[np.float32], int, int]:
        """A picture as the model takes it, and how wide and high the picture is in there."""
        wanted = self._network.input
        height, width = pixels.shape[:2]
        if wanted.size is None:
            scale = min(1.0, wanted.longest / max(width, height))
        else:
            scale = min(wanted.size[0] / width, wanted.size[1] / height)
        inner = max(round(width * scale), 1), max(round(height * scale), 1)
        if wanted.size is None:
            outer = tuple(-(-side // wanted.multiple) * wanted.multiple for side in inner)
        else:
            outer = wanted.size
        if wanted.is_stretched:
            inner = outer[0], outer[1]
        image = Image.fromarray(pixels).resize(inner, Image.Resampling.BILINEAR, reducing_gap=3.0)
        whole = np.full((outer[1], outer[0], 3), wanted.fill, np.uint8)
        whole[: inner[1], : inner[0]] = np.asarray(image)
        ordered = whole[..., ::-1] if wanted.is_bgr else whole
        mean, spread = (np.array(each, np.float32) for each in (wanted.mean, wanted.spread))
        values = (ordered - mean) / spread
        if wanted.has_channels_first:
            values = values.transpose(2, 0, 1)
        return np.ascontiguousarray(values[None], np.float32), *inner

    def _faces(
        self, found: dict[str, npt.NDArray[np.float32]], size: tuple[float, float]
    ) -> list[Detection]:
        """The faces that the outputs tell, in pixels of the model's input, `size` of it."""
        network = self._network
        furthest = max(max(each) for each in network.named)
        boxes = _numbers(found, network.boxes, 4)
        scores = _numbers(found, network.scores, 1)[:, 0]
        points = _numbers(found, network.points, furthest * network.step + 2)
        if not len(boxes) == len(scores) == len(points):
            raise DetectorFailed(
                f"its outputs tell of {len(boxes)} boxes, {len(scores)} scores and {len(points)}"
                " faces' points"
            )
        if not np.isfinite(scores).all():
            raise DetectorFailed("its scores are not finite")
        if network.scores.kind == "logit":
            scores = 1 / (1 + np.exp(-np.clip(scores, -50, 50)))
        kept = np.flatnonzero(scores >= network.least_score)
        kept = kept[np.argsort(-scores[kept], kind="stable")][:_MOST_FINDS]
        if not np.isfinite(boxes[kept]).all():
            raise DetectorFailed("its boxes are not finite")
        places = _corner(boxes[kept], network.boxes, size)
        named = _named(points[kept], network, size)
        sure = scores[kept]
        lasting = self._cv2.dnn.NMSBoxes(places, sure, 0.0, network.overlap)
        return [
            Detection(_box(places[each]), named[each], float(sure[each]))
            for each in np.asarray(lasting, np.int64).ravel()
        ]


def _numbers(found: dict[str, npt.NDArray[np.float32]], part: Columns, count: int) -> _Numbers:
    """A part of an output: `count` numbers, from the first on, for each face.

    Raises:
        DetectorFailed: the output has another shape.
    """
    output = np.asarray(found[part.output], np.float64)
    table = output
    while table.ndim > 2 and table.shape[0] == 1:
        table = table[0]
    if part.is_turned:
        table = np.moveaxis(table, -1, 0)
    table = table.reshape(len(table), -1) if table.ndim else table
    if table.ndim != 2 or (len(table) and table.shape[1] < part.first + count):
        raise DetectorFailed(
            f"its output {part.output!r:.80} has the shape {output.shape}, and"
            f" {part.first + count} numbers a face are wanted of it"
        )
    return table[:, part.first : part.first + count]


def _corner(boxes: _Numbers, part: Columns, size: tuple[float, float]) -> _Numbers:
    """Boxes as left, top, width and height, in pixels of the model's input."""
    boxes = boxes * [*size, *size] if part.is_share else boxes.copy()
    if part.kind == "corners":
        boxes[:, 2:] -= boxes[:, :2]
    elif part.kind == "centre":
        boxes[:, :2] -= boxes[:, 2:] / 2
    return boxes


def _named(points: _Numbers, network: Network, size: tuple[float, float]) -> _Numbers:
    """float64 (faces, 4, 2): the four points, in pixels of the model's input."""
    means = [
        np.mean([points[:, each * network.step :][:, :2] for each in numbers], axis=0)
        for numbers in network.named
    ]
    named: _Numbers = np.stack(means, axis=1)
    return named * size if network.points.is_share else named


def _box(numbers: _Numbers) -> tuple[float, float, float, float]:
    left, top, width, height = map(float, numbers)
    return left, top, width, height
