"""Making an export beside its goal: shard after shard, many crops at once, read back at the end."""

import asyncio
import hashlib
from collections import deque
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import ExitStack, aclosing, closing
from dataclasses import dataclass, field
from pathlib import Path

from portraitset.backends.event_loop import complete
from portraitset.backends.local import WorkerDied, WorkerPool
from portraitset.errors import InputError, WorkspaceError
from portraitset.export.documents import are_same
from portraitset.export.format import Format
from portraitset.export.plan import facts_of
from portraitset.export.rendition import as_it_is, read_crop, renditions
from portraitset.export.sample import Crop, Placed, Sample, Shard, Target, Writer
from portraitset.export.staging import Staging, remove_leftovers

_AHEAD = 3
"""Crops under way for each worker: one in it, one waiting, one done and not yet written."""

Observer = Callable[[int, int], None]
"""Told how many faces are written, and of how many."""

Papers = Callable[[], Mapping[str, bytes]]


@dataclass(frozen=True, slots=True)
class Workers:
    """The worker processes that resize and encode.

    Attributes:
        count: processes.
        memory: the most that each may take, in bytes.
        log: what they complain into.
    """

    count: int
    memory: int
    log: Path


@dataclass(frozen=True, slots=True)
class Job:
    """All that decides one export: crops, settings, target.

    Attributes:
        plan: the fingerprint of all that decides its bytes.
        native: side of the crops, in pixels.
    """

    format: Format
    staging: Staging
    targets: tuple[Target, ...]
    shards: tuple[Shard, ...]
    plan: str
    native: int
    workers: Workers

    @property
    def sizes(self) -> tuple[int, ...]:
        """The sides of the pictures to write, in pixels."""
        return tuple(size for target in self.targets for size in target.sizes)

    @property
    def count(self) -> int:
        """How many faces are written."""
        return sum(len(shard.crops) for shard in self.shards)


@dataclass(slots=True)
class Made:
    """What was written: by shard, and how many pictures are a crop's very bytes."""

    shards: dict[int, tuple[Placed, ...]] = field(default_factory=dict)
    unchanged: int = 0

    def of(self, target: Target) -> list[Placed]:
        """What one target holds, in the order in which it was written."""
        placed = (item for number in sorted(self.shards) for item in self.shards[number])
        return [item for item in placed if item.size in target.sizes]


def make(job: Job, documents: Papers, observer: Observer) -> Made:
    """Write what an earlier run has not, then documents and lists, and read all of it back.

    Raises:
        InputError: a crop is at fault, or the format's package is not there.
        WorkspaceError: the disk refuses, or did not keep what was written.
    """
    made = Made(_finished(job) if job.staging.prepare(job.plan) else {})
    with ExitStack() as stack:
        writers: dict[int, Writer] = {}
        for target in job.targets:
            writer = stack.enter_context(closing(job.format.writer(target, made.of(target))))
            writer.open()
            writers |= dict.fromkeys(target.sizes, writer)
        complete(_Making(job, writers, made, observer).run())
        _finish(job, writers, made, documents())
    _check(job, made)
    return made


def _finished(job: Job) -> dict[int, tuple[Placed, ...]]:
    """The shards that an earlier run finished, each read back."""
    found: dict[int, tuple[Placed, ...]] = {}
    for shard in job.shards:
        placed = job.staging.finished(shard.number)
        if placed is not None and _is_whole(job, shard, placed):
            found[shard.number] = placed
            continue
        job.staging.strike(shard.number)
        if job.format.appends:
            break
    return found


def _is_whole(job: Job, shard: Shard, placed: Sequence[Placed]) -> bool:
    expected = [(crop.name, size) for crop in shard.crops for size in job.sizes]
    if [(item.face, item.size) for item in placed] != expected:
        return False
    return all(
        job.format.is_whole(target, [item for item in placed if item.size in target.sizes])
        for target in job.targets
    )


def _finish(
    job: Job, writers: Mapping[int, Writer], made: Made, documents: Mapping[str, bytes]
) -> None:
    crops = {crop.name: crop for shard in job.shards for crop in shard.crops}
    remove_leftovers(job.staging.out)
    for target in job.targets:
        rows = (
            {"place": item.place} | dict(facts_of(crops[item.face], item.size, item.sha256))
            for item in made.of(target)
        )
        writers[target.sizes[0]].finish(rows, documents)


def _check(job: Job, made: Made) -> None:
    """Read everything back; if it is not what was written, nothing of it counts as finished."""
    for target in job.targets:
        its = made.of(target)
        if not are_same(job.format.read(target, its), its):
            for shard in job.shards:
                job.staging.strike(shard.number)
            raise WorkspaceError(
                f"{target.folder / target.archive} does not hold what was written to it: the disk"
                " loses data. Mend this and run the same command again."
            )


class _Making:
    """The writing of all shards that are due."""

    def __init__(
        self, job: Job, writers: Mapping[int, Writer], made: Made, observer: Observer
    ) -> None:
        self._job = job
        self._writers = writers
        self._made = made
        self._observer = observer

    async def run(self) -> None:
        """Write all samples, shard after shard."""
        workers = self._job.workers
        async with WorkerPool(workers.count, workers.log, workers.memory) as pool:
            for shard in self._job.shards:
                if shard.number not in self._made.shards:
                    self._made.shards[shard.number] = await self._write(shard, pool)

    async def _write(self, shard: Shard, pool: WorkerPool) -> tuple[Placed, ...]:
        placed: list[Placed] = []
        each = dict.fromkeys(self._writers.values())
        for writer in each:
            writer.begin(shard)
        async with aclosing(self._in_order(shard.crops, pool)) as ready:
            async for crop, pictures in ready:
                for size, data in zip(self._job.sizes, pictures, strict=True):
                    facts = facts_of(crop, size, hashlib.sha256(data).hexdigest())
                    placed.append(self._writers[size].add(Sample(crop, size, data, facts)))
                self._observer(crop.index + 1, self._job.count)
        # What is recorded is read back before it counts: a kill in between leaves a shard to make
        # again, and none that was written without a record, which would be written twice.
        self._job.staging.record(shard.number, placed)
        for writer in each:
            writer.end()
        return tuple(placed)

    async def _in_order(
        self, crops: Sequence[Crop], pool: WorkerPool
    ) -> AsyncGenerator[tuple[Crop, tuple[bytes, ...]], None]:
        """Each crop's pictures, made at once and handed over one after the other."""
        waiting: deque[tuple[Crop, asyncio.Task[tuple[bytes, ...]]]] = deque()
        try:
            for crop in crops:
                waiting.append((crop, asyncio.create_task(self._pictures_of(crop, pool))))
                if len(waiting) == self._job.workers.count * _AHEAD:
                    first, task = waiting.popleft()
                    yield first, await task
            while waiting:
                first, task = waiting.popleft()
                yield first, await task
        finally:
            for _, task in waiting:
                task.cancel()
            await asyncio.gather(*(task for _, task in waiting), return_exceptions=True)

    async def _pictures_of(self, crop: Crop, pool: WorkerPool) -> tuple[bytes, ...]:
        """A crop at each size; its very bytes need no worker."""
        sizes, native = self._job.sizes, self._job.native
        if sizes == (native,):
            data = read_crop(crop.path)
            if as_it_is(data, crop.path, native, crop.image_format):
                self._made.unchanged += 1
                return (data,)
        try:
            return await pool.run(
                renditions, crop.path, crop.source, sizes, crop.image_format, native**2
            )
        except (WorkerDied, MemoryError) as end:
            why = str(end) or "out of memory"
            raise InputError(f"{crop.path} cannot be decoded: {why}") from end
