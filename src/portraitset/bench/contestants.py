"""Who fetches the same files: `download` with either check, img2dataset, a loop of requests."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from multiprocessing import get_context
from pathlib import Path

from PIL import Image
from platformdirs import user_cache_path

IMG2DATASET = "1.47.0"

_LOOP = """
import pathlib, requests, sys
session, goal = requests.Session(), pathlib.Path(sys.argv[2])
goal.mkdir()
for url in pathlib.Path(sys.argv[1]).read_text().split():
    answer = session.get(url, timeout=10)
    answer.raise_for_status()
    (goal / url.rsplit("/", 1)[1]).write_bytes(answer.content)
"""


def commands_of(
    folder: Path, root: str, names: Sequence[str], rival: Path | None
) -> dict[str, tuple[list[str], Path | None]]:
    """How each contestant is called, and where its files will lie; None if it makes none."""
    _write_lists(folder, root, names)
    goal, cores = folder / "goal", str(os.cpu_count() or 1)
    ours = [sys.executable, "-m", "portraitset", "download", str(folder / "manifest.json")]
    ours += ["-w", str(goal), "--mirror", root, "--connections", "64", "--rate", "1e9"]
    decoding = "import sys; from portraitset.bench.contestants import decode_files as f"
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


def rival_environment() -> tuple[Path | None, str | None]:
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
