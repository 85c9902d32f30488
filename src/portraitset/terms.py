"""The terms that come with a dataset: shown once, and written as NOTICE beside the pictures.

They are AAHQ's for anything in AAHQ's schema, unless a `dataset.toml` in the workspace or beside
the manifest says otherwise.
"""

import textwrap
import tomllib
from dataclasses import dataclass, fields
from pathlib import Path

from portraitset.errors import InputError

DESCRIPTION = "dataset.toml"


@dataclass(frozen=True, slots=True)
class Terms:
    """What everybody who gets the pictures must know; plain text, a paragraph each."""

    name: str
    terms: str
    caution: str
    contact: str
    citation: str
    homepage: str = ""


AAHQ = Terms(
    name="Artstation-Artistic-face-HQ (AAHQ)",
    terms=(
        "The copyright of every picture stays with its owner; the dataset publishes addresses and"
        " face landmarks only, and you may not hand the pictures on. For academic research only."
        " The metadata is licensed CC BY-NC-SA 4.0: credit it by citing the paper, indicate"
        " changes, share alike, no commercial use."
    ),
    caution=(
        "The pictures come from a public gallery and inherit all of its biases: societal, gender,"
        " racial and others. Neither the set nor a model trained on it represents people or art at"
        " large."
    ),
    contact="Owners of a picture may ask for its removal at any time: liumcong@gmail.com",
    citation=(
        "Mingcong Liu, Qiang Li, Zekui Qin, Guoxin Zhang, Pengfei Wan, Wen Zheng: BlendGAN:"
        " Implicitly GAN Blending for Arbitrary Stylized Face Generation. NeurIPS 2021."
        " arXiv 2110.11728."
    ),
    homepage="https://github.com/onion-liu/aahq-dataset",
)


def find_description(folders: tuple[Path, ...]) -> Path | None:
    """The first `dataset.toml` in these folders."""
    return next((path for folder in folders if (path := folder / DESCRIPTION).is_file()), None)


def read_terms(path: Path | None) -> Terms:
    """The terms that a `dataset.toml` states; AAHQ's without one.

    Raises:
        InputError: the file cannot be read or says something unknown.
    """
    return AAHQ if path is None else _read(path)


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


def notice_text(terms: Terms) -> str:
    """The NOTICE file's text, wrapped."""
    wrapped = (
        textwrap.fill(part, 88, break_long_words=False, break_on_hyphens=False)
        for part in paragraphs(terms)
    )
    return "\n\n".join(wrapped) + "\n"


def _read(path: Path) -> Terms:
    names = {field.name for field in fields(Terms)}
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8")).get("dataset", {})
    except (OSError, ValueError) as error:
        raise InputError(f"{path} cannot be read: {error}") from error
    if not isinstance(table, dict):
        raise InputError(f"{path}: [dataset] must be a table, not {table!r:.60}")
    unknown = sorted(table.keys() - names)
    missing = sorted(names - {"homepage"} - table.keys())
    if unknown or missing or not all(isinstance(value, str) for value in table.values()):
        raise InputError(
            f"{path}: [dataset] must hold the texts {', '.join(sorted(names))}"
            + (f"; unknown: {', '.join(unknown)}" if unknown else "")
            + (f"; missing: {', '.join(missing)}" if missing else "")
        )
    return Terms(**table)
