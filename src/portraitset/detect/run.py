"""Pictures in, a manifest out: every picture looked at once, in worker processes."""

import asyncio
import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO

from portraitset.backends.event_loop import beside_loops, complete
from portraitset.backends.local import WorkerDied, WorkerPool
from portraitset.detect.attempt import Look, look_at
from portraitset.detect.calibration import NAME as CALIBRATION
from portraitset.detect.journal import SUFFIX, Looked, read_journal, write_entry
from portraitset.detect.naming import faces_of
from portraitset.detect.pictures import PictureFile, picture_files
from portraitset.detect.settings import DetectSettings
from portraitset.detect.weights import Weights, weights
from portraitset.detect.yunet import YuNet
from portraitset.errors import BadPicture, ItemError, NotAnImage, TooLarge
from portraitset.handoffs import Face
from portraitset.manifest.native import Row, write_jsonl
from portraitset.picture.decode import count_pixels
from portraitset.picture.memory import BYTES_PER_PIXEL, WORKER_ITSELF, MemoryBudget
from portraitset.workspace.layout import FileStamp, stamp_of, translated, write_whole

Observer = Callable[[int, int], None]
"""Told how many pictures are done, and how many there are."""

_WAY = 1
"""Raised whenever the same picture, model and settings would give other faces."""


@dataclass(frozen=True, slots=True)
class Failure:
    """A picture of which nothing can be said: its path, the reason's word, and a sentence."""

    path: str
    reason: str
    detail: str


@dataclass(frozen=True, slots=True)
class Detected:
    """What looking for faces came to.

    Attributes:
        manifest: the file; None if nothing was found to write.
        pictures: that were looked at, each content once.
        faces: in the manifest.
        without: paths of pictures in which no face was found.
        copies: paths whose content another path had before, and that path.
        failures: pictures that could not be looked at.
        others: files in folders that are no pictures.
    """

    manifest: Path | None
    pictures: int
    faces: int
    without: tuple[str, ...]
    copies: Mapping[str, str]
    failures: tuple[Failure, ...]
    others: int


def detect(
    sources: Sequence[str],
    output: Path,
    settings: DetectSettings | None = None,
    *,
    originals: Path | None = None,
    model: Path | None = None,
    workers: int = 1,
    proxy: str | None = None,
    observer: Observer | None = None,
) -> Detected:
    """Look for faces in files and write a manifest of them.

    What was looked at before is not looked at again: the journal beside `output` remembers it.

    Args:
        sources: files, folders and patterns.
        output: the manifest, JSON lines.
        originals: the folder that its paths start from; its own folder if None.
        model: the detector's weights; fetched once if None.
        observer: told of the progress.

    Raises:
        InputError: a source is not there, or the model cannot be had or used.
        WorkspaceError: the manifest cannot be written.
    """
    settings = settings or DetectSettings()
    files = picture_files(sources, originals or output.parent)
    found = weights(model, proxy)
    YuNet(found.content)  # what cannot be used is told before anything is done
    run = _Run(files, output, settings, found, observer or _nobody)
    beside_loops(lambda: complete(run.look(workers)))
    return run.conclude()


class _Run:
    def __init__(
        self,
        files: Sequence[PictureFile],
        output: Path,
        settings: DetectSettings,
        found: Weights,
        observer: Observer,
    ) -> None:
        self._files = files
        self._output = output
        self._journal_path = output.with_name(output.name + SUFFIX)
        self._settings = settings
        self._weights = found
        self._observer = observer
        self._way = _way(found, settings)
        self._memory = MemoryBudget.of_this_machine()
        self._looks: dict[str, Look] = {}

    async def look(self, workers: int) -> None:
        """Look at what was not looked at yet, so many pictures at once."""
        before = read_journal(self._journal_path)
        due = [each for each in self._files if not self._is_known(each, before)]
        self._observer(len(self._looks), len(self._files))
        most = WORKER_ITSELF + self._settings.max_pixels * BYTES_PER_PIXEL["exact"]
        with TemporaryDirectory() as folder, translated(self._journal_path):
            model = Path(folder) / "model.onnx"
            model.write_bytes(self._weights.content)
            log = Path(folder) / "workers.log"
            self._journal_path.parent.mkdir(parents=True, exist_ok=True)
            with self._journal_path.open("a", encoding="ascii") as journal:
                async with WorkerPool(workers, log, most) as pool:
                    queue = iter(due)
                    turns = (self._take_turns(queue, pool, model, journal) for _ in range(workers))
                    async with asyncio.TaskGroup() as group:
                        for turn in turns:
                            group.create_task(turn)

    def conclude(self) -> Detected:
        """Write the manifest of all that was found."""
        faces: list[Face] = []
        failures: list[Failure] = []
        without: list[str] = []
        copies: dict[str, str] = {}
        first: dict[str, str] = {}
        others = 0
        for each in self._files:
            look = self._looks[each.path]
            if look.reason == NotAnImage.reason and not each.is_named:
                others += 1
            elif look.reason is not None:
                failures.append(Failure(each.path, look.reason, look.detail or ""))
            elif (known := first.setdefault(look.sha256, each.path)) != each.path:
                copies[each.path] = known
            elif not look.faces:
                without.append(each.path)
            else:
                try:
                    faces.extend(faces_of(each.path, look, self._weights.sha256))
                except ItemError as error:
                    failures.append(Failure(each.path, error.reason, str(error)))
        if faces:
            write_whole(self._output, write_jsonl("aahq", [Row(face) for face in faces]))
        return Detected(
            self._output if faces else None,
            len(first),
            len(faces),
            tuple(without),
            copies,
            tuple(failures),
            others,
        )

    def _is_known(self, each: PictureFile, before: Mapping[str, Looked]) -> bool:
        known = before.get(each.path)
        if known is None or known.way != self._way or known.stamp != stamp_of(each.file):
            return False
        self._looks[each.path] = known.look
        return True

    async def _take_turns(
        self, queue: Iterator[PictureFile], pool: WorkerPool, model: Path, journal: IO[str]
    ) -> None:
        for each in queue:
            stamp = stamp_of(each.file) or FileStamp(0, 0)
            look = await self._look(each, pool, model)
            self._looks[each.path] = look
            write_entry(journal, each.path, Looked(stamp, self._way, look))
            self._observer(len(self._looks), len(self._files))

    async def _look(self, each: PictureFile, pool: WorkerPool, model: Path) -> Look:
        try:
            pixels = min(await pool.run(count_pixels, each.file), self._settings.max_pixels)
            async with self._memory.hold(pixels * BYTES_PER_PIXEL["exact"]):
                return await pool.run(look_at, each.file, model, self._settings)
        except MemoryError:
            return Look("", reason=TooLarge.reason, detail="it takes more memory than there is")
        except WorkerDied as end:
            return Look("", reason=BadPicture.reason, detail=f"the decoder crashed on it ({end})")


def _way(found: Weights, settings: DetectSettings) -> str:
    """What decides which faces are found, as 16 hex digits."""
    parts = (_WAY, found.sha256, CALIBRATION, asdict(settings))
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:16]


def _nobody(_: int, __: int) -> None:
    """Nobody is watching."""
