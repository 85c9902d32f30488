"""What was found so far, a line a picture, beside the manifest in the making: reruns go by it."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np

from portraitset.detect.attempt import Look
from portraitset.detect.detection import Detection
from portraitset.workspace.layout import FileStamp, translated

SUFFIX = ".detected"


@dataclass(frozen=True, slots=True)
class Looked:
    """A picture that was looked at: the file as it was then, in which way, and what was found."""

    stamp: FileStamp
    way: str
    look: Look


def read_journal(path: Path) -> dict[str, Looked]:
    """What a journal holds, by the pictures' paths; lines that make no sense count as not there.

    Raises:
        WorkspaceError: it is there and cannot be read.
    """
    if not path.is_file():
        return {}
    with translated(path):
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    return dict(_entries(lines))


def write_entry(journal: IO[str], path: str, looked: Looked) -> None:
    """Add a picture to an open journal; it is there when this returns."""
    faces = [
        {"box": each.box, "points": each.points.tolist(), "score": each.score}
        | ({} if each.confidence is None else {"confidence": each.confidence})
        | ({} if each.points68 is None else {"points68": each.points68.round(2).tolist()})
        for each in looked.look.faces
    ]
    look = asdict(looked.look) | {"faces": faces}
    entry = {"path": path, "stamp": asdict(looked.stamp), "way": looked.way, "look": look}
    journal.write(json.dumps(entry) + "\n")
    journal.flush()


def _entries(lines: list[str]) -> Iterator[tuple[str, Looked]]:
    for line in lines:
        try:
            entry = json.loads(line)
            look = entry["look"]
            faces = tuple(map(_face, look.pop("faces")))
            looked = Looked(FileStamp(**entry["stamp"]), entry["way"], Look(**look, faces=faces))
            yield str(entry["path"]), looked
        except (ValueError, TypeError, KeyError, AttributeError):
            continue  # the line that a kill cut off


def _face(content: Mapping[str, Any]) -> Detection:
    left, top, width, height = map(float, content["box"])
    points = np.array(content["points"], np.float64).reshape(4, 2)
    others = content.get("points68")
    points68 = None if others is None else np.array(others, np.float64).reshape(68, 2)
    sure = content.get("confidence")
    confidence = None if sure is None else float(sure)
    score = float(content["score"])
    return Detection((left, top, width, height), points, score, points68, confidence)
