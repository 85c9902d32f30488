"""Many pictures looked at, each once, in worker processes; a journal remembers what was found."""

import asyncio
import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO

from portraitset.backends.event_loop import beside_loops, complete
from portraitset.backends.local import WorkerDied, WorkerPool
from portraitset.detect.attempt import Look, look_at
from portraitset.detect.calibration import NAME as CALIBRATION
from portraitset.detect.journal import Looked, read_journal, write_entry
from portraitset.detect.pictures import PictureFile
from portraitset.detect.settings import DetectSettings
from portraitset.detect.weights import Weights
from portraitset.errors import BadPicture, TooLarge
from portraitset.picture.decode import count_pixels
from portraitset.picture.memory import BYTES_PER_PIXEL, WORKER_ITSELF, MemoryBudget
from portraitset.workspace.layout import FileStamp, stamp_of, translated

Observer = Callable[[int, int], None]
"""Told how many pictures are done, and how many there are."""

_WAY = 1
"""Raised whenever the same picture, model and settings would give other faces."""


def look_at_all(
    files: Sequence[PictureFile],
    journal: Path,
    found: Weights,
    settings: DetectSettings,
    workers: int,
    observer: Observer | None = None,
) -> Mapping[str, Look]:
    """What each of the files shows, by its path; one that the journal knows is not looked at again.

    Raises:
        WorkspaceError: the journal cannot be read or written.
    """
    looking = _Looking(files, journal, found, settings, observer or _nobody)
    beside_loops(lambda: complete(looking.go(workers)))
    return looking.looks


class _Looking:
    def __init__(
        self,
        files: Sequence[PictureFile],
        journal: Path,
        found: Weights,
        settings: DetectSettings,
        observer: Observer,
    ) -> None:
        self._files = files
        self._journal = journal
        self._weights = found
        self._settings = settings
        self._observer = observer
        self._way = way_of(found, settings)
        self._memory = MemoryBudget.of_this_machine()
        self.looks: dict[str, Look] = {}

    async def go(self, workers: int) -> None:
        """Look at what was not looked at yet, so many pictures at once."""
        before = read_journal(self._journal)
        due = [each for each in self._files if not self._is_known(each, before)]
        self._observer(len(self.looks), len(self._files))
        most = WORKER_ITSELF + self._settings.max_pixels * BYTES_PER_PIXEL["exact"]
        with TemporaryDirectory() as folder, translated(self._journal):
            model = Path(folder) / "model.onnx"
            model.write_bytes(self._weights.content)
            log = Path(folder) / "workers.log"
            self._journal.parent.mkdir(parents=True, exist_ok=True)
            with self._journal.open("a", encoding="ascii") as journal:
                async with WorkerPool(workers, log, most) as pool:
                    queue = iter(due)
                    turns = (self._take_turns(queue, pool, model, journal) for _ in range(workers))
                    async with asyncio.TaskGroup() as group:
                        for turn in turns:
                            group.create_task(turn)

    def _is_known(self, each: PictureFile, before: Mapping[str, Looked]) -> bool:
        known = before.get(each.path)
        if known is None or known.way != self._way or known.stamp != stamp_of(each.file):
            return False
        self.looks[each.path] = known.look
        return True

    async def _take_turns(
        self, queue: Iterator[PictureFile], pool: WorkerPool, model: Path, journal: IO[str]
    ) -> None:
        for each in queue:
            stamp = stamp_of(each.file) or FileStamp(0, 0)
            look = await self._look(each, pool, model)
            self.looks[each.path] = look
            write_entry(journal, each.path, Looked(stamp, self._way, look))
            self._observer(len(self.looks), len(self._files))

    async def _look(self, each: PictureFile, pool: WorkerPool, model: Path) -> Look:
        try:
            pixels = min(await pool.run(count_pixels, each.file), self._settings.max_pixels)
            async with self._memory.hold(pixels * BYTES_PER_PIXEL["exact"]):
                return await pool.run(look_at, each.file, model, self._settings)
        except MemoryError:
            return Look("", reason=TooLarge.reason, detail="it takes more memory than there is")
        except WorkerDied as end:
            return Look("", reason=BadPicture.reason, detail=f"the decoder crashed on it ({end})")


def way_of(found: Weights, settings: DetectSettings) -> str:
    """What decides which faces are found, as 16 hex digits."""
    parts = (_WAY, found.sha256, CALIBRATION, asdict(settings))
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:16]


def _nobody(_: int, __: int) -> None:
    """Nobody is watching."""
