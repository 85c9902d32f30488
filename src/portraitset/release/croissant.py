"""croissant.json: the release for machines, in Croissant 1.1 with the RAI vocabulary 1.0. Pure.

https://docs.mlcommons.org/croissant/docs/croissant-spec-1.1.html; the context is written out, so
that nobody has to fetch it. The first record set is the faces, a record each.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from portraitset.release.facts import Fact

FACES = "faces"
SPLITS = "splits"
TABLE = "manifest.parquet"
"""The file that the records are read from."""

_CONFORMS_TO = ("http://mlcommons.org/croissant/1.1", "http://mlcommons.org/croissant/RAI/1.0")
_LANGUAGES = {"@container": "@language"}
_CROISSANT_TERMS = (
    *("annotation", "arrayShape", "citeAs", "column", "containedIn", "equivalentProperty"),
    *("excludes", "extract", "field", "fileProperty", "fileObject", "fileSet", "format"),
    *("includes", "isArray", "isLiveDataset", "jsonPath", "key", "md5", "parentField", "path"),
    *("recordSet", "references", "regex", "repeated", "replace", "samplingRate", "sdVersion"),
    *("separator", "source", "subField", "transform", "unArchive", "value"),
)
_CONTEXT = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "cr": "http://mlcommons.org/croissant/",
    "dct": "http://purl.org/dc/terms/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "sc": "https://schema.org/",
    "conformsTo": "dct:conformsTo",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "description": _LANGUAGES,
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "name": _LANGUAGES,
} | {term: f"cr:{term}" for term in _CROISSANT_TERMS}
_COORDINATE = "{} of the {}, in pixels of the original, from its {} edge"
_POINTS = {
    "eye_left": "centre of the eye that is left for the viewer",
    "eye_right": "centre of the eye that is right for the viewer",
    "mouth_left": "corner of the mouth that is left for the viewer",
    "mouth_right": "corner of the mouth that is right for the viewer",
}
_FIELDS: Mapping[str, tuple[str, str]] = (
    {
        "face": ("sc:Text", "The face's name, unique in the dataset"),
        "url": ("sc:URL", "Where the original is published"),
        "raw_name": ("sc:Text", "The original's file name; faces of one picture share it"),
    }
    | {
        f"{point}_{axis}": ("sc:Float", _COORDINATE.format(axis, what, edge))
        for point, what in _POINTS.items()
        for axis, edge in (("x", "left"), ("y", "upper"))
    }
    | {
        "split": ("sc:Text", "The side of the split that the face is on"),
        "artist_candidate": ("sc:Text", "A candidate for the artist, read from the address"),
        "asset": ("sc:Text", "The gallery's number of the picture, read from the address"),
        "licence": ("sc:Text", "SPDX identifier of the picture's licence"),
        "sha256": ("sc:Text", "Of the original's bytes, hex"),
        "width": ("sc:Integer", "Of the original, in pixels"),
        "height": ("sc:Integer", "Of the original, in pixels"),
        "sha256_rgb": ("sc:Text", "Of the original's decoded RGB pixels, hex"),
        "look": ("sc:Text", "The original's perceptual hash, 256 bits, hex"),
        "crop_sha256_rgb": ("sc:Text", "Of the aligned crop's RGB pixels, hex"),
    }
)


@dataclass(frozen=True, slots=True)
class PublishedFile:
    """One file of the release, as the description names it."""

    name: str
    media_type: str
    description: str
    data: bytes


def document(
    facts: Mapping[str, Fact], files: Sequence[PublishedFile], splits: Sequence[str]
) -> dict[str, object]:
    """The JSON-LD document."""
    content: dict[str, object] = {"@context": dict(_CONTEXT), "@type": "sc:Dataset"}
    content |= {"conformsTo": list(_CONFORMS_TO), "isLiveDataset": False}
    content |= {name: _content(name, fact.value) for name, fact in facts.items()}
    content["distribution"] = [_file_object(file) for file in files]
    content["recordSet"] = [_faces(), _splits(splits)]
    return content


def document_bytes(content: Mapping[str, object]) -> bytes:
    """The document as a file; ASCII."""
    return json.dumps(content, indent=1).encode("ascii") + b"\n"


def _content(name: str, value: str | tuple[str, ...]) -> object:
    if name == "creator":
        return [{"@type": "sc:Person", "name": each} for each in value]
    if name == "publisher":
        return {"@type": "sc:Organization", "name": value}
    return list(value) if isinstance(value, tuple) else value


def _file_object(file: PublishedFile) -> dict[str, object]:
    return {
        "@type": "cr:FileObject",
        "@id": file.name,
        "name": file.name,
        "description": file.description,
        "contentUrl": file.name,
        "contentSize": f"{len(file.data)} B",
        "encodingFormat": file.media_type,
        "sha256": hashlib.sha256(file.data).hexdigest(),
    }


def _faces() -> dict[str, object]:
    return {
        "@type": "cr:RecordSet",
        "@id": FACES,
        "name": FACES,
        "description": "A record for each face: where its picture is, and its landmarks.",
        "key": {"@id": f"{FACES}/face"},
        "field": list(_face_fields()),
    }


def _face_fields() -> Iterator[dict[str, object]]:
    for name, (data_type, description) in _FIELDS.items():
        field: dict[str, object] = {
            "@type": "cr:Field",
            "@id": f"{FACES}/{name}",
            "name": name,
            "description": description,
            "dataType": data_type,
            "source": {"fileObject": {"@id": TABLE}, "extract": {"column": name}},
        }
        if name == "split":
            field["references"] = {"field": {"@id": f"{SPLITS}/name"}}
        yield field


def _splits(splits: Sequence[str]) -> dict[str, object]:
    return {
        "@type": "cr:RecordSet",
        "@id": SPLITS,
        "name": SPLITS,
        "description": "The sides of the split.",
        "dataType": "cr:Split",
        "key": {"@id": f"{SPLITS}/name"},
        "field": [
            {
                "@type": "cr:Field",
                "@id": f"{SPLITS}/name",
                "name": "name",
                "description": "A side's name",
                "dataType": "sc:Text",
            }
        ],
        "data": [{f"{SPLITS}/name": split} for split in splits],
    }
