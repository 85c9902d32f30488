"""How quick `detect` is, and how much memory it takes: the command itself, start and all.

    python benchmarks/detecting_speed.py MODEL [PICTURES]

It draws PICTURES (200) portraits that measure 1,280 pixels on their longer side, writes them as
JPEG, and has the command look at them, then at ten of them. Processor time is told beside what the
clock says, as others may use the same cores.
"""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from PIL import Image

from portraitset.bench.figures import markdown_table
from portraitset.demo.portraits import MANNERS
from sitters import draw_sitter

SIDE = 1280
FEW = 10


def main(model: Path, count: int) -> None:
    """Print the table."""
    with TemporaryDirectory() as folder:
        many, few = Path(folder, "many"), Path(folder, "few")
        many.mkdir()
        few.mkdir()
        with ProcessPoolExecutor(2) as pool:
            list(pool.map(partial(draw, many), range(count), chunksize=4))
        for path in sorted(many.iterdir())[:FEW]:
            shutil.copy(path, few)
        rows = [
            run(pictures, ("--model", str(model), "--workers", "2", *flags))
            for flags in ((), ("--thorough",))
            for pictures in (few, many)
        ]
    head = ("", "pictures", "a second", "processor seconds each", "largest process, MB")
    sys.stdout.write(markdown_table(head, rows) + "\n")


def draw(folder: Path, number: int) -> None:
    """One portrait, as large as is wanted."""
    manners = list(MANNERS)
    image = draw_sitter(manners[number % len(manners)], number).image
    scale = SIDE / max(image.size)
    size = (round(image.width * scale), round(image.height * scale))
    image.resize(size, Image.Resampling.LANCZOS).save(folder / f"{number}.jpg", quality=90)


def run(pictures: Path, flags: Sequence[str]) -> tuple[str, ...]:
    """One line of the table."""
    count = len(list(pictures.iterdir()))
    output = pictures.parent / f"{pictures.name}-{len(flags)}.jsonl"
    command = [sys.executable, "-m", "portraitset", "detect", str(pictures), "-o", str(output)]
    start = time.monotonic()
    process = subprocess.Popen([*command, *flags], stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)  # of it and all that it waited for, nothing else
    took = time.monotonic() - start
    if status:
        raise SystemExit(f"detect ended with {status}")
    busy = (used.ru_utime + used.ru_stime) / count
    largest = f"{used.ru_maxrss / 1024:.0f}"
    kind = "thorough" if "--thorough" in flags else "default"
    return kind, str(count), f"{count / took:.1f}", f"{busy:.3f}", largest


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 200)
