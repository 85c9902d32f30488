"""The workers of a run: each verifies and cuts one photo at a time, within the memory there is."""

from collections.abc import Callable
from types import TracebackType
from typing import Self

from portraitset.backends.local import WorkerDied, WorkerPool
from portraitset.backends.outcome import Done, Failed
from portraitset.errors import BadPicture, ItemError, TooLarge
from portraitset.picture.memory import BYTES_PER_PIXEL, WORKER_ITSELF, MemoryBudget
from portraitset.pipeline.attempt import (
    PhotoOutcome,
    are_kernels_ready,
    attempt_photo,
    attempt_within,
    make_kernels_ready,
)
from portraitset.pipeline.crop import crops_failed, is_crop_done, without_stale_crop
from portraitset.pipeline.original import Original
from portraitset.pipeline.recipe import Recipe
from portraitset.pipeline.survey import PhotoTask
from portraitset.workspace.layout import Workspace


class Workers:
    """A pool of worker processes; use it as an asynchronous context manager."""

    def __init__(self, workspace: Workspace, recipe: Recipe) -> None:
        self._workspace = workspace
        self._recipe = recipe
        self._memory = MemoryBudget.of_this_machine()
        log = workspace.folders.state / "workers.log"
        self._pool = WorkerPool(recipe.workers, log, _most_memory(recipe))

    async def __aenter__(self) -> Self:
        await self._pool.__aenter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._pool.__aexit__(kind, error, trace)

    async def make_ready(self, tell: Callable[[str], None]) -> None:
        """Let one worker compile the kernels, so that the others only have to load them.

        `tell` is told what takes long, and an empty text when that is over.
        """
        settings = self._recipe.crop
        if not await self._pool.run(are_kernels_ready, settings):
            tell("compiling the kernels for this machine, once")
        await self._pool.run(make_kernels_ready, settings)
        tell("")

    async def attempt(self, task: PhotoTask, original: Original) -> PhotoOutcome:
        """Let a worker verify and cut; a worker that dies takes only this photo down.

        Raises:
            WorkspaceError: the disk refuses.
        """
        settings = self._recipe.crop
        try:
            return await self._attempt_in_worker(task, original)
        except (WorkerDied, MemoryError) as end:
            error = _error_of(end)
        if original.known is None:
            return PhotoOutcome(task.photo, Failed(error))
        raw = original.known
        due = tuple(crop for crop in task.crops if not is_crop_done(crop, raw.source, settings))
        notes = tuple(note for crop in due for note in without_stale_crop(crop, self._workspace))
        crops = crops_failed(due, raw.source, settings, error)
        return PhotoOutcome(task.photo, Done(raw), crops, notes)

    async def _attempt_in_worker(self, task: PhotoTask, original: Original) -> PhotoOutcome:
        """One call for what fits into a worker's share of the memory; the rest waits for room."""
        settings, most = self._recipe.crop, self._recipe.download.max_pixels
        each, share = BYTES_PER_PIXEL[settings.quality], self._memory.share(self._recipe.workers)
        work = original, task.crops, self._workspace.folders, settings, most
        async with self._memory.hold(share):
            outcome = await self._pool.run(attempt_within, share // each, *work)
        if isinstance(outcome, PhotoOutcome):
            return outcome
        async with self._memory.hold(min(outcome, most) * each):
            return await self._pool.run(attempt_photo, *work)


def _most_memory(recipe: Recipe) -> int:
    """What one worker may take: enough for the largest original that the settings allow."""
    largest = recipe.download.max_pixels * BYTES_PER_PIXEL[recipe.crop.quality]
    return recipe.download.decoder_memory or WORKER_ITSELF + largest


def _error_of(end: WorkerDied | MemoryError) -> ItemError:
    """What a worker's end says about the picture it was at."""
    if isinstance(end, MemoryError):
        return TooLarge("it takes more memory than a worker may have; see decoder_memory")
    if end.killed:
        return TooLarge("the worker was killed, as the system does when memory runs out")
    return BadPicture(f"the decoder crashed on it ({end})")
