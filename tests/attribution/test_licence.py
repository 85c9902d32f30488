"""The licence set: texts from one description, safe in a spreadsheet, valid as a citation."""

import csv
import io
import warnings
from dataclasses import replace
from typing import Any

import pytest
import yaml

from entries import entry, parsed
from portraitset.attribution.changes import plain
from portraitset.attribution.licence import citation_text, credits_text, licence_text
from portraitset.handoffs import Face
from portraitset.manifest.known_terms import AAHQ
from portraitset.manifest.native import COLUMNS
from portraitset.manifest.terms import Terms, licence_of
from portraitset.release.card import front_matter, size_category
from portraitset.release.croissant import document

OWN = Terms("Own", "Yours.", "Few.", "own@example.org", "Me, 2026.")
BASE = "https://cdna.gallery.example/p/assets/images/images/000/000/001/large"


def face(name: str = "a.png", **changes: object) -> Face:
    return next(iter(parsed({name: entry(**changes)})))


def is_valid(text: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # its own imports
        from cffconvert import Citation
    Citation(text).validate()


def test_licence_names_each_kind_by_its_identifier() -> None:
    text = licence_text(AAHQ)
    assert (
        "SPDX-License-Identifier: CC-BY-NC-SA-4.0 AND LicenseRef-artist-copyright AND Apache-2.0"
        in text
    )
    assert "https://creativecommons.org/licenses/by-nc-sa/4.0/legalcode" in text
    assert "LicenseID: LicenseRef-artist-copyright\nExtractedText: <text>All rights" in text
    assert len(text) < 3000


def test_unnamed_licence_is_not_made_up() -> None:
    text = licence_text(OWN)
    assert "LicenseRef-dataset-terms" in text
    assert "CC-BY" not in text
    assert "license" not in yaml.safe_load(citation_text(OWN, "1.0.0"))


def test_citation_prefers_the_paper() -> None:
    text = citation_text(AAHQ, "2.0.0")
    is_valid(text)
    content = yaml.safe_load(text)
    assert (content["type"], content["version"]) == ("dataset", "2.0.0")
    paper = content["preferred-citation"]
    assert paper["title"].startswith("BlendGAN")
    assert paper["authors"][0] == {"family-names": "Liu", "given-names": "Mingcong"}
    assert paper["year"] == 2021


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"authors": ("Cher", "Jane van Doe"), "keywords": ("a", "a", "b")},
        {"name": "1.0", "description": "no: yaml\n- [here] # \"'"},
        {"metadata_licence": "MIT", "homepage": "https://example.org/x"},
        {"paper_title": "T", "paper_authors": ("A",)},
        {"paper_title": "T", "paper_authors": ("A",), "paper_doi": "10.5555/a_b-c.(1)"},
        {"homepage": "example.org"},
        {"homepage": "see https://example.org"},
        {"homepage": "https://example.org/x\ny: z"},
        {"name": "\ud800 half"},
    ],
)
def test_any_description_makes_a_valid_citation(changes: dict[str, Any]) -> None:
    text = citation_text(replace(OWN, **changes), "1.0.0").encode(errors="replace").decode()
    is_valid(text)


def test_picture_whose_licence_is_known_keeps_it() -> None:
    assert licence_of(face(), AAHQ) == "LicenseRef-artist-copyright"
    assert licence_of(face(license="CC-BY-2.0"), AAHQ) == "CC-BY-2.0"
    for nonsense in (3, "", "  ", None, ["CC"]):
        assert licence_of(face(license=nonsense), AAHQ) == "LicenseRef-artist-copyright"


@pytest.mark.parametrize("start", ["=", "+", "-", "@"])
def test_no_cell_begins_like_a_formula(start: str) -> None:
    sly = f"{start}cmd|'C calc'!A0"
    given = face(f"{sly}.png", image_url=f"{BASE}/{start}SUM(A1)-x.jpg", license=sly)
    text = credits_text([given], AAHQ)
    for row in csv.reader(io.StringIO(text, newline="")):
        assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r")) for cell in row)


def test_names_with_quotes_and_commas_stay_one_cell() -> None:
    text = credits_text([face('a","b.png')], AAHQ)
    (row,) = csv.DictReader(io.StringIO(text, newline=""))
    assert row["face"] == 'a","b.png'


def test_markup_in_a_name_is_text() -> None:
    assert plain("a\n# <b>`x`</b> | [y](z)") == r"a \# \<b\>\`x\`\</b\> \| \[y\](z)"


@pytest.mark.parametrize(
    ("count", "word"),
    [(1, "n<1K"), (999, "n<1K"), (1000, "1K<n<10K"), (25_000, "10K<n<100K"), (10**9, "100M<n<1B")],
)
def test_size_is_in_the_hubs_words(count: int, word: str) -> None:
    assert size_category(count) == word


def test_records_are_columns_of_the_manifest() -> None:
    content: Any = document({}, (), ())
    columns = [field["source"]["extract"]["column"] for field in content["recordSet"][0]["field"]]
    assert columns == [name for name in COLUMNS if name != "extra"]


def test_front_matter_names_a_licence_the_hub_knows() -> None:
    class Found:
        faces = 3

    found: Any = Found()
    assert front_matter(AAHQ, found)["license"] == "cc-by-nc-sa-4.0"
    own = front_matter(OWN, found)
    assert (own["license"], own["license_link"]) == ("other", "LICENSE")
