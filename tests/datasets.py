"""Small datasets to build in tests: drawn pictures with landmarks, and an origin to serve them."""

import io
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np
from PIL import Image

from portraitset.align.settings import CropSettings
from portraitset.demo.origin import Behaviour, picture
from portraitset.download.settings import DownloadSettings
from portraitset.manifest.aahq import raw_name_of
from portraitset.pipeline.recipe import Recipe

HOST = "https://cdna.gallery.example"
POINTS = {
    "eye_left": [50.0, 60.0],
    "eye_right": [80.0, 62.0],
    "mouth_left": [53.0, 92.0],
    "mouth_right": [76.0, 93.0],
}


def draw(seed: int, width: int = 130, height: int = 160) -> Image.Image:
    """A picture of soft colours, different for each seed."""
    coarse = np.random.default_rng(seed).integers(0, 256, (8, 7, 3), np.uint8)
    return Image.fromarray(coarse).resize((width, height), Image.Resampling.BICUBIC)


def encoded(image: Image.Image, image_format: str = "JPEG") -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, image_format, quality=90)
    return buffer.getvalue()


@dataclass
class Dataset:
    """A manifest in the making, and what its addresses answer."""

    entries: dict[str, dict[str, object]] = field(default_factory=dict)
    routes: dict[str, Behaviour] = field(default_factory=dict)

    def add(
        self,
        slug: str,
        behaviour: Behaviour | None = None,
        points: Mapping[str, object] = POINTS,
        raw_name: str | None = None,
        host: str = HOST,
        asset: str = "000/000/001",
    ) -> str:
        """One more entry; its name."""
        path = f"/p/assets/images/images/{asset}/large/{slug}.jpg"
        name = f"{len(self.entries):05d}.png"
        url = host + path
        seed = sum(map(ord, slug))
        self.routes.setdefault(path, behaviour or picture(encoded(draw(seed))))
        self.entries[name] = {
            "image_url": url,
            "raw_name": raw_name or raw_name_of(url),
            "landmarks": dict(points),
        }
        return name

    def raw_name(self, name: str) -> str:
        return str(self.entries[name]["raw_name"])

    def route(self, name: str) -> str:
        """The path under which an entry's picture is served."""
        return urlsplit(str(self.entries[name]["image_url"])).path

    def write(self, folder: Path) -> Path:
        """Write the manifest; its path."""
        path = folder / "dataset.json"
        path.write_text(json.dumps(self.entries), encoding="utf-8")
        return path


def plain_dataset(count: int) -> Dataset:
    """So many healthy photos of one face each."""
    dataset = Dataset()
    for number in range(count):
        dataset.add(f"portrait-{number}")
    return dataset


def quick(
    mirror: str, *, crop: CropSettings | None = None, workers: int = 1, **download: object
) -> Recipe:
    """A recipe for tests: small crops, hasty manners, as only loopback is asked."""
    hasty: dict[str, object] = {
        "rate": 200.0,
        "backoff": 0.05,
        "tries": 3,
        "idle_timeout": 1.0,
        "photo_timeout": 10.0,
    }
    settings = DownloadSettings(mirror=mirror, **(hasty | download))  # type: ignore[arg-type]
    return Recipe(settings, crop or CropSettings(size=64), workers)


def contents(folder: Path) -> dict[str, tuple[bytes, int]]:
    """Every file below a folder: its bytes and when they were written."""
    return {
        str(path.relative_to(folder)): (path.read_bytes(), path.stat().st_mtime_ns)
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
