"""Where every copy of what is to be taken out lies. Only looks."""

import hashlib
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from portraitset.download.settings import DownloadSettings
from portraitset.errors import ItemError, Removed
from portraitset.handoffs import Photo
from portraitset.manifest import InvalidEntry, Manifest
from portraitset.picture.decode import digest_of, read_picture
from portraitset.picture.perceptual_hash import look_of
from portraitset.pipeline.last_run import (
    given_manifest,
    last_folders,
    last_manifest,
    last_settings,
    layout_of,
)
from portraitset.removal.requests import joined
from portraitset.workspace.layout import Folders, Layout, stamp_of, translated
from portraitset.workspace.ledger import Ledger
from portraitset.workspace.lineage import Lineage, Member, Output
from portraitset.workspace.records import FaceRecord, PhotoRecord
from portraitset.workspace.tombstones import Removals, Tombstone, Traits, is_telling, tombstone_of

By = Literal["identity", "look"]
_MOST_PIXELS = DownloadSettings().max_pixels


@dataclass(frozen=True, slots=True)
class FoundPhoto:
    """A photo to take out.

    Attributes:
        by: "identity" if its address, its name or a digest says so; "look" if only its look does.
        faces: the names of the faces cut from it.
        originals, crops: the files that are there.
        traits: what it is known by.
    """

    raw_name: str
    url: str
    by: By
    faces: tuple[str, ...]
    originals: tuple[Path, ...]
    crops: tuple[Path, ...]
    traits: Traits


@dataclass(frozen=True, slots=True)
class Spare:
    """A file that no entry explains, but that is a copy: set aside, half-made, left behind."""

    path: Path
    by: By
    traits: Traits


@dataclass(frozen=True, slots=True)
class Shown:
    """An output that holds, shows or names what is to be taken out, and where."""

    output: Output
    members: tuple[Member, ...]

    @property
    def faces(self) -> frozenset[str]:
        """The names of the faces in it that are to be taken out."""
        return frozenset(member.face for member in self.members)


@dataclass(frozen=True, slots=True)
class Found:
    """Everything in a workspace that a request reaches."""

    photos: tuple[FoundPhoto, ...] = ()
    spares: tuple[Spare, ...] = ()
    outputs: tuple[Shown, ...] = ()

    @property
    def faces(self) -> frozenset[str]:
        """The names of all faces to take out."""
        return frozenset(name for photo in self.photos for name in photo.faces)

    @property
    def traits(self) -> Traits:
        """The addresses, digests and hashes of what was found."""
        return joined((*_traits(self.photos), *_traits(self.spares)))


class Search:
    """One workspace, to be searched for what tombstones name."""

    def __init__(self, folders: Folders, ledger: Ledger) -> None:
        self._folders = folders
        self._ledger = ledger
        self._artifacts = last_folders(folders, ledger)
        manifest = last_manifest(folders)
        image_format = last_settings(ledger).image_format
        self._layout: Layout = layout_of(self._artifacts, manifest, image_format)
        self._faces = _names_by_photo(given_manifest(folders), manifest)
        self._gone = frozenset(
            entry.name
            for entry in manifest.entries
            if isinstance(entry, InvalidEntry) and isinstance(entry.error, Removed)
        )
        self._records = {record.raw_name: record for record in ledger.photos()}
        self._crops = {record.name: record for record in ledger.faces()}
        self._read: dict[Path, Traits] = {}
        self._strangers = tuple(self._unexplained())

    def find(self, tombstones: tuple[Tombstone, ...], salt: str, *, looks: bool) -> Found:
        """All that these name, and all that is the same as what they name, and so on.

        Args:
            salt: for what is known of the pictures found.
            looks: whether what looks like a picture found is the same.
        """
        found: dict[str, FoundPhoto] = {}
        spares: dict[Path, Spare] = {}
        wanted = tombstones
        while True:
            removals = Removals(salt, wanted, "")
            photos = [item for item in self._photos(removals) if item.raw_name not in found]
            others = [item for item in self._spares(removals) if item.path not in spares]
            if not photos and not others:
                break
            found |= {item.raw_name: item for item in photos}
            spares |= {item.path: item for item in others}
            traits = joined((*_traits(photos), *_traits(others)))
            wanted = (tombstone_of(traits if looks else _blind(traits), salt, "picture", ""),)
        photo_list, spare_list = tuple(found.values()), tuple(spares.values())
        names = Found(photo_list).faces
        return Found(photo_list, spare_list, tuple(self._outputs(names)))

    def _photos(self, removals: Removals) -> Iterator[FoundPhoto]:
        listed = {photo.raw_name for photo in self._faces}
        left = (record for name, record in self._records.items() if name not in listed)
        for photo in (*self._faces, *(Photo(record.url, record.raw_name) for record in left)):
            if by := self._match(photo, removals):
                yield self._found(photo, by)

    def _match(self, photo: Photo, removals: Removals) -> By | None:
        record = self._records.get(photo.raw_name)
        also = {record.final_url, record.rescue_url, record.url} if record else set()
        if removals.refuses(photo) is not None or any(
            url and removals.refuses_address(url) is not None for url in also - {photo.url}
        ):
            return "identity"
        digests = [(record.sha256, record.sha256_rgb)] if record else []
        cut = (self._crops.get(name) for name in self._faces.get(photo, ()))
        digests += [(None, crop.sha256_rgb) for crop in cut if crop]
        if any(removals.refuses_content(*pair) is not None for pair in digests):
            return "identity"
        look = record.look if record else None
        return None if removals.refuses_look(look) is None else "look"

    def _found(self, photo: Photo, by: By) -> FoundPhoto:
        record, faces = self._records.get(photo.raw_name), tuple(self._faces.get(photo, ()))
        raw, aligned = self._artifacts.raw, self._artifacts.aligned
        originals = {raw / record.file} if record and record.file else set()
        crops = {aligned / crop.file for crop in map(self._crops.get, faces) if crop and crop.file}
        if faces:
            originals.add(self._layout.raw_path(photo.raw_name))
            crops |= {self._layout.crop_path(name) for name in faces}
        here = tuple(sorted(path for path in originals if os.path.lexists(path)))
        cut = tuple(sorted(path for path in crops if os.path.lexists(path)))
        traits = joined([_told(photo, record), *map(traits_of, (*here, *cut))])
        return FoundPhoto(photo.raw_name, photo.url, by, faces, here, cut, traits)

    def _spares(self, removals: Removals) -> Iterator[Spare]:
        """Copies among the files that the ledger does not explain."""
        for path in self._strangers:
            if path not in self._read:
                self._read[path] = traits_of(path)
            traits = self._read[path]
            named = removals.refuses_name(path.name) is not None
            same = any(
                removals.refuses_content(sha256, None) is not None for sha256 in traits.sha256
            ) or any(removals.refuses_content(None, rgb) is not None for rgb in traits.sha256_rgb)
            if named or same:
                yield Spare(path, "identity", traits)
            elif any(removals.refuses_look(look) is not None for look in traits.looks):
                yield Spare(path, "look", traits)

    def _unexplained(self) -> Iterator[Path]:
        records: Iterable[PhotoRecord | FaceRecord] = self._records.values()
        raw = {r.file: r.stamp for r in records if r.file}
        cut = {r.file: r.stamp for r in self._crops.values() if r.file}
        explained: list[tuple[Path, Mapping[str, object]]] = [
            (self._artifacts.raw, raw),
            (self._artifacts.aligned, cut),
            (self._folders.state / "aside", {}),
            (self._folders.state / "tmp", {}),
        ]
        for folder, known in explained:
            files = (Path(root, name) for root, _, names in os.walk(folder) for name in names)
            for path in sorted(files, key=str):
                stamp = stamp_of(path)
                if stamp is not None and known.get(path.relative_to(folder).as_posix()) != stamp:
                    yield path

    def _outputs(self, faces: frozenset[str]) -> Iterator[Shown]:
        """Those with one of these faces, or with one that was removed while they were away."""
        if not Lineage.path_in(self._folders.state).is_file():
            return
        with Lineage.open(self._folders.state) as lineage:
            for output in lineage.outputs():
                members = lineage.members(output.path, faces | self._gone)
                if members or not output.finished:
                    yield Shown(output, members)


def _names_by_photo(*manifests: Manifest) -> dict[Photo, list[str]]:
    """Each photo's faces, those included that somebody deleted or added in review."""
    names: dict[Photo, dict[str, None]] = {}
    for manifest in manifests:
        for face in manifest:
            names.setdefault(face.photo, {})[face.name] = None
    return {photo: list(faces) for photo, faces in names.items()}


def _traits(items: Iterable[FoundPhoto] | Iterable[Spare]) -> Iterator[Traits]:
    return (item.traits for item in items)


def traits_of(path: Path) -> Traits:
    """What a file is known by; of one that is no picture, its bytes alone.

    Raises:
        WorkspaceError: it cannot be read.
    """
    with translated(path):
        data = path.read_bytes() if path.is_file() else b""
    if not data:
        return Traits()
    sha256 = frozenset([hashlib.sha256(data).hexdigest()])
    try:
        pixels = read_picture(data, _MOST_PIXELS).pixels
    except ItemError:
        return Traits(sha256=sha256)
    look = look_of(pixels)
    looks = frozenset([look] if is_telling(look) else [])
    return Traits(sha256=sha256, sha256_rgb=frozenset([digest_of(pixels)]), looks=looks)


def _told(photo: Photo, record: PhotoRecord | None) -> Traits:
    """What the manifest and the ledger know a photo by."""
    urls, names = {photo.url}, frozenset([photo.raw_name])
    if record is None:
        return Traits(frozenset(urls), names)
    urls |= {url for url in (record.url, record.rescue_url) if url}
    look = record.look if record.look and is_telling(record.look) else None
    return Traits(
        frozenset(urls),
        names,
        frozenset([record.sha256] if record.sha256 else []),
        frozenset([record.sha256_rgb] if record.sha256_rgb else []),
        frozenset([look] if look else []),
    )


def _blind(traits: Traits) -> Traits:
    """The same but for the looks."""
    return Traits(traits.urls, traits.names, traits.sha256, traits.sha256_rgb)
