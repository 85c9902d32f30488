"""YuNet by OpenCV: small, quick, at home in photographs, and in paintings good to start from.

Source: W. Wu, H. Peng and S. Yu, "YuNet: A Tiny Millisecond-level Face Detector", 2023. The weights
are their makers' (Apache-2.0), fetched from their repository; see `weights`.
"""

import os
from importlib import import_module
from typing import Any

import numpy as np

from portraitset.detect.choice import ModelFile
from portraitset.detect.detection import Detection, Pixels
from portraitset.errors import InputError

LEAST_SCORE = 0.3
"""Fainter finds are not worth fusing."""

_OVERLAP = 0.3
_MOST_FINDS = 5000
_AS_SEEN = [4, 5, 6, 7, 10, 11, 12, 13]
"""Columns of OpenCV's answer: the eye and the corner of the mouth that are left as seen come first;
its names are the subject's own sides. Between them stands the nose."""


class YuNet:
    """The detector; its model is an ONNX file."""

    def __init__(self, model: ModelFile) -> None:
        self._cv2 = opencv()
        path = model.proven()
        try:
            buffer = np.fromfile(path, np.uint8)
            self._net = self._cv2.FaceDetectorYN.create(
                "onnx", buffer, np.empty(0, np.uint8), (32, 32), LEAST_SCORE, _OVERLAP, _MOST_FINDS
            )
            self.find(np.zeros((64, 64, 3), np.uint8))
        except (self._cv2.error, AttributeError, ValueError) as error:
            raise InputError(
                f"the model {path} is no YuNet that OpenCV can run: {words_of(error)}"
            ) from error

    def find(self, pixels: Pixels) -> list[Detection]:
        """The faces; see `Detector`."""
        height, width = pixels.shape[:2]
        self._net.setInputSize((width, height))
        rgb = np.ascontiguousarray(pixels)
        _, found = self._net.detect(self._cv2.cvtColor(rgb, self._cv2.COLOR_RGB2BGR))
        return [] if found is None else [_detection(row) for row in found.astype(np.float64)]


def _detection(row: np.ndarray[Any, np.dtype[np.float64]]) -> Detection:
    left, top, width, height = (float(value) for value in row[:4])
    points = row[_AS_SEEN].reshape(4, 2)
    return Detection((left, top, width, height), points, min(max(float(row[14]), 0.0), 1.0))


def opencv() -> Any:
    """OpenCV, quiet, and on one core: workers share the cores among themselves."""
    os.environ.setdefault("OPENCV_LOG_LEVEL", "ERROR")  # it warns of what nobody here can change
    cv2 = import_module("cv2")
    cv2.setNumThreads(1)
    return cv2


def words_of(error: Exception) -> str:
    """What OpenCV complains of, without where in its code."""
    return str(getattr(error, "err", error)).strip()[:300]
