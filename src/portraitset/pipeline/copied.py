"""Files that are others only by their times, as in a workspace that was copied without them.

Whether they still are what was recorded is told by their digests. The ledger is not corrected
here, as only a run writes it: `align` looks at such files again, asks no server, and records them.
"""

import hashlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

from portraitset.align.settings import CropSettings
from portraitset.errors import State
from portraitset.handoffs import Face
from portraitset.pipeline.check import check_crop
from portraitset.pipeline.crop import CropTask, may_be_copied
from portraitset.pipeline.recipe import usable_cores
from portraitset.pipeline.standing import Standing
from portraitset.pipeline.survey import Survey
from portraitset.workspace.layout import Layout, stamp_of, translated
from portraitset.workspace.ledger import Ledger
from portraitset.workspace.records import PhotoRecord

_SAID = "its file has another time than the one recorded, and the same content; `align` records it"


@dataclass(frozen=True, slots=True)
class _Suspect:
    """A file to look into, and what its face's state is if it is what was recorded."""

    is_same: Callable[[], bool]
    state: State


def standings_by_content(survey: Survey, layout: Layout, ledger: Ledger) -> tuple[Standing, ...]:
    """Each face's standing, where files count by their content if their times alone differ.

    Reads such files, and no others.

    Raises:
        WorkspaceError: one of them cannot be read.
    """
    standings = tuple(survey.standings())
    faces = {face.name: face for face in survey.manifest}
    suspects = {
        item.name: found
        for item in standings
        if item.state in (State.PENDING, State.FETCHED)
        and (found := _suspect(faces[item.name], item.state, survey, layout, ledger)) is not None
    }
    with ThreadPoolExecutor(usable_cores()) as threads:  # decoders and hashes let go of the GIL
        verdicts = threads.map(lambda suspect: suspect.is_same(), suspects.values())
        states = {
            name: suspects[name].state
            for name, is_same in zip(suspects, verdicts, strict=True)
            if is_same
        }
    return tuple(_settled(item, states.get(item.name)) for item in standings)


def _settled(standing: Standing, state: State | None) -> Standing:
    return standing if state is None else replace(standing, state=state, reason=None, detail=_SAID)


def _suspect(
    face: Face, state: State, survey: Survey, layout: Layout, ledger: Ledger
) -> _Suspect | None:
    record, photo = ledger.face(face.name), ledger.photo(face.photo.raw_name)
    if photo is None or photo.url != face.photo.url or photo.source is None:
        return None
    crop = CropTask(face, layout.crop_path(face.name), record)
    if may_be_copied(crop, photo.source, survey.settings):
        return _Suspect(lambda: _has_its_pixels(crop, survey.settings), State.ALIGNED)
    original = layout.raw_path(face.photo.raw_name)
    if state is State.PENDING and _differs_by_time(original, photo):
        return _Suspect(lambda: _sha256_of(original) == photo.sha256, State.FETCHED)
    return None


def _differs_by_time(original: Path, photo: PhotoRecord) -> bool:
    found = stamp_of(original)
    if found is None or photo.stamp is None or photo.state != State.FETCHED:
        return False
    return found.byte_count == photo.stamp.byte_count and found != photo.stamp


def _has_its_pixels(crop: CropTask, settings: CropSettings) -> bool:
    digest = crop.record.sha256_rgb if crop.record else None
    if digest is None:
        return False
    return check_crop(crop.target, digest, settings.size**2).verdict.is_good


def _sha256_of(path: Path) -> str:
    with translated(path), path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
