"""Dispatch what is left to do and record what came of it: the one writer of the ledger."""

import asyncio
import random
import shutil
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from dataclasses import replace
from itertools import chain
from urllib.parse import urlsplit

from portraitset.backends.local import WorkerDied, WorkerPool
from portraitset.backends.outcome import Done, Failed
from portraitset.download.client import Client
from portraitset.download.etiquette import OperatorStopped, operator_of
from portraitset.download.guard import places_named
from portraitset.download.retry import Patience
from portraitset.download.sites import RobotsUnread
from portraitset.errors import BadPicture, Gone, ItemError, Removed, TooLarge
from portraitset.handoffs import Evidence, Photo
from portraitset.manifest import Note
from portraitset.picture.memory import BYTES_PER_PIXEL, WORKER_ITSELF, MemoryBudget
from portraitset.pipeline.attempt import (
    Original,
    PhotoOutcome,
    accept_whole,
    are_kernels_ready,
    attempt_photo,
    attempt_within,
    crops_failed,
    is_crop_done,
    make_kernels_ready,
    without_stale_crop,
)
from portraitset.pipeline.deadline import Deadline
from portraitset.pipeline.recipe import Recipe
from portraitset.pipeline.survey import Goal, PhotoTask, Survey
from portraitset.pipeline.tally import Tally
from portraitset.workspace.layout import Layout, Workspace, translated
from portraitset.workspace.ledger import Ledger
from portraitset.workspace.removal_log import removals_of
from portraitset.workspace.tombstones import sentence_about

Observer = Callable[[Tally], None]
"""Told of the counts whenever they change."""


_COMMIT_EVERY = 0.05
"""Seconds that an outcome may wait for others to be committed with."""


class Runner:
    """Takes photos to a goal, several at once."""

    def __init__(
        self,
        workspace: Workspace,
        layout: Layout,
        ledger: Ledger,
        survey: Survey,
        recipe: Recipe,
        observer: Observer,
    ) -> None:
        self._workspace = workspace
        self._layout = layout
        self._ledger = ledger
        self._survey = survey
        self._recipe = recipe
        self._observer = observer
        self._removals = removals_of(workspace.root)
        self._memory = MemoryBudget.of_this_machine()
        self._dice = random.SystemRandom()
        self._turns: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._batch: asyncio.Task[None] | None = None
        self._group: asyncio.TaskGroup
        self._client: Client
        self._pool: WorkerPool
        self.tally = Tally()

    async def run(self, goal: Goal, due: Sequence[Photo], deadline: Deadline) -> None:
        """Handle the photos that are due; every outcome is in the ledger soon, and at the end.

        Raises:
            WorkspaceError: the workspace cannot go on; photos under way are dropped.
        """
        log = self._workspace.folders.state / "workers.log"
        addresses = (photo.url for photo in self._survey.photos())
        named = places_named(chain(addresses, self._recipe.rescue_from.values()))
        async with (
            self._keeping_record(),
            deadline.keep(self._ledger),
            Client(self._recipe.download, named) as self._client,
            WorkerPool(self._recipe.workers, log, self._most_memory()) as self._pool,
            asyncio.TaskGroup() as group,
        ):
            if goal != "download" and due:
                await self._warm_up()
            if goal != "align" and due and self._recipe.download.opt_outs == "ignore":
                self._ledger.write_note(Note("run", "opt-outs were ignored, as a setting said"))
            self._group = group
            for photos in self._by_operator(due).values():
                group.create_task(self._feed(photos, goal, group))

    @asynccontextmanager
    async def _keeping_record(self) -> AsyncIterator[None]:
        """Whatever ends the run, what came of its photos is kept."""
        try:
            yield
        finally:
            self._ledger.commit_batch()

    def _open_batch(self) -> None:
        """Let the next outcomes share one transaction."""
        self._ledger.begin_batch()
        if self._batch is None or self._batch.done():
            self._batch = self._group.create_task(self._commit_soon())

    async def _commit_soon(self) -> None:
        await asyncio.sleep(_COMMIT_EVERY)
        self._ledger.commit_batch()

    def _by_operator(self, photos: Sequence[Photo]) -> dict[str, list[Photo]]:
        """Photos by whose servers they are on: no operator has to wait for another."""
        own = self._recipe.download.operators
        operators: dict[str, str] = {}
        groups: dict[str, list[Photo]] = {}
        for photo in photos:
            host = urlsplit(photo.url).hostname or ""
            if host not in operators:
                operators[host] = operator_of(host, own)
            groups.setdefault(operators[host], []).append(photo)
        return groups

    async def _feed(self, photos: Sequence[Photo], goal: Goal, group: asyncio.TaskGroup) -> None:
        """Begin one photo after the other, a bounded number at once."""
        room = asyncio.Semaphore(self._most_under_way())
        for photo in photos:
            await room.acquire()
            task = group.create_task(self._handle(photo, goal))
            task.add_done_callback(lambda _: room.release())

    async def _warm_up(self) -> None:
        """Let one worker compile the kernels, so that the others only have to load them."""
        settings = self._recipe.crop
        if not await self._pool.run(are_kernels_ready, settings):
            self.tally.activity = "compiling the kernels for this machine, once"
            self._observer(self.tally)
        await self._pool.run(make_kernels_ready, settings)
        self.tally.activity = ""

    def _most_memory(self) -> int:
        """What one worker may take: enough for the largest original that the settings allow."""
        settings = self._recipe.download
        largest = settings.max_pixels * BYTES_PER_PIXEL[self._recipe.crop.quality]
        return settings.decoder_memory or WORKER_ITSELF + largest

    def _most_under_way(self) -> int:
        """Enough to keep every connection and worker busy while some photos wait their turn."""
        return 4 * (self._recipe.download.connections + self._recipe.workers)

    async def _handle(self, photo: Photo, goal: Goal) -> None:
        async with self._turn_of(photo):
            task = self._survey.task(photo, goal, self._recipe.download)
            if task is not None:
                await self._attempt_and_record(task)
        self.tally.finished += 1
        self._observer(self.tally)

    def _turn_of(self, photo: Photo) -> AbstractAsyncContextManager[None]:
        """Two file names of one address go one after the other; the second copies."""
        return self._turns[photo.url] if self._survey.has_twin(photo) else nullcontext()

    async def _attempt_and_record(self, task: PhotoTask) -> None:
        try:
            outcome, asked = await self._attempt(task)
        except OperatorStopped as stop:
            note = f"{stop.why}; it is left alone for now, and its photos stay pending"
            self._ledger.write_note(Note(stop.operator, note))
        else:
            self._record(task, outcome, asked)

    async def _attempt(self, task: PhotoTask) -> tuple[PhotoOutcome, bool]:
        """What became of a photo, and whether the network was asked."""
        if task.original is not None:
            outcome = await self._work(task, task.original)
            if isinstance(outcome.raw, Done) or not task.fetch:
                return outcome, False
            for note in outcome.notes:
                self._ledger.write_note(note)
        if task.foreign is not None:
            goal = self._workspace.set_aside(task.foreign)
            text = f"the file in its place came from another address and was moved to {goal}"
            self._ledger.write_note(Note(task.photo.raw_name, text))
        if copied := self._copy_of_twin(task):
            return await self._work(task, copied), False
        return await self._fetch(task), True

    async def _fetch(self, task: PhotoTask) -> PhotoOutcome:
        """Ask until it comes whole, or until asking again is not worth it."""
        patience = Patience(self._recipe.download)
        evidence: list[Evidence] = []
        while True:
            error: ItemError
            try:
                outcome = await self._fetch_once(task, patience, evidence)
                if isinstance(outcome.raw, Done):
                    return replace(outcome, evidence=tuple(evidence))
                error = outcome.raw.error
            except ItemError as caught:
                error = caught
            wait = patience.wait_after(error, self._dice.random())
            if wait is None and isinstance(error, Gone):
                return await self._rescue(task, error, patience, evidence)
            if wait is None:
                return PhotoOutcome(task.photo, Failed(error), evidence=tuple(evidence))
            patience.spent += wait
            await asyncio.sleep(wait)

    async def _rescue(
        self, task: PhotoTask, gone: Gone, patience: Patience, evidence: list[Evidence]
    ) -> PhotoOutcome:
        """Ask elsewhere, once each, where the recipe allows it; otherwise it is gone."""
        tried = []
        for url in self._recipe.substitutes_of(task.photo.url):
            found: list[Evidence] = []
            try:
                outcome = await self._fetch_once(task, patience, found, substitute=url)
                if isinstance(outcome.raw, Done):
                    note = Note(task.photo.raw_name, str(outcome.raw.value.rescued))
                    seen = (*evidence, *found)
                    return replace(outcome, evidence=seen, notes=(*outcome.notes, note))
                why = str(outcome.raw.error)
            except ItemError as error:
                why = str(error)
            except OperatorStopped as stop:
                why = stop.why
            evidence.extend(found)
            tried.append(f"; {url}: {why}")
        end = Gone(str(gone) + "".join(tried))
        return PhotoOutcome(task.photo, Failed(end), evidence=tuple(evidence))

    async def _fetch_once(
        self,
        task: PhotoTask,
        patience: Patience,
        evidence: list[Evidence],
        substitute: str | None = None,
    ) -> PhotoOutcome:
        """Ask once, at the exact address or at a substitute for it, and verify what comes."""
        target = self._layout.raw_path(task.photo.raw_name)
        temporary = self._workspace.temporary(target)
        self._check_not_removed(substitute)
        try:
            response = await self._client.fetch(
                substitute or task.photo.url, temporary, patience, evidence
            )
            self.tally.received += temporary.stat().st_size
            self._check_not_removed(response.final_url)
            original = Original(
                task.photo,
                temporary,
                target,
                response=response,
                wanted=task.wanted,
                rescued_from=substitute,
                exact_size=task.exact_size,
                needs_size=substitute != self._recipe.rescue_from.get(task.photo.url),
            )
            if (sha256 := self._sufficient(task, original)) is not None:
                return accept_whole(original, sha256, self._workspace)
            return await self._work(task, original)
        finally:
            self.tally.requests += 1
            temporary.unlink(missing_ok=True)

    def _check_not_removed(self, url: str | None) -> None:
        """Let pass what does not come from a removed picture's address.

        Raises:
            Removed: it does.
        """
        if self._removals is None or url is None:
            return
        if (found := self._removals.refuses_address(url)) is not None:
            raise Removed(sentence_about(found))

    def _sufficient(self, task: PhotoTask, original: Original) -> str | None:
        """The digest of bytes that need no decoding; None if only their pixels can tell.

        A substitute's landmarks rest on its size; under a lock, other bytes may be the same
        picture; what was removed may come back in other bytes.
        """
        sha256 = original.response.sha256 if original.response else None
        is_exact = original.wanted is None or original.wanted.sha256 == sha256
        if task.decode or original.rescued_from is not None or self._removals is not None:
            return None
        return sha256 if is_exact else None

    async def _work(self, task: PhotoTask, original: Original) -> PhotoOutcome:
        """Let a worker verify and cut; a worker that dies takes only this photo down."""
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

    def _copy_of_twin(self, task: PhotoTask) -> Original | None:
        """A copy of what the same address already gave under another file name."""
        photo = task.photo
        twin = self._survey.twin_at_hand(photo)
        if twin is None:
            return None
        target = self._layout.raw_path(photo.raw_name)
        temporary = self._workspace.temporary(target)
        with translated(temporary):
            shutil.copyfile(twin.path, temporary)
        scale = twin.rescued.scale if twin.rescued else 1.0
        return Original(
            photo,
            temporary,
            target,
            response=twin.response,
            wanted=task.wanted,
            rescued_from=twin.rescued.url if twin.rescued else None,
            exact_size=(round(twin.width / scale), round(twin.height / scale)),
        )

    def _record(self, task: PhotoTask, outcome: PhotoOutcome, asked: bool) -> None:
        caps = self._recipe.download.caps if asked and not _is_passing(outcome) else None
        self._open_batch()
        with self._ledger.transaction():
            if outcome.evidence:
                self._ledger.write_evidence(task.photo, outcome.evidence)
            if isinstance(outcome.raw, Failed):
                if asked or not self._ledger.has_verdict(task.photo):
                    self._ledger.write_photo_failure(task.photo, outcome.raw.error, caps)
            else:
                self._ledger.write_photo(outcome.raw.value)
            for crop in outcome.crops:
                if isinstance(crop.outcome, Done):
                    self._ledger.write_crop(crop.outcome.value)
                else:
                    self._ledger.write_crop_failure(crop.face, crop.fingerprint, crop.outcome.error)
            for note in outcome.notes:
                self._ledger.write_note(note)
        self.tally.cut += sum(isinstance(crop.outcome, Done) for crop in outcome.crops)
        self.tally.move(task.before, self._survey.stand(task.photo))


def _is_passing(outcome: PhotoOutcome) -> bool:
    """Whether a refusal was only for want of a robots.txt, so that the photo was not asked for."""
    return isinstance(outcome.raw, Failed) and isinstance(outcome.raw.error, RobotsUnread)


def _error_of(end: WorkerDied | MemoryError) -> ItemError:
    """What a worker's end says about the picture it was at."""
    if isinstance(end, MemoryError):
        return TooLarge("it takes more memory than a worker may have; see decoder_memory")
    if end.killed:
        return TooLarge("the worker was killed, as the system does when memory runs out")
    return BadPicture(f"the decoder crashed on it ({end})")
