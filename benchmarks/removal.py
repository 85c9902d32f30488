"""How long a removal takes: one picture out of 25,000, with two exports.

    python benchmarks/removal.py FOLDER [COUNT]

Makes a workspace of COUNT drawn-up faces in FOLDER (about 3 GB with its exports), without asking
any network: originals and crops of noise, and a ledger that says what a build would have written.
"""

import hashlib
import io
import json
import shutil
import sys
import tarfile
import time
from dataclasses import asdict
from pathlib import Path

import numpy as np
from PIL import Image

from portraitset.align.settings import CropSettings
from portraitset.cli import run
from portraitset.handoffs import AlignedFace, RawPhoto
from portraitset.manifest import read_manifest
from portraitset.picture.decode import Pixels, digest_of
from portraitset.pipeline.crop import CropTask, crop_fingerprint
from portraitset.workspace.ledger import Ledger

SIDE = 128
POINTS = {
    "eye_left": [50.0, 60.0],
    "eye_right": [80.0, 62.0],
    "mouth_left": [53.0, 92.0],
    "mouth_right": [76.0, 93.0],
}


def url_of(number: int) -> str:
    digits = f"{number:09d}"
    path = (
        f"{digits[:3]}/{digits[3:6]}/{digits[6:]}/large/artist-{number % 3000}-title-{number}.jpg"
    )
    return f"https://cdna.gallery.example/p/assets/images/images/{path}"


def write_manifest(path: Path, count: int) -> None:
    entries = {}
    for number in range(count):
        url = url_of(number)
        raw_name = "_".join(url.split("/")[-5:])
        entry = {"image_url": url, "raw_name": raw_name, "landmarks": POINTS}
        entries[f"{number:05d}.png"] = entry
    path.write_text(json.dumps(entries))


def encoded(pixels: Pixels, image_format: str) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, image_format, compress_level=0)
    return buffer.getvalue()


def fill(root: Path, manifest: Path) -> None:
    """Write originals, crops, and the ledger of a build that is done."""
    dice, settings = np.random.default_rng(0), CropSettings(size=SIDE)
    state = root / ".portraitset"
    for folder in (root / "raw", root / "aligned", state):
        folder.mkdir(parents=True)
    shutil.copy(manifest, state / "manifest.json")
    with Ledger.open(state) as ledger, ledger.transaction():
        ledger.write_fact("align", json.dumps(asdict(settings)))
        for face in read_manifest(manifest):
            raw, crop = root / "raw" / face.photo.raw_name, root / "aligned" / face.name
            noise = dice.integers(0, 256, (SIDE, SIDE, 3), np.uint8)
            raw.write_bytes(encoded(noise[:32, :32], "PNG"))
            crop.write_bytes(encoded(noise, "PNG"))
            sha256 = hashlib.sha256(raw.read_bytes()).hexdigest()
            stat, cut = raw.stat(), crop.stat()
            look = dice.bytes(32).hex()
            ledger.write_photo(
                RawPhoto(
                    face.photo, raw, sha256, stat.st_size, stat.st_mtime_ns, 32, 32, "PNG",
                    sha256_rgb=digest_of(noise[:32, :32]), look=look,
                )
            )  # fmt: skip
            fingerprint = crop_fingerprint(sha256, CropTask(face, crop, None), settings)
            digest, size, changed = digest_of(noise), cut.st_size, cut.st_mtime_ns
            ledger.write_crop(AlignedFace(face.name, crop, digest, fingerprint, size, changed))


def timed(*arguments: str) -> float:
    start = time.perf_counter()
    code = run(list(arguments))
    seconds = time.perf_counter() - start
    print(f"{' '.join(arguments[:2])}: {seconds:.2f} s (exit code {code})", flush=True)
    return seconds


def tar_of(folder: Path, path: Path) -> None:
    with tarfile.open(path, "w") as archive:
        archive.add(folder, "crops")


def main(root: Path, count: int) -> None:
    workspace, manifest = root / "w", root / "manifest.json"
    root.mkdir(parents=True)
    write_manifest(manifest, count)
    fill(workspace, manifest)
    for form in ("webdataset", "stylegan"):
        timed("export", form, "-w", str(workspace), "-o", str(root / form))
    timed("remove", "--url", url_of(count // 2), "-w", str(workspace), "--dry-run")
    timed("remove", "--url", url_of(count // 2), "-w", str(workspace))
    timed("remove", "--url", url_of(count - 1), "-w", str(workspace))
    tar_of(workspace / "aligned", root / "crops.tar")
    megabytes = (root / "crops.tar").stat().st_size / 1e6
    log = str(workspace / "removals.jsonl")
    seconds = timed("verify-removed", str(root / "crops.tar"), "--removals", log, "--by", "bytes")
    print(f"verify-removed on a tar, by bytes: {megabytes / seconds:.0f} MB/s")


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 25_000)
