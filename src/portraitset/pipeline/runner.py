"""Dispatch what is left to do and record what came of it: the one writer of the ledger."""

import asyncio
import shutil
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from dataclasses import replace
from itertools import chain
from urllib.parse import urlsplit

from portraitset.backends.outcome import Done, Failed
from portraitset.download.client import Client
from portraitset.download.etiquette import OperatorStopped, operator_of
from portraitset.download.guard import places_named
from portraitset.download.sites import RobotsUnread
from portraitset.errors import Gone, ItemError, Missing
from portraitset.handoffs import Photo
from portraitset.manifest import Note
from portraitset.manifest.local import LocalOriginal
from portraitset.pipeline.attempt import PhotoOutcome
from portraitset.pipeline.deadline import Deadline
from portraitset.pipeline.fetching import Fetcher
from portraitset.pipeline.original import Original
from portraitset.pipeline.placing import bring
from portraitset.pipeline.recipe import Recipe
from portraitset.pipeline.survey import Goal, PhotoTask, Survey
from portraitset.pipeline.tally import Tally
from portraitset.pipeline.workers import Workers
from portraitset.workspace.layout import Layout, Workspace, translated
from portraitset.workspace.ledger import Ledger

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
        self._turns: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._batch: asyncio.Task[None] | None = None
        self._group: asyncio.TaskGroup
        self._workers: Workers
        self._fetcher: Fetcher
        self._asks_mirror = False
        self.tally = Tally()

    async def run(self, goal: Goal, due: Sequence[Photo], deadline: Deadline) -> None:
        """Handle the photos that are due; every outcome is in the ledger soon, and at the end.

        Raises:
            WorkspaceError: the workspace cannot go on; photos under way are dropped.
        """
        self._asks_mirror = goal != "align" and self._recipe.download.mirror is not None
        addresses = (photo.url for photo in self._survey.photos())
        named = places_named(chain(addresses, self._recipe.rescue_from.values()))
        async with (
            self._keeping_record(),
            deadline.keep(self._ledger),
            Client(self._recipe.download, named) as client,
            Workers(self._workspace, self._recipe) as self._workers,
            asyncio.TaskGroup() as group,
        ):
            self._fetcher = Fetcher(
                self._workspace, self._layout, self._recipe, client, self._workers, self.tally
            )
            if goal != "download" and due:
                await self._workers.make_ready(self._tell)
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

    def _tell(self, activity: str) -> None:
        self.tally.activity = activity
        self._observer(self.tally)

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
            outcome = await self._workers.attempt(task, task.original)
            if isinstance(outcome.raw, Done) or not (task.fetch or task.local):
                return outcome, False
            for note in outcome.notes:
                self._ledger.write_note(note)
        if task.foreign is not None:
            goal = self._workspace.set_aside(task.foreign)
            text = f"the file in its place came from another address and was moved to {goal}"
            self._ledger.write_note(Note(task.photo.raw_name, text))
        if task.local is not None:
            return await self._obtain(task, task.local)
        if copied := self._copy_of_twin(task):
            return await self._workers.attempt(task, copied), False
        return await self._fetcher.fetch(task), True

    async def _obtain(self, task: PhotoTask, local: LocalOriginal) -> tuple[PhotoOutcome, bool]:
        """An original at hand; where it is missing, the mirror's file of that path, if any.

        The network is asked in the second case alone.
        """
        placed = await self._place(task, local)
        if not (self._asks_mirror and _error_of(placed, Missing)):
            return placed, False
        fetched = await self._fetcher.fetch(task)
        if gone := _error_of(fetched, Gone):
            why = f"{_error_of(placed, Missing)}; at the mirror: {gone}"
            return replace(fetched, raw=Failed(Missing(why))), False
        return fetched, True

    async def _place(self, task: PhotoTask, local: LocalOriginal) -> PhotoOutcome:
        """Bring an original at hand, and let a worker verify it."""
        target = self._layout.raw_path(task.photo.raw_name)
        temporary = self._workspace.temporary(target)
        try:
            await asyncio.to_thread(bring, local, self._recipe, temporary)
        except ItemError as error:
            return PhotoOutcome(task.photo, Failed(error))
        original = Original(
            task.photo,
            temporary,
            target,
            expected_sha256=local.sha256,
            wanted=task.wanted,
        )
        try:
            return await self._workers.attempt(task, original)
        finally:
            temporary.unlink(missing_ok=True)

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


def _error_of(outcome: PhotoOutcome, kind: type[ItemError]) -> ItemError | None:
    """The error of this kind that became of a photo; None if nothing of the kind did."""
    error = outcome.raw.error if isinstance(outcome.raw, Failed) else None
    return error if isinstance(error, kind) else None


def _is_passing(outcome: PhotoOutcome) -> bool:
    """Whether a refusal was only for want of a robots.txt, so that the photo was not asked for."""
    return isinstance(outcome.raw, Failed) and isinstance(outcome.raw.error, RobotsUnread)
