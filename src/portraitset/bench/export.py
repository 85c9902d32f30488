"""What handing on costs on this machine: bytes passed through, next to encoding each picture anew.

The rival does what StyleGAN3's dataset_tool does with a folder of PNGs: open with Pillow, to an
array, back to a picture, PNG with `compress_level=0, optimize=False`, stored in a zip; one process.
No code of it is used. Ours hashes each picture, writes what is said of it, and reads all of it
back. All take turns over the same files, and the best of some rounds counts.
"""

import io
import json
import os
import shutil
import time
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from PIL import Image

from portraitset.align.encode import encode_image
from portraitset.align.settings import CropSettings
from portraitset.bench.align import draw_photo, machine_name, versions_of
from portraitset.bench.figures import bar_chart, markdown_table
from portraitset.curate.holdings import HeldFace, Holdings
from portraitset.errors import State
from portraitset.export.run import export_holdings
from portraitset.export.sample import ExportSettings, FormatName
from portraitset.manifest import parse_manifest
from portraitset.manifest.known_terms import AAHQ
from portraitset.workspace.layout import folders_of, stamp_of
from portraitset.workspace.records import FaceRecord, PhotoRecord

SIDE = 256
COUNT = 3000
_DRAWN = 60
"""Different pictures; the files repeat them."""

_POINTS = {"eye_left": [90, 110], "eye_right": [160, 110], "mouth_left": [100, 180]}
_LEVELS: Mapping[str, int] = {"as dataset_tool encodes, level 0": 0, "Pillow's level 6": 6}


@dataclass(frozen=True, slots=True)
class ExportResult:
    """One way of writing: faces per second, and how large it came out."""

    way: str
    output: str
    rate: float
    megabytes: float


@dataclass(frozen=True, slots=True)
class ExportReport:
    """All that was measured, and on what."""

    machine: str
    cores: int
    versions: Mapping[str, str]
    count: int
    rounds: int
    results: tuple[ExportResult, ...]

    def as_markdown(self) -> str:
        """The table for a reader."""
        about = ", ".join(f"{name} {number}" for name, number in self.versions.items())
        title = f"{self.machine}, {self.cores} cores; {about};"
        title += f" {self.count:,} PNGs of {SIDE} pixels, best of {self.rounds}"
        rows = [
            (each.way, each.output, f"{each.rate:,.0f}", f"{each.megabytes:.0f}")
            for each in self.results
        ]
        return f"{title}\n\n{markdown_table(('way', 'output', 'faces/s', 'MB'), rows)}"

    def as_svg(self) -> str:
        """A bar for each: how many times the slowest's speed."""
        slowest = min(each.rate for each in self.results)
        bars = [(f"{each.output}, {each.way}", each.rate / slowest) for each in self.results]
        return bar_chart("Faces per second, times the slowest", bars)


def run_export(output_dir: Path, quick: bool) -> ExportReport:
    """Measure, and write export.json, export.md and export.svg into `output_dir`.

    `quick` takes a tenth of the files, twice.
    """
    count, rounds = (COUNT // 10, 2) if quick else (COUNT, 5)
    with TemporaryDirectory(dir=output_dir) as folder:
        holdings = draw_holdings(Path(folder) / "workspace", count)
        results = _measured(holdings, Path(folder) / "out", rounds)
    cores = os.cpu_count() or 1
    names = ("pillow", "webdataset")
    report = ExportReport(machine_name(), cores, versions_of(names), count, rounds, results)
    content = json.dumps(asdict(report), indent=1)
    (output_dir / "export.json").write_text(content, encoding="utf-8")
    (output_dir / "export.md").write_text(report.as_markdown() + "\n", encoding="utf-8")
    (output_dir / "export.svg").write_text(report.as_svg(), encoding="utf-8")
    return report


def draw_holdings(root: Path, count: int) -> Holdings:
    """So many drawn crops, as a workspace would hold them, without originals."""
    folders = folders_of(root)
    for folder in (folders.state, folders.aligned):
        folder.mkdir(parents=True)
    files = [encode_image(draw_photo(SIDE, SIDE, seed), "png", None, {}) for seed in range(_DRAWN)]
    entries = {f"{number:05d}.png": _entry(number) for number in range(count)}
    manifest = parse_manifest(json.dumps(entries).encode(), "drawn.json")
    faces = []
    for number, face in enumerate(manifest):
        path = folders.aligned / face.name
        path.write_bytes(files[number % len(files)])
        stamp = stamp_of(path)
        record = FaceRecord(
            face.name,
            State.ALIGNED,
            fingerprint=f"{number:032x}",
            byte_count=stamp.byte_count if stamp else None,
            mtime_ns=stamp.mtime_ns if stamp else None,
        )
        raw = face.photo.raw_name
        photo = PhotoRecord(raw, face.photo.url, State.FETCHED, sha256=f"{number:064x}")
        faces.append(HeldFace(face, path, folders.raw / raw, photo, record))
    settings = CropSettings(SIDE)
    return Holdings(
        folders, manifest, AAHQ, settings, tuple(faces), (), None, "1.0.0", "0" * 40, frozenset()
    )


def _entry(number: int) -> dict[str, object]:
    url = f"https://cdna.gallery.example/p/assets/images/images/{number:09d}/large/a-face.jpg"
    points = _POINTS | {"mouth_right": [150, 180]}
    return {"image_url": url, "raw_name": f"{number:09d}.jpg", "landmarks": points}


def _measured(holdings: Holdings, out: Path, rounds: int) -> tuple[ExportResult, ...]:
    out.mkdir()
    paths = [held.crop for held in holdings.faces]
    ways: list[tuple[str, str, Callable[[], Path]]] = [
        ("ours, bytes passed through", "WebDataset", lambda: _ours(holdings, out, "webdataset")),
        ("ours, bytes passed through", "StyleGAN zip", lambda: _ours(holdings, out, "stylegan")),
    ]
    for way, level in _LEVELS.items():
        theirs = partial(encode_anew, paths, out / "theirs.zip", level)
        ways.append((way, "StyleGAN zip", theirs))
    best = [(0.0, 0.0)] * len(ways)
    for _ in range(rounds):
        for index, (_, _, write) in enumerate(ways):
            began = time.perf_counter()
            written = write()
            rate = len(paths) / (time.perf_counter() - began)
            best[index] = max(best[index], (rate, _megabytes(written)))
            shutil.rmtree(written) if written.is_dir() else written.unlink()
    return tuple(
        ExportResult(way, output, *figures)
        for (way, output, _), figures in zip(ways, best, strict=True)
    )


def _ours(holdings: Holdings, out: Path, name: FormatName) -> Path:
    path = out / ("ours.zip" if name == "stylegan" else "ours")
    export_holdings(holdings, path, ExportSettings(name, workers=os.cpu_count() or 1))
    return path


def encode_anew(paths: Sequence[Path], goal: Path, level: int) -> Path:
    """Decode and encode each picture with Pillow into a stored zip."""
    with zipfile.ZipFile(goal, "w", zipfile.ZIP_STORED) as archive:
        for index, path in enumerate(paths):
            with Image.open(path) as image:
                pixels = np.array(image.convert("RGB"))
            buffer = io.BytesIO()
            Image.fromarray(pixels).save(buffer, "png", compress_level=level, optimize=False)
            number = f"{index:08d}"
            archive.writestr(f"{number[:5]}/img{number}.png", buffer.getvalue())
        archive.writestr("dataset.json", json.dumps({"labels": None}))
    return goal


def _megabytes(path: Path) -> float:
    files = path.rglob("*") if path.is_dir() else [path]
    return sum(file.stat().st_size for file in files) / 1e6
