"""Small pictures of the crops, made once and shared by the pages that show faces.

They lie in `.portraitset/thumbnails/`, named after their crop's fingerprint, so that a face that is
cut anew gets a new one. The folder is an output like any other: every face that may have a
thumbnail is a member of it in the lineage before the thumbnail's first byte is written.
"""

import asyncio
import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from portraitset.align.settings import LARGEST_SIZE
from portraitset.backends.event_loop import beside_loops, complete
from portraitset.backends.local import WorkerDied, WorkerPool
from portraitset.curate.holdings import HeldFace, Holdings
from portraitset.errors import ItemError, WorkspaceError
from portraitset.picture.decode import Pixels, read_picture, through_profile
from portraitset.workspace.layout import Folders, translated, write_within
from portraitset.workspace.lineage import Lineage, Member, Output

FOLDER = "thumbnails"
KIND = "thumbnails"

SIDE = 192
"""Of a thumbnail, in pixels."""

QUALITY = 75
"""Of its JPEG: about 8 KB, decoded in 0.2 ms; WebP is a quarter smaller and takes three times
as long to decode, which a page feels when it scrolls."""

_AT_ONCE = 32
"""Thumbnails for one call of a worker: a second of work."""

_ENDING = ".jpg"


@dataclass(frozen=True, slots=True)
class ThumbnailTask:
    """One thumbnail to make: from which crop, and where it goes."""

    crop: Path
    target: Path


class Thumbnails:
    """The thumbnails of one workspace."""

    def __init__(self, folders: Folders) -> None:
        self._folders = folders
        self.folder = folders.state.absolute() / FOLDER

    def path_of(self, held: HeldFace) -> Path:
        """Where a face's thumbnail lies once it is made."""
        return self.folder / _place_of(held)

    def claim(self, faces: Sequence[HeldFace]) -> None:
        """Register these faces, and no others, as those that have thumbnails; drop the others'.

        To be called before any is made. Costs nothing worth mentioning where nothing has changed.

        Raises:
            WorkspaceError: the folder or the lineage cannot be written.
        """
        members = frozenset(Member(held.name, _place_of(held)) for held in faces)
        with translated(self.folder), Lineage.open(self._folders.state) as lineage:
            known = [item for item in lineage.outputs(KIND) if item.path == self.folder]
            if not (known and known[0].finished and members == set(lineage.members(self.folder))):
                lineage.begin(Output(self.folder, KIND))
                lineage.finish(self.folder, members)
            self.folder.mkdir(exist_ok=True)
            _prune(self.folder, frozenset(member.place for member in members))

    def missing(self, faces: Iterable[HeldFace]) -> Iterator[ThumbnailTask]:
        """What is still to be made for these."""
        for held in faces:
            target = self.path_of(held)
            if not target.is_file():
                yield ThumbnailTask(held.crop, target)

    def get(self, held: HeldFace) -> bytes:
        """A claimed face's thumbnail, a JPEG file of `SIDE` pixels; made now if need be.

        Raises:
            ItemError: the crop cannot be read as a picture.
            WorkspaceError: the crop is gone, or the thumbnail cannot be written.
        """
        path = self.path_of(held)
        with suppress(FileNotFoundError):
            return path.read_bytes()
        return make_thumbnail(ThumbnailTask(held.crop, path))


def make_all(
    holdings: Holdings, workers: int, observer: Callable[[int], None] | None = None
) -> Thumbnails:
    """Have a thumbnail of each held face, claimed and made; what cannot be made is left out.

    Args:
        observer: told how many more are made.

    Raises:
        WorkspaceError: the folder or the lineage cannot be written.
    """
    thumbnails = Thumbnails(holdings.folders)
    thumbnails.claim(holdings.faces)
    tasks = tuple(thumbnails.missing(holdings.faces))
    if tasks:
        log = holdings.folders.state / "workers.log"
        beside_loops(lambda: complete(_make_alone(tasks, workers, log, observer)))
    return thumbnails


def without(holdings: Holdings, output: Output, faces: frozenset[str]) -> None:
    """Delete these faces' thumbnails.

    A face that shares its crop with one of them, pixel for pixel, gets a new one when it is shown.

    Raises:
        WorkspaceError: a file cannot be deleted.
    """
    with translated(output.path), Lineage.open(holdings.folders.state) as lineage:
        members = lineage.members(output.path)
        for place in {member.place for member in members if member.face in faces}:
            path = output.path / place
            for leftover in path.parent.glob(f"{path.name}*"):  # what a killed worker left, too
                leftover.unlink(missing_ok=True)
        lineage.begin(output)
        lineage.finish(output.path, (item for item in members if item.face not in faces))


def drop(folders: Folders, fingerprints: Iterable[str]) -> None:
    """Delete the thumbnails of crops that are gone.

    `without` comes while the crops are still there, so that a page may make one anew after it; from
    here on it cannot, see `make_thumbnail`.

    Raises:
        WorkspaceError: a file cannot be deleted.
    """
    for fingerprint in fingerprints:
        path = folders.state / FOLDER / _place(fingerprint)
        with translated(path):
            path.unlink(missing_ok=True)


def make_thumbnail(task: ThumbnailTask) -> bytes:
    """Make one and put it in its place; its bytes.

    Raises:
        ItemError, WorkspaceError: see `Thumbnails.get`.
    """
    with translated(task.crop):
        data = task.crop.read_bytes()
    picture = read_picture(data, LARGEST_SIZE**2)
    thumbnail = thumbnail_of(picture.pixels, picture.icc_profile)
    write_within(task.target, thumbnail)
    if not task.crop.is_file():  # it was taken out of the dataset meanwhile
        task.target.unlink(missing_ok=True)
    return thumbnail


def make_thumbnails(tasks: Sequence[ThumbnailTask]) -> int:
    """Make several; how many came to be, as a crop may be gone or damaged by now.

    Raises:
        WorkspaceError: a thumbnail cannot be written.
    """
    made = 0
    for task in tasks:
        try:
            make_thumbnail(task)
            made += 1
        except ItemError:
            continue
        except WorkspaceError:
            if task.crop.is_file():
                raise
    return made


def thumbnail_of(pixels: Pixels, icc_profile: bytes | None) -> bytes:
    """A JPEG file of `SIDE` x `SIDE` pixels in sRGB, from uint8 (height, width, 3)."""
    image = Image.fromarray(pixels)
    small = image.resize((SIDE, SIDE), Image.Resampling.LANCZOS, reducing_gap=2.0)
    shown = small if icc_profile is None else through_profile(small, icc_profile)
    buffer = io.BytesIO()
    shown.save(buffer, "JPEG", quality=QUALITY)
    return buffer.getvalue()


async def make_in_pool(
    pool: WorkerPool,
    tasks: Sequence[ThumbnailTask],
    observer: Callable[[int], None] | None = None,
) -> None:
    """Have these made by all workers of a pool.

    Raises:
        WorkspaceError: one cannot be written.
    """
    batches = iter([tasks[at : at + _AT_ONCE] for at in range(0, len(tasks), _AT_ONCE)])
    async with asyncio.TaskGroup() as group:
        for _ in range(pool.count):
            group.create_task(_take_turns(pool, batches, observer))


async def _make_alone(
    tasks: Sequence[ThumbnailTask],
    workers: int,
    log: Path,
    observer: Callable[[int], None] | None,
) -> None:
    async with WorkerPool(workers, log) as pool:
        await make_in_pool(pool, tasks, observer)


async def _take_turns(
    pool: WorkerPool,
    batches: Iterator[Sequence[ThumbnailTask]],
    observer: Callable[[int], None] | None,
) -> None:
    for batch in batches:
        try:
            await pool.run(make_thumbnails, batch)
        except WorkerDied:  # one crop ends its worker; the others shall not suffer
            for task in batch:
                with suppress(WorkerDied):
                    await pool.run(make_thumbnails, (task,))
        if observer is not None:
            observer(len(batch))


def _place_of(held: HeldFace) -> str:
    return _place(str(held.record.fingerprint))


def _place(fingerprint: str) -> str:
    return f"{fingerprint[:2]}/{fingerprint}{_ENDING}"


def _prune(folder: Path, places: frozenset[str]) -> None:
    """Delete what belongs to no face any more, and what killed workers left."""
    for path in folder.glob("*/*"):
        if path.relative_to(folder).as_posix() not in places and not _is_being_made(path, places):
            path.unlink(missing_ok=True)


def _is_being_made(path: Path, places: frozenset[str]) -> bool:
    """Whether this is the temporary file of a thumbnail that somebody makes right now."""
    stem, ending, rest = path.name.partition(_ENDING)
    return rest.endswith(".part") and f"{path.parent.name}/{stem}{ending}" in places
