"""One crop: whether it is due, cut from its original, and written under its fingerprint."""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

from portraitset.align.encode import encode_image, format_of
from portraitset.align.face import cut_crop
from portraitset.align.settings import CropSettings
from portraitset.backends.outcome import Done, Failed, Outcome
from portraitset.errors import DegenerateFace, ItemError, TooLarge
from portraitset.handoffs import AlignedFace, Face, RawPhoto
from portraitset.identity import SOFTWARE
from portraitset.landmarks import Landmarks, SingleLandmarks
from portraitset.manifest import Note
from portraitset.picture.decode import Picture, Pixels, digest_of, read_picture
from portraitset.pipeline.original import OriginalDecoder, read_bytes
from portraitset.workspace.layout import FileStamp, Workspace, place, stamp_of, translated
from portraitset.workspace.records import FaceRecord

PIXEL_VERSION = "1"
"""Raised whenever the same original, landmarks and settings would make other pixels."""


@dataclass(frozen=True, slots=True)
class CropTask:
    """One crop to have: which face, where, and what the ledger knows of it."""

    face: Face
    target: Path
    record: FaceRecord | None


@dataclass(frozen=True, slots=True)
class CropOutcome:
    """What became of one crop, and the fingerprint it was attempted under."""

    face: Face
    fingerprint: str
    outcome: Outcome[AlignedFace]


def crop_fingerprint(source: str, task: CropTask, settings: CropSettings) -> str:
    """What a crop is made from, as 32 hex digits: equal fingerprints, equal pixels and format.

    `source` is the original's sha256, with the scale behind it if the original was rescued.

    `exact` and `reference` make the same pixels and so share their fingerprints. Options that are
    at their defaults are not among it: crops from before there were any keep theirs.
    """
    pixels = "exact" if settings.quality == "reference" else settings.quality
    parts: tuple[object, ...] = (
        PIXEL_VERSION,
        source,
        task.face.landmarks.points(),
        settings.size,
        settings.supersampled_size,
        settings.padding,
        pixels,
        format_of(task.target.name),
    )
    if isinstance(task.face.landmarks, SingleLandmarks):
        parts += ("float32",)
    if options := settings.options():
        parts += (dict(sorted(options.items())),)
    if settings.random_shift > 0:
        parts += (task.face.draw or task.face.name,)
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:32]


def is_crop_done(task: CropTask, source: str, settings: CropSettings) -> bool:
    """Whether cutting again would change nothing.

    A crop that failed is not tried again where the landmarks are the reason, as they would fail
    again. Where memory ran out or a worker died, it is.
    """
    if not is_crop_decided(task, source, settings):
        return False
    return task.record is not None and task.record.reason in (None, DegenerateFace.reason)


def is_crop_decided(task: CropTask, source: str, settings: CropSettings) -> bool:
    """Whether the ledger's decision still holds: same fingerprint, and the file is there."""
    record = task.record
    if record is None or not _is_of(record, task, source, settings):
        return False
    return record.stamp is None or record.stamp == stamp_of(task.target)


def may_be_copied(task: CropTask, source: str, settings: CropSettings) -> bool:
    """Whether the crop's file is another only by its time, as after a copy that kept none.

    Its pixels must then be compared with the record's digest.
    """
    record, found = task.record, stamp_of(task.target)
    if record is None or found is None or record.stamp is None:
        return False
    if not _is_of(record, task, source, settings):
        return False
    return found.byte_count == record.stamp.byte_count and found != record.stamp


def _is_of(record: FaceRecord, task: CropTask, source: str, settings: CropSettings) -> bool:
    return record.fingerprint == crop_fingerprint(source, task, settings)


def crops_failed(
    tasks: tuple[CropTask, ...], source: str, settings: CropSettings, error: ItemError
) -> tuple[CropOutcome, ...]:
    """The same error for every crop of a photo."""
    return tuple(
        CropOutcome(
            task.face,
            crop_fingerprint(source, task, settings),
            Failed(error),
        )
        for task in tasks
    )


def without_stale_crop(task: CropTask, workspace: Workspace) -> tuple[Note, ...]:
    """Set aside the crop that an earlier run left to a face that has none now."""
    if stamp_of(task.target) is None:
        return ()
    goal = workspace.set_aside(task.target)
    return (Note(task.face.name, f"it has no crop now; the earlier one was moved to {goal}"),)


class Cutter:
    """Cuts the crops of one original."""

    def __init__(
        self,
        decoder: OriginalDecoder,
        raw: RawPhoto,
        settings: CropSettings,
        workspace: Workspace,
        notes: list[Note],
    ) -> None:
        self._decoder = decoder
        self._raw = raw
        self._settings = settings
        self._workspace = workspace
        self._notes = notes

    def attempt(self, task: CropTask) -> CropOutcome:
        """Cut one crop; another face's failure is none of its business."""
        fingerprint = crop_fingerprint(self._raw.source, task, self._settings)
        if (copied := self._copied(task, fingerprint)) is not None:
            return CropOutcome(task.face, fingerprint, Done(copied))
        try:
            landmarks = self._landmarks_of(task)
            picture = self._picture_for(landmarks)
            landmarks = landmarks.shrunk(picture.scale)
            face = task.face
            pixels = cut_crop(picture.pixels, landmarks, self._settings, face.name, face.draw)
        except MemoryError:
            return self._failed(task, fingerprint, TooLarge("cutting it ran out of memory"))
        except ItemError as error:
            return self._failed(task, fingerprint, error)
        data = self._encode(task, pixels, picture.icc_profile)
        lossless = format_of(task.target.name) != "jpeg"
        sha256_rgb = digest_of(pixels if lossless else read_picture(data, pixels.size).pixels)
        stamp = self._adopted(task, sha256_rgb) or self._write(task, data)
        crop = AlignedFace(
            task.face.name,
            task.target,
            sha256_rgb,
            fingerprint,
            stamp.byte_count,
            stamp.mtime_ns,
        )
        return CropOutcome(task.face, fingerprint, Done(crop))

    def _failed(self, task: CropTask, fingerprint: str, error: ItemError) -> CropOutcome:
        self._notes.extend(without_stale_crop(task, self._workspace))
        return CropOutcome(task.face, fingerprint, Failed(error))

    def _copied(self, task: CropTask, fingerprint: str) -> AlignedFace | None:
        """The crop that is there, if it differs from its record by the file's time alone."""
        record, stamp = task.record, stamp_of(task.target)
        if record is None or record.sha256_rgb is None or stamp is None:
            return None
        if not may_be_copied(task, self._raw.source, self._settings):
            return None
        if self._digest_of(task.target) != record.sha256_rgb:
            return None
        facts = record.sha256_rgb, fingerprint, stamp.byte_count, stamp.mtime_ns
        return AlignedFace(task.face.name, task.target, *facts)

    def _adopted(self, task: CropTask, sha256_rgb: str) -> FileStamp | None:
        """The stamp of a file that already holds these pixels; any other stranger is set aside."""
        stamp = stamp_of(task.target)
        if stamp is None:
            return None
        if self._digest_of(task.target) == sha256_rgb:
            return stamp
        if task.record is None or task.record.stamp != stamp:
            self._set_aside(task, "whose pixels are not those that the settings make")
        return None

    def _digest_of(self, path: Path) -> str | None:
        try:
            return digest_of(read_picture(read_bytes(path), self._settings.size**2).pixels)
        except ItemError:
            return None

    def _set_aside(self, task: CropTask, why: str) -> None:
        goal = self._workspace.set_aside(task.target)
        self._notes.append(
            Note(task.face.name, f"the crop found there was not kept, {why}; moved to {goal}")
        )

    def _landmarks_of(self, task: CropTask) -> Landmarks:
        """The face's landmarks in this picture, which may be another size variant."""
        rescued = self._raw.rescued
        return task.face.landmarks.shrunk(1 / rescued.scale if rescued else 1)

    def _picture_for(self, landmarks: Landmarks) -> Picture:
        """The whole original; in fast mode a smaller decoding where that cannot be seen.

        The choice rests on this face alone, so that equal settings make equal pixels.
        """
        settings = self._settings
        if settings.quality != "fast" or settings.is_of_whole_photo:
            return self._decoder.decode(1)
        from portraitset.align.fast import decode_scale
        from portraitset.align.quad import crop_size

        side = crop_size(landmarks) * settings.scale
        return self._decoder.decode(decode_scale(side, settings.size))

    def _encode(self, task: CropTask, pixels: Pixels, icc_profile: bytes | None) -> bytes:
        image_format = format_of(task.target.name)
        return encode_image(pixels, image_format, icc_profile, self._description())

    def _write(self, task: CropTask, data: bytes) -> FileStamp:
        temporary = self._workspace.temporary(task.target)
        with translated(task.target):
            temporary.write_bytes(data)
        stamp = place(temporary, task.target)
        self._drop_predecessor(task)
        return stamp

    def _drop_predecessor(self, task: CropTask) -> None:
        """Remove the crop of an earlier run that had another file format."""
        record = task.record
        if record is None or record.file in (None, task.target.name):
            return
        before = task.target.with_name(record.file or "")
        if stamp_of(before) == record.stamp:
            with translated(before):
                before.unlink()

    def _description(self) -> dict[str, str]:
        """The text that a crop carries in itself."""
        settings = self._settings
        padding = "on" if settings.padding else "off"
        return {
            "Software": SOFTWARE,
            "Source": f"sha256:{self._raw.sha256}",
            "Settings": f"size={settings.size} transform_size={settings.supersampled_size}"
            f" padding={padding} quality={settings.quality}"
            + "".join(f" {name}={value}" for name, value in settings.options().items()),
        }
