"""What a detector finds of faces that are known: the demo's last step. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from portraitset.landmarks import Landmarks

_NEAR = 0.5
"""A find whose points are on the mean so near to known ones, in eye distances, is of that face."""


@dataclass(frozen=True, slots=True)
class Recall:
    """How a detector did.

    Attributes:
        known, found: faces that there are, and those of them that were found.
        strangers: finds in the same pictures that are none of them.
        error: how far the points of those found are off, the mean in eye distances.
    """

    known: int
    found: int
    strangers: int
    error: float


def recall(
    known: Mapping[str, Sequence[Landmarks]], found: Mapping[str, Sequence[Landmarks]]
) -> Recall:
    """Compare finds with known faces, picture by picture; each find counts for one face.

    Args:
        known, found: by whatever names a picture, such as its sha256.
    """
    errors: list[float] = []
    for picture, faces in known.items():
        left = list(found.get(picture, ()))
        for face in faces:
            distances = [_distance(face, each) for each in left]
            if distances and min(distances) < _NEAR:
                errors.append(min(distances))
                del left[distances.index(min(distances))]
    finds = sum(len(found.get(picture, ())) for picture in known)
    error = float(np.mean(errors)) if errors else 0.0
    return Recall(sum(map(len, known.values())), len(errors), finds - len(errors), error)


def _distance(known: Landmarks, found: Landmarks) -> float:
    points, others = np.array(known.points()), np.array(found.points())
    apart = float(np.hypot(*(points - others).T).mean())
    return apart / float(np.hypot(*(points[1] - points[0])))
