"""What the alignment costs on this machine: each quality, each stage, one core and all of them.

Pictures are drawn by formula, so that anybody can repeat the figures. The reference, `exact` and
`fast` take turns in one process, and the best of some rounds counts: what else a machine does
then weighs on all alike.
"""

import io
import json
import math
import multiprocessing
import os
import platform
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar, get_args

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw

from portraitset.align.encode import encode_image
from portraitset.align.face import cut_crop
from portraitset.align.quad import plan_crop
from portraitset.align.reference import pad_reference
from portraitset.align.settings import CropSettings, Quality
from portraitset.align.square import face_square
from portraitset.bench.align_options import OptionCost, option_costs, options_table
from portraitset.bench.figures import bar_chart, markdown_table
from portraitset.bench.paste import PASTE_HEAD, PasteCost, paste_cost
from portraitset.landmarks import Landmarks

Pixels = npt.NDArray[np.uint8]
_Result = TypeVar("_Result")

QUALITIES: tuple[Quality, ...] = get_args(Quality)
STAGES = ("decode", "pad", "warp", "encode")
JPEG_QUALITY = 92
SIZE = 1024


@dataclass(frozen=True, slots=True)
class Case:
    """One photo with one face: its size and where the crop lies, in pixels."""

    name: str
    width: int
    height: int
    centre: tuple[float, float]
    side: float
    degrees: float

    def points(self) -> Landmarks:
        """The four points whose crop lies so."""
        angle = math.radians(self.degrees)
        turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        face = np.array([[-0.125, -0.025], [0.125, -0.025], [-0.09, 0.225], [0.09, 0.225]])
        a, b, c, d = ((float(x), float(y)) for x, y in face * self.side @ turn.T + self.centre)
        return Landmarks(a, b, c, d)


CASES = (
    Case("unpadded, 400", 1920, 2600, (960, 1300), 400, 15),
    Case("unpadded, 1200", 1920, 2600, (960, 1300), 1200, 15),
    Case("padded, 400", 500, 600, (230, 250), 400, 15),
    Case("padded, 1200", 1400, 1600, (700, 700), 1200, 15),
    Case("padded, 1500", 1700, 1900, (850, 950), 1500, 15),
    Case("padded, 4000", 5000, 6000, (2300, 2600), 4000, 15),
)

PASTE_CASES = (
    Case("12 megapixels, side 400", 4000, 3000, (2000, 1500), 400, 15),
    Case("12 megapixels, side 1024", 4000, 3000, (2000, 1500), 1024, 15),
    Case("12 megapixels, side 2000", 4000, 3000, (2000, 1500), 2000, 15),
)


@dataclass(frozen=True, slots=True)
class Cost:
    """What one face costs, from file to file.

    Attributes:
        seconds: by stage, on one core; the best of the rounds.
        whole: from the JPEG's bytes to the file's, in seconds, the best of the rounds.
        peak_megabytes: of a process that makes this crop and nothing else.
        beyond_picture_megabytes: by how much that exceeds its peak after decoding.
    """

    case: str
    quality: Quality
    seconds: dict[str, float]
    whole: float
    peak_megabytes: float
    beyond_picture_megabytes: float


@dataclass(frozen=True, slots=True)
class Throughput:
    """Faces per second, file to file, on one core and on all."""

    quality: Quality
    one_core: float
    all_cores: float


@dataclass(frozen=True, slots=True)
class AlignReport:
    """All that was measured, and on what."""

    machine: str
    cores: int
    versions: dict[str, str]
    costs: tuple[Cost, ...]
    throughputs: tuple[Throughput, ...]
    pastes: tuple[PasteCost, ...]
    options: tuple[OptionCost, ...]
    options_case: str

    def as_markdown(self) -> str:
        """The tables for a reader."""
        return "\n\n".join(
            [
                f"{self.machine}, {self.cores} cores; "
                + ", ".join(f"{name} {number}" for name, number in self.versions.items()),
                markdown_table(
                    (
                        "case",
                        "quality",
                        *(f"{stage}, ms" for stage in STAGES),
                        "whole, ms",
                        "times the reference",
                        "warp and pad alone",
                        "peak, MB",
                    ),
                    [self._row(cost) for cost in self.costs],
                ),
                markdown_table(
                    ("quality", "one core, faces/s", f"{self.cores} cores", "ratio"),
                    [
                        (
                            each.quality,
                            f"{each.one_core:.2f}",
                            f"{each.all_cores:.2f}",
                            f"{each.all_cores / each.one_core:.2f}",
                        )
                        for each in self.throughputs
                    ],
                ),
                markdown_table(PASTE_HEAD, [each.row() for each in self.pastes]),
                f"Options, warp and pad alone, case {self.options_case}; the reference has none:",
                options_table(self.options, self._reference_of_options()),
            ]
        )

    def as_svg(self) -> str:
        """A bar for each case: how many times the reference's speed, file to file."""
        bars = [
            (f"{cost.case}, {cost.quality}", self.reference_of(cost).whole / cost.whole)
            for cost in self.costs
            if cost.quality != "reference"
        ]
        return bar_chart("Times the reference's speed, JPEG to PNG, one core", bars)

    def reference_of(self, cost: Cost) -> Cost:
        """The reference's cost in the same case."""
        return next(
            each for each in self.costs if each.case == cost.case and each.quality == "reference"
        )

    def _reference_of_options(self) -> float:
        """Upstream's warp and pad in the options' case, in seconds."""
        costs = (each for each in self.costs if each.case == self.options_case)
        return _cut(next(each for each in costs if each.quality == "reference"))

    def _row(self, cost: Cost) -> tuple[str, ...]:
        reference = self.reference_of(cost)
        stages = (f"{cost.seconds[stage] * 1e3:.1f}" for stage in STAGES)
        return (
            cost.case,
            cost.quality,
            *stages,
            f"{cost.whole * 1e3:.0f}",
            f"{reference.whole / cost.whole:.1f}",
            f"{_cut(reference) / _cut(cost):.1f}",
            f"{cost.peak_megabytes:.0f} ({cost.beyond_picture_megabytes:.0f} beyond the picture)",
        )


def run_align(output_dir: Path, quick: bool) -> AlignReport:
    """Measure, and write align.json, align.md and align.svg into `output_dir`.

    `quick` leaves out the largest case, where the reference alone takes minutes.
    """
    cases = CASES[:-1] if quick else CASES
    costs = tuple(cost for case in cases for cost in _costs(case, rounds=2 if quick else 5))
    tried = CASES[-2]
    photo = draw_photo(tried.width, tried.height)
    options = option_costs(photo, tried.points(), SIZE, rounds=2 if quick else 5)
    cores = os.cpu_count() or 1
    throughputs = tuple(_throughput(quality, cores) for quality in ("exact", "fast"))
    pastes = tuple(_paste_cost(case, rounds=3 if quick else 7) for case in PASTE_CASES)
    report = AlignReport(
        machine_name(),
        cores,
        versions_of(("numpy", "scipy", "pillow", "numba")),
        costs,
        throughputs,
        pastes,
        options,
        tried.name,
    )
    output_dir.mkdir(parents=True, exist_ok=True)
    (output_dir / "align.json").write_text(json.dumps(asdict(report), indent=1), encoding="utf-8")
    (output_dir / "align.md").write_text(report.as_markdown() + "\n", encoding="utf-8")
    (output_dir / "align.svg").write_text(report.as_svg(), encoding="utf-8")
    return report


def draw_photo(width: int, height: int, seed: int = 0) -> Pixels:
    """uint8 (height, width, 3): clouds of every scale, brush strokes and a little grain."""
    random = np.random.RandomState(seed)
    channels = []
    for _ in range(3):
        plane = np.zeros((height, width), np.float32)
        for octave in range(2, 10):
            cells = 2**octave
            small = random.rand(max(cells * height // width, 2), cells).astype(np.float32)
            layer = Image.fromarray(small).resize((width, height), Image.Resampling.BICUBIC)
            plane += np.asarray(layer) * np.float32(0.72**octave)
        plane -= plane.min()
        channels.append(plane * (255 / plane.max()))
    picture = Image.merge("RGB", [Image.fromarray(plane.astype(np.uint8)) for plane in channels])
    strokes = ImageDraw.Draw(picture)
    for x, y, dx, dy, thick, *colour in random.rand(400, 8):
        start = (x * width, y * height)
        end = (start[0] + (dx - 0.5) * width / 8, start[1] + (dy - 0.5) * width / 8)
        ink = (int(colour[0] * 255), int(colour[1] * 255), int(colour[2] * 255))
        strokes.line([start, end], fill=ink, width=1 + int(thick * width / 300))
    grain = random.randint(-3, 4, (height, width, 1), np.int16)
    return np.clip(np.asarray(picture) + grain, 0, 255).astype(np.uint8)


def jpeg_of(case: Case) -> bytes:
    """The case's photo as a file's bytes."""
    buffer = io.BytesIO()
    Image.fromarray(draw_photo(case.width, case.height)).save(buffer, "JPEG", quality=JPEG_QUALITY)
    return buffer.getvalue()


def file_to_file(data: bytes, points: Landmarks, quality: Quality) -> bytes:
    """A crop's PNG from a photo's JPEG; the reference's by Pillow's own writer."""
    return _encode(cut_crop(_decode(data), points, CropSettings(SIZE, quality=quality)), quality)


def _decode(data: bytes) -> Pixels:
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))


def _encode(pixels: Pixels, quality: Quality) -> bytes:
    if quality != "reference":
        return encode_image(pixels, "png", None, {})
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    return buffer.getvalue()


def _pad(pixels: Pixels, points: Landmarks, quality: Quality) -> None:
    """The padding alone, as far as the quality has it as a step of its own."""
    height, width = pixels.shape[:2]
    plan = plan_crop(face_square(points), (width, height), SIZE)
    if plan.pads is None:
        return
    left, top, right, bottom = plan.box
    region = pixels[top:bottom, left:right]
    if quality == "reference":
        pad_reference(region, plan.pads, plan.quad_size)
    elif quality == "exact":
        from portraitset.align.pad import pad_exact

        pad_exact(region, plan.pads, plan.quad_size)
    else:
        from portraitset.align.fast import surroundings

        surroundings(pixels, plan.box, plan.pads, plan.quad_size)


def _cut(cost: Cost) -> float:
    return cost.seconds["pad"] + cost.seconds["warp"]


def _costs(case: Case, rounds: int) -> list[Cost]:
    data, points = jpeg_of(case), case.points()
    best: dict[Quality, dict[str, float]] = {quality: {} for quality in QUALITIES}
    for quality in QUALITIES[:2]:
        file_to_file(data, points, quality)  # compiles or loads the kernels
    for turn in range(rounds):
        for quality in QUALITIES:
            if quality == "reference" and turn and best[quality]["whole"] > 20:
                continue  # minutes each, and steady
            for stage, took in _stages(data, points, quality).items():
                best[quality][stage] = min(took, best[quality].get(stage, math.inf))
    costs = []
    for quality, stages in best.items():
        peak, beyond = _peak_memory(data, case, quality)
        stages["warp"] = max(stages["cut"] - stages["pad"], 0.0)
        seconds = {stage: stages[stage] for stage in STAGES}
        costs.append(Cost(case.name, quality, seconds, stages["whole"], peak, beyond))
    return costs


def _paste_cost(case: Case, rounds: int) -> PasteCost:
    photo = draw_photo(case.width, case.height)
    return paste_cost(case.name, photo, case.points(), SIZE, rounds)


def _stages(data: bytes, points: Landmarks, quality: Quality) -> dict[str, float]:
    pixels, decode = _timed(lambda: _decode(data))
    _, pad = _timed(lambda: _pad(pixels, points, quality))
    settings = CropSettings(SIZE, quality=quality)
    crop, cut = _timed(lambda: cut_crop(pixels, points, settings))
    _, encode = _timed(lambda: _encode(crop, quality))
    whole = decode + cut + encode
    return {"decode": decode, "pad": pad, "cut": cut, "encode": encode, "whole": whole}


def _timed(work: Callable[[], _Result]) -> tuple[_Result, float]:
    began = time.perf_counter()
    result = work()
    return result, time.perf_counter() - began


def _throughput(quality: Quality, cores: int) -> Throughput:
    case = CASES[1]
    data = jpeg_of(case)
    rates = [_faces_per_second(data, case, quality, workers) for workers in (1, cores)]
    return Throughput(quality, rates[0], rates[1])


def _faces_per_second(data: bytes, case: Case, quality: Quality, workers: int) -> float:
    """Of so many processes, each with its kernels loaded beforehand; the best of three spells."""
    context = multiprocessing.get_context("spawn")
    each = 12 if quality == "exact" else 30
    with ProcessPoolExecutor(workers, mp_context=context) as pool:
        spells = []
        for _ in range(4):
            began = time.perf_counter()
            jobs = [pool.submit(_several, data, case, quality, each) for _ in range(workers)]
            for job in jobs:
                job.result()
            spells.append(time.perf_counter() - began)
    return workers * each / min(spells[1:])  # the first one loads the kernels


def _several(data: bytes, case: Case, quality: Quality, faces: int) -> None:
    for _ in range(faces):
        file_to_file(data, case.points(), quality)


def _peak_memory(data: bytes, case: Case, quality: Quality) -> tuple[float, float]:
    """The peak of a fresh process and how far it lies above that after decoding, in MB."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "photo.jpg"
        path.write_bytes(data)
        code = (
            "import sys; from portraitset.bench.align import measure_memory as m; m(*sys.argv[1:])"
        )
        done = subprocess.run(  # noqa: S603 - this very interpreter, on our own file
            [sys.executable, "-c", code, str(path), str(CASES.index(case)), quality],
            check=True,
            capture_output=True,
            text=True,
        )
    after_decoding, peak = (float(word) for word in done.stdout.split())
    return peak, peak - after_decoding


def measure_memory(path: str, case_number: str, quality: Quality) -> None:
    """In a process of its own: print its peak in MB after decoding and at the end."""
    case, settings = CASES[int(case_number)], CropSettings(SIZE, quality=quality)
    tiny = np.zeros((64, 64, 3), np.uint8)
    for x in (12.0, 32.0):  # kernels and libraries are not the picture's cost
        crop = cut_crop(tiny, Case("", 64, 64, (x, 32.0), 32, 0).points(), settings)
    _encode(crop, quality)
    pixels = _decode(Path(path).read_bytes())
    after_decoding = _peak_megabytes()
    _encode(cut_crop(pixels, case.points(), settings), quality)
    sys.stdout.write(f"{after_decoding} {_peak_megabytes()}")


def _peak_megabytes() -> float:
    # Not getrusage where /proc is there: Linux lets a child begin with its parent's peak.
    try:
        lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
        return next(int(line.split()[1]) / 1e3 for line in lines if line.startswith("VmHWM"))
    except OSError:
        pass
    try:
        import resource
    except ImportError:  # Windows
        return math.nan
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6


def machine_name() -> str:
    """The processor's name, where the system tells it."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def versions_of(names: Iterable[str]) -> dict[str, str]:
    """The versions of Python and of some packages."""
    return {"Python": platform.python_version()} | {name: version(name) for name in names}
