"""The formats of landmarks: known by their content when read, by name when written."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal, get_args

from portraitset.errors import InputError
from portraitset.handoffs import Face
from portraitset.landmarks import POINT_NAMES, has_sides_crossed
from portraitset.manifest import (
    Manifest,
    aahq,
    coco,
    dlib_xml,
    ffhq,
    load_manifest,
    metfaces,
    native,
    table,
)
from portraitset.manifest.local import local_original
from portraitset.manifest.marking import MarkedPicture, Marking, Reading, read_side
from portraitset.manifest.point_names import Spelling
from portraitset.manifest.strict_json import read_json

Target = Literal["jsonl", "parquet", "aahq", "coco", "coco68", "ffhq", "dlib", "dlib68", "csv"]
"""What can be written."""

MANIFESTS: tuple[Target, ...] = ("jsonl", "parquet", "aahq")
"""Of these, what `build` takes."""

_BY_ENDING: Mapping[str, Target] = {
    ".jsonl": "jsonl",
    ".parquet": "parquet",
    ".xml": "dlib",
    ".csv": "csv",
}
OF_CROPS = "crop_sha256_rgb"
"""Of a native manifest's fields: what tells of a crop, and of no face that is marked anew."""


def target_of(path: Path, wanted: Target | None) -> Target:
    """The format that a file is to be written in: the one that is wanted, else by its ending.

    Raises:
        InputError: the ending does not say.
    """
    if wanted is not None:
        return wanted
    ending = path.suffix.lower()
    if ending in _BY_ENDING:
        return _BY_ENDING[ending]
    if ending == ".json":
        raise InputError(f"{path}: several formats end in .json; say --to aahq, coco or ffhq")
    raise InputError(
        f"{path}: what to write is told by --to ({', '.join(get_args(Target))}) or by the ending:"
        f" {', '.join(_BY_ENDING)}"
    )


def read_markings(source: str | Path, spelling: Spelling | None = None) -> Reading:
    """Read a file of landmarks in any format, which its content tells.

    Raises:
        InputError: it cannot be read, is of no known format, holds no face, or the names of its
            points and where they lie disagree on left and right.
    """
    return parse_markings(load_manifest(source), str(source), spelling or Spelling())


def parse_markings(data: bytes, source: str, spelling: Spelling) -> Reading:
    """Read a file's bytes; `source` is what messages call it.

    Raises:
        InputError: as for `read_markings`.
    """
    reading = _parsed(data, source, spelling)
    if not reading.markings:
        first = reading.invalid[0] if reading.invalid else None
        why = f"; {first.name!r:.60}: {first.error}" if first else ""
        passed = "".join(f"; {count:,} {what}" for what, count in reading.not_carried.items())
        raise InputError(f"{source}: not one face could be read{why}{passed}")
    if reading.has_sides:
        _check_sides(reading.markings, source)
    return reading


def _check_sides(markings: Sequence[Marking], source: str) -> None:
    """Refuse a file of which most faces would have left and right swapped."""
    crossed = sum(has_sides_crossed(each.landmarks) for each in markings)
    if crossed * 2 > len(markings):
        raise InputError(
            f"{source}: by its points' names, left and right would be swapped in {crossed:,} of"
            f" {len(markings):,} faces. Whose left do they mean? --sides seen: of who looks at the"
            " picture; --sides person: of who is shown"
        )


def _parsed(data: bytes, source: str, spelling: Spelling) -> Reading:
    if native.recognises(data):
        return _from_native(data, source)
    if dlib_xml.recognises(data):
        return dlib_xml.read(data, source, spelling)
    if table.recognises(data):
        return table.read(data, source, spelling)
    if data.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] not in (b"{", b"["):
        raise _unknown(source)
    content = read_json(data, source)
    if coco.recognises(content):
        return coco.read(content, source, spelling)
    if ffhq.recognises(content):
        return ffhq.read(content, source)
    if isinstance(content, list) and metfaces.recognises(content):
        return _from_manifest(metfaces.read(content, source))
    if aahq.recognises(content):
        return _from_manifest(aahq.read(content))
    raise _unknown(source)


def _from_manifest(manifest: Manifest) -> Reading:
    found = (_from_face(face, {}) for face in manifest)
    return Reading(manifest.schema, tuple(found), tuple(manifest.invalid()))


def _unknown(source: str) -> InputError:
    return InputError(
        f"{source}: of no format that is known here: a manifest (JSON lines, Parquet or AAHQ's"
        " JSON), COCO keypoints, FFHQ's JSON, dlib's XML, or CSV with the columns"
        f" path,{POINT_NAMES[0]}_x,{POINT_NAMES[0]}_y,…"
    )


def _from_native(data: bytes, source: str) -> Reading:
    manifest, facts = native.read_with_facts(data, source)
    markings = tuple(_from_face(face, facts[face.name]) for face in manifest)
    stale = sum(OF_CROPS in fields for fields in facts.values())
    kind = "parquet" if data.startswith(native.PARQUET) else "jsonl"
    return Reading(kind, markings, tuple(manifest.invalid()), {OF_CROPS: stale} if stale else {})


def _from_face(face: Face, facts: Mapping[str, object]) -> Marking:
    local = local_original(face.photo.url)
    stated = facts.get("sha256")
    sizes = [read_side(facts.get(side)) for side in ("width", "height")]
    picture = MarkedPicture(
        local.path if local else face.photo.raw_name,
        None if local else face.photo.url,
        face.photo.raw_name,
        local.sha256 if local else stated if isinstance(stated, str) else None,
        *sizes,
    )
    further = {
        name: value
        for name, value in facts.items()
        if name in native.TEXTS and name not in ("sha256", OF_CROPS)
    }
    return Marking(face.name, picture, face.landmarks, {**face.extra, **further})
