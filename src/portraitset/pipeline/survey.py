"""Where every face stands, and what is left to do: the manifest against ledger and files.

`Survey` reads the ledger and the disk; what follows from them is decided in `standing`.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from portraitset.align.settings import CropSettings
from portraitset.download.settings import DownloadSettings
from portraitset.errors import Removed, State
from portraitset.handoffs import Face, Photo, RawPhoto
from portraitset.manifest import InvalidEntry, Manifest
from portraitset.manifest.local import LocalOriginal, local_original
from portraitset.manifest.lock import Identity, Lock
from portraitset.pipeline.crop import CropTask, is_crop_done
from portraitset.pipeline.original import Original
from portraitset.pipeline.standing import (
    Standing,
    as_locked,
    is_at_hand,
    is_worth_asking,
    is_worth_placing,
    stand,
)
from portraitset.workspace.layout import FileStamp, Layout, stamp_of
from portraitset.workspace.ledger import Ledger
from portraitset.workspace.records import PhotoRecord
from portraitset.workspace.tombstones import Removals, sentence_about

Goal = Literal["download", "align", "build"]
"""Originals only; crops from the originals at hand; both."""

_AT_ONCE = 500
"""Entries whose rows are read together."""


@dataclass(frozen=True, slots=True)
class PhotoTask:
    """What is due for one photo.

    Attributes:
        original: the file at hand, verified or yet to be; None if there is none.
        fetch: whether to ask the network if `original` turns out unusable or is None.
        local: the original at hand to place in that case; None if there is none.
        crops: the crops to have.
        exact_size: width and height of the picture that the landmarks belong to, if known.
        wanted: what a lock says that the original must be; None without a lock.
        decode: whether every pixel of the original has to be seen.
        foreign: a file in the original's place that came from another address, for `fetch`.
        before: how the photo's faces stand now.
    """

    photo: Photo
    original: Original | None
    fetch: bool
    local: LocalOriginal | None
    crops: tuple[CropTask, ...]
    exact_size: tuple[int, int] | None
    wanted: Identity | None
    decode: bool
    foreign: Path | None
    before: tuple[Standing, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """What a run would do.

    Attributes:
        due: the photos for which there is something to do.
        fetches: those of them that nothing is at hand for.
        crops: crops to cut at most.
    """

    due: tuple[Photo, ...]
    fetches: tuple[Photo, ...]
    crops: int


class Survey:
    """One manifest's faces in one workspace, under one set of crop settings."""

    def __init__(
        self,
        manifest: Manifest,
        layout: Layout,
        ledger: Ledger,
        settings: CropSettings,
        lock: Lock | None = None,
        removals: Removals | None = None,
    ) -> None:
        """Compare these.

        With a `lock`, only what it names is due and counts as verified; what `removals` names
        counts as removed, whatever the ledger says.
        """
        self.manifest = manifest
        self._layout = layout
        self._ledger = ledger
        self.settings = settings
        self._groups = manifest.by_photo()
        self._by_url = _shared_addresses(self._groups)
        self._removals = removals
        self._removed = _removed(self._groups, removals)
        self._has_lock = lock is not None
        originals = lock.originals if lock else ()
        self._wanted = {original.raw_name: original.identity for original in originals}
        self._locked_sizes = {original.raw_name: original.exact_size for original in originals}

    def photos(self) -> Iterable[Photo]:
        """The manifest's photos."""
        return self._groups

    def standings(self) -> Iterator[Standing]:
        """Each face's standing, in the manifest's order, and then each picture's."""
        entries = self.manifest.entries
        for start in range(0, len(entries), _AT_ONCE):
            part = entries[start : start + _AT_ONCE]
            faces = [entry for entry in part if isinstance(entry, Face)]
            with self._ledger.reading_ahead(
                (face.photo.raw_name for face in faces), (face.name for face in faces)
            ):
                standings = list(map(self._standing, part))
            yield from standings
        for photo in self.manifest.pictures:
            yield from self.stand(photo)

    def _standing(self, entry: Face | InvalidEntry) -> Standing:
        if isinstance(entry, Face):
            return self._stand(entry.photo, entry)
        error = entry.error
        return Standing(entry.name, error.state, error.reason, str(error))

    def stand(self, photo: Photo) -> tuple[Standing, ...]:
        """How a photo's faces stand; of one without a face, how it stands itself."""
        return tuple(self._stand(photo, face) for face in self._groups[photo] or (None,))

    def _stand(self, photo: Photo, face: Face | None) -> Standing:
        record, stamp = self._look(photo)
        removal = self._removal_of(photo, record)
        if removal is not None:
            name = face.name if face else photo.raw_name
            return Standing(name, State.REMOVED, Removed.reason, sentence_about(removal))
        standing = self._stand_as_recorded(photo, face, record, stamp)
        if record and record.rescued and standing.state in (State.ALIGNED, State.FETCHED):
            return replace(standing, detail=str(record.rescued))
        if record is None and not self._is_listed(photo):
            return replace(standing, detail="not in the lock file, and so left alone")
        return standing

    def _stand_as_recorded(
        self,
        photo: Photo,
        face: Face | None,
        record: PhotoRecord | None,
        stamp: FileStamp | None,
    ) -> Standing:
        if face is None:
            return stand(photo.raw_name, None, record, stamp, self.settings)
        return stand(face.name, self._decided_crop(face, record), record, stamp, self.settings)

    def _removal_of(self, photo: Photo, record: PhotoRecord | None) -> int | None:
        """The entry in the log of removals that took a photo out."""
        if self._removals is None or photo in self._removed or record is None:
            return self._removed.get(photo)
        found = self._removals.refuses_content(record.sha256, record.sha256_rgb)
        return self._removals.refuses_look(record.look) if found is None else found

    def _is_listed(self, photo: Photo) -> bool:
        """Whether the lock names this photo; without a lock, all are."""
        return not self._has_lock or photo.raw_name in self._wanted

    def visits(self) -> Iterator[tuple[Photo, PhotoRecord]]:
        """The photos whose verified original is at hand, with the ledger's word on each."""
        for photo in self._groups:
            record, stamp = self._look(photo)
            if self._removal_of(photo, record) is not None or not self._is_listed(photo):
                continue
            if record is not None and is_at_hand(record, stamp):
                yield photo, record

    def has_twin(self, photo: Photo) -> bool:
        """Whether its address stands under another file name as well."""
        return photo.url in self._by_url

    def twin_at_hand(self, photo: Photo) -> RawPhoto | None:
        """A verified original of the same address under another file name."""
        for twin in self._by_url.get(photo.url, ()):
            record, stamp = self._look(twin)
            if twin == photo or self._removal_of(twin, record) is not None:
                continue
            if record is not None and is_at_hand(record, stamp):
                return _raw_photo(twin, record, self._layout)
        return None

    def plan(self, goal: Goal, download: DownloadSettings) -> Plan:
        """What a run to `goal` would do."""
        due: list[Photo] = []
        fetches: list[Photo] = []
        crops = 0
        for photo in self._groups:
            if task := self.task(photo, goal, download):
                due.append(photo)
                crops += len(task.crops)
                if task.fetch and task.original is None:
                    fetches.append(photo)
        return Plan(tuple(due), tuple(fetches), crops)

    def task(self, photo: Photo, goal: Goal, download: DownloadSettings) -> PhotoTask | None:
        """What is to be done for a photo; None if nothing is."""
        if not self._is_listed(photo):
            return None
        kept, found = self._find(photo)
        record, stamp = self._relevant(photo, kept, found)
        if self._removal_of(photo, record) is not None:
            return None
        faces = self._groups[photo]
        crops = () if goal == "download" else tuple(map(self._crop_task, faces))
        decode = goal != "download" or download.check == "decode"
        original = self._original(photo, record, stamp, decode)
        local = local_original(photo.url)
        if local is None:
            fetch = goal != "align" and is_worth_asking(record, photo, download.caps)
        else:
            fetch, local = False, local if is_worth_placing(record, photo) else None
        if not _is_due(original, crops, fetch or local is not None, self.settings):
            return None
        before = tuple(
            self._stand_as_recorded(photo, face, record, stamp) for face in faces or (None,)
        )
        wanted = self._wanted.get(photo.raw_name)
        return PhotoTask(
            photo,
            original,
            fetch,
            local,
            crops,
            self._exact_size(photo, kept),
            wanted,
            decode,
            self._foreign(photo, kept, found),
            before,
        )

    def _look(self, photo: Photo) -> tuple[PhotoRecord | None, FileStamp | None]:
        """The ledger's word on this address, and the file that may be its original."""
        return self._relevant(photo, *self._find(photo))

    def _find(self, photo: Photo) -> tuple[PhotoRecord | None, FileStamp | None]:
        """The ledger's word on this name, whatever the address, and the file in its place."""
        stamp = stamp_of(self._layout.raw_path(photo.raw_name))
        return self._ledger.photo(photo.raw_name), stamp

    def _relevant(
        self, photo: Photo, record: PhotoRecord | None, stamp: FileStamp | None
    ) -> tuple[PhotoRecord | None, FileStamp | None]:
        """What of these is about this address, and about what a lock wants."""
        if record is not None and record.url != photo.url:
            return None, None if record.stamp == stamp else stamp
        wanted = self._wanted.get(photo.raw_name)
        return (record if wanted is None else as_locked(record, wanted)), stamp

    def _foreign(
        self, photo: Photo, record: PhotoRecord | None, stamp: FileStamp | None
    ) -> Path | None:
        """The file in a photo's place, if it is what another address once gave."""
        if record is None or record.url == photo.url or stamp is None or stamp != record.stamp:
            return None
        return self._layout.raw_path(photo.raw_name)

    def _exact_size(self, photo: Photo, record: PhotoRecord | None) -> tuple[int, int] | None:
        """What the ledger or the lock knows of the exact picture's size."""
        if record is not None and record.url == photo.url and record.exact_size is not None:
            return record.exact_size
        return self._locked_sizes.get(photo.raw_name)

    def _crop_task(self, face: Face) -> CropTask:
        return CropTask(face, self._layout.crop_path(face.name), self._ledger.face(face.name))

    def _decided_crop(self, face: Face, record: PhotoRecord | None) -> CropTask | None:
        """A face's crop, if one was ever decided and there is an original that it may rest on."""
        if record is None or record.sha256 is None:
            return None
        decided = self._ledger.face(face.name)
        if decided is None:
            return None
        return CropTask(face, self._layout.crop_path(face.name), decided)

    def _original(
        self, photo: Photo, record: PhotoRecord | None, stamp: FileStamp | None, decode: bool
    ) -> Original | None:
        """The file at hand; known if as much of it was verified as is asked for."""
        if stamp is None:
            return None
        path = self._layout.raw_path(photo.raw_name)
        wanted = self._wanted.get(photo.raw_name)
        if record is None or record.sha256 is None:
            local = local_original(photo.url)
            expected = local.sha256 if local else None
            return Original(photo, path, path, expected_sha256=expected, wanted=wanted)
        raw = _raw_photo(photo, record, self._layout)
        is_known = is_at_hand(record, stamp) and (raw.is_decoded or not decode)
        expected = record.sha256 if wanted is None else None  # a lock knows better
        return Original(
            photo,
            path,
            path,
            raw if is_known else None,
            expected,
            record.response,
            wanted,
            record.rescue_url,
            record.exact_size,
        )


def _removed(photos: Iterable[Photo], removals: Removals | None) -> dict[Photo, int]:
    """The photos that were taken out, and by which entry of the log."""
    if removals is None:
        return {}
    found = ((photo, removals.refuses(photo)) for photo in photos)
    return {photo: sequence for photo, sequence in found if sequence is not None}


def _shared_addresses(photos: Collection[Photo]) -> dict[str, list[Photo]]:
    """The addresses that stand under more than one file name."""
    seen, shared = set[str](), set[str]()
    for photo in photos:
        (shared if photo.url in seen else seen).add(photo.url)
    by_url: dict[str, list[Photo]] = {}
    for photo in photos if shared else ():
        if photo.url in shared:
            by_url.setdefault(photo.url, []).append(photo)
    return by_url


def _is_due(
    original: Original | None, crops: tuple[CropTask, ...], obtain: bool, settings: CropSettings
) -> bool:
    if original is None:
        return obtain
    if original.known is None:
        return True
    source = original.known.source
    return any(not is_crop_done(task, source, settings) for task in crops)


def _raw_photo(photo: Photo, record: PhotoRecord, layout: Layout) -> RawPhoto:
    return RawPhoto(
        photo,
        layout.raw_path(photo.raw_name),
        record.sha256 or "",
        record.byte_count or 0,
        record.mtime_ns or 0,
        record.width or 0,
        record.height or 0,
        record.format or "",
        record.response,
        record.sha256_rgb,
        record.look,
        record.rescued,
    )
