"""The 68 points by which FFHQ was aligned, found by dlib: a HOG detector, then regression trees.

Source: V. Kazemi and J. Sullivan, "One Millisecond Face Alignment with an Ensemble of Regression
Trees", 2014. The model was trained on iBUG 300-W, whose licence excludes commercial use; see
`weights`. Eyes and mouth come from the 68 as in FFHQ's dataset script.
"""

import math
from importlib import import_module

import numpy as np

from portraitset.detect.choice import ModelFile
from portraitset.detect.detection import Detection, Pixels, Points
from portraitset.errors import InputError
from portraitset.landmarks import landmarks_from_68

_COUNT = 68
_FAINTEST = -0.5
"""By how much fainter than dlib's own threshold, 0, a find may be; on paintings it helps."""


class Dlib68:
    """The detector; its model is the shape predictor's file."""

    def __init__(self, model: ModelFile) -> None:
        dlib = import_module("dlib")
        path = model.proven()
        try:
            self._predict = dlib.shape_predictor(str(path))
        except RuntimeError as error:
            first = str(error).partition("\n")[0]
            raise InputError(
                f"the model {path} is no shape predictor that dlib can read: {first:.300}"
            ) from error
        self._detect = dlib.get_frontal_face_detector()
        count = self._predict(
            np.zeros((64, 64, 3), np.uint8), dlib.rectangle(8, 8, 56, 56)
        ).num_parts
        if count != _COUNT:
            raise InputError(f"the model {path} places {count} points on a face, not {_COUNT}")

    def find(self, pixels: Pixels) -> list[Detection]:
        """The faces, each with its 68 points; see `Detector`."""
        picture = np.ascontiguousarray(pixels)
        boxes, confidences, _ = self._detect.run(picture, 0, _FAINTEST)
        found = []
        for box, confidence in zip(boxes, confidences, strict=True):
            parts = self._predict(picture, box).parts()
            points = np.array([(part.x, part.y) for part in parts], np.float64)
            place = (float(box.left()), float(box.top()), float(box.width()), float(box.height()))
            found.append(Detection(place, four_of_68(points), score_of(confidence), points))
        return found


def four_of_68(points: Points) -> Points:
    """Eyes and corners of the mouth; see `landmarks_from_68`."""
    return np.array(landmarks_from_68([(x, y) for x, y in points.tolist()]).points())


def score_of(confidence: float) -> float:
    """dlib's confidence, which has no bounds, as a share.

    It is 2/3 at dlib's own threshold; a face that only one of two views has found so surely comes
    out of their fusion at 1/2, the default threshold.
    """
    return 1 / (1 + math.exp(-confidence) / 2)
