"""Entries of AAHQ's schema to write manifests of."""

import json
from typing import Any

from portraitset.manifest import Manifest, parse_manifest

URL = "https://cdna.gallery.example/p/assets/images/images/000/000/001/large/a-title.jpg?1"
RAW_NAME = "000_000_001_large_a-title.jpg?1"
POINTS: dict[str, object] = {
    "eye_left": [50.0, 60.0],
    "eye_right": [80.0, 62.0],
    "mouth_left": [53.0, 92.0],
    "mouth_right": [76.0, 93.0],
}


def entry(**changes: object) -> dict[str, Any]:
    """A good entry, with some fields changed."""
    good = {"image_url": URL, "raw_name": RAW_NAME, "landmarks": dict(POINTS)}
    return good | changes


def parsed(content: object) -> Manifest:
    """Read content by way of its JSON text."""
    return parse_manifest(json.dumps(content).encode(), "faces.json")
