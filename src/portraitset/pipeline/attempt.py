"""One attempt on one photo, as a worker makes it: verify the original, then cut its crops.

The original is decoded once for both. Nothing here touches the network or the ledger.
"""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

from portraitset.align.encode import encode_image, format_of
from portraitset.align.face import CropSettings, cut_crop
from portraitset.backends.outcome import Done, Failed, Outcome
from portraitset.download.rescue import scale_between
from portraitset.errors import Changed, DegenerateFace, ItemError, Removed, TooLarge
from portraitset.handoffs import AlignedFace, Evidence, Face, Photo, RawPhoto, Rescued, Response
from portraitset.identity import SOFTWARE
from portraitset.landmarks import Landmarks
from portraitset.manifest import Note
from portraitset.manifest.lock import Identity, check_same
from portraitset.picture.decode import (
    Decoding,
    Picture,
    Pixels,
    count_pixels,
    decode_picture,
    digest_of,
    read_picture,
)
from portraitset.picture.perceptual_hash import look_of_image
from portraitset.workspace.layout import (
    FileStamp,
    Folders,
    Workspace,
    place,
    stamp_of,
    translated,
)
from portraitset.workspace.ledger import FaceRecord
from portraitset.workspace.removal_log import removals_of

PIXEL_VERSION = "1"
"""Raised whenever the same original, landmarks and settings would make other pixels."""


@dataclass(frozen=True, slots=True)
class Original:
    """The bytes at hand for a photo.

    Attributes:
        path: where they lie: a temporary file, or already at `target`.
        target: where the verified original belongs.
        known: what the ledger says of the file at `target`; None if it must be verified first.
        expected_sha256: what an unverified file at `target` must hold to be the one once fetched.
        response: what the server said with these bytes.
        wanted: what a lock says that it must be; None without a lock.
        rescued_from: where these bytes came from, if not from the exact address.
        exact_size: width and height of the picture that the landmarks belong to, if known.
        needs_size: whether bytes from elsewhere are of no use without that size.
    """

    photo: Photo
    path: Path
    target: Path
    known: RawPhoto | None = None
    expected_sha256: str | None = None
    response: Response | None = None
    wanted: Identity | None = None
    rescued_from: str | None = None
    exact_size: tuple[int, int] | None = None
    needs_size: bool = False


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
    decoder = _Decoder(original.target, max_pixels)
    raw = original.known
    notes: list[Note] = []
    try:
        if raw is None:
            raw = _verify(original, decoder, workspace, notes)
    except ItemError as error:
        _drop(original, error)
        return PhotoOutcome(photo, Failed(error), notes=_without_stranger(original, workspace))
    due = tuple(task for task in crops if not is_crop_done(task, raw.source, settings))
    if not due:
        return PhotoOutcome(photo, Done(raw), notes=tuple(notes))
    cutter = _Cutter(decoder, raw, settings, workspace, notes)
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
    raw = _put(original, Identity(sha256, 0, 0), "", None, workspace, notes)
    return PhotoOutcome(original.photo, Done(raw), notes=tuple(notes))


def are_kernels_ready(settings: CropSettings) -> bool:
    """Whether crops can be cut at once, without compiling first."""
    from portraitset.align.kernels import is_compiled  # numba stays out of the parent process

    return is_compiled(settings)


def make_kernels_ready(settings: CropSettings) -> None:
    """Compile or load what cutting crops needs."""
    from portraitset.align.kernels import warm_up

    warm_up(settings)


def crop_fingerprint(source: str, task: CropTask, settings: CropSettings) -> str:
    """What a crop is made from, as 32 hex digits: equal fingerprints, equal pixels and format.

    `source` is the original's sha256, with the scale behind it if the original was rescued.

    `exact` and `reference` make the same pixels and so share their fingerprints.
    """
    pixels = "exact" if settings.quality == "reference" else settings.quality
    parts = (
        PIXEL_VERSION,
        source,
        task.face.landmarks.points(),
        settings.size,
        settings.supersampled_size,
        settings.padding,
        pixels,
        format_of(task.target.name),
    )
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:32]


def is_crop_done(task: CropTask, source: str, settings: CropSettings) -> bool:
    """Whether cutting again would change nothing.

    A face without a crop stays without one only if that is the landmarks' doing; what lay at
    memory, or at a worker's sudden end, is worth another try.
    """
    if not is_crop_decided(task, source, settings):
        return False
    return task.record is not None and task.record.reason in (None, DegenerateFace.reason)


def is_crop_decided(task: CropTask, source: str, settings: CropSettings) -> bool:
    """Whether the ledger's decision still holds: same fingerprint, and the file is there."""
    record = task.record
    if record is None:
        return False
    if record.fingerprint != crop_fingerprint(source, task, settings):
        return False
    return record.stamp is None or record.stamp == stamp_of(task.target)


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


def _read(path: Path) -> bytes:
    with translated(path):
        return path.read_bytes()


def _verify(
    original: Original, decoder: "_Decoder", workspace: Workspace, notes: list[Note]
) -> RawPhoto:
    """Read all of it, decode all of it, and only then put it where it belongs."""
    data = _read(original.path)
    sha256 = hashlib.sha256(data).hexdigest()
    if original.expected_sha256 not in (None, sha256):
        raise Changed("the file is no longer what was verified when it was fetched")
    found = decoder.begin(data)
    width, height = found.image.size
    identity = Identity(sha256, width, height, found.digest(), look_of_image(found.image))
    if (removals := removals_of(workspace.root)) is not None:
        removals.check(sha256, identity.sha256_rgb, identity.look)
    if original.wanted is not None:
        check_same(identity, original.wanted)
    rescued = _rescued(original, (width, height))
    return _put(original, identity, found.format, rescued, workspace, notes)


def _put(
    original: Original,
    identity: Identity,
    image_format: str,
    rescued: Rescued | None,
    workspace: Workspace,
    notes: list[Note],
) -> RawPhoto:
    """Rename what was verified to where it belongs; a stranger there is set aside."""
    if original.path != original.target and stamp_of(original.target) is not None:
        goal = workspace.set_aside(original.target)
        text = f"the file found in its place could not be used and was moved to {goal}"
        notes.append(Note(original.photo.raw_name, text))
    stamp = place(original.path, original.target)
    return RawPhoto(
        original.photo,
        original.target,
        identity.sha256,
        stamp.byte_count,
        stamp.mtime_ns,
        identity.width,
        identity.height,
        image_format,
        original.response,
        identity.sha256_rgb,
        identity.look,
        rescued,
    )


def _drop(original: Original, error: ItemError) -> None:
    """Delete a download that is no good; a file found in its place stays, unless taken out."""
    if original.path != original.target or isinstance(error, Removed):
        with translated(original.path):
            original.path.unlink(missing_ok=True)


class _Decoder:
    """Decodes one original, once for each scale that is asked for."""

    def __init__(self, path: Path, max_pixels: int) -> None:
        self._path = path
        self._max_pixels = max_pixels
        self._begun: Decoding | None = None
        self._pictures: dict[int, Picture] = {}

    def begin(self, data: bytes) -> Decoding:
        """Decode the original's bytes before they lie where they belong.

        Raises:
            ItemError: as for `decode_picture`.
        """
        self._begun = decode_picture(data, self._max_pixels)
        return self._begun

    def decode(self, scale: int) -> Picture:
        """The original, shrunk while decoding if its format can do that."""
        if scale not in self._pictures:
            self._pictures[scale] = self._decode(scale)
        return self._pictures[scale]

    def _decode(self, scale: int) -> Picture:
        if scale == 1 and self._begun is not None:
            begun, self._begun = self._begun, None  # one copy of the pixels is enough
            return begun.as_picture()
        return read_picture(_read(self._path), self._max_pixels, scale)


def _rescued(original: Original, found: tuple[int, int]) -> Rescued | None:
    """How bytes from elsewhere relate to the exact picture; None for the exact address.

    Raises:
        Changed: landmarks cannot be carried over to them.
    """
    url, exact = original.rescued_from, original.exact_size
    if url is None:
        return None
    if exact is None:
        if original.needs_size:
            raise Changed("the size that the landmarks belong to is not known; a lock can tell it")
        return Rescued(url)
    scale = scale_between(found, exact)
    if scale is None:
        sizes = f"{found[0]} x {found[1]} for {exact[0]} x {exact[1]} pixels"
        raise Changed(f"it has another shape, {sizes}")
    return Rescued(url, scale)


def _without_stranger(original: Original, workspace: Workspace) -> tuple[Note, ...]:
    """Under a lock, nothing else stays in an original's place."""
    if original.wanted is None or stamp_of(original.target) is None:
        return ()
    goal = workspace.set_aside(original.target)
    text = f"the file in its place is not the one that the lock names and was moved to {goal}"
    return (Note(original.photo.raw_name, text),)


class _Cutter:
    """Cuts the crops of one original."""

    def __init__(
        self,
        decoder: _Decoder,
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
        try:
            landmarks = self._landmarks_of(task)
            picture = self._picture_for(landmarks)
            landmarks = landmarks.shrunk(picture.scale)
            pixels = cut_crop(picture.pixels, landmarks, self._settings)
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
            return digest_of(read_picture(_read(path), self._settings.size**2).pixels)
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
        if self._settings.quality != "fast":
            return self._decoder.decode(1)
        from portraitset.align.fast import decode_scale

        return self._decoder.decode(decode_scale(landmarks, self._settings.size))

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
            f" padding={padding} quality={settings.quality}",
        }
