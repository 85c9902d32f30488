"""Hostile originals: what they cost is one photo, never the run."""

import io
import os
import signal
import sys
import threading
import time
from pathlib import Path

import pytest
from PIL import Image

from datasets import Dataset, plain_dataset, quick
from portraitset.align.settings import CropSettings
from portraitset.demo.origin import Origin, picture
from portraitset.pipeline import run as pipeline
from portraitset.pipeline.recipe import Recipe
from portraitset.pipeline.run import Report
from portraitset.workspace.layout import folders_of

LINUX = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc; only Linux keeps limits")


def huge(side: int) -> bytes:
    """A picture that is small to send, and large and slow to decode."""
    buffer = io.BytesIO()
    Image.new("RGB", (side, side), (180, 140, 90)).save(buffer, "JPEG", progressive=True)
    return buffer.getvalue()


def go(dataset: Dataset, folder: Path, recipe: Recipe) -> Report:
    return pipeline.run("build", dataset.write(folder), folders_of(folder / "w"), recipe)


def states(report: Report) -> dict[str, tuple[str, str | None]]:
    return {s.name: (s.state.value, s.reason) for s in report.standings}


@LINUX
def test_picture_that_takes_too_much_memory_is_too_large_and_the_run_goes_on(
    tmp_path: Path,
) -> None:
    dataset = plain_dataset(3)
    greedy = dataset.add("greedy", picture(huge(9000)))
    with Origin(dataset.routes) as origin:
        recipe = quick(origin.url, decoder_memory=420 << 20)
        report = go(dataset, tmp_path, recipe)
        found = states(report)
        assert found.pop(greedy) == ("failed", "too-large")
        assert set(found.values()) == {("aligned", None)}
        again = go(dataset, tmp_path, quick(origin.url, decoder_memory=2 << 30))
    assert states(again)[greedy] == ("aligned", None), "a limit that has moved is worth a try"


@LINUX
def test_decoder_that_aborts_takes_down_one_picture_and_not_the_run(tmp_path: Path) -> None:
    dataset = plain_dataset(3)
    fatal = dataset.add("fatal", picture(huge(9900)))
    route = dataset.route(fatal)
    with Origin(dataset.routes) as origin:
        recipe = quick(origin.url, crop=CropSettings(size=64), photo_timeout=60.0)
        killer = threading.Thread(target=_abort_at_work, args=(origin, route))
        killer.start()
        found = states(go(dataset, tmp_path, recipe))
        killer.join()
    assert found.pop(fatal) == ("failed", "bad-picture")
    assert set(found.values()) == {("aligned", None)}


def _abort_at_work(origin: Origin, route: str) -> None:
    """End the worker that decodes a route's picture as a failed assertion in C would."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if any(hit.path == route for hit in origin.hits):
            for pid in _workers():
                if _memory_of(pid) > 500 << 20:  # only the huge picture takes as much
                    os.kill(pid, signal.SIGABRT)
                    return
        time.sleep(0.01)


def _workers() -> list[int]:
    found = Path(f"/proc/{os.getpid()}/task").glob("*/children")
    return [int(pid) for path in found for pid in path.read_text().split()]


def _memory_of(pid: int) -> int:
    try:
        pages = Path(f"/proc/{pid}/statm").read_text().split()[1]
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return int(pages) * os.sysconf("SC_PAGE_SIZE")


def test_manifest_of_private_addresses_is_refused_and_nobody_is_asked(tmp_path: Path) -> None:
    with Origin({}) as origin:
        dataset = Dataset()
        for host in (origin.url.rstrip("/"), "http://2130706433", "http://169.254.169.254"):
            dataset.add(f"inside-{len(dataset.entries)}", host=host)
        report = go(dataset, tmp_path, Recipe())
        assert not origin.hits
    assert set(states(report).values()) == {("refused", "blocked-address")}
