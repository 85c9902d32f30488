"""The report: one HTML file that shows what a workspace holds, and says what it lacks.

It loads nothing and sends nothing. It is an output like an export: registered before its first
byte, and made again without a face when that face is removed.
"""

import asyncio
import base64
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path

from portraitset.backends.event_loop import beside_loops, complete
from portraitset.backends.local import WorkerPool
from portraitset.curate.duplicates import Reach
from portraitset.curate.duplicates_file import read_duplicates
from portraitset.curate.holdings import HeldFace, Holdings, holdings_of
from portraitset.curate.measure import Measures
from portraitset.curate.run import Observer, known_measures, measure
from portraitset.detect.findings import standing
from portraitset.errors import InputError, State
from portraitset.handoffs import Selection
from portraitset.pages.thumbnails import make_all
from portraitset.pipeline.recipe import usable_cores
from portraitset.pipeline.standing import Standing
from portraitset.report.contact_sheet import choose_evenly, draw_contact_sheet
from portraitset.report.content import MARK, render_report
from portraitset.report.pictures import (
    GRADES,
    Grade,
    SmallPicture,
    choose_grade,
    sample_of,
    small_pictures,
)
from portraitset.report.summary import content_of, named_faces
from portraitset.workspace.layout import Folders, translated, write_whole
from portraitset.workspace.ledger import Ledger
from portraitset.workspace.lineage import Lineage, Member, Output
from portraitset.workspace.run_lock import only_run

KIND = "report"

_TEASER_FACES = 24
_TEASER_TILE = 144
_COMPARED = Grade(128, 70)
_AT_ONCE = 256
"""Pictures for one call of a worker: half a second of work."""


@dataclass(frozen=True, slots=True)
class Written:
    """Where a report was written, and how much it shows.

    Attributes:
        path: where it lies.
        byte_count: how large it is.
        total: faces in the manifest.
        faces: faces that it lists.
        picture_side: of its gallery's pictures, in pixels; 0 without pictures.
    """

    path: Path
    byte_count: int
    total: int
    faces: int
    picture_side: int


def write_report(
    folders: Folders, path: Path, *, public: bool, workers: int, observer: Observer | None = None
) -> Written:
    """Write the report of a workspace.

    What was not measured yet is measured first, which takes longer than all the rest.

    Args:
        public: leave every picture out.
        observer: told how far measuring is.

    Raises:
        InputError: the folder is no workspace, something stands at `path` that is no report, or
            matplotlib is missing.
        WorkspaceError: another run is at work, or the disk refuses.
    """
    _check_replaceable(path)
    with Ledger.open_to_look(folders.state):  # else the lock would blame the disk
        pass
    with only_run(folders.state):
        reach = read_duplicates(folders.state).reach  # copies are those that `curate` speaks of
        output = Output(path.absolute(), KIND, settings={"public": public, **asdict(reach)})
        holdings = holdings_of(folders)
        with Lineage.open(folders.state) as lineage:
            lineage.begin(output)
        return _write(holdings, measure(holdings, workers, observer).measures, output, workers)


def without(holdings: Holdings, output: Output, faces: frozenset[str]) -> None:
    """Make a report again from what is held, minus these faces.

    A removal shall not wait for measuring: faces that came since the report was made are listed
    without measures, unless none at all are known any more.

    To be called by whoever holds the workspace's lock.

    Raises:
        WorkspaceError: the disk refuses.
    """
    if _is_report(output.path):
        left, workers = _minus(holdings, faces), usable_cores()
        _write(left, known_measures(left) or measure(left, workers).measures, output, workers)
        return
    with Lineage.open(holdings.folders.state) as lineage:  # it is gone, or somebody else's by now
        lineage.forget(output.path)


def _write(
    holdings: Holdings, measures: Mapping[str, Measures], output: Output, workers: int
) -> Written:
    public = bool(output.settings.get("public"))
    pictures = _NoPictures() if public else _Pictures(holdings, workers)
    findings = standing(holdings.folders)
    reach = _reach_of(output)
    content = content_of(holdings, measures, reach, pictures, findings, public=public)
    page = render_report(content)
    write_whole(output.path, page)
    with Lineage.open(holdings.folders.state) as lineage:
        lineage.finish(output.path, (Member(name, ".") for name in named_faces(holdings)))
    gallery = content.gallery
    return Written(
        output.path, len(page), len(holdings.standings), len(gallery.faces), gallery.side
    )


def _reach_of(output: Output) -> Reach:
    """As it was when the report was made."""
    known = {item.name: output.settings.get(item.name) for item in fields(Reach)}
    return Reach(**{name: bits for name, bits in known.items() if isinstance(bits, int)})


def _minus(holdings: Holdings, taken_out: frozenset[str]) -> Holdings:
    """What is held without some faces, which count as removed."""
    return replace(
        holdings,
        faces=tuple(held for held in holdings.faces if held.name not in taken_out),
        standings=tuple(
            Standing(item.name, State.REMOVED) if item.name in taken_out else item
            for item in holdings.standings
        ),
        selection=_silent_on(holdings, taken_out),
    )


def _silent_on(holdings: Holdings, taken_out: frozenset[str]) -> Selection | None:
    """The selection without reasons that name what is taken out, such as the copy that was kept."""
    if (selection := holdings.selection) is None:
        return None
    gone = [face for face in holdings.manifest if face.name in taken_out]
    words = {word for face in gone for word in (face.name, face.photo.raw_name, face.photo.url)}
    dropped = {
        face: reason
        for face, reason in selection.dropped.items()
        if not any(word in reason for word in words)
    }
    return replace(selection, dropped=dropped)


class _NoPictures:
    """A public report's: none. See `account.Pictures`."""

    def teaser(self) -> str | None:
        return None

    def gallery(self, _: Sequence[HeldFace]) -> tuple[int, Sequence[SmallPicture | None]]:
        return 0, ()

    def copies(self, faces: Sequence[HeldFace]) -> Sequence[SmallPicture | None]:
        return [None] * len(faces)


class _Pictures:
    """Made from the thumbnails of what is held. See `account.Pictures`."""

    def __init__(self, holdings: Holdings, workers: int) -> None:
        self._folders = holdings.folders
        self._faces = holdings.faces
        self._workers = workers
        self._thumbnails = make_all(holdings, workers)

    def teaser(self) -> str | None:
        paths = [path for path in self._paths(self._faces) if path.is_file()]
        if not paths:
            return None
        sheet = draw_contact_sheet(choose_evenly(paths, _TEASER_FACES), _TEASER_TILE)
        buffer = io.BytesIO()
        sheet.save(buffer, "WEBP", quality=80)
        return base64.b64encode(buffer.getvalue()).decode()

    def gallery(self, faces: Sequence[HeldFace]) -> tuple[int, Sequence[SmallPicture | None]]:
        paths = self._paths(faces)
        sample = small_pictures(sample_of(paths), GRADES)
        words = sum(len(json.dumps([held.name, held.face.photo.url])) for held in faces)
        grade = choose_grade(sample, len(paths), words)
        return grade.side, self._in_pool(paths, grade)

    def copies(self, faces: Sequence[HeldFace]) -> Sequence[SmallPicture | None]:
        return [row[0] for row in small_pictures(self._paths(faces), (_COMPARED,))]

    def _paths(self, faces: Sequence[HeldFace]) -> list[Path]:
        return [self._thumbnails.path_of(held) for held in faces]

    def _in_pool(self, paths: Sequence[Path], grade: Grade) -> list[SmallPicture | None]:
        """All in one grade, in the order of the paths."""
        batches = [paths[at : at + _AT_ONCE] for at in range(0, len(paths), _AT_ONCE)]
        made: list[list[SmallPicture | None]] = [[] for _ in batches]
        due = iter(range(len(batches)))

        async def take_turns(pool: WorkerPool) -> None:
            for at in due:
                rows = await pool.run(small_pictures, batches[at], (grade,))
                made[at] = [row[0] for row in rows]

        async def make() -> None:
            log = self._folders.state / "workers.log"
            async with WorkerPool(self._workers, log) as pool, asyncio.TaskGroup() as group:
                for _ in range(min(self._workers, len(batches))):
                    group.create_task(take_turns(pool))

        beside_loops(lambda: complete(make()))
        return [picture for batch in made for picture in batch]


def _check_replaceable(path: Path) -> None:
    """Refuse to write over a file that is no report.

    Raises:
        InputError: it is somebody's own, or a folder.
    """
    if path.exists() and not _is_report(path):
        raise InputError(f"{path} is there already and is no report; it is left alone")


def _is_report(path: Path) -> bool:
    if not path.is_file():
        return False
    with translated(path), path.open("rb") as file:
        return MARK in file.read(1000)
