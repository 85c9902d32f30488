"""A dataset's description: its terms, licences, makers and what is known of its making.

The terms are shown once and written as NOTICE beside the pictures; all of it goes into what is
handed on. A `dataset.toml` in the workspace or beside the manifest states it. Without one it is
AAHQ's, unless the manifest names originals at hand, of which nobody has stated anything.
"""

import json
import re
import textwrap
import tomllib
from dataclasses import MISSING, dataclass, fields
from pathlib import Path
from typing import get_type_hints

from portraitset.errors import InputError
from portraitset.manifest.dataset import Manifest
from portraitset.manifest.local import is_local

DESCRIPTION = "dataset.toml"

_DOI = re.compile(r"10\.[0-9]{4,9}(?:\.[0-9]+)?/[A-Za-z0-9:/_;.()\[\]\\-]+")
"""As CITATION.cff 1.2.0 takes it."""

_AAHQ = "https://github.com/onion-liu/aahq-dataset"


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


_BLENDGAN_AUTHORS = (
    "Mingcong Liu",
    "Qiang Li",
    "Zekui Qin",
    "Guoxin Zhang",
    "Pengfei Wan",
    "Wen Zheng",
)

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
    homepage=_AAHQ,
    same_as=(f"{_AAHQ}/tree/2c3b85ade5dcf46db0aa162b5324842828d5de35",),
    description=(
        "Addresses and face landmarks of artistic portraits of many styles, from which aligned"
        " faces can be built."
    ),
    keywords=("faces", "portraits", "art", "alignment", "generative models"),
    metadata_licence="CC-BY-NC-SA-4.0",
    authors=_BLENDGAN_AUTHORS,
    paper_title=("BlendGAN: Implicitly GAN Blending for Arbitrary Stylized Face Generation"),
    paper_authors=_BLENDGAN_AUTHORS,
    paper_venue="Advances in Neural Information Processing Systems (NeurIPS)",
    paper_year=2021,
    paper_doi="10.48550/arXiv.2110.11728",
    bibtex_key="liu2021blendgan",
    collection=(
        'Portraits from the "portraits" channel of ArtStation, a public gallery; the dataset'
        " lists the address of each."
    ),
)


UNSTATED = Terms(
    name="A dataset of its maker's pictures",
    terms=(
        "Nobody has stated the terms of this dataset. The copyright of every picture stays with its"
        " owner; hand on neither pictures nor crops unless the owners allow it."
    ),
    caution=(
        "It holds the pictures that somebody had at hand, and their biases. Neither the set nor a"
        " model trained on it represents people or art at large."
    ),
    contact="Nobody has stated whom to ask for a removal; whoever handed this on must be able to.",
    citation="Nobody has stated what to cite.",
    collection="Pictures that the dataset's maker had at hand, listed by path in a manifest.",
)
"""What is said of a dataset of somebody's own pictures until a `dataset.toml` says better."""


def terms_of(description: Path | None, manifest: Manifest) -> Terms:
    """The terms that a `dataset.toml` states; without one, those that the manifest's kind has.

    Raises:
        InputError: the file cannot be read or says something unknown.
    """
    if description is not None:
        return _read(description)
    is_own = any(is_local(face.photo.url) for face in manifest)
    return UNSTATED if is_own else AAHQ


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


def notice_text(terms: Terms) -> str:
    """The NOTICE file's text, wrapped."""
    wrapped = (
        textwrap.fill(part, 88, break_long_words=False, break_on_hyphens=False)
        for part in paragraphs(terms)
    )
    return "\n\n".join(wrapped) + "\n"


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


def _read(path: Path) -> Terms:
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
