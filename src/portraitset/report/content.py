"""What stands on the report's page, and the page itself. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields

from portraitset.manifest.terms import Terms
from portraitset.pages.page import PageSource, render_page
from portraitset.report.canvas import Plot
from portraitset.report.pictures import SmallPicture

_PAGE = PageSource("portraitset.report", "report")

MARK = b'<meta name="portraitset-report" content="1">'
"""By this a page is known as ours, near its beginning."""

_BLOCK = 500
"""Pictures in one element of the page; the script takes it apart when it is first needed."""

MOST_LOSSES = 500
"""Faces that are not there, listed by name; the others are counted."""

MEANINGS: Mapping[str, str] = {
    "pending": "Not decided yet: a run was interrupted or never came to it.",
    "fetched": "The original is here; its crop is not cut yet.",
    "aligned": "The crop is here, cut from a verified original.",
    "removed": "Taken out for good; shown and named nowhere.",
    "gone": "The server says that the picture is no longer there.",
    "denied": "The server refuses this address.",
    "missing": "No such file among the originals at hand.",
    "opted-out": "The owner's machine-readable no is respected.",
    "blocked-address": "The address may not be asked: not public, or at a host of nobody's naming.",
    "challenge": "The site wants to see a human, and is left alone.",
    "throttled": "The server was too busy on every try.",
    "timeout": "Too slow to connect, to send or to finish.",
    "truncated": "Fewer bytes came than were promised.",
    "not-an-image": "Something else came than a picture.",
    "too-large": "Over the limit on bytes, pixels or memory.",
    "bad-picture": "The file is damaged.",
    "degenerate-face": "The landmarks allow no crop of this picture.",
    "changed": "Another picture is at this address now.",
    "redirects": "Too many redirects, or in a circle.",
    "unreachable": "No connection.",
    "server-error": "The server failed on every try.",
    "bad-entry": "The manifest's entry makes no sense.",
    "deleted": "A reviewer says that it is no face.",
    "unsafe-name": "A name that would leave its folder.",
}


@dataclass(frozen=True, slots=True)
class Count:
    """How many faces are in a state, for a reason; `meaning` is a sentence."""

    state: str
    reason: str
    faces: int
    meaning: str


@dataclass(frozen=True, slots=True)
class Loss:
    """A face that is not there: its address, which may be anything, and why."""

    name: str
    url: str
    state: str
    reason: str
    detail: str


@dataclass(frozen=True, slots=True)
class Listing:
    """A face that is there, as the gallery lists it; None where it was not measured.

    Attributes:
        split: which side of a split it is on, or why it was dropped; empty without a selection.
        size: its side in the original, in pixels.
    """

    name: str
    url: str
    artist: str
    year: int | None
    split: str
    size: float | None = None
    padding: float | None = None
    sharpness: float | None = None
    brightness: float | None = None
    colourfulness: float | None = None


@dataclass(frozen=True, slots=True)
class Copy:
    """One of several that are the same: `words` says why it is kept, or how far it is off."""

    name: str
    words: str
    kept: bool
    picture: SmallPicture | None


@dataclass(frozen=True, slots=True)
class Duplicates:
    """Groups of copies: the first ones in full.

    Attributes:
        what: "pictures" or "faces" are the same.
        groups: those that are shown.
        total: how many groups there are.
        copies: how many copies these hold beyond one each.
    """

    what: str
    groups: tuple[tuple[Copy, ...], ...]
    total: int
    copies: int


@dataclass(frozen=True, slots=True)
class Disagreement:
    """A face whose points disagree with a detector.

    Attributes:
        cause, words: what may have happened, a word and a sentence.
        other: the picture whose points fit there, by its file name; None if there is none.
    """

    name: str
    cause: str
    words: str
    other: str | None
    picture: SmallPicture | None


@dataclass(frozen=True, slots=True)
class PointsCheck:
    """How many faces' points were compared with a detector, and what it came to.

    Attributes:
        shown: the first of those that disagree.
    """

    compared: int
    agreeing: int
    unsure: int
    disagreeing: int
    shown: tuple[Disagreement, ...]


@dataclass(frozen=True, slots=True)
class Gallery:
    """The faces, in the manifest's order.

    Attributes:
        faces: those that are listed.
        pictures: one for each of them; empty on a page without pictures.
        side: of the pictures, in pixels.
        total: how many faces there are.
    """

    faces: Sequence[Listing]
    pictures: Sequence[SmallPicture | None]
    side: int
    total: int


@dataclass(frozen=True, slots=True)
class Content:
    """All that the report's page shows.

    Attributes:
        facts: what was built from what, as pairs of a name and a value.
        figures: the numbers that come first, with what they count.
        counts: faces by state and reason; they add up to the manifest's.
        teaser: a WebP file in base64; None on a page without pictures.
        artists: candidate artists with the most pictures, and how many.
        hosts: those with the most pictures: how many, and how many of them are gone.
        points: what comparing points with a detector came to; None if that was not done.
        notes: what else a reader must know, sentences.
    """

    terms: Terms
    version: str
    public: bool
    facts: Sequence[tuple[str, str]]
    figures: Sequence[tuple[str, str]]
    counts: Sequence[Count]
    losses: Sequence[Loss]
    survival: Sequence[Plot]
    traits: Sequence[Plot]
    artists: Sequence[tuple[str, int]]
    hosts: Sequence[tuple[str, int, int]]
    duplicates: Sequence[Duplicates]
    gallery: Gallery
    teaser: str | None
    points: PointsCheck | None = None
    notes: Sequence[str] = ()


def render_report(content: Content) -> bytes:
    """The page as UTF-8 HTML; equal content makes equal bytes."""
    total = sum(count.faces for count in content.counts)
    context = {field.name: getattr(content, field.name) for field in fields(content)}
    context |= {
        "total": total,
        "bar": list(_bar(content.counts, total)),
        "listed": content.losses[:MOST_LOSSES],
        "blocks": list(_blocks(content.gallery.pictures)),
        "mark": MARK.decode(),
        "web": is_web_address,
    }
    return render_page(_PAGE, context, _data(content.gallery))


def is_web_address(url: str) -> bool:
    """Whether an address may be a link: nothing but http and https leads anywhere."""
    return url.lower().startswith(("https://", "http://"))


def _data(gallery: Gallery) -> dict[str, object]:
    """The faces by column, as the script reads them; numbers as short as their meaning allows."""
    rows = gallery.faces
    return {
        "name": [row.name for row in rows],
        "url": [row.url for row in rows],
        "artist": [row.artist for row in rows],
        "year": [row.year for row in rows],
        "split": [row.split for row in rows],
        "size": [_short(row.size, 0) for row in rows],
        "padding": [_short(row.padding, 3) for row in rows],
        "sharpness": [_short(row.sharpness, 4) for row in rows],
        "brightness": [_short(row.brightness, 2) for row in rows],
        "colourfulness": [_short(row.colourfulness, 0) for row in rows],
        "side": gallery.side,
        "block": _BLOCK,
    }


def _short(value: float | None, digits: int) -> float | int | None:
    if value is None:
        return None
    return round(value, digits) if digits else round(value)


def _blocks(pictures: Sequence[SmallPicture | None]) -> Iterator[str]:
    """The pictures' base64, a line each; an empty one where there is none."""
    for start in range(0, len(pictures), _BLOCK):
        yield "\n".join(made.data if made else "" for made in pictures[start : start + _BLOCK])


def _bar(counts: Sequence[Count], total: int) -> Iterator[tuple[str, float, float]]:
    """Each state's place on a bar of 1000: where it begins, and how wide it is."""
    left = 0.0
    for state in dict.fromkeys(count.state for count in counts):
        width = 1000 * sum(count.faces for count in counts if count.state == state) / (total or 1)
        yield state, round(left, 2), round(width, 2)
        left += width
