"""Terms: AAHQ's unless a dataset.toml says otherwise, and nothing half-said."""

from pathlib import Path

import pytest

from entries import entry, parsed
from portraitset.errors import InputError
from portraitset.manifest.known_terms import AAHQ, UNSTATED, terms_of
from portraitset.manifest.local import LocalOriginal
from portraitset.manifest.terms import (
    DESCRIPTION,
    Terms,
    description_text,
    find_description,
    notice_text,
    paragraphs,
    stated_fields,
)
from portraitset.manifest.upstream import COMMIT

OWN = """
[dataset]
name = "Own faces"
terms = "Yours to keep."
caution = "Few and alike."
contact = "own@example.org"
citation = "Me, 2026."
"""


def written(folder: Path, text: str | bytes) -> Path:
    path = folder / DESCRIPTION
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def terms_with(path: Path | None) -> Terms:
    return terms_of(path, parsed({"a.png": entry()}))


def test_terms_are_aahqs_by_default() -> None:
    assert terms_with(None) is AAHQ


def test_nothing_is_claimed_of_somebodys_own_pictures() -> None:
    own = entry(image_url=LocalOriginal("a.jpg", "0f" * 32).address, raw_name="a.jpg")
    terms = terms_of(None, parsed({"web.png": entry(), "own.png": own}))
    assert terms is UNSTATED
    assert "liumcong" not in notice_text(terms)


def test_notice_says_what_users_of_aahq_must_know() -> None:
    """The points of UPSTREAM's "Terms", each found in the text's own words."""
    text = " ".join(notice_text(AAHQ).split())
    for words in (
        "copyright of every picture stays with its owner",
        "academic research only",
        "CC BY-NC-SA 4.0",
        "citing the paper",
        "biases: societal, gender, racial",
        "liumcong@gmail.com",
        "arXiv 2110.11728",
        "https://github.com/onion-liu/aahq-dataset",
    ):
        assert words in text


def test_terms_name_the_commit_that_the_manifest_is_fetched_at() -> None:
    assert AAHQ.same_as == (f"{AAHQ.homepage}/tree/{COMMIT}",)


def test_notice_is_wrapped_and_loses_no_word() -> None:
    text = notice_text(AAHQ)
    assert max(map(len, text.splitlines())) <= 88
    assert text.split() == " ".join(paragraphs(AAHQ)).split()
    assert text.endswith("\n")


def test_own_description_replaces_them(tmp_path: Path) -> None:
    terms = terms_with(written(tmp_path, OWN))
    assert (terms.name, terms.contact, terms.homepage) == ("Own faces", "own@example.org", "")
    assert "" not in paragraphs(terms)
    assert "AAHQ" not in notice_text(terms)


def test_other_tables_are_none_of_its_business(tmp_path: Path) -> None:
    assert terms_with(written(tmp_path, OWN + "\n[future]\nkey = 1\n")).name == "Own faces"


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "missing: caution, citation, contact, name, terms"),
        ("[dataset]", "missing: caution"),
        (OWN + 'licence = "MIT"', "unknown: licence"),
        (OWN.replace('"Me, 2026."', "2026"), "citation must be a text"),
        (OWN + 'authors = "me"', "authors must be a list of texts"),
        (OWN + "authors = [1]", "authors must be a list of texts"),
        (OWN + 'paper_year = "2026"', "paper_year must be a year"),
        (OWN + "paper_year = true", "paper_year must be a year"),
        (OWN + 'paper_title = "On faces"', "needs its paper_authors"),
        (OWN.replace('name = "Own faces"', ""), "missing: name"),
        (OWN.replace('name = "Own faces"', 'name = " "'), "name must not be empty"),
        (OWN + 'paper_doi = "https://doi.org/10.5555/12345678"', "must be a DOI"),
        ("dataset = 3", "must be a table"),
        ('dataset = ["name"]', "must be a table"),
        ("[[dataset]]", "must be a table"),
        ("[dataset", "cannot be read"),
        (b"\xff\xfe", "cannot be read"),
        ("a = 1" + "0" * 5000, "cannot be read"),
    ],
)
def test_half_a_description_is_refused_by_file_and_fault(
    tmp_path: Path, text: str | bytes, complaint: str
) -> None:
    path = written(tmp_path, text)
    with pytest.raises(InputError) as caught:
        terms_with(path)
    assert str(path) in str(caught.value)
    assert complaint in str(caught.value)


def test_first_folder_with_a_description_wins(tmp_path: Path) -> None:
    folders = tuple(tmp_path / name for name in ("a", "b", "c"))
    for folder in folders[1:]:
        folder.mkdir()
        written(folder, OWN)
    assert find_description(folders) == tmp_path / "b" / DESCRIPTION
    assert find_description(folders[:1]) is None
    assert find_description(()) is None


def test_description_that_is_written_out_says_the_same(tmp_path: Path) -> None:
    own = terms_with(
        written(tmp_path, OWN + 'homepage = "a\\"b\\\\c\\n\\u007f"\npaper_year = 2026\n')
    )
    assert own.homepage == 'a"b\\c\n\x7f'
    for terms in (AAHQ, own):
        assert terms_with(written(tmp_path, description_text(terms))) == terms


def test_what_a_description_states_is_told_from_defaults(tmp_path: Path) -> None:
    assert stated_fields(None) == frozenset()
    stated = stated_fields(written(tmp_path, OWN))
    assert stated == {"name", "terms", "caution", "contact", "citation"}
