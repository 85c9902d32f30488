"""What a release says of itself: each statement with its value and where that comes from.

Numbers are measured over the faces that are handed on, never typed. Statements come from the
dataset's `dataset.toml`, or from the defaults of its schema, and each says which.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from portraitset.align.settings import CropSettings
from portraitset.attribution.changes import left_out, setting_pairs
from portraitset.attribution.licence import licence_url
from portraitset.curate.holdings import HeldFace, Holdings
from portraitset.identity import SOFTWARE
from portraitset.manifest.addresses import host_of, upload_day
from portraitset.manifest.local import is_local
from portraitset.manifest.terms import DESCRIPTION, Terms

MEASURED = "measured over the faces of this release"
FROM_LEDGER = "the workspace's ledger"
FROM_TOOL = "what the tool does"

Value = str | tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Fact:
    """A statement and its source: a field of `dataset.toml`, its default, or a measurement."""

    value: Value
    source: str


@dataclass(frozen=True, slots=True)
class Measures:
    """The counts and measures that documents quote.

    Attributes:
        faces, photos: how many.
        hosts: photos by host, most first.
        at_hand: photos that are published nowhere: files of whoever made the dataset.
        most_faces: of one photo.
        formats: photos by file format.
        sides: the shortest and the longest side of an original, in pixels.
        original_bytes: of all originals together.
        uploads: days on which the first and the last picture was uploaded, where addresses say so.
        days: UTC days on which the first and the last of these faces was made.
        splits: faces by split.
        missing: the manifest's entries that are not in it, by why.
    """

    faces: int
    photos: int
    hosts: Mapping[str, int]
    at_hand: int
    most_faces: int
    formats: Mapping[str, int]
    sides: tuple[int, int]
    original_bytes: int
    uploads: tuple[str, str] | None
    days: tuple[str, str]
    splits: Mapping[str, int]
    missing: Mapping[str, int]


def measure(holdings: Holdings, faces: Sequence[HeldFace], splits: Iterable[str]) -> Measures:
    """Count what is handed on; `faces` must not be empty."""
    photos = {held.photo.raw_name: held.photo for held in faces}
    on_web = [photo for photo in photos.values() if not is_local(photo.url)]
    sides = [side for photo in photos.values() for side in (photo.width or 0, photo.height or 0)]
    per_photo = Counter(held.photo.raw_name for held in faces)
    days = sorted(_day(held.record.decided_at) for held in faces)
    uploads = sorted(filter(None, (upload_day(photo.url) for photo in photos.values())))
    missing = left_out(holdings, faces)
    return Measures(
        len(faces),
        len(photos),
        _ranked(host_of(photo.url) for photo in on_web),
        len(photos) - len(on_web),
        max(per_photo.values()),
        _ranked(photo.format or "unknown" for photo in photos.values()),
        (min(sides), max(sides)),
        sum(photo.byte_count or 0 for photo in photos.values()),
        (uploads[0], uploads[-1]) if uploads else None,
        (days[0], days[-1]),
        _ranked(splits),
        {title: len(names) for title, names in missing.items()},
    )


def facts_of(holdings: Holdings, found: Measures) -> Mapping[str, Fact]:
    """Every statement of the release, by Croissant's name of it; empty ones are left out."""
    parts = _general(holdings, found), _making(holdings, found), _weighing(holdings)
    return {name: fact for part in parts for name, fact in part if fact.value}


def citation_of(terms: Terms) -> str:
    """What to cite, as BibTeX; the sentence of the terms where they name no paper."""
    if not terms.paper_title:
        return terms.citation
    fields = {
        "title": terms.paper_title,
        "author": " and ".join(terms.paper_authors),
        "booktitle": terms.paper_venue,
        "year": str(terms.paper_year or ""),
        "doi": terms.paper_doi,
    }
    kind = "inproceedings" if terms.paper_venue else "article"
    lines = (f"  {name} = {{{_in_braces(value)}}}" for name, value in fields.items() if value)
    return f"@{kind}{{{terms.bibtex_key or 'dataset'},\n" + ",\n".join(lines) + "\n}"


def _general(holdings: Holdings, found: Measures) -> Iterator[tuple[str, Fact]]:
    terms, stated = holdings.terms, _Stated(holdings)
    counted = f"{found.faces:,} faces in {found.photos:,} pictures, by address and landmarks."
    first, last = found.days
    yield "name", stated.fact("name")
    yield (
        "description",
        Fact(f"{terms.description} {counted}".strip(), f"{MEASURED}; {DESCRIPTION}"),
    )
    yield "license", stated.as_fact("metadata_licence", _licence(terms))
    yield "sdLicense", stated.as_fact("metadata_licence", _licence(terms))
    yield "url", stated.fact("homepage")
    yield "sameAs", stated.fact("same_as")
    yield "creator", stated.as_fact("authors", terms.authors or (f"The makers of {terms.name}",))
    yield "publisher", stated.as_fact("name", f"The makers of {terms.name}")
    yield (
        "citeAs",
        stated.as_fact("paper_title" if terms.paper_title else "citation", citation_of(terms)),
    )
    yield "keywords", stated.as_fact("keywords", terms.keywords or ("faces", "portraits", "art"))
    yield "version", Fact(holdings.version, FROM_LEDGER)
    yield "sdVersion", Fact(holdings.version, FROM_LEDGER)
    yield "dateCreated", Fact(first, f"{FROM_LEDGER}: the day on which its first face was made")
    yield "dateModified", Fact(last, f"{FROM_LEDGER}: the day on which its last face was made")
    yield "datePublished", Fact(last, f"{FROM_LEDGER}: the day on which its last face was made")
    yield "inLanguage", Fact(("en",), FROM_TOOL)


def _making(holdings: Holdings, found: Measures) -> Iterator[tuple[str, Fact]]:
    """How it came about, in the vocabulary for responsible AI 1.0."""
    stated = _Stated(holdings)
    yield "rai:dataCollection", stated.fact("collection")
    yield (
        "rai:dataCollectionType",
        Fact(_collection_types(found), f"{FROM_TOOL}: by address, or at hand (Others)"),
    )
    yield "rai:dataCollectionMissingData", stated.measured("missing_data", _missing(found))
    yield "rai:dataCollectionRawData", Fact(_raw_data(found), MEASURED)
    yield "rai:dataCollectionTimeframe", _timeframe(found)
    yield (
        "rai:dataImputationProtocol",
        Fact(_imputation(holdings.settings), f"{FROM_LEDGER}: crop settings"),
    )
    yield "rai:dataManipulationProtocol", Fact(_manipulation(holdings, found), MEASURED)
    yield (
        "rai:dataPreprocessingProtocol",
        stated.as_fact(
            "preprocessing",
            (holdings.terms.preprocessing, f"Crop settings: {_settings(holdings)}."),
        ),
    )
    yield "rai:dataAnnotationProtocol", stated.fact("annotation")
    yield "rai:dataAnnotationPlatform", stated.many("annotation_platform")
    yield (
        "rai:dataAnnotationAnalysis",
        Fact((f"All {found.faces:,} sets of landmarks allow an upright square crop.",), MEASURED),
    )
    yield (
        "rai:annotationsPerItem",
        Fact(f"Four points for each face; 1 to {found.most_faces:,} faces a picture.", MEASURED),
    )
    yield "rai:annotatorDemographics", stated.many("annotators")
    yield (
        "rai:machineAnnotationTools",
        Fact((f"{SOFTWARE}: artist candidates and asset numbers, read from addresses",), FROM_TOOL),
    )


def _weighing(holdings: Holdings) -> Iterator[tuple[str, Fact]]:
    """What its users must weigh, in the same vocabulary."""
    stated = _Stated(holdings)
    yield "rai:dataBiases", stated.many("caution")
    yield "rai:dataUseCases", stated.many("uses")
    yield "rai:dataLimitations", stated.many("limitations")
    yield "rai:dataSocialImpact", stated.fact("social_impact")
    yield "rai:personalSensitiveInformation", stated.many("sensitive")
    yield (
        "rai:dataReleaseMaintenancePlan",
        stated.as_fact("maintenance", f"{holdings.terms.maintenance} {holdings.terms.contact}"),
    )


class _Stated:
    """The terms' statements, each with whether `dataset.toml` or a default made it."""

    def __init__(self, holdings: Holdings) -> None:
        self._terms, self._stated = holdings.terms, holdings.stated

    def as_fact(self, field: str, value: Value) -> Fact:
        """A statement whose value is made of a field of the terms."""
        default = "" if field in self._stated else ", by default"
        return Fact(value, f"{DESCRIPTION}: {field}{default}")

    def fact(self, field: str) -> Fact:
        """A statement whose value is the text of a field of the terms."""
        return self.as_fact(field, getattr(self._terms, field))

    def many(self, field: str) -> Fact:
        """A field's text where the vocabulary wants several."""
        return self.as_fact(field, (getattr(self._terms, field),))

    def measured(self, field: str, counted: str) -> Fact:
        """A field's text and what was counted about it."""
        fact = self.as_fact(field, f"{getattr(self._terms, field)} {counted}")
        return Fact(fact.value, f"{fact.source}; {MEASURED}")


def _licence(terms: Terms) -> str:
    return licence_url(terms.metadata_licence) or terms.metadata_licence


def _missing(found: Measures) -> str:
    counts = ", ".join(f"{title} {count:,}" for title, count in found.missing.items())
    return f"Not in this release, of the manifest's entries: {counts or 'none'}."


def _collection_types(found: Measures) -> tuple[str, ...]:
    """How pictures were come by, in the vocabulary's words."""
    of_web = ("Web Scraping",) if found.hosts else ()
    return of_web + (("Others",) if found.at_hand else ())


def _raw_data(found: Measures) -> str:
    hosts = ", ".join(f"{host} ({count:,})" for host, count in list(found.hosts.items())[:5])
    more = f" and {len(found.hosts) - 5:,} other hosts" if len(found.hosts) > 5 else ""
    web = f" at {hosts}{more}" if hosts else ""
    at_hand = f", {found.at_hand:,} of them published nowhere" if found.at_hand else ""
    formats = ", ".join(f"{count:,} {name}" for name, count in found.formats.items())
    return (
        f"{found.photos:,} pictures{web}{at_hand}: {formats};"
        f" sides of {found.sides[0]:,} to {found.sides[1]:,} pixels;"
        f" {found.original_bytes:,} bytes. They are not part of the release."
    )


def _timeframe(found: Measures) -> Fact:
    if found.uploads:
        return Fact(
            found.uploads, "measured: upload times in the addresses, the first and the last"
        )
    return Fact(
        found.days, f"{FROM_LEDGER}: no address tells an upload time; the faces were made then"
    )


def _imputation(settings: CropSettings) -> str:
    if not settings.padding:
        return "None; where a crop reaches beyond its picture, it is black."
    how = {
        "edge": "the picture is continued by its outermost pixels",
        "constant": f"it is {settings.border_colour}",
    }.get(settings.border, "the picture is continued by reflection")
    return f"Where a crop reaches beyond its picture, {how}."


def _manipulation(holdings: Holdings, found: Measures) -> str:
    rescued = "" if not _rescued(holdings) else " Some originals came from another address."
    return (
        f"{found.faces:,} of {len(holdings.manifest):,} entries are handed on; no landmark was"
        f" altered.{rescued} CHANGES.md lists the differences."
    )


def _rescued(holdings: Holdings) -> bool:
    return any(held.photo.rescued for held in holdings.faces)


def _settings(holdings: Holdings) -> str:
    return ", ".join(f"{name} {ours}" for name, _, ours in setting_pairs(holdings.settings))


def _ranked(values: Iterable[str]) -> Mapping[str, int]:
    return dict(sorted(Counter(values).items(), key=lambda pair: (-pair[1], pair[0])))


def _day(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).date().isoformat()


def _in_braces(text: str) -> str:
    return text.replace("{", "").replace("}", "")
