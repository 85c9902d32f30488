"""README.md: the release for readers, and as a dataset card for Hugging Face. Pure.

The front matter follows https://github.com/huggingface/hub-docs/blob/main/datasetcard.md.
"""

from collections.abc import Iterator, Mapping, Sequence

import yaml

from portraitset.attribution.changes import plain
from portraitset.manifest.terms import DESCRIPTION, Terms
from portraitset.release.croissant import FACES, TABLE, PublishedFile
from portraitset.release.facts import Fact, Measures, citation_of

_SIZES = (
    (1_000, "n<1K"),
    (10_000, "1K<n<10K"),
    (100_000, "10K<n<100K"),
    (1_000_000, "100K<n<1M"),
    (10_000_000, "1M<n<10M"),
    (100_000_000, "10M<n<100M"),
)
_LARGER = "100M<n<1B"
_HUB_LICENCES = {
    licence: licence.lower()
    for licence in ("CC-BY-NC-SA-4.0", "CC-BY-NC-4.0", "CC-BY-SA-4.0", "CC-BY-4.0", "CC0-1.0")
} | {"Apache-2.0": "apache-2.0"}
_SECTIONS = (
    ("Where the pictures come from", ("rai:dataCollection", "rai:dataCollectionRawData")),
    ("What is missing", ("rai:dataCollectionMissingData", "rai:dataManipulationProtocol")),
    ("How faces are cut", ("rai:dataPreprocessingProtocol", "rai:dataImputationProtocol")),
    ("Annotation", ("rai:dataAnnotationProtocol", "rai:annotationsPerItem")),
    ("Biases and limits", ("rai:dataBiases", "rai:dataLimitations", "rai:dataSocialImpact")),
    ("Personal data", ("rai:personalSensitiveInformation",)),
    ("Uses", ("rai:dataUseCases",)),
    ("Removal", ("rai:dataReleaseMaintenancePlan",)),
)
_WITHOUT_PICTURES = (
    "This release holds no pictures: it says where each is to be had, and what it must be."
)
_WITH_PICTURES = (
    "**This release holds the pictures' crops, at the explicit wish of whoever made it.** Their"
    " copyright stays with their owners, whose permission is not part of this release."
)
_BUILD = (
    "    pip install portraitset\n"
    "    portraitset build manifest.jsonl --recipe recipe.toml --lock dataset.lock -w DATASET"
)


def size_category(count: int) -> str:
    """The hub's word for so many records."""
    return next((word for limit, word in _SIZES if count < limit), _LARGER)


def front_matter(terms: Terms, found: Measures) -> Mapping[str, object]:
    """The card's metadata."""
    known = _HUB_LICENCES.get(terms.metadata_licence)
    licence: dict[str, object] = {"license": known} if known else {"license": "other"}
    if not known:
        name = terms.metadata_licence.lower()
        licence |= {"license_name": name, "license_link": "LICENSE"}
    return {
        "pretty_name": terms.name,
        **licence,
        "language": ["en"],
        "task_categories": ["unconditional-image-generation", "image-to-image"],
        "size_categories": [size_category(found.faces)],
        "tags": ["croissant", "faces", "portraits", "art", "portraitset"],
        "configs": [
            {"config_name": "default", "data_files": [{"split": FACES, "path": TABLE}]},
        ],
    }


def card_text(
    terms: Terms,
    found: Measures,
    facts: Mapping[str, Fact],
    files: Sequence[PublishedFile],
    pictures: bool,
) -> str:
    """The card: front matter and Markdown; every statement of `facts` with its source."""
    matter = yaml.safe_dump(dict(front_matter(terms, found)), sort_keys=False, allow_unicode=True)
    body = (
        (f"# {plain(terms.name)}", "", plain(_text(facts["description"]))),
        ("", _WITH_PICTURES if pictures else _WITHOUT_PICTURES),
        ("", "## Terms", "", plain(terms.terms), "", "LICENSE and NOTICE say more."),
        ("", "## Building it", "", _BUILD, *_only_at_hand(found)),
        _counts(found),
        *(_section(title, names, facts) for title, names in _SECTIONS),
        ("", "## Files", "", "| file | what it is |", "|---|---|"),
        tuple(f"| `{file.name}` | {plain(file.description)} |" for file in files),
        ("", "## Citation", "", *(f"    {line}" for line in citation_of(terms).splitlines())),
        _sources(facts),
    )
    return f"---\n{matter}---\n\n" + "\n".join(line for part in body for line in part) + "\n"


def _only_at_hand(found: Measures) -> Iterator[str]:
    """What others cannot build, said where they read how to build."""
    if not found.at_hand:
        return
    yield from (
        "",
        f"**{found.at_hand:,} of the {found.photos:,} pictures are published nowhere.**",
    )
    yield "The manifest names them by path and sha256: only whoever has these very files can build"
    yield "their faces, with `--originals FOLDER`; for everybody else they end as `missing`."


def _counts(found: Measures) -> Iterator[str]:
    yield from ("", "## What is in it", "", "| | count |", "|---|---:|")
    yield f"| faces | {found.faces:,} |"
    yield f"| pictures | {found.photos:,} |"
    yield from (f"| faces in split {plain(name)} | {n:,} |" for name, n in found.splits.items())
    yield from (f"| missing, {plain(why)} | {n:,} |" for why, n in found.missing.items())


def _section(title: str, names: Sequence[str], facts: Mapping[str, Fact]) -> Iterator[str]:
    yield from ("", f"## {title}")
    for name in names:
        if name in facts:
            yield from ("", plain(_text(facts[name])))


def _sources(facts: Mapping[str, Fact]) -> Iterator[str]:
    """Where each statement of the release comes from."""
    yield from ("", "## Sources of these statements", "")
    yield f"`{DESCRIPTION}` is part of the release; a default is what it says where nobody did."
    yield from ("", "| statement | source |", "|---|---|")
    yield from (f"| `{name}` | {plain(fact.source)} |" for name, fact in facts.items())


def _text(fact: Fact) -> str:
    return " ".join(fact.value) if isinstance(fact.value, tuple) else fact.value
