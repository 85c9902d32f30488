"""A review as a person starts it: the command in a process of its own, on a copy of a workspace."""

import json
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

from datasets import Dataset, plain_dataset, quick
from portraitset import build
from portraitset.demo.origin import Origin, plain_status
from portraitset.manifest.aahq import raw_name_of
from portraitset.workspace.decisions import Decisions, read_decisions

HOSTILE = "%3Cimg%20src=x%20onerror=window.hacked=1%3E"
"""A slug that is a tag once it is unquoted."""

HOSTILE_NAME = "<svg onload=window.hacked=1> &amp;.png"


def make_workspace(folder: Path) -> Path:
    """Twelve faces, one that is gone, and one whose name and title are markup."""
    dataset = plain_dataset(12)
    dataset.add("gone", plain_status(404))
    hostile = dataset.add(HOSTILE)
    dataset.entries[HOSTILE_NAME] = dataset.entries.pop(hostile)
    return built(told_apart(dataset), folder)


def told_apart(dataset: Dataset) -> Dataset:
    """The same pictures, each under an asset's number of its own."""
    apart = Dataset()
    for number, (name, entry) in enumerate(dataset.entries.items()):
        old, new = "/000/000/001/", f"/000/000/{number:03d}/"
        url = str(entry["image_url"])
        apart.routes[urlsplit(url.replace(old, new)).path] = dataset.routes[urlsplit(url).path]
        url = url.replace(old, new)
        apart.entries[name] = entry | {"image_url": url, "raw_name": raw_name_of(url)}
    return apart


def built(dataset: Dataset, folder: Path) -> Path:
    with Origin(dataset.routes) as origin:
        build(dataset.write(folder), folder / "w", recipe=quick(origin.url))
    return folder / "w"


class Review:
    """`portraitset review`, running; use it as a context manager."""

    def __init__(
        self,
        workspace: Path,
        reviewer: str = "Ada",
        port: int = 0,
        manifest: Path | None = None,
    ) -> None:
        self.workspace = workspace
        self._arguments = ["-w", str(workspace), "--reviewer", reviewer, "--port", str(port)]
        self._arguments += [] if manifest is None else [str(manifest)]

    def __enter__(self) -> Self:
        command = [sys.executable, "-m", "portraitset", "review", *self._arguments, "--json"]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        if self.process.stdout is None:
            raise RuntimeError("no pipe")
        text = ""
        while not text.endswith("}\n"):
            line = self.process.stdout.readline()
            if not line:
                raise RuntimeError(f"the review ended with {self.process.wait()}")
            text += line
        self.url = str(json.loads(text)["url"])
        self.port = urlsplit(self.url).port or 0
        self.token = self.url.partition("token=")[2]
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.process.kill()
        self.process.wait()
        if self.process.stdout is not None:
            self.process.stdout.close()

    def interrupt(self) -> int:
        """Press Ctrl-C; the exit code."""
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(20)

    @property
    def decisions(self) -> Decisions:
        """What stands in the log."""
        return read_decisions(self.workspace / ".portraitset")

    def verdicts(self) -> dict[str, str]:
        """The last word on each face that anybody decided about."""
        return {
            face: opinion.verdict.choice
            for face, opinion in self.decisions.decided().items()
            if opinion.verdict
        }


def copy_of(workspace: Path, folder: Path) -> Path:
    return Path(shutil.copytree(workspace, folder / "w"))
