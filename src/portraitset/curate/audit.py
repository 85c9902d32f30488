"""What a set is made of, and whom time took out of it; no guess about who is shown. Pure."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from portraitset.curate.measure import Measures, native_size_of, roll_of, yaw_proxy_of
from portraitset.curate.rules import NUMBERS
from portraitset.errors import State
from portraitset.handoffs import Face
from portraitset.landmarks import Landmarks
from portraitset.manifest.addresses import artist_of, host_of, size_of, upload_year

MANY_PICTURES = 200
"""AAHQ names artists with more pictures than this as a risk of its own."""

FEWEST = 5
"""Of fewer removed pictures only the number is told: what they have in common would point at one,
and whoever has the manifest could find it."""

UNKNOWN = "unknown"
_REMOVED = "removed"

_QUANTILES = (0.0, 0.05, 0.25, 0.5, 0.75, 0.95, 1.0)
_FATES: Mapping[State, str] = {
    State.ALIGNED: "available",
    State.FETCHED: "available",
    State.UNAVAILABLE: "dead",
    State.REFUSED: "refused",
    State.REMOVED: _REMOVED,
    State.FAILED: "failed",
    State.PENDING: "pending",
    State.INVALID: "invalid",
}

FATES = tuple(dict.fromkeys(_FATES.values()))
"""What may have become of an entry, the available ones first."""


@dataclass(frozen=True, slots=True)
class Concentration:
    """How pictures are spread over candidate artists.

    Attributes:
        pictures, artists: how many there are; of pictures, those with a candidate.
        gini: 0 when all artists have as many pictures, towards 1 when one has them all.
        effective: the inverse Simpson index, 1 / Σ share²: so many artists with equal shares would
            be as concentrated.
        top_share: the share of the artist with the most pictures.
        above_200: artists with more than 200 pictures.
    """

    pictures: int
    artists: int
    gini: float
    effective: float
    top_share: float
    above_200: int


@dataclass(frozen=True, slots=True)
class Spread:
    """A distribution: how many values, their quantiles, and how many are not known."""

    count: int
    unknown: int
    least: float
    p5: float
    p25: float
    median: float
    p75: float
    p95: float
    most: float


@dataclass(frozen=True, slots=True)
class Fate:
    """The entries that ended alike, as far as the manifest alone can tell; see `fates_of`.

    Attributes:
        faces: how many there are.
        years, hosts, sizes: faces by upload year, by host and by the size named in the address.
        artists: over pictures.
        native_size: in pixels of the exact original; None without a face that can be placed.
        roll, yaw_proxy: likewise.
    """

    faces: int
    years: Mapping[str, int]
    hosts: Mapping[str, int]
    sizes: Mapping[str, int]
    artists: Concentration
    native_size: Spread | None
    roll: Spread | None
    yaw_proxy: Spread | None


@dataclass(frozen=True, slots=True)
class Audit:
    """Statistics of a set of faces: measures, artists, outcomes.

    Attributes:
        caution: what must be said first.
        artists: of what is held, over pictures.
        measures: each measure's distribution over the faces held.
        years, formats: of the faces held.
        palette: by hue, the share of the faces' dominant colours.
        fates: what is available against what is dead, refused and removed.
    """

    caution: str
    artists: Concentration
    measures: Mapping[str, Spread]
    years: Mapping[str, int]
    formats: Mapping[str, int]
    palette: Mapping[str, float]
    fates: Mapping[str, Fate]


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of the manifest: where it stands, and its face; None if it is invalid."""

    state: State
    face: Face | None


@dataclass(frozen=True, slots=True)
class Outline:
    """What the manifest alone tells of a face; None and empty for what it does not tell.

    Attributes:
        photo: its raw name.
        year: of upload.
        host, size: from the address; the size is its name there, such as "large".
        artist: the candidate.
        native_size: the side of the face, in pixels of the exact original.
        roll, yaw_proxy: see `Measures`.
    """

    photo: str
    year: int | None
    host: str
    size: str | None
    artist: str
    native_size: float | None
    roll: float | None
    yaw_proxy: float | None


def fates_of(entries: Iterable[Entry]) -> Mapping[str, tuple[int, tuple[Outline, ...]]]:
    """By fate, the available ones first: how many entries it has, and their faces' outlines.

    Those of removed faces are blurred, so that none can be found in a manifest by them: without a
    year, a host or a size that fewer than `FEWEST` have, with rounded measures; none at all of
    fewer pictures than that.
    """
    by_fate: dict[str, list[Entry]] = {}
    for entry in entries:
        by_fate.setdefault(_FATES[entry.state], []).append(entry)
    found = {}
    for name in FATES:
        if listed := by_fate.get(name):
            outlines = [_outline(entry.face) for entry in listed if entry.face is not None]
            found[name] = len(listed), tuple(_blurred(outlines) if name == _REMOVED else outlines)
    return found


def audit_of(caution: str, entries: Iterable[Entry], measures: Mapping[str, Measures]) -> Audit:
    """Describe the whole manifest, and what is held of it."""
    listed = tuple(entries)
    held = [entry.face for entry in listed if entry.face and entry.face.name in measures]
    found = [measures[face.name] for face in held]
    return Audit(
        caution=caution,
        artists=_artists(held),
        measures=_spreads(found),
        years=_counted(str(each.upload_year or UNKNOWN) for each in found),
        formats=_counted(each.format for each in found),
        palette=_palette(found),
        fates={name: _fate(*fate) for name, fate in fates_of(listed).items()},
    )


def concentration(counts: Sequence[int]) -> Concentration:
    """How unequally pictures are spread over artists, from the count of each.

    Sources: Gini, "Variabilità e mutabilità", 1912; Simpson, "Measurement of diversity", Nature
    163, 1949.
    """
    total = sum(counts)
    if not total:
        return Concentration(0, 0, 0.0, 0.0, 0.0, 0)
    ranked = np.sort(np.asarray(counts, dtype=np.float64))
    weights = 2 * np.arange(1, len(ranked) + 1) - len(ranked) - 1
    shares = ranked / total
    return Concentration(
        pictures=total,
        artists=len(ranked),
        gini=max(float(weights @ shares / len(ranked)), 0.0),
        effective=float(1 / (shares @ shares)),
        top_share=float(shares[-1]),
        above_200=int((ranked > MANY_PICTURES).sum()),
    )


def spread_of(values: Sequence[float | None]) -> Spread | None:
    """The distribution of values, None for those not known; None if no value is known."""
    known = [value for value in values if value is not None]
    if not known:
        return None
    quantiles = (float(value) for value in np.quantile(known, _QUANTILES))
    return Spread(len(known), len(values) - len(known), *quantiles)


def _artists(faces: Iterable[Face]) -> Concentration:
    """Of the pictures whose address tells a candidate; the others are not one artist's."""
    return _concentrated((face.photo.raw_name, artist_of(face.photo.url)) for face in faces)


def _concentrated(photos: Iterable[tuple[str, str]]) -> Concentration:
    """From each face's photo and its candidate."""
    return concentration(tuple(Counter(filter(None, dict(photos).values())).values()))


def _spreads(found: Sequence[Measures]) -> Mapping[str, Spread]:
    spreads = {name: spread_of([getattr(each, name) for each in found]) for name in NUMBERS}
    return {name: spread for name, spread in spreads.items() if spread is not None}


def _fate(faces: int, outlines: Sequence[Outline]) -> Fate:
    return Fate(
        faces=faces,
        years=_counted(str(each.year or UNKNOWN) for each in outlines),
        hosts=_counted(each.host or UNKNOWN for each in outlines),
        sizes=_counted(each.size or UNKNOWN for each in outlines),
        artists=_concentrated((each.photo, each.artist) for each in outlines),
        native_size=spread_of([each.native_size for each in outlines]),
        roll=spread_of([each.roll for each in outlines]),
        yaw_proxy=spread_of([each.yaw_proxy for each in outlines]),
    )


def _outline(face: Face) -> Outline:
    url = face.photo.url
    return Outline(
        photo=face.photo.raw_name,
        year=upload_year(url),
        host=host_of(url),
        size=size_of(url),
        artist=artist_of(url),
        native_size=_placed(native_size_of, face),
        roll=_placed(roll_of, face),
        yaw_proxy=_placed(yaw_proxy_of, face),
    )


def _blurred(outlines: Sequence[Outline]) -> Sequence[Outline]:
    if len({each.photo for each in outlines}) < FEWEST:
        return ()
    years, hosts, sizes = (
        Counter(getattr(each, name) for each in outlines) for name in ("year", "host", "size")
    )
    return [
        replace(
            each,
            year=each.year if years[each.year] >= FEWEST else None,
            host=each.host if hosts[each.host] >= FEWEST else "",
            size=each.size if sizes[each.size] >= FEWEST else None,
            native_size=None if each.native_size is None else float(f"{each.native_size:.1g}"),
            roll=None if each.roll is None else float(round(each.roll / 5) * 5),
            yaw_proxy=None if each.yaw_proxy is None else round(each.yaw_proxy, 1),
        )
        for each in outlines
    ]


def _placed(measure: Callable[[Landmarks], float], face: Face) -> float | None:
    try:
        return measure(face.landmarks)
    except ValueError:  # landmarks without an "up"
        return None


def _counted(words: Iterable[str]) -> Mapping[str, int]:
    """The most frequent first, then by word."""
    return dict(sorted(Counter(words).items(), key=lambda pair: (-pair[1], pair[0])))


_HUES = ("red", "orange", "yellow", "green", "cyan", "blue", "purple", "pink")
_HUE_ENDS = np.array([15, 45, 70, 165, 200, 255, 290, 345])
"""Where each hue ends, in degrees; red begins again after pink."""


def hue_of(colour: str) -> str:
    """The word for a colour `#rrggbb`: black, white, grey or a hue."""
    red, green, blue = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    most, least = max(red, green, blue), min(red, green, blue)
    if most < 0.15:
        return "black"
    if most - least < 0.12 * most:
        return "white" if least > 0.85 else "grey"
    if most == red:
        turn = ((green - blue) / (most - least)) % 6
    elif most == green:
        turn = (blue - red) / (most - least) + 2
    else:
        turn = (red - green) / (most - least) + 4
    return (*_HUES, "red")[int(np.searchsorted(_HUE_ENDS, turn * 60, side="right"))]


def _palette(found: Sequence[Measures]) -> Mapping[str, float]:
    shares: dict[str, float] = {}
    for each in found:
        for swatch in each.palette:
            hue = hue_of(swatch.colour)
            shares[hue] = shares.get(hue, 0.0) + swatch.share / len(found)
    return dict(sorted(shares.items(), key=lambda pair: (-pair[1], pair[0])))
