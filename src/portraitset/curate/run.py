"""From what a workspace holds to what is kept of it: measured once, compared, selected."""

import asyncio
import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from portraitset.align.settings import CropSettings
from portraitset.backends.event_loop import beside_loops, complete
from portraitset.backends.local import WorkerDied, WorkerPool
from portraitset.curate.audit import Audit, Entry, audit_of
from portraitset.curate.duplicates_file import Duplicates, duplicates_among, write_duplicates
from portraitset.curate.holdings import HeldFace, Holdings, holdings_of
from portraitset.curate.measure import MEASURE_VERSION, Measures
from portraitset.curate.measure_cache import CACHE, MeasureCache
from portraitset.curate.photo_measures import MeasureTask, PhotoMeasures, measure_photo
from portraitset.curate.rules import CurateSettings
from portraitset.curate.selection import Choice, select_faces
from portraitset.curate.selection_file import write_selection
from portraitset.download.settings import DownloadSettings
from portraitset.errors import InputError, State
from portraitset.picture.memory import BYTES_PER_PIXEL, WORKER_ITSELF
from portraitset.workspace.decisions import (
    Decision,
    FaceDecision,
    Merge,
    merge_decisions,
    read_decisions,
)
from portraitset.workspace.layout import Folders
from portraitset.workspace.ledger import Ledger
from portraitset.workspace.run_lock import only_run

Observer = Callable[[int, int], None]
"""Told now and then how many faces are measured, of how many."""

_BATCH = 64
"""Faces between two writes to the cache: about a second's work on two cores."""

_MOST_MEMORY = WORKER_ITSELF + DownloadSettings().max_pixels * BYTES_PER_PIXEL["exact"]


@dataclass(frozen=True, slots=True)
class Measured:
    """The measures of a workspace's faces, and why some have none.

    Attributes:
        measures: by the face's name, in the manifest's order.
        failures: why a face could not be measured: its crop or its original cannot be read;
            likewise in order.
    """

    measures: Mapping[str, Measures]
    failures: Mapping[str, str] = field(default_factory=dict)


def measures_of(
    folders: Folders, workers: int, observer: Observer | None = None
) -> Mapping[str, Measures]:
    """The measures of each face that is aligned, by name, in the manifest's order.

    What was measured before is only read. A face whose files cannot be read is left out; `measure`
    says why.

    Raises:
        InputError: the folder is no workspace.
        WorkspaceError: the disk refuses.
    """
    return measure(holdings_of(folders), workers, observer).measures


def measure(holdings: Holdings, workers: int, observer: Observer | None = None) -> Measured:
    """The measures of what is held; files are read in so many worker processes at once.

    It may be called where an event loop runs already, as in a notebook.

    Raises:
        WorkspaceError: the disk refuses.
    """
    return beside_loops(lambda: _measured(holdings, workers, observer))


def _measured(holdings: Holdings, workers: int, observer: Observer | None) -> Measured:
    keys = {held.name: _key(held, holdings.settings.size) for held in holdings.faces}
    with MeasureCache.open(holdings.folders.state) as cache:
        if gone := cache.names() - keys.keys():
            cache.forget(gone)
        known = dict(cache.find(keys))
        due = [held for held in holdings.faces if held.name not in known]
        taken = _Pass(cache, keys, known, observer)
        if due:
            complete(taken.over(_tasks(due, holdings.settings), holdings.folders, workers))
    measures = {name: known[name] for name in keys if name in known}
    failures = {name: taken.failures[name] for name in keys if name in taken.failures}
    return Measured(measures, failures)


def known_measures(holdings: Holdings) -> Mapping[str, Measures]:
    """What was measured before and still holds, by name; nothing is measured now.

    Raises:
        WorkspaceError: the cache cannot be read.
    """
    if not (holdings.folders.state / CACHE).is_file():
        return {}
    keys = {held.name: _key(held, holdings.settings.size) for held in holdings.faces}
    with MeasureCache.open(holdings.folders.state) as cache:
        return dict(cache.find(keys))


@dataclass(frozen=True, slots=True)
class Curated:
    """What `curate` found and decided.

    Attributes:
        measured: the faces' measures.
        duplicates: the groups of copies.
        decided: what people decided, by face; only of faces that are held.
        conflicts: where people disagree, likewise; each one's last word.
        damaged: lines of the log of decisions that make no sense.
        choice: the selection, and what each rule did.
        audit: what the set is made of.
    """

    measured: Measured
    duplicates: Duplicates
    decided: Mapping[str, FaceDecision]
    conflicts: Mapping[str, tuple[Decision, ...]]
    damaged: tuple[int, ...]
    choice: Choice
    audit: Audit


def curate(
    folders: Folders, settings: CurateSettings, workers: int, observer: Observer | None = None
) -> Curated:
    """Measure, compare, select, and write the selection and the groups of copies.

    Raises:
        InputError: the folder is no workspace, or holds no aligned face.
        WorkspaceError: another run is at work, or the disk refuses.
    """
    with Ledger.open_to_look(folders.state):
        pass  # not a folder that `only_run` would litter
    with only_run(folders.state):
        curated = preview(folders, settings, workers, observer)
        write_duplicates(folders.state, curated.duplicates)
        write_selection(folders.state, curated.choice.selection)
    return curated


def take_over(folders: Folders, others: Sequence[Path]) -> Mapping[Path, Merge]:
    """Merge other people's logs of decisions into the workspace's, none about a removed face.

    Raises:
        InputError: the folder is no workspace, or a file is no log.
        WorkspaceError: the log cannot be written.
    """
    standings = holdings_of(folders).standings if others else ()
    removed = frozenset(each.name for each in standings if each.state is State.REMOVED)
    return {path: merge_decisions(folders.state, path, removed) for path in others}


def preview(
    folders: Folders, settings: CurateSettings, workers: int, observer: Observer | None = None
) -> Curated:
    """What `curate` would come to; only measures are kept.

    Raises:
        InputError: the folder is no workspace, or holds no aligned face.
        WorkspaceError: the disk refuses.
    """
    holdings = holdings_of(folders)
    if not holdings.faces:  # before measures are forgotten, and a selection is written over
        raise InputError(
            f"{folders.state.parent} has no aligned face to select;"
            " `portraitset status` shows where each stands"
        )
    measured = measure(holdings, workers, observer)
    faces = tuple(held.face for held in holdings.faces)
    found = duplicates_among(faces, measured.measures, settings.reach)
    log = read_decisions(folders.state)
    names = {face.name for face in faces}
    decided = {face: word for face, word in log.decided().items() if face in names}
    conflicts = {face: words for face, words in log.conflicts().items() if face in names}
    choice = select_faces(faces, measured.measures, measured.failures, found, decided, settings)
    by_name = {face.name: face for face in holdings.manifest}
    entries = (Entry(each.state, by_name.get(each.name)) for each in holdings.standings)
    audit = audit_of(holdings.terms.caution, entries, measured.measures)
    return Curated(measured, found, decided, conflicts, log.damaged, choice, audit)


def forget_measures(folders: Folders, faces: frozenset[str]) -> None:
    """Take faces out of the cache so that no byte of theirs remains in it.

    Raises:
        WorkspaceError: it cannot be written.
    """
    if (folders.state / CACHE).is_file():
        with MeasureCache.open(folders.state) as cache:
            cache.forget(faces)


class _Pass:
    """One pass over the photos that are due."""

    def __init__(
        self,
        cache: MeasureCache,
        keys: Mapping[str, str],
        known: dict[str, Measures],
        observer: Observer | None,
    ) -> None:
        self._cache = cache
        self._keys = keys
        self._known = known
        self._observer = observer
        self._waiting: dict[str, Measures] = {}
        self.failures: dict[str, str] = {}

    async def over(self, tasks: Iterable[MeasureTask], folders: Folders, workers: int) -> None:
        """Measure them, so many at once; what is finished is kept whatever comes."""
        queue = iter(tasks)
        log = folders.state / "workers.log"

        async def take_turns() -> None:
            for task in queue:
                self._keep(await _ask(pool, task))

        try:
            async with WorkerPool(workers, log, _MOST_MEMORY) as pool, asyncio.TaskGroup() as group:
                for _ in range(workers):
                    group.create_task(take_turns())
        finally:
            self._flush()

    def _keep(self, reading: PhotoMeasures) -> None:
        self._known |= reading.measures
        self._waiting |= reading.measures
        self.failures |= reading.failures
        if len(self._waiting) >= _BATCH:
            self._flush()
        if self._observer is not None:
            self._observer(len(self._known) + len(self.failures), len(self._keys))

    def _flush(self) -> None:
        self._cache.write((name, self._keys[name], it) for name, it in self._waiting.items())
        self._waiting.clear()


async def _ask(pool: WorkerPool, task: MeasureTask) -> PhotoMeasures:
    try:
        return await pool.run(measure_photo, task)
    except (WorkerDied, MemoryError) as end:
        why = f"reading it failed: {str(end) or 'out of memory'}"
        return PhotoMeasures({}, {face.name: why for face, _ in task.faces})


def _tasks(faces: Iterable[HeldFace], settings: CropSettings) -> Iterator[MeasureTask]:
    """The faces by photo, in the order of each photo's first."""
    photos: dict[str, list[HeldFace]] = {}
    for held in faces:
        photos.setdefault(held.photo.raw_name, []).append(held)
    for group in photos.values():
        first, photo = group[0], group[0].photo
        yield MeasureTask(
            photo=first.face.photo,
            original=first.original,
            width=photo.width or 0,
            height=photo.height or 0,
            byte_count=photo.byte_count or 0,
            format=photo.format or "?",
            look=photo.look,
            scale=photo.rescue_scale or 1.0,
            settings=settings,
            faces=tuple((held.face, held.crop) for held in group),
        )


def _key(held: HeldFace, crop_side: int) -> str:
    """What a face's measures rest on, as 32 hex digits."""
    record, photo = held.record, held.photo
    parts = (
        MEASURE_VERSION,
        crop_side,
        record.fingerprint,
        record.sha256_rgb,
        photo.url,
        photo.source,
        photo.look,
    )
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:32]
