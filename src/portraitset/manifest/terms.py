"""A dataset's description: its terms, licences, makers and what is known of its making.

The terms are shown once and written as NOTICE beside the pictures; all of it goes into what is
handed on. A `dataset.toml` in the workspace or beside the manifest states it; `known_terms` has
those of the datasets that are known here.
"""

import json
import re
import textwrap
import tomllib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import MISSING, dataclass, fields
from pathlib import Path
from typing import get_type_hints

from portraitset.errors import InputError
from portraitset.handoffs import Face

DESCRIPTION = "dataset.toml"

_LISTED = 12
"""Licences that a text names; a release may have one for each of its pictures."""

_DOI = re.compile(r"10\.[0-9]{4,9}(?:\.[0-9]+)?/[A-Za-z0-9:/_;.()\[\]\\-]+")
"""As CITATION.cff 1.2.0 takes it."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What everybody who gets the pictures must know; plain text, a paragraph each.

    The first five are what every description must say; the others have defaults.

    Attributes:
        homepage, same_as, description, keywords: of the dataset; `same_as` are other addresses
            that stand for it.
        metadata_licence: SPDX identifier of the licence of addresses, landmarks and tables.
        picture_licence: SPDX identifier for every picture whose own licence is not known.
        authors: who made the dataset, a name each.
        paper_title, paper_authors, paper_venue, paper_year, paper_doi, bibtex_key: what to cite;
            year 0 means not stated.
        collection, missing_data, annotation, annotation_platform, annotators, preprocessing,
        sensitive, limitations, uses, social_impact, maintenance: what Croissant's vocabulary for
            responsible AI asks for, beside `caution`.
    """

    name: str
    terms: str
    caution: str
    contact: str
    citation: str
    homepage: str = ""
    same_as: tuple[str, ...] = ()
    description: str = ""
    keywords: tuple[str, ...] = ()
    metadata_licence: str = "LicenseRef-dataset-terms"
    picture_licence: str = "LicenseRef-artist-copyright"
    authors: tuple[str, ...] = ()
    paper_title: str = ""
    paper_authors: tuple[str, ...] = ()
    paper_venue: str = ""
    paper_year: int = 0
    paper_doi: str = ""
    bibtex_key: str = ""
    collection: str = "Pictures published on the web, listed by address in a manifest."
    missing_data: str = (
        "A picture that its owner took down, opted out or had removed is missing, and so is one"
        " whose address died. What is missing is counted by reason in CHANGES.md."
    )
    annotation: str = "Eye centres and mouth corners of each face, as the manifest gives them."
    annotation_platform: str = "Not stated by the makers of the dataset."
    annotators: str = "Not stated by the makers of the dataset."
    preprocessing: str = "Each face is cut square and upright by its landmarks."
    sensitive: str = (
        "The pictures show faces. They may show gender, ethnicity or age as an artist saw or"
        " invented them, and addresses and file names may hold artists' names."
    )
    limitations: str = (
        "Addresses die, so what can be built shrinks with time, and not evenly. Who may be shown"
        " in a picture, and whether that person exists, is not recorded."
    )
    uses: str = "Research on generating, editing and analysing artistic portraits."
    social_impact: str = (
        "Models trained on it can imitate living artists and can make pictures of faces that"
        " mislead. The pictures remain their owners', who can have them removed."
    )
    maintenance: str = (
        "Pictures are removed at their owners' wish; each such release raises the major version."
    )

    def __post_init__(self) -> None:
        if not self.name.strip():
            raise InputError("name must not be empty")
        if self.paper_title and not self.paper_authors:
            raise InputError("a paper_title needs its paper_authors")
        if self.paper_doi and not _DOI.fullmatch(self.paper_doi):
            raise InputError(
                f"paper_doi must be a DOI such as 10.5555/12345678, not {self.paper_doi!r:.80}"
            )


def licence_of(face: Face, terms: Terms) -> str:
    """The licence of a face's picture: the manifest's word if it has one, else the dataset's."""
    for field in ("license", "licence"):
        known = face.extra.get(field)
        if isinstance(known, str) and known.strip():
            return known.strip()
    return terms.picture_licence


def picture_licences(faces: Iterable[Face], terms: Terms) -> Mapping[str, int]:
    """How many faces are under each licence of their pictures, the most first."""
    counts = Counter(licence_of(face, terms) for face in faces)
    return dict(sorted(counts.items(), key=lambda pair: (-pair[1], pair[0])))


def find_description(folders: tuple[Path, ...]) -> Path | None:
    """The first `dataset.toml` in these folders."""
    return next((path for folder in folders if (path := folder / DESCRIPTION).is_file()), None)


def paragraphs(terms: Terms) -> list[str]:
    """What is to be said, a paragraph each, not wrapped."""
    parts = [
        terms.name,
        terms.homepage,
        f"Terms. {terms.terms}",
        f"Caution. {terms.caution}",
        f"Removal. {terms.contact}",
        f"Citation. {terms.citation}",
    ]
    return [part for part in parts if part]


def notice_text(terms: Terms, faces: Iterable[Face] = ()) -> str:
    """The NOTICE file's text, wrapped; with how many of these faces are under which licence."""
    parts = paragraphs(terms)
    counts = picture_licences(faces, terms)
    if counts.keys() - {terms.picture_licence}:
        parts.insert(
            -3,
            f"Licences, and faces under each. {_counted(counts)}. credits.csv names that of each.",
        )
    wrapped = (
        textwrap.fill(part, 88, break_long_words=False, break_on_hyphens=False) for part in parts
    )
    return "\n\n".join(wrapped) + "\n"


def _counted(licences: Mapping[str, int]) -> str:
    """The most frequent licences, each on this one line, and how many faces have others."""
    first = list(licences.items())[:_LISTED]
    named = [f"{_on_one_line(licence)} ({count:,})" for licence, count in first]
    if others := sum(licences.values()) - sum(count for _, count in first):
        named.append(f"others ({others:,})")
    return ", ".join(named)


def _on_one_line(text: str) -> str:
    flat = "".join(letter if letter.isprintable() else " " for letter in text)
    return textwrap.shorten(flat, 80, placeholder="…")


def stated_fields(path: Path | None) -> frozenset[str]:
    """Which fields of its terms a `dataset.toml` states itself; the others are defaults.

    Raises:
        InputError: it cannot be read.
    """
    return frozenset() if path is None else frozenset(_table(path))


def description_text(terms: Terms) -> str:
    """A `dataset.toml` that states all of these terms; reading it gives them back."""
    lines = ["[dataset]"]
    for field in fields(Terms):
        value = getattr(terms, field.name)
        lines.append(f"{field.name} = {_toml(list(value) if isinstance(value, tuple) else value)}")
    return "\n".join(lines) + "\n"


def _toml(value: object) -> str:
    """JSON's texts, numbers and lists are TOML's, but for one character."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _table(path: Path) -> dict[str, object]:
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8")).get("dataset", {})
    except (OSError, ValueError) as error:
        raise InputError(f"{path} cannot be read: {error}") from error
    if not isinstance(table, dict):
        raise InputError(f"{path}: [dataset] must be a table, not {table!r:.60}")
    return table


def read_terms(path: Path) -> Terms:
    """The terms that a `dataset.toml` states.

    Raises:
        InputError: it cannot be read or says something unknown.
    """
    table, hints = _table(path), get_type_hints(Terms)
    needed = {field.name for field in fields(Terms) if field.default is MISSING}
    unknown, missing = sorted(table.keys() - hints), sorted(needed - table.keys())
    if unknown or missing:
        raise InputError(
            f"{path}: [dataset] must hold the texts {', '.join(sorted(needed))}"
            + (f"; unknown: {', '.join(unknown)}" if unknown else "")
            + (f"; missing: {', '.join(missing)}" if missing else "")
        )
    for key, value in table.items():
        if not _fits(value, hints[key]):
            raise InputError(f"{path}: [dataset] {key} {_WANTED[hints[key]]}, not {value!r:.60}")
    values = {key: tuple(v) if isinstance(v, list) else v for key, v in table.items()}
    try:
        return Terms(**values)  # type: ignore[arg-type]  # just checked against the hints
    except InputError as error:
        raise InputError(f"{path}: {error}") from error


_WANTED = {str: "must be a text", int: "must be a year", tuple[str, ...]: "must be a list of texts"}


def _fits(value: object, hint: object) -> bool:
    """Whether a value of the file may stand where `hint` is asked for."""
    if hint is int:
        return type(value) is int and 0 <= value <= 9999
    if hint is str:
        return isinstance(value, str)
    return isinstance(value, list) and all(isinstance(text, str) and text for text in value)
