"""Small datasets in FFHQ's and in MetFaces' own schema: drawn pictures with all their digests."""

import hashlib
import io
import json
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from datasets import draw
from landmark_files import points68
from portraitset.align.quad import crop_quad
from portraitset.landmarks import landmarks_from_68

LICENCES = (
    ("Attribution License", "https://creativecommons.org/licenses/by/2.0/"),
    ("Attribution-NonCommercial License", "https://creativecommons.org/licenses/by-nc/2.0/"),
    ("United States Government Work", "http://www.usa.gov/copyright.shtml"),
    ("Public Domain Mark", "https://creativecommons.org/publicdomain/mark/1.0/"),
)
SHRINK = 2


def png(image: Image.Image) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()


def md5(data: bytes) -> str:
    return hashlib.md5(data, usedforsecurity=False).hexdigest()


def write_picture(path: Path, seed: int) -> tuple[bytes, Image.Image]:
    image = draw(seed, 130, 160)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data := png(image))
    return data, image


def ffhq_entry(number: int, data: bytes, image: Image.Image) -> dict[str, Any]:
    """As ffhq-dataset-v2.json has it."""
    points = points68(0.5)
    quad = crop_quad(landmarks_from_68([(x, y) for x, y in points]))
    name, address = LICENCES[number % len(LICENCES)]
    path = f"{number - number % 1000:05d}/{number:05d}.png"
    return {
        "category": "training",
        "metadata": {
            "photo_url": f"https://www.flickr.example/photos/{number}/",
            "photo_title": f"DSCF{number:04d}.JPG",
            "author": f"Author {number}",
            "country": "Finland" if number % 2 else "",
            "license": name,
            "license_url": address,
            "date_uploaded": "2007-08-16",
            "date_crawled": "2018-10-10",
        },
        "image": {"file_path": f"images1024x1024/{path}", "face_landmarks": [[1.5, 2.25]] * 68},
        "thumbnail": {"file_path": f"thumbnails128x128/{path}"},
        "in_the_wild": {
            "file_url": f"https://drive.example/uc?id={number}",
            "file_path": f"in-the-wild-images/{path}",
            "file_size": len(data),
            "file_md5": md5(data),
            "pixel_size": list(image.size),
            "pixel_md5": md5(np.asarray(image).tobytes()),
            "face_rect": [20, 20, 110, 110],
            "face_landmarks": points,
            "face_quad": quad.round(2).tolist(),
        },
    }


def write_ffhq(folder: Path, count: int = 4) -> dict[str, Any]:
    """Pictures and `ffhq-dataset-v2.json` in a folder; the JSON's content."""
    content = {}
    for number in range(count):
        path = folder / f"in-the-wild-images/{number - number % 1000:05d}/{number:05d}.png"
        content[str(number)] = ffhq_entry(number, *write_picture(path, number))
    write_json(folder / "ffhq-dataset-v2.json", content)
    return content


def metfaces_entry(number: int, index: int, data: bytes) -> dict[str, Any]:
    """As metfaces.json has it: two faces of a picture have one path."""
    points = [[x // SHRINK + 4 * index, y // SHRINK] for x, y in points68()]
    return {
        "obj_id": str(number),
        "meta_url": f"https://museum.example/objects/{number}",
        "source_url": f"https://images.museum.example/{number}.jpg",
        "source_path": f"unprocessed/image-{number}.png",
        "source_md5": md5(data),
        "image_path": f"images/{number}-{index:02d}.png",
        "image_md5": "0f" * 16,
        "title": "Portrait of a Gentleman",
        "artist_display_name": "Charles Willson Peale",
        "face_spec": {"rect": [4, 4, 60, 60], "landmarks": points, "shrink": SHRINK},
        "face_idx": index,
    }


def write_metfaces(folder: Path) -> list[dict[str, Any]]:
    """Two pictures, one of them with two faces, and `metfaces.json`; the JSON's content."""
    content = []
    for number, faces in ((11713, 2), (436529, 1)):
        data, _ = write_picture(folder / f"unprocessed/image-{number}.png", number % 100)
        content += [metfaces_entry(number, index, data) for index in range(faces)]
    write_json(folder / "metfaces.json", content)
    return content


def write_json(path: Path, content: object) -> None:
    path.write_text(json.dumps(content), encoding="utf-8")
