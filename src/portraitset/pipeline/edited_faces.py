"""The one place where people's decisions become the run's faces: moved, added, deleted."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace

from portraitset.handoffs import Face
from portraitset.manifest import Manifest, Note
from portraitset.manifest.aahq import without_faces
from portraitset.manifest.family import OF_PICTURE
from portraitset.workspace.edits import Added, Edits
from portraitset.workspace.layout import Workspace, stamp_of
from portraitset.workspace.ledger import Ledger


def edited(manifest: Manifest, edits: Edits) -> Manifest:
    """The manifest as people changed it: what a run goes by. Pure; editing twice changes no more.

    Moved faces have other landmarks, deleted ones are entries that only say so, added ones follow
    at the end, in the order in which they were added. One that was added and deleted is no entry.
    A note tells of each added face whose photo the manifest does not have.
    """
    listed = {entry.name for entry in manifest.entries}
    photos = {face.photo.raw_name: face for face in manifest}
    new = [
        (name, each)
        for name, each in edits.added.items()
        if name not in listed and name not in edits.deleted
    ]
    faces = tuple(_added_faces(new, photos))
    lost = tuple(_lost(name, each) for name, each in new if each.photo not in photos)
    kept = without_faces(manifest, edits.deleted & {face.name for face in manifest})
    whole = replace(kept, entries=kept.entries + faces, notes=kept.notes + lost)
    return whole.with_landmarks(edits.moved)


def set_crops_aside(names: Collection[str], workspace: Workspace, ledger: Ledger) -> None:
    """Move the crops of deleted faces out of the way, as nothing explains them any more.

    Raises:
        WorkspaceError: one cannot be moved.
    """
    for name in sorted(names):
        record = ledger.face(name)
        if record is None or record.file is None:
            continue
        crop = workspace.folders.aligned / record.file
        if record.stamp is not None and stamp_of(crop) == record.stamp:
            goal = workspace.set_aside(crop)
            ledger.write_note(Note(name, f"a reviewer deleted it; its crop was moved to {goal}"))


def _added_faces(new: Iterable[tuple[str, Added]], photos: dict[str, Face]) -> Iterator[Face]:
    """The faces, with what another face of their photo says of the picture."""
    for name, each in new:
        if each.photo in photos:
            other = photos[each.photo]
            extra = {field: other.extra[field] for field in OF_PICTURE if field in other.extra}
            yield Face(name, other.photo, each.landmarks, extra)


def _lost(name: str, each: Added) -> Note:
    return Note(name, f"was added in review to {each.photo}, which is not in the manifest")
