"""What the whole job costs on this machine: the commands that users run, against upstream's method.

Photos of about 1 MB are drawn by formula and served by Python's own web server on loopback.
`build` then fetches and aligns them, and `align` works on those at hand; upstream's method, as a
script, does the same with its pauses left out. Each is a process of its own whose whole tree is
counted, with all that it does by default: verifying, digests, perceptual hashes and the ledger.
They take turns, and the best of three rounds counts; upstream's method, which takes minutes, runs
once, on fewer photos where its time for each is seconds.
"""

import io
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from PIL import Image

from portraitset.bench.align import CASES, Case, draw_photo, machine_name, versions_of
from portraitset.bench.figures import bar_chart, markdown_table
from portraitset.bench.process_cost import Cost, least_of, run_counted
from portraitset.landmarks import Landmarks

UPSTREAM = "upstream's method"
_DISTINCT = 4
"""Photos drawn for each job; the files repeat them, each with its number after the end."""

_TARGET_BYTES = 1_000_000


@dataclass(frozen=True, slots=True)
class Job:
    """A command over so many photos of one kind.

    Attributes:
        command: `build`, which fetches as well, or `align`.
        case: the photo's size and where its crop lies.
        count: photos, each with one face.
        upstream_count: how many of them upstream's method gets.
        workers: processes that decode and align; None means one for each core.
    """

    command: str
    case: Case
    count: int
    upstream_count: int
    workers: int | None

    @property
    def name(self) -> str:
        """What is done, for a reader."""
        cores = "all cores" if self.workers is None else "one core"
        return f"{self.command}, {cores}, {self.case.name}"


JOBS = (
    Job("build", CASES[1], 100, 100, None),
    Job("align", CASES[1], 100, 50, 1),
    Job("align", CASES[4], 100, 15, 1),
)


@dataclass(frozen=True, slots=True)
class Result:
    """What one job took by one way; the least of the rounds, each figure for itself."""

    job: str
    by: str
    count: int
    cost: Cost

    @property
    def milliseconds(self) -> float:
        """Of the clock, for each face; what it takes to start is shared by all."""
        return self.cost.seconds / self.count * 1e3


@dataclass(frozen=True, slots=True)
class JobReport:
    """All that was measured, and on what."""

    machine: str
    cores: int
    avx512: bool
    versions: dict[str, str]
    results: tuple[Result, ...]

    def as_markdown(self) -> str:
        """The table for a reader."""
        vectors = "with AVX-512" if self.avx512 else "without AVX-512"
        about = ", ".join(f"{name} {number}" for name, number in self.versions.items())
        head = ("job", "by", "faces", "ms a face", "times upstream", "CPU-ms a face", "peak, MB")
        rows = [
            (
                result.job,
                result.by,
                f"{result.count}",
                f"{result.milliseconds:.0f}",
                f"{self.times_upstream(result):.1f}",
                f"{result.cost.cpu / result.count * 1e3:.0f}",
                f"{result.cost.peak_megabytes:.0f}",
            )
            for result in self.results
        ]
        title = f"{self.machine}, {vectors}, {self.cores} cores; {about}"
        return f"{title}\n\n{markdown_table(head, rows)}"

    def as_svg(self) -> str:
        """A bar for each of ours: how many times upstream's speed."""
        bars = [
            (f"{result.job}, {result.by}", self.times_upstream(result))
            for result in self.results
            if result.by != UPSTREAM
        ]
        return bar_chart("The whole job: times upstream's speed", bars)

    def times_upstream(self, result: Result) -> float:
        """How often a job is done in the time that upstream's method takes for it once."""
        upstream = next(r for r in self.results if (r.job, r.by) == (result.job, UPSTREAM))
        return upstream.milliseconds / result.milliseconds


def run_job(output_dir: Path, quick: bool) -> JobReport:
    """Measure, and write job.json, job.md and job.svg into `output_dir`.

    `quick` takes a fifth of the photos, once.
    """
    results: list[Result] = []
    for job in map(_smaller, JOBS) if quick else JOBS:
        with TemporaryDirectory(prefix="portraitset-bench-") as folder:
            results += measure(job, 1 if quick else 3, Path(folder))
    report = JobReport(
        machine_name(),
        os.cpu_count() or 1,
        has_avx512(),
        versions_of(("numpy", "scipy", "pillow", "numba")),
        tuple(results),
    )
    output_dir.mkdir(parents=True, exist_ok=True)
    text = json.dumps(asdict(report), indent=1)
    (output_dir / "job.json").write_text(text, encoding="utf-8")
    (output_dir / "job.md").write_text(report.as_markdown() + "\n", encoding="utf-8")
    (output_dir / "job.svg").write_text(report.as_svg(), encoding="utf-8")
    return report


def _smaller(job: Job) -> Job:
    count, upstream_count = max(job.count // 5, 2), max(job.upstream_count // 5, 2)
    return replace(job, count=count, upstream_count=upstream_count)


def measure(job: Job, rounds: int, folder: Path) -> list[Result]:
    """Let each way do a job, in turns.

    Args:
        folder: an empty one; the caller deletes it.

    Raises:
        RuntimeError: one of them failed, or left a crop out.
    """
    names = write_photos(folder / "files", job.case, job.count)
    counts = {"exact": job.count, "fast": job.count, UPSTREAM: job.upstream_count}
    costs: dict[str, list[Cost]] = {}
    with _serving(folder / "files") as address:
        for turn in range(rounds + 1):
            # The first turn compiles kernels and fills the disk's cache.
            for by in ("exact", "fast", UPSTREAM) if turn == 1 else ("exact", "fast"):
                goal, manifest = folder / "goal", folder / "manifest.json"
                entries = _manifest(names[: counts[by]], job.case)
                manifest.write_text(json.dumps(entries), encoding="utf-8")
                _prepare(goal, job, folder / "files")
                cost = run_counted(_command(job, by, manifest, address, goal), folder)
                _check_whole(goal, by, counts[by])
                shutil.rmtree(goal)
                if turn:
                    costs.setdefault(by, []).append(cost)
    return [Result(job.name, by, counts[by], least_of(found)) for by, found in costs.items()]


def has_avx512() -> bool:
    """Whether the processor says that it has AVX-512 and nothing keeps numba from using it."""
    import llvmlite.binding as llvm

    named = os.environ.get("NUMBA_CPU_NAME")
    return bool(llvm.get_host_cpu_features().get("avx512f")) and named in (None, "host")


def write_photos(folder: Path, case: Case, count: int) -> list[str]:
    """Write drawn photos of about 1 MB, all different, the same each time; their names."""
    folder.mkdir(parents=True)
    drawn = [_jpeg(case, seed) for seed in range(min(_DISTINCT, count))]
    names = [f"{number:05d}.jpg" for number in range(count)]
    for number, name in enumerate(names):
        (folder / name).write_bytes(drawn[number % len(drawn)] + f"{number:08d}".encode())
    return names


def _jpeg(case: Case, seed: int) -> bytes:
    """A drawn photo in the quality that brings it nearest to 1 MB."""
    image = Image.fromarray(draw_photo(case.width, case.height, seed))
    files = []
    for quality in range(40, 100, 4):
        buffer = io.BytesIO()
        image.save(buffer, "JPEG", quality=quality)
        files.append(buffer.getvalue())
    return min(files, key=lambda data: abs(len(data) - _TARGET_BYTES))


def _manifest(names: Sequence[str], case: Case) -> dict[str, object]:
    marks = points_of(case.points())
    return {
        name.replace(".jpg", ".png"): {
            "image_url": f"https://gallery.example/{name}",
            "raw_name": name,
            "landmarks": marks,
        }
        for name in names
    }


def points_of(points: Landmarks) -> dict[str, tuple[float, float]]:
    """Landmarks as AAHQ's schema writes them."""
    return asdict(points)


def _command(job: Job, by: str, manifest: Path, address: str, goal: Path) -> list[str]:
    workers = str(job.workers or os.cpu_count() or 1)
    raw, aligned = str(goal / "raw"), str(goal / "aligned")
    fetches = job.command == "build"
    if by == UPSTREAM:
        script = [sys.executable, "-m", "portraitset.bench.upstream_method", str(manifest)]
        return [*script, address if fetches else "", raw, aligned, workers]
    ours = [sys.executable, "-m", "portraitset", job.command, str(manifest), "-w", str(goal)]
    ours += ["--quality", by, "--workers", workers]
    return [*ours, "--mirror", address, "--rate", "1e9"] if fetches else ours


def _prepare(goal: Path, job: Job, files: Path) -> None:
    """An empty workspace; for `align`, with the originals in it."""
    (goal / "raw").mkdir(parents=True)
    if job.command == "align":
        for path in files.iterdir():
            shutil.copy2(path, goal / "raw")


def _check_whole(goal: Path, by: str, count: int) -> None:
    """Nobody is measured who left a crop out."""
    found = len(list((goal / "aligned").glob("*.png")))
    if found != count:
        raise RuntimeError(f"{by} made {found} of {count} crops")


@contextmanager
def _serving(files: Path) -> Iterator[str]:
    """Python's own web server on a free port of loopback; its address."""
    command = [sys.executable, "-u", "-m", "http.server", "0", "--bind", "127.0.0.1"]
    command += ["--directory", str(files), "--protocol", "HTTP/1.1"]
    with subprocess.Popen(  # noqa: S603 this very interpreter
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as child:
        try:
            line = child.stdout.readline() if child.stdout else ""
            yield f"http://127.0.0.1:{line.split(' port ')[1].split()[0]}"
        finally:
            child.terminate()
