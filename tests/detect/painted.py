"""Sets of pictures at hand whose points are known, for checks of points."""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from PIL import Image

from old_masters import OldMasters
from portraitset.landmarks import POINT_NAMES, Landmarks
from portraitset.manifest import read_manifest

Change = Callable[[Image.Image], Image.Image]


@dataclass(frozen=True)
class Painted:
    """A picture and its faces' points."""

    image: Image.Image
    faces: tuple[Landmarks, ...]

    def changed(self, change: Change) -> "Painted":
        """Another picture, and the points as they were."""
        return Painted(change(self.image), self.faces)


def paintings_of(old_masters: OldMasters, shared: Path) -> dict[str, Painted]:
    """The seven paintings by their slugs, with their ten faces."""
    found = {}
    for photo, faces in read_manifest(old_masters.manifest).by_photo().items():
        path = urlsplit(photo.url).path
        with Image.open(shared / "old-masters" / "origin" / path.lstrip("/")) as image:
            landmarks = tuple(face.landmarks for face in faces)
            found[Path(path).stem] = Painted(image.convert("RGB"), landmarks)
    return found


def write_set(folder: Path, pictures: Mapping[str, Painted]) -> Path:
    """The pictures as files, and a manifest that names them by path."""
    folder.mkdir(exist_ok=True)
    rows: list[dict[str, object]] = []
    for name, painted in pictures.items():
        file = folder / f"{name}.png"
        painted.image.save(file, compress_level=1)
        digest = hashlib.sha256(file.read_bytes()).hexdigest()
        for number, face in enumerate(painted.faces):
            rows.append(
                {
                    "face": f"{name}-{number}.png",
                    "path": file.name,
                    "sha256": digest,
                    "landmarks": dict(zip(POINT_NAMES, face.points(), strict=True)),
                }
            )
    manifest = folder / "set.jsonl"
    head = {"portraitset-manifest": 1, "schema": "aahq", "faces": len(rows)}
    manifest.write_text("".join(json.dumps(row) + "\n" for row in (head, *rows)))
    return manifest
