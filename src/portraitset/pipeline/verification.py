"""What a workspace holds, written down and checked: `lock` and `verify`."""

import os
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import get_args

from portraitset.align.settings import ImageFormat
from portraitset.errors import InputError, State
from portraitset.handoffs import Face
from portraitset.manifest.lock import (
    Identity,
    Lock,
    LockedFace,
    LockedOriginal,
    Verdict,
    sorted_lock,
)
from portraitset.picture.decoders import decoder_versions
from portraitset.pipeline.check import Finding, check_decoding, check_original, judge
from portraitset.pipeline.check_pool import Check, Findings, read_files
from portraitset.pipeline.copied import standings_by_content
from portraitset.pipeline.last_run import (
    crop_names,
    last_decoders,
    last_folders,
    last_manifest,
    last_settings,
    last_survey,
)
from portraitset.pipeline.run import lock_settings
from portraitset.workspace.layout import Folders, disk_names
from portraitset.workspace.ledger import Ledger
from portraitset.workspace.records import PhotoRecord
from portraitset.workspace.run_lock import only_run


@dataclass(frozen=True, slots=True)
class FaceCheck:
    """How one face compares; `detail` is a sentence for a reader."""

    name: str
    verdict: Verdict
    detail: str | None = None


@dataclass(frozen=True, slots=True)
class Verification:
    """What `verify` found.

    Attributes:
        against: the lock's fingerprint; None if the ledger was the measure.
        faces: each face of the measure, sorted by name.
        crops: whether crops were compared; False where this workspace has none yet.
        extras: files under raw/ and aligned/ that nothing explains, as `folder/name`.
    """

    against: str | None
    faces: tuple[FaceCheck, ...]
    crops: bool
    extras: tuple[str, ...]

    @property
    def counts(self) -> Mapping[Verdict, int]:
        """Faces by verdict."""
        return Counter(face.verdict for face in self.faces)

    @property
    def succeeded(self) -> bool:
        """Whether every face has the same bytes or the same pixels."""
        return all(face.verdict.is_good for face in self.faces)


def make_lock(folders: Folders, workers: int) -> Lock:
    """Write down what a workspace holds: each face that is aligned, or whose original is there.

    Takes the ledger's word for the digests; `verify` reads the files.

    Raises:
        InputError: the folder is no workspace, or holds nothing yet.
        WorkspaceError: another run is at work, while digests of an older version are completed.
    """
    with Ledger.open_to_look(folders.state) as ledger:
        survey, layout = last_survey(folders, ledger)
        held = {
            standing.name: standing.state is State.ALIGNED
            for standing in standings_by_content(survey, layout, ledger)
            if standing.state in (State.ALIGNED, State.FETCHED)
        }
        if not held:
            raise InputError(f"{folders.state.parent} holds no verified original yet")
        recorded = _Recorded(folders, ledger)
        lock = recorded.lock(held)
        incomplete = [item for item in lock.originals if item.identity.look is None]
        if not incomplete:
            return lock
        findings = _read_files(_Places(folders, lock, recorded), incomplete, [], folders, workers)
        _check_decoded(incomplete, findings)
        _complete_digests(folders, incomplete, findings)
    with Ledger.open_to_look(folders.state) as ledger:
        return _Recorded(folders, ledger).lock(held)


def locked_original(record: PhotoRecord) -> LockedOriginal:
    """A verified original as a lock lists it."""
    identity = Identity(
        record.sha256 or "",
        record.width or 0,
        record.height or 0,
        record.sha256_rgb,
        record.look,
    )
    rescue = (record.rescue_url, record.rescue_scale or 1.0) if record.rescue_url else ()
    return LockedOriginal(record.raw_name, record.url, identity, record.format or "?", *rescue)


def verify(folders: Folders, lock: Lock | None, workers: int) -> Verification:
    """Read every file and compare it with a lock, or with the ledger.

    Raises:
        InputError: the folder is no workspace.
        WorkspaceError: a file cannot be read.
    """
    if lock is not None and not folders.state.parent.is_dir():
        raise InputError(f"{folders.state.parent} is not a folder")
    if lock is not None and not (folders.state / "ledger.sqlite").is_file():
        return _verify(folders, lock, lock.fingerprint, None, workers)
    with Ledger.open_to_look(folders.state) as ledger:
        recorded = _Recorded(folders, ledger)
        if lock is not None:
            return _verify(folders, lock, lock.fingerprint, recorded, workers)
        return _verify(folders, recorded.lock(None), None, recorded, workers)


def _verify(
    folders: Folders, lock: Lock, against: str | None, recorded: "_Recorded | None", workers: int
) -> Verification:
    places = _Places(folders, lock, recorded)
    crops = places.has_crops()
    cut = [face for face in lock.faces if crops and face.sha256_rgb is not None]
    findings = _read_files(places, lock.originals, cut, folders, workers)
    findings.originals.update(_decoded_otherwise(places, lock, findings, folders, workers))
    if against is None and recorded is not None:
        old = [item for item in lock.originals if item.identity.look is None]
        _complete_digests(folders, old, findings)
    faces = []
    for face in lock.faces:
        found = judge(findings.originals[face.raw_name], findings.crops.get(face.name))
        faces.append(FaceCheck(face.name, found.verdict, found.detail))
    return Verification(against, tuple(faces), crops, tuple(places.extras()))


def _decoded_otherwise(
    places: "_Places", lock: Lock, findings: Findings, folders: Folders, workers: int
) -> Mapping[str, Finding]:
    """The originals whose same bytes became other pixels, where a changed crop makes one ask."""
    changed = {
        face.raw_name
        for face in lock.faces
        if (crop := findings.crops.get(face.name)) and crop.verdict is Verdict.CHANGED
    }
    asked = [
        item
        for item in lock.originals
        if item.raw_name in changed
        and item.identity.sha256_rgb is not None
        and findings.originals[item.raw_name].verdict is Verdict.SAME_BYTES
    ]
    found = _read_files(places, asked, [], folders, workers, check_decoding).originals
    return {
        name: replace(finding, detail=f"{finding.detail} ({_versions(lock)})")
        for name, finding in found.items()
        if finding.verdict is Verdict.OTHER_DECODER
    }


def _versions(lock: Lock) -> str:
    """Where the decoders that a lock records differ from those here."""
    if not lock.decoders:
        return "which ones the lock was made with, it does not say"
    here = decoder_versions()
    pairs = (
        f"{name} {here.get(name, 'absent')} here, {version} there"
        for name, version in lock.decoders.items()
        if here.get(name) != version
    )
    return "; ".join(pairs) or "of the same versions"


class _Recorded:
    """What the ledger says that this workspace holds."""

    def __init__(self, folders: Folders, ledger: Ledger) -> None:
        self.ledger = ledger
        self.folders = last_folders(folders, ledger)
        self._manifest, self._settings = last_manifest(folders), last_settings(ledger)
        self.photos = dict(self._verified())
        self.crops = {
            face.name: record
            for face in self._manifest
            if (record := ledger.face(face.name)) and record.sha256_rgb
        }

    def _verified(self) -> Iterator[tuple[str, PhotoRecord]]:
        """The manifest's photos that were verified, by raw name."""
        for photo in self._manifest.by_photo():
            record = self.ledger.photo(photo.raw_name)
            if record is not None and record.url == photo.url and record.sha256 is not None:
                yield photo.raw_name, record

    def lock(self, held: Mapping[str, bool] | None) -> Lock:
        """The ledger as a lock.

        Args:
            held: the faces to list, and whether with their crop; None for all that is recorded.
        """
        faces = [
            self._face(face, held is None or held[face.name])
            for face in self._manifest
            if face.photo.raw_name in self.photos and (held is None or face.name in held)
        ]
        originals = (
            locked_original(self.photos[name]) for name in {face.raw_name for face in faces}
        )
        settings, decoders = lock_settings(self._settings), last_decoders(self.ledger)
        return sorted_lock(self._manifest.schema, settings, originals, faces, decoders)

    def _face(self, face: Face, cut: bool) -> LockedFace:
        record = self.crops.get(face.name) if cut else None
        if record is None:
            return LockedFace(face.name, face.photo.raw_name)
        digests = record.sha256_rgb, record.fingerprint
        return LockedFace(face.name, face.photo.raw_name, *digests)


class _Places:
    """Where the files of a lock lie: where the ledger put them, else where they would be put."""

    def __init__(self, folders: Folders, lock: Lock, recorded: _Recorded | None) -> None:
        self._folders = recorded.folders if recorded else folders
        self._raw = dict(disk_names(original.raw_name for original in lock.originals))
        wanted = crop_names((face.name for face in lock.faces), _image_format(lock))
        on_disk = disk_names(wanted.values())
        self._aligned = {name: on_disk[file] for name, file in wanted.items()}
        self._recorded = recorded
        if recorded is not None:
            self._raw |= {name: r.file for name, r in recorded.photos.items() if r.file}
            self._aligned |= {name: r.file for name, r in recorded.crops.items() if r.file}

    def raw(self, raw_name: str) -> Path:
        return self._folders.raw / self._raw[raw_name]

    def aligned(self, name: str) -> Path:
        return self._folders.aligned / self._aligned[name]

    def has_crops(self) -> bool:
        """Whether any crop was ever made here, or lies here."""
        if self._recorded is not None and self._recorded.crops:
            return True
        return next(_files(self._folders.aligned), None) is not None

    def extras(self) -> Iterator[str]:
        """Files that neither the lock nor the ledger explains, sorted."""
        known = {
            self._folders.raw: set(self._raw.values()),
            self._folders.aligned: set(self._aligned.values()),
        }
        for folder, names in known.items():
            found = (path.relative_to(folder).as_posix() for path in _files(folder))
            yield from sorted(f"{folder.name}/{name}" for name in found if name not in names)


def _image_format(lock: Lock) -> ImageFormat | None:
    word = lock.settings.get("image_format")
    return next((known for known in get_args(ImageFormat) if known == word), None)


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*") if not path.is_dir())


def _read_files(
    places: _Places,
    originals: Iterable[LockedOriginal],
    faces: Iterable[LockedFace],
    folders: Folders,
    workers: int,
    check: Check[Identity] = check_original,
) -> Findings:
    """Read the files of these, as `check` does an original's."""
    asked = [(item.raw_name, places.raw(item.raw_name), item.identity) for item in originals]
    crops = [(face.name, places.aligned(face.name), face.sha256_rgb or "") for face in faces]
    return read_files(asked, check, crops, workers, _log(folders))


def _log(folders: Folders) -> Path:
    """Where workers may complain; nowhere if this is no workspace, or may only be read."""
    is_ours = folders.state.is_dir() and os.access(folders.state, os.W_OK)
    return folders.state / "workers.log" if is_ours else Path(os.devnull)


def _check_decoded(originals: Iterable[LockedOriginal], findings: Findings) -> None:
    """Nothing is locked that nobody could ever see.

    Raises:
        InputError: an original is whole, by its bytes, but does not decode.
    """
    for item in originals:
        finding = findings.originals[item.raw_name]
        if finding.verdict is Verdict.SAME_BYTES and finding.decoded is None:
            raise InputError(
                f"{item.raw_name} does not decode, which --check signature could not see;"
                " `portraitset download` with --check decode finds all such originals first"
            )


def _complete_digests(
    folders: Folders, originals: Iterable[LockedOriginal], findings: Findings
) -> None:
    """Add to the ledger what was not decoded when it was recorded, where the bytes are the same."""
    found = [
        (item.raw_name, finding.decoded)
        for item in originals
        if (finding := findings.originals[item.raw_name]).verdict is Verdict.SAME_BYTES
    ]
    if not found:
        return
    with (
        only_run(folders.state),
        Ledger.open_existing(folders.state) as ledger,
        ledger.transaction(),
    ):
        for raw_name, decoded in found:
            if decoded is not None:
                ledger.complete_photo(raw_name, decoded)
