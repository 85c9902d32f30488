"""Where one face stands, and whether its photo is worth asking for: decided from what is known.

Pure but for the stamp of the crop's own file.
"""

from dataclasses import dataclass, replace
from sys import intern

from portraitset.align.settings import CropSettings
from portraitset.errors import Changed, Missing, State, TooLarge, Transient
from portraitset.handoffs import Photo
from portraitset.manifest.lock import Identity, compare
from portraitset.pipeline.crop import CropTask, is_crop_decided
from portraitset.workspace.layout import FileStamp
from portraitset.workspace.records import PhotoRecord

_OTHER_TIME = (
    "its file's time is not the one recorded, as after a copy; `align` looks at it again and asks"
    " no server"
)

_WORTH_ANOTHER_TRY = frozenset(kind.reason for kind in Transient.__subclasses__())


@dataclass(frozen=True, slots=True)
class Standing:
    """Where one face stands: its one state, why, and a sentence for a reader."""

    name: str
    state: State
    reason: str | None = None
    detail: str | None = None


def stand(
    name: str,
    crop: CropTask | None,
    record: PhotoRecord | None,
    stamp: FileStamp | None,
    settings: CropSettings,
) -> Standing:
    """Where one face stands. Pure but for the crop's own stamp.

    Args:
        crop: its crop, with what was decided about it; None if nothing was.
        record: what the ledger says of the photo at this address.
        stamp: the original on disk.
    """
    source = record.source if record else None
    if crop and crop.record and source and is_crop_decided(crop, source, settings):
        return Standing(name, State(crop.record.state), crop.record.reason, crop.record.detail)
    if record is None:
        return Standing(name, State.PENDING)
    if record.state != State.FETCHED:
        words = (text and intern(text) for text in (record.reason, record.detail))
        return Standing(name, State(record.state), *words)
    if is_at_hand(record, stamp):
        return Standing(name, State.FETCHED)
    if stamp is not None and stamp.byte_count == record.byte_count:
        return Standing(name, State.PENDING, None, _OTHER_TIME)
    return Standing(name, State.PENDING, None, "the original is gone from raw/, or was altered")


def as_locked(record: PhotoRecord | None, wanted: Identity) -> PhotoRecord | None:
    """The ledger's word on a photo, as far as it is about the locked picture. Pure."""
    if record is None or record.sha256 is None:
        return record
    found = Identity(record.sha256, record.width or 0, record.height or 0, record.sha256_rgb)
    if compare(found, wanted).is_good:
        return record
    return None if record.state == State.FETCHED else replace(record, sha256=None)


def is_worth_asking(record: PhotoRecord | None, photo: Photo, caps: str) -> bool:
    """Whether the network may be asked for a photo that is not at hand. Pure.

    A refusal stands until `retry` lifts it; a passing failure, or a limit that has moved since,
    is worth another try.
    """
    if record is None or record.url != photo.url or record.state == State.FETCHED:
        return True
    if record.caps is None:  # only a file on disk was found wanting
        return True
    if record.reason == "too-large":
        return record.caps != caps
    return record.reason in _WORTH_ANOTHER_TRY


def is_worth_placing(record: PhotoRecord | None, photo: Photo) -> bool:
    """Whether an original at hand may be looked at, if it is not in its place. Pure.

    What was read in vain would be so again; a file that was missing may be there by now, and a
    mirror that had passing trouble may have it.
    """
    if record is None or record.url != photo.url or record.state == State.FETCHED:
        return True
    may_be_other = record.reason in (Missing.reason, Changed.reason, TooLarge.reason)
    had_trouble = record.caps is not None and record.reason in _WORTH_ANOTHER_TRY
    return may_be_other or had_trouble


def is_at_hand(record: PhotoRecord, stamp: FileStamp | None) -> bool:
    """Whether the file on disk is the one that was verified."""
    return record.state == State.FETCHED and stamp is not None and record.stamp == stamp
