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
from portraitset.detect.attempt import Look, can_be_decoded, look_at, start
from portraitset.detect.choice import DetectorChoice
from portraitset.detect.journal import Looked, read_journal, write_entry
from portraitset.detect.pictures import PictureFile
from portraitset.detect.settings import DetectSettings
from portraitset.errors import BadPicture, DetectorFailed, InputError, TooLarge
from portraitset.picture.decode import count_pixels
from portraitset.picture.memory import BYTES_PER_PIXEL, WORKER_ITSELF, MemoryBudget
from portraitset.workspace.layout import FileStamp, stamp_of, translated

Observer = Callable[[int, int], None]
"""Told how many pictures are done, and how many there are."""

PATIENCE = 300.0
"""Seconds that a detector may take for one picture, or to start."""

_WAY = 2
"""Raised whenever the same picture, model and settings would give other faces."""


def look_at_all(
    files: Sequence[PictureFile],
    journal: Path,
    detector: DetectorChoice,
    settings: DetectSettings,
    workers: int,
    observer: Observer | None = None,
) -> Mapping[str, Look]:
    """What each of the files shows, by its path; one that the journal knows is not looked at again.

    Raises:
        InputError: the detector cannot be started.
        WorkspaceError: the journal cannot be read or written.
    """
    looking = _Looking(files, journal, detector, settings, observer or _nobody)
    beside_loops(lambda: complete(looking.go(workers)))
    return looking.looks


class _Looking:
    def __init__(
        self,
        files: Sequence[PictureFile],
        journal: Path,
        detector: DetectorChoice,
        settings: DetectSettings,
        observer: Observer,
    ) -> None:
        self._files = files
        self._journal = journal
        self._detector = detector
        self._settings = settings
        self._observer = observer
        self._way = way_of(detector, settings)
        self._memory = MemoryBudget.of_this_machine()
        self.looks: dict[str, Look] = {}

    async def go(self, workers: int) -> None:
        """Look at what was not looked at yet, so many pictures at once."""
        before = read_journal(self._journal)
        due = [each for each in self._files if not self._is_known(each, before)]
        self._observer(len(self.looks), len(self._files))
        most = WORKER_ITSELF + self._settings.max_pixels * BYTES_PER_PIXEL["exact"]
        with TemporaryDirectory() as folder, translated(self._journal):
            async with WorkerPool(workers, Path(folder) / "workers.log", most) as pool:
                if due:
                    await self._start(pool)
                self._journal.parent.mkdir(parents=True, exist_ok=True)
                with self._journal.open("a", encoding="ascii") as journal:
                    queue = iter(due)
                    turns = (self._take_turns(queue, pool, journal) for _ in range(workers))
                    async with asyncio.TaskGroup() as group:
                        for turn in turns:
                            group.create_task(turn)

    async def _start(self, pool: WorkerPool) -> None:
        """Have a first worker make the detector: what cannot be used is told before any work."""
        name = self._detector.name
        try:
            async with asyncio.timeout(PATIENCE):
                await pool.run(start, self._detector)
        except MemoryError as error:
            raise InputError(f"the detector {name} takes more memory than there is") from error
        except WorkerDied as end:
            raise InputError(f"the detector {name} crashed when it was started ({end})") from end
        except TimeoutError as error:
            raise InputError(
                f"the detector {name} was not ready after {PATIENCE:g} seconds"
            ) from error

    def _is_known(self, each: PictureFile, before: Mapping[str, Looked]) -> bool:
        known = before.get(each.path)
        if known is None or known.way != self._way or known.stamp != stamp_of(each.file):
            return False
        if known.look.reason == DetectorFailed.reason:  # not the picture's fault
            return False
        self.looks[each.path] = known.look
        return True

    async def _take_turns(
        self, queue: Iterator[PictureFile], pool: WorkerPool, journal: IO[str]
    ) -> None:
        for each in queue:
            stamp = stamp_of(each.file) or FileStamp(0, 0)
            look = await self._look(each, pool)
            self.looks[each.path] = look
            write_entry(journal, each.path, Looked(stamp, self._way, look))
            self._observer(len(self.looks), len(self._files))

    async def _look(self, each: PictureFile, pool: WorkerPool) -> Look:
        try:
            pixels = min(await pool.run(count_pixels, each.file), self._settings.max_pixels)
            async with self._memory.hold(pixels * BYTES_PER_PIXEL["exact"]):
                return await self._look_within(each, pool)
        except MemoryError:
            return Look("", reason=TooLarge.reason, detail="it takes more memory than there is")
        except WorkerDied as end:
            return Look("", reason=BadPicture.reason, detail=f"the decoder crashed on it ({end})")

    async def _look_within(self, each: PictureFile, pool: WorkerPool) -> Look:
        """Look at a picture for as long as a detector may take.

        Raises:
            WorkerDied: the decoder crashed.
        """
        name = self._detector.name
        try:
            async with asyncio.timeout(PATIENCE):
                return await pool.run(look_at, each.file, self._detector, self._settings)
        except TimeoutError:
            why = f"had found nothing after {PATIENCE:g} seconds"
        except WorkerDied as end:
            await pool.run(can_be_decoded, each.file, self._settings)
            why = f"crashed on it ({end})"
        return Look("", reason=DetectorFailed.reason, detail=f"the detector {name} {why}")


def way_of(detector: DetectorChoice, settings: DetectSettings) -> str:
    """What decides which faces are found, as 16 hex digits."""
    parts = (_WAY, detector.way, asdict(settings))
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:16]


def _nobody(_: int, __: int) -> None:
    """Nobody is watching."""
