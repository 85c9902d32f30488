"""What downloading costs on this machine: a web server on loopback, and several ways to copy it.

nginx serves drawn pictures, a thousand of about 1 MB and ten thousand of about 20 KB. Ours, once
with each check, img2dataset and a plain loop of `requests` fetch them all in turns, each as a
process of its own whose whole tree is counted; the best of some rounds counts. Decoding the same
files without fetching them shows what a full check has to cost. Budgets are off: nobody else's
server bears this.
"""

import json
import os
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

from PIL import Image

from portraitset.bench.align import draw_photo, machine_name, versions_of
from portraitset.bench.contestants import commands_of, rival_environment
from portraitset.bench.download_report import DownloadReport, Result
from portraitset.bench.nginx import check_nginx, serving
from portraitset.bench.process_cost import Cost, least_of, run_counted

_DISTINCT = 8
"""Pictures drawn for each batch; the files repeat them, each with its number after the end."""


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


def run_download(output_dir: Path, quick: bool) -> DownloadReport:
    """Measure, and write download.json, download.md and download.svg into `output_dir`.

    `quick` fetches a tenth of the files, once.

    Raises:
        InputError: there is no nginx.
    """
    check_nginx()
    rival, remark = rival_environment()
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


def measure(
    batch: Batch, count: int, rounds: int, rival: Path | None, folder: Path
) -> list[Result]:
    """Let every contestant fetch `count` files of a batch, taking turns.

    Args:
        rival: the Python that has img2dataset and requests; None leaves both out.
        folder: an empty one; the caller deletes it, once nothing is measured any more.
    """
    total = draw_files(folder / "files", batch, count)
    with serving(folder / "files", folder) as root:
        names = sorted(path.name for path in (folder / "files").iterdir())
        commands = commands_of(folder, root, names, rival)
        costs: dict[str, list[Cost]] = {contestant: [] for contestant in commands}
        for turn in range(rounds):
            for contestant, (command, goal) in commands.items():
                costs[contestant].append(run_counted(command, folder))
                _check_whole(contestant, goal, count, total)
                if goal is not None:
                    _empty(folder / "goal", folder / f"{contestant} {turn}")
    return [
        Result(batch.name, contestant, count, total / 1e6, least_of(found))
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


def _check_whole(contestant: str, goal: Path | None, count: int, total: int) -> None:
    """Nobody is measured who did not bring everything."""
    if goal is None:
        return
    sizes = [path.stat().st_size for path in goal.rglob("*.jpg")]
    if (len(sizes), sum(sizes)) != (count, total):
        raise RuntimeError(
            f"{contestant} brought {len(sizes)} of {count} files, {sum(sizes)} bytes"
        )
