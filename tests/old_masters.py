"""The real paintings beside the repository: their manifest, their origin, their golden digests."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from PIL import Image

from portraitset.demo.origin import Behaviour, picture


@dataclass(frozen=True)
class OldMasters:
    """What a build of the old masters starts from and must come to."""

    manifest: Path
    routes: Mapping[str, Behaviour]
    digests: Mapping[str, str]

    def check(self, aligned: Path) -> None:
        """Every crop is there, none else is, and each holds upstream's very pixels."""
        found = {path.name: rgb_digest(path) for path in aligned.iterdir()}
        assert found == self.digests


def read_old_masters(folder: Path) -> OldMasters:
    manifest = folder / "AAHQ-dataset.json"
    golden = json.loads((folder / "golden" / "golden.json").read_text())
    routes = {}
    for entry in json.loads(manifest.read_text()).values():
        parts = urlsplit(entry["image_url"])
        data = (folder / "origin" / parts.path.lstrip("/")).read_bytes()
        routes[parts.path + (f"?{parts.query}" if parts.query else "")] = picture(data)
    digests = {name: sizes["1024"]["sha256_rgb"] for name, sizes in golden.items()}
    return OldMasters(manifest, routes, digests)


def rgb_digest(path: Path) -> str:
    with Image.open(path) as image:
        assert image.mode == "RGB"
        return hashlib.sha256(image.tobytes()).hexdigest()
