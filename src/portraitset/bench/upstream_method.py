"""Upstream's method as a script: every picture asked for in turn, then cut by Pillow and SciPy.

What AAHQ's `download.py` and `face_alignment.py` do, written afresh, with their pauses left out.
Run as `python -m portraitset.bench.upstream_method MANIFEST MIRROR RAW ALIGNED WORKERS`; an empty
MIRROR leaves the download out.
"""

import json
import sys
import urllib.request
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np
from PIL import Image

from portraitset.align.quad import plan_crop
from portraitset.align.reference import align_reference
from portraitset.align.square import face_square
from portraitset.landmarks import Landmarks

SIZE, TRANSFORM_SIZE = 1024, 4096


def main(manifest: str, mirror: str, raw: str, aligned: str, workers: str) -> None:
    """Fetch if there is a mirror, then align in so many processes."""
    entries = json.loads(Path(manifest).read_text(encoding="utf-8"))
    if mirror:
        _download(entries, mirror, Path(raw))
    Path(aligned).mkdir(parents=True, exist_ok=True)
    cut = partial(_cut, Path(raw), Path(aligned))
    with get_context("spawn").Pool(int(workers)) as pool:
        pool.map(cut, entries.items(), chunksize=1)
        pool.close()
        pool.join()


def _download(entries: dict[str, Any], mirror: str, raw: Path) -> None:
    raw.mkdir(parents=True, exist_ok=True)
    for entry in entries.values():
        address = mirror.rstrip("/") + urlsplit(entry["image_url"]).path
        with urllib.request.urlopen(address) as response:  # noqa: S310 the bench's own server
            (raw / entry["raw_name"]).write_bytes(response.read())


def _cut(raw: Path, aligned: Path, item: tuple[str, dict[str, Any]]) -> None:
    name, entry = item
    marks = {key: (float(x), float(y)) for key, (x, y) in entry["landmarks"].items()}
    with Image.open(raw / entry["raw_name"]) as image:
        pixels = np.asarray(image.convert("RGB"))
    height, width = pixels.shape[:2]
    plan = plan_crop(face_square(Landmarks(**marks)), (width, height), SIZE)
    crop = align_reference(pixels, plan, SIZE, TRANSFORM_SIZE)
    Image.fromarray(crop).save(aligned / name)


if __name__ == "__main__":
    main(*sys.argv[1:])
