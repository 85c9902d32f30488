"""The licence set of whatever is handed on: licence, notice, citation, credits, changes.

They say the same for the same faces, on any machine and at any time.
"""

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence

import yaml

from portraitset.attribution.changes import Rendition, changes_text
from portraitset.curate.holdings import HeldFace, Holdings
from portraitset.handoffs import Face
from portraitset.manifest.addresses import artist_of, asset_of
from portraitset.manifest.terms import Terms, licence_of, notice_text, picture_licences

LICENCE_FILES = ("LICENSE", "NOTICE", "CITATION.cff", "credits.csv", "CHANGES.md")
"""What every folder and archive that is handed on carries."""

CODE_LICENCE = "Apache-2.0"
_CANDIDATE = "candidate: read from the address, not proven"
_STATED = ("author", "title", "licence_url", "page", "country")
"""What a manifest may state of a picture, in fields of these names; FFHQ and MetFaces do. Where no
face has one of them, there is no such column."""

_CREDITS = ("face", "url", "asset", "artist_candidate", "artist_basis", "licence")
_ADDRESS = re.compile(r"https?://[^\s/]\S*")
"""As CITATION.cff 1.2.0 takes it; a homepage in other words is left out there."""

_STARTS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
"""What spreadsheets take for a formula (OWASP, CSV injection)."""

_LICENCE_NAMES = {
    "CC-BY-NC-SA-4.0": (
        "Creative Commons Attribution-NonCommercial-ShareAlike 4.0 International",
        "https://creativecommons.org/licenses/by-nc-sa/4.0/legalcode",
    ),
    "CC-BY-NC-4.0": (
        "Creative Commons Attribution-NonCommercial 4.0 International",
        "https://creativecommons.org/licenses/by-nc/4.0/legalcode",
    ),
    "CC-BY-SA-4.0": (
        "Creative Commons Attribution-ShareAlike 4.0 International",
        "https://creativecommons.org/licenses/by-sa/4.0/legalcode",
    ),
    "CC-BY-4.0": (
        "Creative Commons Attribution 4.0 International",
        "https://creativecommons.org/licenses/by/4.0/legalcode",
    ),
    "CC-BY-NC-2.0": (
        "Creative Commons Attribution-NonCommercial 2.0 Generic",
        "https://creativecommons.org/licenses/by-nc/2.0/legalcode",
    ),
    "CC-BY-2.0": (
        "Creative Commons Attribution 2.0 Generic",
        "https://creativecommons.org/licenses/by/2.0/legalcode",
    ),
    "CC-PDM-1.0": (
        "Creative Commons Public Domain Mark 1.0 Universal",
        "https://creativecommons.org/publicdomain/mark/1.0/",
    ),
    "CC0-1.0": (
        "Creative Commons Zero v1.0 Universal",
        "https://creativecommons.org/publicdomain/zero/1.0/legalcode",
    ),
    "Apache-2.0": ("Apache License 2.0", "https://www.apache.org/licenses/LICENSE-2.0"),
}
_REFERENCES = {
    "LicenseRef-artist-copyright": (
        "All rights in a picture, and in what is cut from it, stay with the artist or other owner"
        " of the picture. Nothing here grants you a right to copy, show or hand on a picture;"
        " whether the law of your country lets you use one for research is for you to find out."
        " At the owner's wish it must be removed: see NOTICE. credits.csv names the address of"
        " each."
    ),
    "LicenseRef-dataset-terms": (
        "The terms that NOTICE states. The makers of the dataset named no licence beyond them."
    ),
}


def licence_set(
    holdings: Holdings, faces: Sequence[HeldFace], rendition: Rendition | None = None
) -> Mapping[str, bytes]:
    """The licence set for handing on these faces, as file name and bytes.

    Args:
        faces: those that are handed on, in the order in which `credits.csv` is to list them.
        rendition: as what their crops are handed on; None if they are not, or as they are.
    """
    handed = [held.face for held in faces]
    texts = (
        licence_text(holdings.terms, handed),
        notice_text(holdings.terms, handed),
        citation_text(holdings.terms, holdings.version),
        credits_text(handed, holdings.terms),
        changes_text(holdings, faces, rendition),
    )
    return {
        name: text.encode(errors="replace") for name, text in zip(LICENCE_FILES, texts, strict=True)
    }


def licence_url(licence: str) -> str | None:
    """Where a licence's text can be read; None where it is not published or not known here."""
    named = _LICENCE_NAMES.get(licence)
    return named[1] if named else None


def licence_text(terms: Terms, faces: Iterable[Face] = ()) -> str:
    """The LICENSE: what is under which licence, by SPDX identifier.

    Args:
        faces: those that are handed on; licences of their own are named if they are known here.
    """
    own = picture_licences(faces, terms)
    licences = (
        ("The metadata: addresses, landmarks, digests, tables, documents", terms.metadata_licence),
        ("Each picture, unless credits.csv names its own licence", terms.picture_licence),
        *(
            (f"{count:,} of the pictures, which credits.csv names", licence)
            for licence, count in own.items()
            if licence in _LICENCE_NAMES and licence != terms.picture_licence
        ),
        ("Code, such as the scripts within a page", CODE_LICENCE),
    )
    identifiers = " AND ".join(dict.fromkeys(licence for _, licence in licences))
    lines = [terms.name, "", f"SPDX-License-Identifier: {identifiers}", ""]
    lines += [f"{what}:\n  {_named(licence)}\n" for what, licence in licences]
    for licence in dict.fromkeys(licence for _, licence in licences):
        if licence.startswith("LicenseRef-"):
            text = _REFERENCES.get(licence, _REFERENCES["LicenseRef-dataset-terms"])
            lines += [f"LicenseID: {licence}", f"ExtractedText: <text>{text}</text>", ""]
    lines += ["The dataset's terms, whom to ask for a removal, and what to cite: NOTICE.", ""]
    return "\n".join(lines)


def citation_text(terms: Terms, version: str) -> str:
    """The CITATION.cff, in version 1.2.0 of the format, of type dataset.

    Its preferred citation is the paper, if the terms name one.
    """
    url = licence_url(terms.metadata_licence)
    content: dict[str, object] = {
        "cff-version": "1.2.0",
        "message": "If you use this dataset, please cite it as below.",
        "type": "dataset",
        "title": terms.name,
        "version": version,
        "authors": _people(terms.authors or (f"The makers of {terms.name}",), not terms.authors),
    }
    content |= {"abstract": terms.description} if terms.description else {}
    content |= {"keywords": list(dict.fromkeys(terms.keywords))} if terms.keywords else {}
    content |= {"url": terms.homepage} if _ADDRESS.fullmatch(terms.homepage) else {}
    content |= {"license": terms.metadata_licence} if url else {}
    content |= {"preferred-citation": _paper(terms)} if terms.paper_title else {}
    return str(yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=88))


def credits_text(faces: Sequence[Face], terms: Terms) -> str:
    """The credits.csv: a face a row; an artist is a candidate and marked as such, an author stated.

    A cell that a spreadsheet would take for a formula begins with an apostrophe.
    """
    stated = [name for name in _STATED if any(_stated(face, name) for face in faces)]
    rows = ((*_credit(face, terms), *(_stated(face, name) for name in stated)) for face in faces)
    return csv_text((*_CREDITS, *stated), rows)


def csv_text(header: Sequence[str], rows: Iterable[Iterable[object]]) -> str:
    """A table in which no cell begins as a spreadsheet's formula does."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    for row in rows:
        writer.writerow(_harmless(cell) if isinstance(cell, str) else cell for cell in row)
    return text.getvalue()


def _credit(face: Face, terms: Terms) -> tuple[str, ...]:
    url = face.photo.url
    artist = artist_of(url)
    basis = _CANDIDATE if artist else ""
    return face.name, url, asset_of(url) or "", artist, basis, licence_of(face, terms)


def _stated(face: Face, field: str) -> str:
    """A text of the manifest's; empty where it is none."""
    value = face.extra.get(field)
    return value if isinstance(value, str) else ""


def _harmless(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_STARTS_A_FORMULA) else cell


def _named(licence: str) -> str:
    name, url = _LICENCE_NAMES.get(licence, ("", ""))
    return "\n  ".join(filter(None, (licence, name, url)))


def _people(names: Sequence[str], entity: bool = False) -> list[dict[str, str]]:
    """Authors as the format wants them: the last word of a person's name is the family's."""
    people = []
    for name in names:
        given, _, family = name.strip().rpartition(" ")
        whole = entity or not given
        people.append({"name": name} if whole else {"family-names": family, "given-names": given})
    return people


def _paper(terms: Terms) -> dict[str, object]:
    paper: dict[str, object] = {
        "type": "conference-paper" if terms.paper_venue else "article",
        "title": terms.paper_title,
        "authors": _people(terms.paper_authors),
    }
    if terms.paper_venue:
        paper |= {"collection-title": terms.paper_venue, "conference": {"name": terms.paper_venue}}
    paper |= {"year": terms.paper_year} if terms.paper_year else {}
    paper |= {"doi": terms.paper_doi} if terms.paper_doi else {}
    return paper
