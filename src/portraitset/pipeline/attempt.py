"""One attempt on one photo, as a worker makes it: verify the original, then cut its crops.

The original is decoded once for both. Nothing here touches the network or the ledger.
"""

from dataclasses import dataclass

from portraitset.align.settings import CropSettings
from portraitset.backends.outcome import Done, Failed, Outcome
from portraitset.errors import ItemError
from portraitset.handoffs import Evidence, Photo, RawPhoto
from portraitset.manifest import Note
from portraitset.manifest.lock import Identity
from portraitset.picture.decode import count_pixels
from portraitset.pipeline.crop import CropOutcome, CropTask, Cutter, is_crop_done
from portraitset.pipeline.original import (
    Original,
    OriginalDecoder,
    drop_original,
    put_original,
    verify_original,
    without_stranger,
)
from portraitset.workspace.layout import Folders, Workspace


@dataclass(frozen=True, slots=True)
class PhotoOutcome:
    """What became of one photo.

    Attributes:
        crops: those that were attempted.
        notes: oddities.
        evidence: of the owner's wishes, if the network was asked.
    """

    photo: Photo
    raw: Outcome[RawPhoto]
    crops: tuple[CropOutcome, ...] = ()
    notes: tuple[Note, ...] = ()
    evidence: tuple[Evidence, ...] = ()


def attempt_photo(
    original: Original,
    crops: tuple[CropTask, ...],
    folders: Folders,
    settings: CropSettings,
    max_pixels: int,
) -> PhotoOutcome:
    """Verify an original where that is due, put it in its place, and cut the crops that are due.

    Raises:
        WorkspaceError: the disk refuses; nothing half-made is left under raw/ or aligned/.
    """
    photo, workspace = original.photo, Workspace(folders)
    decoder = OriginalDecoder(original.target, max_pixels)
    raw = original.known
    notes: list[Note] = []
    try:
        if raw is None:
            raw = verify_original(original, decoder, workspace, notes)
    except ItemError as error:
        drop_original(original, error)
        return PhotoOutcome(photo, Failed(error), notes=without_stranger(original, workspace))
    due = tuple(task for task in crops if not is_crop_done(task, raw.source, settings))
    if not due:
        return PhotoOutcome(photo, Done(raw), notes=tuple(notes))
    cutter = Cutter(decoder, raw, settings, workspace, notes)
    outcomes = tuple(cutter.attempt(task) for task in due)
    return PhotoOutcome(photo, Done(raw), outcomes, tuple(notes))


def attempt_within(
    most_now: int,
    original: Original,
    crops: tuple[CropTask, ...],
    folders: Folders,
    settings: CropSettings,
    max_pixels: int,
) -> PhotoOutcome | int:
    """`attempt_photo`, unless the header says more than `most_now` pixels: then that number.

    Raises:
        WorkspaceError: as for `attempt_photo`.
    """
    pixels = count_pixels(original.path)
    if pixels > most_now:
        return pixels
    return attempt_photo(original, crops, folders, settings, max_pixels)


def accept_whole(original: Original, sha256: str, workspace: Workspace) -> PhotoOutcome:
    """Put an original in its place on the word of its bytes alone: nothing of it is decoded.

    Raises:
        WorkspaceError: the disk refuses.
    """
    notes: list[Note] = []
    raw = put_original(original, Identity(sha256, 0, 0), "", None, workspace, notes)
    return PhotoOutcome(original.photo, Done(raw), notes=tuple(notes))


def are_kernels_ready(settings: CropSettings) -> bool:
    """Whether crops can be cut at once, without compiling first."""
    from portraitset.align.kernels import is_compiled  # numba stays out of the parent process

    return is_compiled(settings)


def make_kernels_ready(settings: CropSettings) -> None:
    """Compile or load what cutting crops needs."""
    from portraitset.align.kernels import warm_up

    warm_up(settings)
