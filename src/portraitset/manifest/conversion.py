"""Landmarks from one format to another."""

import hashlib
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from portraitset.errors import BadEntry, InputError, ItemError, Missing
from portraitset.handoffs import Face
from portraitset.landmarks import POINT_NAMES, face_axes, has_sides_crossed
from portraitset.manifest import aahq, coco, dlib_xml, ffhq, manifest_bytes, native, table
from portraitset.manifest.dataset import InvalidEntry, Manifest
from portraitset.manifest.formats import MANIFESTS, OF_CROPS, Target
from portraitset.manifest.local import LocalOriginal, check_path, local_original, read_local
from portraitset.manifest.marking import (
    MarkedPicture,
    Marking,
    Reading,
    Written,
    by_picture,
    named,
)
from portraitset.manifest.names import check_name
from portraitset.picture.decode import size_of


@dataclass(frozen=True, slots=True)
class Converted:
    """What a conversion came to.

    Attributes:
        data: the file to write.
        source, target: the formats' names.
        faces, pictures: that are in it.
        left_out: what was read and is no face, or cannot stand in the target; and why.
        not_carried: what the target has no place for, or is of no use here; and how often.
        swapped: names of faces whose left, as seen, is on the right.
        turned: pictures that their EXIF orientation turns where others show them.
    """

    data: bytes
    source: str
    target: Target
    faces: int
    pictures: int
    left_out: tuple[InvalidEntry, ...]
    not_carried: Mapping[str, int]
    swapped: tuple[str, ...]
    turned: int


def convert(
    reading: Reading, target: Target, originals: Path, *, prefers_files: bool = False
) -> Converted:
    """Faces in another format.

    Args:
        reading: as `read_markings` gives them.
        originals: the folder that pictures' paths start from.
        prefers_files: name a picture by its path where it lies in there, though it has an address.

    Raises:
        InputError: the target cannot hold these faces, or needs pictures that are not there.
    """
    named_markings, doubled = named(reading.markings)
    checked = [(each, _problem(each)) for each in named_markings]
    markings = [each for each, problem in checked if problem is None]
    left_out = [*reading.invalid, *doubled]
    left_out += [
        InvalidEntry(str(each.name), problem, None) for each, problem in checked if problem
    ]
    if not markings:
        raise _nothing_left(left_out)
    if target in MANIFESTS:
        manifest, sizes = _manifest(markings, originals, prefers_files)
        left_out += manifest.invalid()
        if not (faces := list(manifest)):
            raise _nothing_left(left_out)
        kept = {face.name for face in faces}
        markings = [each for each in markings if each.name in kept]
        written = _write_manifest(faces, sizes, target)
    else:
        if target.startswith("coco"):
            markings = _with_sizes(markings, originals)
        written = _WRITERS[target](markings)
    return Converted(
        written.data,
        reading.format,
        target,
        len(markings),
        len({each.picture.file for each in markings}),
        tuple(left_out),
        Counter(reading.not_carried) + Counter(written.not_carried),
        tuple(str(each.name) for each in markings if has_sides_crossed(each.landmarks)),
        _count_turned(markings),
    )


def _problem(marking: Marking) -> ItemError | None:
    """Why a face can stand in no file; None if it can."""
    try:
        check_name(str(marking.name))
        check_path(marking.picture.file)
        face_axes(marking.landmarks)
    except ItemError as error:
        return error
    except ValueError as error:
        return BadEntry(str(error))
    return None


def _nothing_left(left_out: Sequence[InvalidEntry]) -> InputError:
    return InputError(f"no face is left to write; {left_out[-1].name!r:.100}: {left_out[-1].error}")


_WRITERS: Mapping[Target, Callable[[Sequence[Marking]], Written]] = {
    "coco": coco.write,
    "coco68": lambda markings: coco.write(markings, with_68=True),
    "ffhq": ffhq.write,
    "dlib": dlib_xml.write,
    "dlib68": lambda markings: dlib_xml.write(markings, with_68=True),
    "csv": table.write,
}


def _count_turned(markings: Iterable[Marking]) -> int:
    turned = (each for each in markings if each.extra.get("orientation", 1) != 1)
    return len({each.picture.file for each in turned})


def _manifest(
    markings: Sequence[Marking], originals: Path, prefers_files: bool
) -> tuple[Manifest, Mapping[str, MarkedPicture]]:
    """The faces as a manifest's reader takes them, so that what is written can be read."""
    photos: dict[MarkedPicture, dict[str, object] | ItemError] = {}
    entries: dict[str, object] = {}
    missing: list[InvalidEntry] = []
    for each in markings:
        if each.picture not in photos:
            photos[each.picture] = _photo(each.picture, originals, prefers_files)
        photo, name = photos[each.picture], str(each.name)
        if isinstance(photo, ItemError):
            missing.append(InvalidEntry(name, photo, None))
        else:
            entries[name] = _entry(each, photo)
    if not entries:
        raise _nothing_left(missing)
    manifest = aahq.read(entries)
    sizes = {str(each.name): each.picture for each in markings}
    return replace(manifest, entries=(*manifest.entries, *missing)), sizes


def _entry(marking: Marking, photo: Mapping[str, object]) -> dict[str, object]:
    """A face as AAHQ's schema has it."""
    points: dict[str, object] = dict(
        zip(POINT_NAMES, map(list, marking.landmarks.points()), strict=True)
    )
    more = marking.extra.get("landmarks")
    points = (more if isinstance(more, dict) else {}) | points
    return {**marking.extra, **photo, "landmarks": points}


def _photo(
    picture: MarkedPicture, originals: Path, prefers_files: bool
) -> dict[str, object] | ItemError:
    """The address and the file name that a picture has in a manifest; an error if it has none."""
    try:
        if picture.url is not None and not (prefers_files and _is_there(picture, originals)):
            raw_name = picture.raw_name or aahq.raw_name_of(picture.url)
            return {"image_url": picture.url, "raw_name": raw_name}
        local = LocalOriginal(picture.file, picture.sha256 or _sha256_of(picture, originals))
        read_local(local.address)
    except ItemError as error:
        return error
    given = picture.raw_name if picture.url is None else None
    return {"image_url": local.address, "raw_name": given or local.raw_name}


def _is_there(picture: MarkedPicture, originals: Path) -> bool:
    try:
        return (originals / picture.file).is_file()
    except OSError:  # a name that is too long for this file system
        return False


def _sha256_of(picture: MarkedPicture, originals: Path) -> str:
    path = originals / picture.file
    if not _is_there(picture, originals):
        raise Missing(
            f"there is no {picture.file!r:.200} in {originals}, and its sha256 is not stated; say"
            " where the pictures are with --originals"
        )
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise Missing(f"{path} cannot be read: {error.strerror or error}") from error


def _with_sizes(markings: Sequence[Marking], originals: Path) -> list[Marking]:
    """The faces with the sizes of their pictures, as COCO's readers want them.

    Raises:
        InputError: a size is neither stated nor to be had.
    """
    found: dict[MarkedPicture, MarkedPicture] = {}
    unknown: list[str] = []
    for picture in by_picture(markings):
        size = picture.width or 0, picture.height or 0
        if 0 in size and _is_there(picture, originals):
            size = size_of(originals / picture.file)
        if 0 in size:
            unknown.append(picture.file)
        found[picture] = replace(picture, width=size[0], height=size[1])
    if unknown:
        raise InputError(
            f"COCO states each picture's width and height, and its readers scale points by them."
            f" They are not to be had for {len(unknown):,} of {len(found):,} pictures, such as"
            f" {unknown[0]!r:.200}: say where the files are with --originals (here: {originals})"
        )
    return [replace(each, picture=found[each.picture]) for each in markings]


def _write_manifest(
    faces: Collection[Face], pictures: Mapping[str, MarkedPicture], target: Target
) -> Written:
    if target == "aahq":
        known = [pictures[face.name] for face in faces]
        lost = {
            "width, height": sum(picture.width is not None for picture in known),
            "sha256": sum(bool(picture.sha256 and picture.url) for picture in known),
        }
        return Written(manifest_bytes(Manifest(aahq.SCHEMA, tuple(faces))), +Counter(lost))
    rows = [_row(face, pictures[face.name]) for face in faces]
    write = native.write_parquet if target == "parquet" else native.write_jsonl
    return Written(write(aahq.SCHEMA, rows))


def _row(face: Face, picture: MarkedPicture) -> native.Row:
    """A face with what a row says of it beside its schema's fields."""
    texts = {
        name: value
        for name in native.TEXTS
        if name not in ("sha256", OF_CROPS) and isinstance(value := face.extra.get(name), str)
    }
    extra = {name: value for name, value in face.extra.items() if name not in texts}
    local = local_original(face.photo.url)
    return native.Row(
        replace(face, extra=extra),
        split=texts.get("split"),
        artist_candidate=texts.get("artist_candidate"),
        asset=texts.get("asset"),
        licence=texts.get("licence"),
        sha256=local.sha256 if local else picture.sha256,
        width=picture.width,
        height=picture.height,
        sha256_rgb=texts.get("sha256_rgb"),
        look=texts.get("look"),
    )
