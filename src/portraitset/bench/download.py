"""What downloading costs on this machine: a web server on loopback, and several ways to copy it.

nginx serves drawn pictures, a thousand of about 1 MB and ten thousand of about 20 KB. Ours, once
with each check, img2dataset and a plain loop of `requests` fetch them all in turns, each as a
process of its own whose whole tree is counted; the best of some rounds counts. Decoding the same
files without fetching them shows what a full check has to cost. Budgets are off: nobody else's
server bears this.
"""

import json
import math
import os
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import asdict, dataclass
from io import BytesIO
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory

from PIL import Image
from platformdirs import user_cache_path

from portraitset.bench.align import draw_photo, machine_name, versions_of
from portraitset.bench.figures import bar_chart, markdown_table
from portraitset.errors import InputError

IMG2DATASET = "1.47.0"
_DISTINCT = 8
"""Pictures drawn for each batch; the files repeat them, each with its number after the end."""

_SAMPLED_EVERY = 0.1
"""Seconds between two looks at memory."""

_CONF = """
daemon off; worker_processes 1; pid {folder}/nginx.pid; error_log {folder}/error.log;
events {{ worker_connections 1024; }}
http {{
    access_log off; sendfile on; keepalive_requests 1000000; default_type image/jpeg;
    client_body_temp_path {folder}; proxy_temp_path {folder}; fastcgi_temp_path {folder};
    uwsgi_temp_path {folder}; scgi_temp_path {folder};
    server {{ listen 127.0.0.1:{port}; root {files}; }}
}}
"""
_LOOP = """
import pathlib, requests, sys
session, goal = requests.Session(), pathlib.Path(sys.argv[2])
goal.mkdir()
for url in pathlib.Path(sys.argv[1]).read_text().split():
    answer = session.get(url, timeout=10)
    answer.raise_for_status()
    (goal / url.rsplit("/", 1)[1]).write_bytes(answer.content)
"""


@dataclass(frozen=True, slots=True)
class Batch:
    """Files to fetch: how many, and how large the pictures in them are, in pixels."""

    name: str
    count: int
    width: int
    height: int
    quality: int


BATCHES = (
    Batch("1 MB", 1_000, 2150, 1700, 92),
    Batch("20 KB", 10_000, 300, 220, 84),
)


@dataclass(frozen=True, slots=True)
class Cost:
    """What it took to have all files of a batch.

    Attributes:
        seconds: of the clock.
        cpu: seconds of all its processes, user and system.
        peak_megabytes: of all its processes at once; pages that they share count for each.
    """

    seconds: float
    cpu: float
    peak_megabytes: float


@dataclass(frozen=True, slots=True)
class Result:
    """One contestant at one batch; the least of the rounds, each figure for itself."""

    batch: str
    contestant: str
    count: int
    megabytes: float
    cost: Cost

    @property
    def rate(self) -> float:
        """Pictures per second."""
        return self.count / self.cost.seconds

    @property
    def cpu_per_thousand(self) -> float:
        """CPU-seconds per thousand pictures."""
        return self.cost.cpu / self.count * 1e3


@dataclass(frozen=True, slots=True)
class DownloadReport:
    """All that was measured, on what, and what could not be."""

    machine: str
    cores: int
    versions: Mapping[str, str]
    rounds: int
    results: tuple[Result, ...]
    remarks: tuple[str, ...]

    def as_markdown(self) -> str:
        """The table for a reader."""
        about = ", ".join(f"{name} {number}" for name, number in self.versions.items())
        head = (
            "files",
            "by",
            "pictures/s",
            "MB/s",
            "CPU-s per 1,000",
            "peak, MB",
        )
        rows = [
            (
                f"{result.count:,} of {result.batch}",
                result.contestant,
                f"{result.rate:,.0f}",
                f"{result.megabytes / result.cost.seconds:.1f}",
                f"{result.cpu_per_thousand:.2f}",
                f"{result.cost.peak_megabytes:.0f}",
            )
            for result in self.results
        ]
        title = f"{self.machine}, {self.cores} cores; {about}; best of {self.rounds}"
        return "\n\n".join([title, markdown_table(head, rows), *self.remarks])

    def as_svg(self) -> str:
        """A bar for each contestant and batch: pictures per second against the slowest's."""
        bars = []
        for batch in dict.fromkeys(result.batch for result in self.results):
            found = [result for result in self.results if result.batch == batch]
            slowest = min(result.rate for result in found)
            bars += [(f"{batch}, {each.contestant}", each.rate / slowest) for each in found]
        return bar_chart("Pictures per second, times the slowest", bars)


def run_download(output_dir: Path, quick: bool) -> DownloadReport:
    """Measure, and write download.json, download.md and download.svg into `output_dir`.

    `quick` fetches a tenth of the files, once.

    Raises:
        InputError: there is no nginx.
    """
    check_nginx()
    rival, remark = _rival_environment()
    rounds = 1 if quick else 3
    results: list[Result] = []
    with ExitStack() as folders:
        for batch in BATCHES:
            count = batch.count // 10 if quick else batch.count
            folder = folders.enter_context(TemporaryDirectory(prefix="portraitset-bench-"))
            results += measure(batch, count, rounds, rival, Path(folder))
    report = DownloadReport(
        machine_name(),
        os.cpu_count() or 1,
        versions_of(("aiohttp", "pillow")),
        rounds,
        tuple(results),
        (remark,) if remark else (),
    )
    output_dir.mkdir(parents=True, exist_ok=True)
    text = json.dumps(asdict(report), indent=1)
    (output_dir / "download.json").write_text(text, encoding="utf-8")
    (output_dir / "download.md").write_text(report.as_markdown() + "\n", encoding="utf-8")
    (output_dir / "download.svg").write_text(report.as_svg(), encoding="utf-8")
    return report


def check_nginx() -> None:
    """Make sure that there is a server to measure against.

    Raises:
        InputError: there is none.
    """
    if shutil.which("nginx", path=_search_path()) is None:
        raise InputError(
            "bench download needs nginx, which is not installed here."
            " On Debian and Ubuntu: apt-get install nginx-light"
        )


def measure(
    batch: Batch, count: int, rounds: int, rival: Path | None, folder: Path
) -> list[Result]:
    """Let every contestant fetch `count` files of a batch, taking turns.

    Args:
        rival: the Python that has img2dataset and requests; None leaves both out.
        folder: an empty one; the caller deletes it, once nothing is measured any more.
    """
    total = draw_files(folder / "files", batch, count)
    with _serving(folder / "files", folder) as root:
        names = sorted(path.name for path in (folder / "files").iterdir())
        commands = _commands(folder, root, names, rival)
        costs: dict[str, list[Cost]] = {contestant: [] for contestant in commands}
        for turn in range(rounds):
            for contestant, (command, goal) in commands.items():
                costs[contestant].append(_run(command, folder))
                _check_whole(contestant, goal, count, total)
                if goal is not None:
                    _empty(folder / "goal", folder / f"{contestant} {turn}")
    return [
        Result(batch.name, contestant, count, total / 1e6, _least(found))
        for contestant, found in costs.items()
    ]


def _empty(goal: Path, aside: Path) -> None:
    """Give the disk back its room, and keep the files, empty, out of the next contestant's way.

    For a minute after files were deleted, ext4 takes twenty times as long to create one
    (`recently_deleted` in fs/ext4/ialloc.c; 0.30 instead of 0.02 ms, measured).
    """
    goal.rename(aside)
    for path in aside.rglob("*"):
        if path.is_file():
            os.truncate(path, 0)


def draw_files(folder: Path, batch: Batch, count: int) -> int:
    """Write the files of a batch, all different, the same each time; their bytes in all."""
    folder.mkdir(parents=True)
    pictures = []
    for seed in range(min(_DISTINCT, count)):
        buffer, pixels = BytesIO(), draw_photo(batch.width, batch.height, seed)
        Image.fromarray(pixels).save(buffer, "JPEG", quality=batch.quality)
        pictures.append(buffer.getvalue())
    total = 0
    for number in range(count):
        data = pictures[number % len(pictures)] + f"{number:08d}".encode()
        (folder / f"{number:08d}.jpg").write_bytes(data)
        total += len(data)
    return total


def decode_files(folder: str, processes: str) -> None:
    """Decode every file of a folder with Pillow, in so many processes, and do nothing else."""
    paths = sorted(str(path) for path in Path(folder).iterdir())
    with get_context("spawn").Pool(int(processes)) as pool:
        for _ in pool.imap_unordered(_decode_file, paths, chunksize=16):
            pass
        pool.close()
        pool.join()


def _decode_file(path: str) -> None:
    with Image.open(path) as image:
        image.load()


def _commands(
    folder: Path, root: str, names: Sequence[str], rival: Path | None
) -> dict[str, tuple[list[str], Path | None]]:
    """How each contestant is called, and where its files will lie; None if it makes none."""
    _write_lists(folder, root, names)
    goal, cores = folder / "goal", str(os.cpu_count() or 1)
    ours = [sys.executable, "-m", "portraitset", "download", str(folder / "manifest.json")]
    ours += ["-w", str(goal), "--mirror", root, "--connections", "64", "--rate", "1e9"]
    decoding = "import sys; from portraitset.bench.download import decode_files as f"
    decoder = [sys.executable, "-c", f"{decoding}; f(*sys.argv[1:])", str(folder / "files"), cores]
    commands: dict[str, tuple[list[str], Path | None]] = {
        "portraitset, check off": ([*ours, "--check", "signature"], goal / "raw"),
        "portraitset, full check": ([*ours, "--check", "decode"], goal / "raw"),
        "decoding alone": (decoder, None),
    }
    if rival is not None:
        urls = str(folder / "urls.txt")
        options = {
            "url_list": urls,
            "output_folder": str(goal),
            "output_format": "files",
            "processes_count": cores,
            "thread_count": "32",
            "resize_mode": "no",
            "disable_all_reencoding": "True",
        }
        flags = [f"--{key}={value}" for key, value in options.items()]
        img2dataset = [str(rival.with_name("img2dataset")), *flags]
        loop = [str(rival), "-c", _LOOP, urls, str(goal)]
        commands["img2dataset"] = (img2dataset, goal)
        commands["requests, one by one"] = (loop, goal)
    return commands


def _write_lists(folder: Path, root: str, names: Sequence[str]) -> None:
    """The same files as our manifest, and as addresses one a line."""
    points = [[50, 60], [80, 60], [55, 90], [75, 90]]
    keys = ("eye_left", "eye_right", "mouth_left", "mouth_right")
    manifest = {
        name.replace(".jpg", ".png"): {
            "image_url": f"https://gallery.example/{name}",
            "raw_name": name,
            "landmarks": dict(zip(keys, points, strict=True)),
        }
        for name in names
    }
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    (folder / "urls.txt").write_text("\n".join(f"{root}/{name}" for name in names) + "\n")


def _check_whole(contestant: str, goal: Path | None, count: int, total: int) -> None:
    """Nobody is measured who did not bring everything."""
    if goal is None:
        return
    sizes = [path.stat().st_size for path in goal.rglob("*.jpg")]
    if (len(sizes), sum(sizes)) != (count, total):
        raise RuntimeError(
            f"{contestant} brought {len(sizes)} of {count} files, {sum(sizes)} bytes"
        )


def _least(costs: Sequence[Cost]) -> Cost:
    return Cost(
        min(cost.seconds for cost in costs),
        min(cost.cpu for cost in costs),
        min(cost.peak_megabytes for cost in costs),
    )


def _run(command: list[str], folder: Path) -> Cost:
    """Run one contestant to its end and count its whole tree of processes."""
    log = folder / "contestant.log"
    began = time.perf_counter()
    with log.open("wb") as out:
        child = subprocess.Popen(command, stdout=out, stderr=out, cwd=folder)  # noqa: S603 ours
        with _memory_of(child.pid) as peak:
            _, status, usage = os.wait4(child.pid, 0)
    seconds = time.perf_counter() - began
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode != 0:
        tail = log.read_text(errors="replace")[-2000:]
        raise RuntimeError(f"{command[:4]} ended with {child.returncode}:\n{tail}")
    return Cost(seconds, usage.ru_utime + usage.ru_stime, peak())


@contextmanager
def _memory_of(pid: int) -> Iterator[Callable[[], float]]:
    """Watch a process and its descendants; the peak of their memory together, in MB."""
    stop, peak = threading.Event(), 0

    def watch() -> None:
        nonlocal peak
        while not stop.wait(_SAMPLED_EVERY):
            peak = max(peak, sum(map(_resident, _tree(pid))))

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield lambda: peak / 1e6 if peak else math.nan
    finally:
        stop.set()
        watcher.join()


def _tree(pid: int) -> Iterator[int]:
    yield pid
    with suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in (task / "children").read_text().split():
                yield from _tree(int(child))


def _resident(pid: int) -> int:
    try:
        pages = Path(f"/proc/{pid}/statm").read_text().split()[1]
    except (OSError, IndexError):
        return 0
    return int(pages) * os.sysconf("SC_PAGE_SIZE")


@contextmanager
def _serving(files: Path, folder: Path) -> Iterator[str]:
    """nginx on a free port of loopback, on these files and nothing else; its address."""
    nginx = shutil.which("nginx", path=_search_path()) or "nginx"
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    conf = folder / "nginx.conf"
    conf.write_text(_CONF.format(folder=folder, files=files, port=port))
    with (folder / "nginx.log").open("wb") as log:
        child = subprocess.Popen(  # noqa: S603 found on the user's own path
            [nginx, "-p", str(folder), "-c", str(conf), "-e", str(folder / "error.log")],
            stdout=log,
            stderr=log,
        )
    try:
        _wait_for(port, child, folder / "nginx.log")
        yield f"http://127.0.0.1:{port}"
    finally:
        child.terminate()
        child.wait()


def _wait_for(port: int, child: "subprocess.Popen[bytes]", log: Path) -> None:
    for _ in range(100):
        if child.poll() is not None:
            break
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.05)
    raise RuntimeError(f"nginx does not start: {log.read_text(errors='replace')[-1000:]}")


def _search_path() -> str:
    """Debian puts nginx where only root looks."""
    return os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/sbin", "/usr/local/sbin"])


def _rival_environment() -> tuple[Path | None, str | None]:
    """The Python of an environment that has img2dataset, made once; or why there is none."""
    home = user_cache_path("portraitset") / f"bench-img2dataset-{IMG2DATASET}"
    python = home / "bin" / "python"
    try:
        if not (home / "ready").exists():
            shutil.rmtree(home, ignore_errors=True)
            _quietly([sys.executable, "-m", "venv", str(home)])
            pip = [str(python), "-m", "pip", "--disable-pip-version-check", "install", "--quiet"]
            _quietly([*pip, f"img2dataset=={IMG2DATASET}", "requests"])
            (home / "ready").touch()
    except (OSError, subprocess.CalledProcessError) as error:
        why = getattr(error, "stderr", None) or str(error)
        return None, f"img2dataset {IMG2DATASET} could not be installed: {why.strip()[-300:]}"
    return python, None


def _quietly(command: list[str]) -> None:
    subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603 ours
