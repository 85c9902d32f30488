"""What the page shows: every entry of the manifest, where it stands, what is known of it. Pure.

The page gets it as columns, one array for each field, as 25,000 rows would say their fields' names
25,000 times.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from portraitset.align.quad import crop_quad
from portraitset.curate.holdings import HeldFace, Holdings
from portraitset.curate.measure import OF_THE_FACE, Measures
from portraitset.detect.findings import Finding
from portraitset.errors import DegenerateFace, Deleted, State
from portraitset.handoffs import Face, Photo
from portraitset.landmarks import POINT_NAMES, Landmarks
from portraitset.manifest import Manifest
from portraitset.manifest.addresses import artist_of, slug_of, upload_year
from portraitset.pipeline.held_originals import Original
from portraitset.pipeline.standing import Standing
from portraitset.workspace.edits import Added


@dataclass(frozen=True, slots=True)
class Findings:
    """What `curate` found out so far.

    Attributes:
        measures: by the face's name.
        works: groups of photo names that show the same work.
        twins: groups of face names that show the same face.
    """

    measures: Mapping[str, Measures] = field(default_factory=dict)
    works: Sequence[Sequence[str]] = ()
    twins: Sequence[Sequence[str]] = ()


@dataclass(frozen=True, slots=True)
class Found:
    """What was found in a workspace.

    Attributes:
        given: the last run's manifest, without people's decisions.
        originals: by the photo's file name in the manifest.
        points: what `check-landmarks` found, by the face's name.
    """

    holdings: Holdings
    findings: Findings
    given: Manifest
    originals: Mapping[str, Original]
    points: Mapping[str, Finding] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of the manifest, or a face that somebody added to it.

    Attributes:
        face: None if it is invalid, unless somebody deleted it.
        held: None unless it is aligned.
        original: None if there is none to look at.
        given: the landmarks that the manifest gives, or that it was added with.
        is_added: whether somebody added it.
        doubt: what `check-landmarks` found of these landmarks, or of those that somebody moved
            them to since; None unless it says that they disagree with this very original.
    """

    standing: Standing
    face: Face | None
    held: HeldFace | None
    original: Original | None = None
    given: Landmarks | None = None
    is_added: bool = False
    doubt: Finding | None = None

    @property
    def name(self) -> str:
        """The face's name in the manifest."""
        return self.standing.name


@dataclass(frozen=True)
class Gallery:
    """A workspace at one moment, in the manifest's order.

    Attributes:
        edition: tells manifests apart; an index belongs to one edition.
        entries: by index.
    """

    holdings: Holdings
    edition: str
    entries: tuple[Entry, ...]
    findings: Findings

    @cached_property
    def indices(self) -> Mapping[str, int]:
        """The index of each face by its name."""
        return {entry.name: index for index, entry in enumerate(self.entries)}

    def columns(self) -> dict[str, object]:
        """All that a tile, a filter and a sort order need."""
        urls = [entry.face.photo.url if entry.face else "" for entry in self.entries]
        return {
            "names": [entry.name for entry in self.entries],
            "states": [entry.standing.state.value for entry in self.entries],
            "reasons": [entry.standing.reason or "" for entry in self.entries],
            "slugs": [slug_of(url) for url in urls],
            "artists": [artist_of(url) for url in urls],
            "years": [upload_year(url) for url in urls],
            "photos": _numbers(
                entry.face.photo.raw_name if entry.face else "" for entry in self.entries
            ),
            "crops": [_crop_of(entry) for entry in self.entries],
            "works": self._groups_of_works(),
            "twins": self._groups_of_twins(),
            "measures": {name: self._column(name) for name in OF_THE_FACE},
            "scores": [entry.face.confidence if entry.face else None for entry in self.entries],
            "drafts": [_draft_of(entry) for entry in self.entries],
            "added": [entry.is_added for entry in self.entries],
            "doubts": [_doubt_json(entry) for entry in self.entries],
        }

    @cached_property
    def photos(self) -> Mapping[str, tuple[int, ...]]:
        """Where the faces of each photo stand, by the photo's file name in the manifest."""
        found: dict[str, list[int]] = {}
        for index, entry in enumerate(self.entries):
            if entry.face is not None and entry.standing.state is not State.REMOVED:
                found.setdefault(entry.face.photo.raw_name, []).append(index)
        return {name: tuple(indices) for name, indices in found.items()}

    def _faces_of(self, photo: Photo) -> list[dict[str, object]]:
        """All faces of a photo, for the editor."""
        found = ((index, self.entries[index]) for index in self.photos.get(photo.raw_name, ()))
        return [
            {
                "index": index,
                "name": entry.name,
                "landmarks": _points(entry.face.landmarks),
                "given": _points(entry.given or entry.face.landmarks),
                "added": entry.is_added,
            }
            for index, entry in found
            if entry.face is not None
        ]

    def _column(self, name: str) -> list[float | None]:
        measures = self.findings.measures
        found = (measures.get(entry.name) for entry in self.entries)
        return [None if each is None else _rounded(getattr(each, name)) for each in found]

    def _groups_of_works(self) -> list[int]:
        groups = _memberships(self.findings.works)
        return [
            groups.get(entry.face.photo.raw_name, 0) if entry.face else 0 for entry in self.entries
        ]

    def _groups_of_twins(self) -> list[int]:
        groups = _memberships(self.findings.twins)
        return [groups.get(entry.name, 0) for entry in self.entries]

    def details(self, index: int) -> dict[str, object]:
        """What the pane beside the grid needs of one entry."""
        entry = self.entries[index]
        face = entry.face
        measured = self.findings.measures.get(entry.name)
        return {
            "index": index,
            "name": entry.name,
            "state": entry.standing.state.value,
            "reason": entry.standing.reason,
            "detail": entry.standing.detail,
            "url": face.photo.url if face else None,
            "photo": face.photo.raw_name if face else None,
            "original": _original_json(entry.original),
            "landmarks": _points(face.landmarks) if face else None,
            "given": _points(entry.given) if entry.given else None,
            "quad": _quad(face.landmarks) if face else None,
            "score": face.confidence if face else None,
            "faces": self._faces_of(face.photo) if face else [],
            "size": self.holdings.settings.size,
            "format": measured.format if measured else None,
            "bytes": measured.byte_count if measured else None,
            "palette": [[each.colour, each.share] for each in measured.palette] if measured else [],
        }


def gallery_of(found: Found, added: Mapping[str, Added]) -> Gallery:
    """Put together what is known, with the faces that people added, by name."""
    entries = (*_listed(found, added), *_new(found, added))
    digest = hashlib.sha256()
    for entry in entries:
        url = entry.face.photo.url if entry.face else ""
        digest.update(f"{entry.name}\0{url}\n".encode(errors="surrogatepass"))
    return Gallery(found.holdings, digest.hexdigest()[:16], entries, found.findings)


def _listed(found: Found, added: Mapping[str, Added]) -> Iterator[Entry]:
    """The last run's entries, but for added faces that were withdrawn since."""
    held = {each.name: each for each in found.holdings.faces}
    faces = {face.name: face for face in found.holdings.manifest}
    given = {face.name: face for face in found.given}
    names = {entry.name for entry in found.given.entries} | added.keys()
    for standing in found.holdings.standings:
        name = standing.name
        if name not in names:
            continue
        is_deleted = standing.reason == Deleted.reason
        face = faces.get(name) or (given.get(name) if is_deleted else None)
        points = added[name].landmarks if name in added else None
        if points is None and name in given:
            points = given[name].landmarks
        has_any = face is not None and standing.state is not State.REMOVED
        original = found.originals.get(face.photo.raw_name) if face and has_any else None
        doubt = _doubt(found, name, original)
        yield Entry(standing, face, held.get(name), original, points, name in added, doubt)


def _new(found: Found, added: Mapping[str, Added]) -> Iterator[Entry]:
    """The faces that no run has seen yet."""
    listed = {standing.name for standing in found.holdings.standings}
    photos = {face.photo.raw_name: face.photo for face in found.given}
    for name, each in added.items():
        if name in listed or each.photo not in photos:
            continue
        face = Face(name, photos[each.photo], each.landmarks)
        standing = Standing(name, State.PENDING, None, "added in review; the next build cuts it")
        original = found.originals.get(each.photo)
        doubt = _doubt(found, name, original)
        yield Entry(standing, face, None, original, each.landmarks, is_added=True, doubt=doubt)


def _doubt(found: Found, name: str, original: Original | None) -> Finding | None:
    finding = found.points.get(name)
    if finding is None or original is None or finding.sha256 != original.sha256:
        return None
    return finding if finding.disagrees else None


def _doubt_json(entry: Entry) -> dict[str, object] | None:
    """What speaks against a face's points, and which points; `stands` if the manifest has these."""
    if entry.doubt is None or entry.face is None:
        return None
    return {
        "cause": entry.doubt.cause,
        "words": entry.doubt.words,
        "other": entry.doubt.other,
        "points": _points(entry.doubt.landmarks),
        "stands": entry.doubt.landmarks == entry.face.landmarks,
    }


def _crop_of(entry: Entry) -> str:
    """What tells one crop of a face from its next; empty without a crop."""
    return (entry.held.record.fingerprint or "")[:12] if entry.held else ""


def _draft_of(entry: Entry) -> str:
    """What tells one crop that could be cut from its next; empty where none can, or one was."""
    if entry.original is None or entry.face is None or entry.held is not None:
        return ""
    parts = entry.original.stamp, entry.face.landmarks.points()
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:12]


def _original_json(original: Original | None) -> dict[str, object] | None:
    """The original's size in pixels, and how many of them make one of the landmarks'."""
    if original is None:
        return None
    width, height = original.size or (None, None)
    return {"width": width, "height": height, "scale": original.scale}


def _points(landmarks: Landmarks) -> dict[str, tuple[float, float]]:
    return dict(zip(POINT_NAMES, landmarks.points(), strict=True))


def _quad(landmarks: Landmarks) -> list[list[float]] | None:
    try:
        return [[float(x), float(y)] for x, y in crop_quad(landmarks)]
    except DegenerateFace:
        return None


def _numbers(texts: Iterable[str]) -> list[int]:
    """Each text by the number of its first mention."""
    known: dict[str, int] = {}
    return [known.setdefault(text, len(known)) for text in texts]


def _memberships(groups: Sequence[Sequence[str]]) -> dict[str, int]:
    """Each name's group, from 1."""
    return {name: number for number, group in enumerate(groups, 1) for name in group}


def _rounded(value: float | None) -> float | None:
    return None if value is None else float(f"{value:.5g}")
