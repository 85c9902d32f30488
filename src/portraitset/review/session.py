"""What the server knows at this moment, kept up with a workspace that others change."""

import asyncio
import hashlib
import os
import time
from collections.abc import Collection, Mapping, Sequence
from contextlib import AsyncExitStack, suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from portraitset.backends.local import WorkerPool
from portraitset.curate.duplicates_file import FINDINGS, read_duplicates
from portraitset.curate.holdings import HeldFace, Holdings, holdings_of
from portraitset.curate.measure_cache import CACHE
from portraitset.curate.run import known_measures
from portraitset.detect.findings import FINDINGS as POINTS
from portraitset.detect.findings import read_findings
from portraitset.download.settings import DownloadSettings
from portraitset.errors import PortraitsetError, State
from portraitset.landmarks import POINT_NAMES
from portraitset.pages.thumbnails import (
    SIDE,
    Thumbnails,
    ThumbnailTask,
    make_in_pool,
    make_thumbnail,
)
from portraitset.picture.memory import BYTES_PER_PIXEL, WORKER_ITSELF
from portraitset.pipeline.held_originals import originals_of
from portraitset.pipeline.last_run import GIVEN_COPY, MANIFEST_COPY, given_manifest
from portraitset.review.close_up import draft
from portraitset.review.decision_feed import DecisionFeed, Mark
from portraitset.review.gallery import Entry, Findings, Found, Gallery, gallery_of
from portraitset.review.pictures import PREVIEW_BYTES, previews
from portraitset.workspace.decisions import Decision, forget_decisions
from portraitset.workspace.edits import Added
from portraitset.workspace.layout import FileStamp, Folders, stamp_of
from portraitset.workspace.tombstones import LOG as REMOVALS

MOST_PIXELS = DownloadSettings().max_pixels
_MOST_MEMORY = WORKER_ITSELF + MOST_PIXELS * BYTES_PER_PIXEL["exact"]

_WATCHED = ("ledger.sqlite", "ledger.sqlite-wal", CACHE, FINDINGS, POINTS)
"""Files of the state folder whose change may change what is shown, in a while."""

_URGENT = (MANIFEST_COPY, GIVEN_COPY, f"../{REMOVALS}")
"""Those whose change may mean that a face was taken out, which must show at once."""

_REST = 5.0
"""Looking anew waits so many times as long as it took, so that a build that runs meanwhile is not
slowed down by being watched."""

_SHORTEST_REST = 0.5
"""Seconds."""

_BLANK = bytes(PREVIEW_BYTES)


class ReviewSession:
    """One workspace under review; use it as an asynchronous context manager."""

    def __init__(self, folders: Folders, reviewer: str, workers: int) -> None:
        self._folders = folders
        self.reviewer = reviewer
        self.workspace = _identity_of(folders.state)
        """Tells workspaces apart, whatever port they are reviewed on."""
        self._workers = workers
        self._book = DecisionFeed(folders.state)
        self._thumbnails = Thumbnails(folders)
        self._previews: dict[str, bytes] = {}
        self._looked: tuple[FileStamp | None, ...] = ()
        self._heeded: tuple[FileStamp | None, ...] = ()
        self._rest_until = 0.0
        self._writing = asyncio.Lock()
        self._looking = asyncio.Lock()
        self._filling: asyncio.Task[None] | None = None
        self._filled: tuple[HeldFace, ...] | None = None
        """The faces whose thumbnails are claimed and being made."""
        self._found: Found
        self._added: Mapping[str, Added] = {}
        self.gallery: Gallery
        self.revision = 0
        """Raised whenever the gallery changes."""
        self.made = 0
        """Thumbnails that are there."""

    async def __aenter__(self) -> Self:
        self._stack = AsyncExitStack()
        log = self._folders.state / "workers.log"
        self.pool = await self._stack.enter_async_context(WorkerPool(2, log, _MOST_MEMORY))
        self.editor = await self._stack.enter_async_context(WorkerPool(1, log, _MOST_MEMORY))
        """One worker, as it keeps the picture that is edited."""
        self._fillers = await self._stack.enter_async_context(WorkerPool(self._workers, log))
        await self.look()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._stop_filling()
        await self._stack.aclose()

    async def look(self) -> None:
        """See whether the workspace or the log of decisions has changed.

        Raises:
            InputError, WorkspaceError: the workspace can no longer be read.
        """
        async with self._looking:
            async with self._writing:
                await asyncio.to_thread(self._book.refresh)
            urgent = _stamps(self._folders.state, _URGENT)
            seen = _stamps(self._folders.state, _WATCHED)
            if urgent == self._heeded and (seen == self._looked or self._is_resting()):
                await self._show_added()
                return
            begun = time.monotonic()
            await self._look_anew()
            self._heeded, self._looked = urgent, seen
            took = time.monotonic() - begun
            self._rest_until = time.monotonic() + max(_REST * took, _SHORTEST_REST)

    def _is_resting(self) -> bool:
        return time.monotonic() < self._rest_until

    async def decide(self, decisions: Sequence[Decision]) -> tuple[str, ...]:
        """Record them; the ids of those that are about no face here, and so are not.

        Raises:
            WorkspaceError: they are not on the disk.
        """
        await self.look()
        async with self._writing:  # asked within: while it waits, a face may be taken out
            new = {item.face for item in decisions if item.choice == "add"}
            known = [item for item in decisions if self._may_be_decided(item, new)]
            await asyncio.to_thread(self._book.append, known)
        await self.look()  # a removal that came to its end before this was written, strikes it now
        kept = {item.id for item in known if not self._is_struck(item)}
        return tuple(item.id for item in decisions if item.id not in kept)

    def marks_since(self, revision: int) -> dict[str, object]:
        """What people decided after a revision, for the page."""
        now = self._book.marks  # once: another thread may replace it meanwhile
        marks = {face: _mark_json(mark) for face, mark in now.since(revision).items()}
        return {"marks_revision": now.revision, "marks": marks}

    async def thumbnail(self, entry: Entry) -> bytes | None:
        """A face's thumbnail, made now if need be; None without a crop or an original.

        Raises:
            ItemError, WorkspaceError: see `Thumbnails.get`.
        """
        if entry.held is None:
            return await self._draft(entry)
        path = self._thumbnails.path_of(entry.held)
        with suppress(FileNotFoundError):
            return await asyncio.to_thread(path.read_bytes)
        return await self.pool.run(make_thumbnail, ThumbnailTask(entry.held.crop, path))

    async def previews(self, entries: Sequence[Entry]) -> bytes:
        """For each entry a byte, 1 if there is a preview, then all previews one after the other."""
        held = [entry.held for entry in entries if entry.held is not None]
        paths = {each.name: self._thumbnails.path_of(each) for each in held}
        due = tuple(path for path in paths.values() if path.name not in self._previews)
        for found, path in zip(await self.pool.run(previews, due), due, strict=True):
            if found is not None:
                self._previews[path.name] = found
        shown = [
            self._previews.get(paths[entry.name].name) if entry.held else None for entry in entries
        ]
        flags = bytes(each is not None for each in shown)
        return flags + b"".join(each or _BLANK for each in shown)

    async def _draft(self, entry: Entry) -> bytes | None:
        """The crop that a face would have, small; nothing of it is kept."""
        if entry.original is None or entry.face is None:
            return None
        mark = self._book.marks.by_face.get(entry.name)
        moved = mark.decision.landmarks.landmarks if mark and mark.decision.landmarks else None
        landmarks = (moved or entry.face.landmarks).shrunk(1 / entry.original.scale)
        settings = self._found.holdings.settings
        path = entry.original.path
        return await self.pool.run(draft, path, MOST_PIXELS, landmarks, settings, SIDE)

    def _may_be_decided(self, item: Decision, new: Collection[str]) -> bool:
        """Whether it is about a face that is here, or about one that is being added."""
        if item.photo is not None:
            return item.photo in self.gallery.photos
        index = self.gallery.indices.get(item.face)
        if index is None:
            return item.face in new
        return self.gallery.entries[index].standing.state is not State.REMOVED

    def _is_struck(self, item: Decision) -> bool:
        """Whether what it is about was taken out."""
        if item.photo is not None:
            return item.photo not in self.gallery.photos
        index = self.gallery.indices.get(item.face)
        return index is not None and self.gallery.entries[index].standing.state is State.REMOVED

    async def _look_anew(self) -> None:
        before = self.gallery.entries if self.revision else ()
        self._found = await asyncio.to_thread(_found_in, self._folders)
        self._added = self._book.added()
        gallery = await asyncio.to_thread(gallery_of, self._found, self._added)
        self.gallery = gallery
        self.revision += 1
        await self._forget_removed(before)
        faces = gallery.holdings.faces
        if faces == self._filled:
            return
        await self._stop_filling()
        await asyncio.to_thread(self._thumbnails.claim, faces)
        names = {self._thumbnails.path_of(each).name for each in faces}
        self._previews = {name: it for name, it in self._previews.items() if name in names}
        tasks = await asyncio.to_thread(lambda: tuple(self._thumbnails.missing(faces)))
        self.made = len(faces) - len(tasks)
        self._filling = asyncio.create_task(self._fill(tasks))
        self._filled = faces

    async def _show_added(self) -> None:
        """Take in the faces that people added since; nothing else is looked at."""
        added = self._book.added()
        if added != self._added:
            self._added = added
            self.gallery = await asyncio.to_thread(gallery_of, self._found, added)
            self.revision += 1

    async def _forget_removed(self, before: Sequence[Entry]) -> None:
        """Strike what was decided about a face, or its photo, while it was being taken out."""
        entries = self.gallery.entries
        gone = {each.name for each in entries if each.standing.state is State.REMOVED}
        left = {each.name: each.face.photo.raw_name for each in before if each.face}
        photos = {left[name] for name in gone & left.keys()} - self.gallery.photos.keys()
        async with self._writing:  # the book is read within: a thread may be writing in it
            marks = self._book.marks.by_face
            added = {name for name, each in self._book.added().items() if each.photo in photos}
            if decided := (gone & marks.keys()) | added:
                await asyncio.to_thread(forget_decisions, self._folders.state, decided, photos)
                await asyncio.to_thread(self._book.refresh)

    async def _fill(self, tasks: Sequence[ThumbnailTask]) -> None:
        def count(more: int) -> None:
            self.made += more

        try:
            await make_in_pool(self._fillers, tasks, count)
        except* PortraitsetError:
            pass  # each is tried again when it is looked at, and then told

    async def _stop_filling(self) -> None:
        if self._filling is not None:
            self._filling.cancel()
            with suppress(asyncio.CancelledError):
                await self._filling


def _found_in(folders: Folders) -> Found:
    holdings = holdings_of(folders)
    given = given_manifest(folders)
    originals = originals_of(folders, given)
    return Found(holdings, findings_of(holdings), given, originals, read_findings(folders.state))


def findings_of(holdings: Holdings) -> Findings:
    """What `curate` left of its findings; nothing is measured or compared now."""
    found = read_duplicates(holdings.folders.state).names()
    return Findings(known_measures(holdings), found["works"], found["faces"])


def _identity_of(state_folder: Path) -> str:
    return hashlib.sha256(os.fsencode(state_folder.resolve())).hexdigest()[:16]


def _stamps(state_folder: Path, names: Sequence[str]) -> tuple[FileStamp | None, ...]:
    return tuple(stamp_of(state_folder / name) for name in names)


def _mark_json(mark: Mark) -> dict[str, object]:
    verdict, landmarks = mark.decision.verdict, mark.decision.landmarks
    return {
        "verdict": _decision_json(verdict) if verdict else None,
        "landmarks": _decision_json(landmarks) if landmarks else None,
        "added": _decision_json(mark.decision.added) if mark.decision.added else None,
        "disagreed": mark.disagreed,
    }


def _decision_json(decision: Decision) -> dict[str, object]:
    row: dict[str, object] = {
        "id": decision.id,
        "choice": decision.choice,
        "who": decision.who,
        "at": decision.at,
        "why": decision.why,
    }
    if decision.landmarks is not None:
        row["points"] = dict(zip(POINT_NAMES, decision.landmarks.points(), strict=True))
    if decision.photo is not None:
        row["photo"] = decision.photo
    return row
