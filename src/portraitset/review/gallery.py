"""What the page shows: every entry of the manifest, where it stands, what is known of it. Pure.

The page gets it as columns, one array for each field, as 25,000 rows would say their fields' names
25,000 times.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from portraitset.align.quad import crop_quad
from portraitset.curate.holdings import HeldFace, Holdings
from portraitset.curate.measure import OF_THE_FACE, Measures
from portraitset.errors import DegenerateFace
from portraitset.handoffs import Face
from portraitset.landmarks import POINT_NAMES, Landmarks
from portraitset.manifest.addresses import artist_of, slug_of, upload_year
from portraitset.pipeline.standing import Standing


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
class Entry:
    """One entry of the manifest; `held` is None unless it is aligned, `face` if it is invalid."""

    standing: Standing
    face: Face | None
    held: HeldFace | None

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
        }

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
        face, held = entry.face, entry.held
        measured = self.findings.measures.get(entry.name)
        return {
            "index": index,
            "name": entry.name,
            "state": entry.standing.state.value,
            "reason": entry.standing.reason,
            "detail": entry.standing.detail,
            "url": face.photo.url if face else None,
            "photo": face.photo.raw_name if face else None,
            "original": _original_of(held),
            "landmarks": _points(face.landmarks) if face else None,
            "quad": _quad(face.landmarks) if face else None,
            "size": self.holdings.settings.size,
            "format": measured.format if measured else None,
            "bytes": measured.byte_count if measured else None,
            "palette": [[each.colour, each.share] for each in measured.palette] if measured else [],
        }


def gallery_of(holdings: Holdings, findings: Findings) -> Gallery:
    """Put together what is known."""
    held = {each.name: each for each in holdings.faces}
    faces = {face.name: face for face in holdings.manifest}
    entries = tuple(
        Entry(standing, faces.get(standing.name), held.get(standing.name))
        for standing in holdings.standings
    )
    digest = hashlib.sha256()
    for entry in entries:
        url = entry.face.photo.url if entry.face else ""
        digest.update(f"{entry.name}\0{url}\n".encode(errors="surrogatepass"))
    return Gallery(holdings, digest.hexdigest()[:16], entries, findings)


def _crop_of(entry: Entry) -> str:
    """What tells one crop of a face from its next; empty without a crop."""
    return (entry.held.record.fingerprint or "")[:12] if entry.held else ""


def _original_of(held: HeldFace | None) -> dict[str, object] | None:
    """The original's size in pixels, and how many of them make one of the landmarks'."""
    if held is None:
        return None
    photo = held.photo
    return {"width": photo.width, "height": photo.height, "scale": photo.rescue_scale or 1.0}


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
