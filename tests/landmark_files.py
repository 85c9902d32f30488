"""Faces to write in every format of landmarks, and files as other tools write them."""

import json
from typing import Any

from portraitset.landmarks import Landmarks, landmarks_from_68
from portraitset.manifest.marking import POINTS68, MarkedPicture, Marking

DIGEST = "0f" * 32
URL = "https://cdna.gallery.example/p/assets/images/images/000/000/001/large/a.jpg?1"
RAW_NAME = "000_000_001_large_a.jpg?1"
HERE = MarkedPicture("Frans Hals/lute.jpg", None, "lute.jpg", DIGEST, 400, 300)
THERE = MarkedPicture(RAW_NAME, URL, RAW_NAME, None, 640, 480)
FOUR = Landmarks((50.25, 60.0), (80.0, 62.5), (53.0, 92.0), (76.0, 93.0))
OTHER = Landmarks((250.0, 61.0), (281.125, 60.0), (252.0, 90.0), (279.0, 95.0))
FIELDS: dict[str, object] = {
    "box": [40.0, 45.5, 60.0, 70.0],
    "score": 0.75,
    "landmarks": {"nose": [65.0, 77.0], "no point": None},
    "hidden": ["mouth_left"],
    "style": {"oil": [1, None, "ü\u2028"]},
    "attributes": {"occluded": False},
}


def faces() -> list[Marking]:
    """Two faces of a picture at hand, one with every kind of field, and one elsewhere."""
    return [
        Marking("a.png", HERE, FOUR, FIELDS),
        Marking('b "c",;.png', HERE, OTHER),
        Marking("=d.png", THERE, FOUR, {"licence": "CC0-1.0"}),
    ]


def points68(dx: float = 0.0) -> list[list[float]]:
    """A frontal face's 68 points, about 100 pixels wide, whole pixels if dx is."""
    jaw = [[10 + 6 * n + dx, 40 + 5.0 * min(n, 16 - n)] for n in range(17)]
    brows = [[15 + 8 * n + dx, 30.0] for n in range(10)]
    nose = [[55 + dx, 45 + 5.0 * n] for n in range(4)] + [[45 + 5 * n + dx, 65.0] for n in range(5)]
    left = [[x + dx, y] for x, y in ((25, 45), (29, 42), (35, 42), (40, 45), (35, 47), (29, 47.0))]
    right = [[x + 45.0, y] for x, y in left]
    outer = [[38 + 3 * n + dx, 80.0] for n in range(20)]
    return jaw + brows + nose + left + right + outer


def face68() -> Marking:
    """A face whose four points were made of its 68."""
    points = points68()
    four = landmarks_from_68([(x, y) for x, y in points])
    return Marking("e.png", HERE, four, {POINTS68: points})


def coco_file(keypoints: list[str], numbers: list[float], **annotation: Any) -> dict[str, Any]:
    """A COCO file with one annotation."""
    return {
        "images": [{"id": 7, "file_name": "lute.jpg", "width": 400, "height": 300}],
        "categories": [{"id": 3, "name": "head", "keypoints": keypoints, "skeleton": []}],
        "annotations": [
            {"id": 11, "image_id": 7, "category_id": 3, "keypoints": numbers, "iscrowd": 0}
            | annotation
        ],
    }


def encoded(content: object) -> bytes:
    """JSON's bytes."""
    return json.dumps(content).encode()
