"""What the report says of a workspace: holdings, measures and losses as the page's content."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Protocol

import numpy as np

from portraitset.curate.audit import (
    FEWEST,
    MANY_PICTURES,
    Entry,
    Outline,
    concentration,
    fates_of,
)
from portraitset.curate.duplicates import Copy as Member
from portraitset.curate.duplicates import Group, Reach
from portraitset.curate.duplicates_file import duplicates_among
from portraitset.curate.holdings import HeldFace, Holdings
from portraitset.curate.measure import Measures
from portraitset.detect.findings import Finding
from portraitset.errors import State
from portraitset.handoffs import Face, Selection
from portraitset.identity import SOFTWARE
from portraitset.manifest.addresses import artist_of, upload_year
from portraitset.manifest.local import is_local
from portraitset.pipeline.linkrot import FAILED, GONE, HELD, REFUSED, UNASKED, Address, count_rot
from portraitset.pipeline.standing import Standing
from portraitset.report import plots
from portraitset.report.canvas import Plot
from portraitset.report.contact_sheet import choose_evenly
from portraitset.report.content import (
    MEANINGS,
    Content,
    Copy,
    Count,
    Duplicates,
    Gallery,
    Listing,
    Loss,
)
from portraitset.report.disagreements import points_check
from portraitset.report.pictures import MOST, SmallPicture
from portraitset.report.survivors import Fate, survival_plot, years_plot

_MOST_ARTISTS = 8
_MOST_HOSTS = 8
_MOST_GROUPS = 40
_MOST_COPIES = 8
"""Groups of duplicates that are shown, and copies in each."""

_REMOVED = "removed"
_FATES: Mapping[State, str] = {
    State.ALIGNED: HELD,
    State.FETCHED: HELD,
    State.UNAVAILABLE: GONE,
    State.REFUSED: REFUSED,
    State.FAILED: FAILED,
    State.PENDING: UNASKED,
    State.REMOVED: _REMOVED,
}
_SURVIVAL = ("available", "dead", "removed")
"""The fates that are compared."""


class Pictures(Protocol):
    """Where the page's pictures come from."""

    def teaser(self) -> str | None:
        """The contact sheet, a WebP file in base64; None without pictures."""
        ...

    def gallery(self, faces: Sequence[HeldFace], /) -> tuple[int, Sequence[SmallPicture | None]]:
        """The faces' pictures and their side in pixels; 0 and none without pictures."""
        ...

    def copies(self, faces: Sequence[HeldFace], /) -> Sequence[SmallPicture | None]:
        """Pictures large enough to compare; None for each without pictures."""
        ...


def content_of(
    holdings: Holdings,
    measures: Mapping[str, Measures],
    reach: Reach,
    pictures: Pictures,
    findings: Sequence[Finding],
    *,
    public: bool,
) -> Content:
    """Put together the content of the report's page.

    Args:
        reach: how copies are sought.
        findings: what `check-landmarks` found and still holds.
    """
    listed = choose_evenly(holdings.faces, MOST)
    side, small = pictures.gallery(listed)
    split = _public_split if public else _split
    rows = [
        _listing(held, measures.get(held.name), split(held.name, holdings.selection))
        for held in listed
    ]
    artists = _artists(holdings.faces)
    addresses = _addresses(holdings)
    losses = list(_losses(holdings))
    if public:  # what a fetch came to may tell the address of a mirror of this house
        losses = [replace(loss, detail="") for loss in losses]
    return Content(
        terms=holdings.terms,
        version=holdings.version,
        public=public,
        facts=list(_facts(holdings)),
        figures=list(_figures(holdings, artists)),
        counts=_counts(holdings.standings),
        losses=losses,
        survival=list(_survival(holdings, addresses)),
        traits=list(_traits(measures, holdings.settings.size, artists)),
        artists=[pair for pair in artists.most_common(_MOST_ARTISTS) if pair[1] > 1],
        hosts=list(_hosts(addresses)),
        duplicates=list(_duplicates(holdings, measures, reach, pictures)),
        gallery=Gallery(rows, small, side, len(holdings.faces)),
        teaser=pictures.teaser(),
        points=points_check(holdings, findings, named_faces(holdings), pictures),
        notes=list(_notes(holdings, measures)),
    )


def named_faces(holdings: Holdings) -> Mapping[str, Face]:
    """The faces that the page may name: all but those that were removed."""
    removed = {item.name for item in holdings.standings if item.state is State.REMOVED}
    return {face.name: face for face in holdings.manifest if face.name not in removed}


def _facts(holdings: Holdings) -> Iterator[tuple[str, str]]:
    settings, selection = holdings.settings, holdings.selection
    yield "Manifest", f"{holdings.manifest.schema}, git blob {holdings.blob_id}"
    if decided := max((held.record.decided_at for held in holdings.faces), default=0):
        yield "Last crop", f"{datetime.fromtimestamp(decided, UTC):%Y-%m-%d}"
    yield "Crops", f"{settings.size} pixels, quality {settings.quality}"
    if selection is not None:
        sides = Counter(selection.splits.values())
        kept = ", ".join(f"{count:,} in {split}" for split, count in sorted(sides.items()))
        yield "Selection", f"{kept or 'none kept'}; {len(selection.dropped):,} dropped"
    yield "Program", SOFTWARE


def _figures(holdings: Holdings, artists: Counter[str]) -> Iterator[tuple[str, str]]:
    """The numbers that come first."""
    fates = Counter(_FATES.get(item.state, "invalid") for item in holdings.standings)
    photos = {held.face.photo.raw_name for held in holdings.faces}
    yield "faces in the manifest", f"{len(holdings.standings):,}"
    yield "aligned", f"{len(holdings.faces):,}"
    yield "originals they come from", f"{len(photos):,}"
    yield "candidate artists", f"{len(artists):,}"
    if busy := concentration(tuple(artists.values())).above_200:
        yield f"artists with more than {MANY_PICTURES} pictures", f"{busy:,}"
    if holdings.selection is not None:
        yield "kept by the selection", f"{sum(1 for _ in holdings.selected()):,}"
    yield "no longer at their address", f"{fates[GONE]:,}"
    if fates[_REMOVED]:
        yield "removed", f"{fates[_REMOVED]:,}"


def _counts(standings: Iterable[Standing]) -> list[Count]:
    """By state and reason, in the order of the states, the most frequent reason first."""
    found = Counter((item.state, item.reason or "") for item in standings)
    order = list(State)
    ranked = sorted(found.items(), key=lambda pair: (order.index(pair[0][0]), -pair[1], pair[0]))
    ranked.sort(key=lambda pair: pair[0][0] is not State.ALIGNED)
    return [
        Count(state, "" if reason == state else reason, faces, _meaning(state, reason))
        for (state, reason), faces in ranked
    ]


def _meaning(state: State, reason: str) -> str:
    return MEANINGS.get(reason) or MEANINGS.get(state, "")


def _losses(holdings: Holdings) -> Iterator[Loss]:
    """The faces that are not there, but for those that were removed: they are named nowhere."""
    faces = {face.name: face for face in holdings.manifest}
    for item in holdings.standings:
        if item.state not in (State.ALIGNED, State.REMOVED):
            url = faces[item.name].photo.url if item.name in faces else ""
            yield Loss(item.name, url, item.state, item.reason or "", item.detail or "")


def _addresses(holdings: Holdings) -> list[Address]:
    """Each photo's address on the web, and what came of it."""
    fates = {item.name: _FATES.get(item.state) for item in holdings.standings}
    found: dict[str, Address] = {}
    for face in holdings.manifest:
        if (fate := fates.get(face.name)) is not None and not is_local(face.photo.url):
            found.setdefault(face.photo.raw_name, Address(face.photo.url, fate, fate))
    return list(found.values())


def _hosts(addresses: Iterable[Address]) -> Iterator[tuple[str, int, int]]:
    """The hosts with the most pictures: how many, and how many of them are gone."""
    rot = count_rot(item for item in addresses if item.fate != _REMOVED)  # it is named nowhere
    for host, fates in list(rot.hosts.items())[:_MOST_HOSTS]:
        yield host, sum(fates.values()), fates.get(GONE, 0)


def _survival(holdings: Holdings, addresses: Sequence[Address]) -> Iterator[Plot]:
    if addresses:
        yield years_plot(count_rot(_undated(addresses)).years)
    faces = {face.name: face for face in holdings.manifest}
    found = fates_of(Entry(item.state, faces.get(item.name)) for item in holdings.standings)
    groups = [_fate(name, *found[name]) for name in _SURVIVAL if name in found]
    if (plot := survival_plot(groups)) is not None:
        yield plot


def _undated(addresses: Sequence[Address]) -> Iterator[Address]:
    """Without the year of a removed picture that few removed ones share: it would point at one."""
    years = Counter(upload_year(item.url) for item in addresses if item.fate == _REMOVED)
    for item in addresses:
        few = item.fate == _REMOVED and years[upload_year(item.url)] < FEWEST
        yield replace(item, url="") if few else item


def _fate(name: str, faces: int, outlines: Iterable[Outline]) -> Fate:
    rows = [
        (each.year or np.nan, each.native_size, each.roll)
        for each in outlines
        if each.native_size is not None
    ]
    years, sizes, tilts = np.array(rows, dtype=np.float64).reshape(-1, 3).T
    return Fate(name, faces, years, sizes, np.abs(tilts))


def _traits(measures: Mapping[str, Measures], output: int, artists: Counter[str]) -> Iterator[Plot]:
    if not measures:
        return
    found = list(measures.values())

    def column(name: str) -> plots.Values:
        return np.array([getattr(one, name) for one in found], dtype=np.float64)

    swatches = [swatch for one in found for swatch in one.palette]
    shares = np.array([swatch.share for swatch in swatches])
    qualities = [one.compression_quality for one in found if one.compression_quality is not None]
    yield plots.palette_plot([swatch.colour for swatch in swatches], shares)
    yield plots.tones_plot(column("brightness"), column("contrast"), column("colourfulness"))
    yield plots.native_size_plot(column("native_size"), output)
    yield plots.sharpness_plot(column("sharpness"))
    yield plots.pose_plot(column("roll"), column("yaw_proxy"))
    yield plots.padding_plot(column("padded_fraction"))
    if qualities:
        yield plots.compression_plot(np.array(qualities, dtype=np.float64), len(found))
    if len(artists) > 1:
        spread = concentration(tuple(artists.values()))
        counts = np.array(sorted(artists.values()), dtype=np.float64)
        yield plots.concentration_plot(counts, spread.gini, spread.effective)


def _artists(faces: Iterable[HeldFace]) -> Counter[str]:
    """Pictures by candidate artist, where the address tells one."""
    urls = {held.face.photo.raw_name: held.face.photo.url for held in faces}
    return Counter(sorted(filter(None, map(artist_of, urls.values()))))


def _listing(held: HeldFace, found: Measures | None, split: str) -> Listing:
    url = held.face.photo.url
    base = Listing(held.name, url, artist_of(url), upload_year(url), split)
    if found is None:
        return base
    return Listing(
        base.name,
        base.url,
        base.artist,
        base.year,
        base.split,
        found.native_size,
        found.padded_fraction,
        found.sharpness,
        found.brightness,
        found.colourfulness,
    )


def _split(name: str, selection: Selection | None) -> str:
    if selection is None:
        return ""
    if (split := selection.splits.get(name)) is not None:
        return split
    reason = selection.dropped.get(name)
    return "not yet curated" if reason is None else f"dropped: {reason}"


def _public_split(name: str, selection: Selection | None) -> str:
    reason = selection.public_reason(name) if selection else None
    return _split(name, selection) if reason is None else f"dropped: {reason}"


def _duplicates(
    holdings: Holdings, measures: Mapping[str, Measures], reach: Reach, pictures: Pictures
) -> Iterator[Duplicates]:
    found = duplicates_among((held.face for held in holdings.faces), measures, reach)
    by_name = {held.name: held for held in holdings.faces}
    by_photo = {held.face.photo.raw_name: held for held in reversed(holdings.faces)}
    for what, groups, held in (("picture", found.works, by_photo), ("face", found.faces, by_name)):
        if groups:
            shown = [_side_by_side(group, held, pictures) for group in groups[:_MOST_GROUPS]]
            copies = sum(len(group.copies) - 1 for group in groups)
            yield Duplicates(what, tuple(shown), len(groups), copies)


def _side_by_side(
    group: Group, held: Mapping[str, HeldFace], pictures: Pictures
) -> tuple[Copy, ...]:
    """A group with the one to keep first."""
    ranked = sorted(group.copies, key=lambda copy: (copy.name != group.best, copy.distance))
    ranked = ranked[:_MOST_COPIES]
    made = pictures.copies([held[copy.name] for copy in ranked])
    best = group.copies[0]
    return tuple(
        Copy(copy.name, _words(copy, best, group), copy is best, picture)
        for copy, picture in zip(ranked, made, strict=True)
    )


def _words(copy: Member, best: Member, group: Group) -> str:
    if copy is best:
        return f"kept: {group.reason}"
    return "a copy, mirrored" if copy.mirrored != best.mirrored else "a copy"


def _notes(holdings: Holdings, measures: Mapping[str, Measures]) -> Iterator[str]:
    if unmeasured := sum(held.name not in measures for held in holdings.faces):
        yield f"{unmeasured:,} faces are not measured: they are new, or their files cannot be read."
    if rescued := sum(held.photo.rescue_url is not None for held in holdings.faces):
        yield f"{rescued:,} faces come from elsewhere than their exact address: rescued, on record."
