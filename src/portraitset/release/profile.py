"""A stricter profile than Croissant's own: nothing recommended is missing. Pure.

mlcroissant checks what must be there. This checks what should be: every field that Croissant 1.1
recommends, the whole of the RAI vocabulary 1.0, a digest and a size for each file, a type and a
description for each field, and that each statement says where it comes from.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from portraitset.release.croissant import FACES
from portraitset.release.facts import Fact

RECOMMENDED = (
    *("name", "description", "license", "url", "creator", "datePublished", "citeAs", "version"),
    *("keywords", "publisher", "inLanguage", "dateCreated", "dateModified", "sdLicense"),
    *("sdVersion", "sameAs"),
)
RESPONSIBLE = tuple(
    f"rai:{name}"
    for name in (
        *("dataCollection", "dataCollectionType", "dataCollectionMissingData"),
        *("dataCollectionRawData", "dataCollectionTimeframe", "dataImputationProtocol"),
        *("dataManipulationProtocol", "dataPreprocessingProtocol", "dataAnnotationProtocol"),
        *("dataAnnotationPlatform", "dataAnnotationAnalysis", "annotationsPerItem"),
        *("annotatorDemographics", "machineAnnotationTools", "dataReleaseMaintenancePlan"),
        *("personalSensitiveInformation", "dataLimitations", "dataBiases", "dataUseCases"),
        "dataSocialImpact",
    )
)
_OF_A_FILE = ("name", "description", "contentUrl", "contentSize", "encodingFormat", "sha256")
_OF_A_FIELD = ("name", "description", "dataType")


def complaints(content: Mapping[str, Any], facts: Mapping[str, Fact]) -> tuple[str, ...]:
    """What a Croissant document lacks; nothing if it is complete."""
    return (*_statements(content, facts), *_files(content), *_records(content))


def _statements(content: Mapping[str, Any], facts: Mapping[str, Fact]) -> Iterator[str]:
    for name in (*RECOMMENDED, *RESPONSIBLE):
        if not content.get(name):
            yield f"{name} is missing"
        elif name not in facts or not facts[name].source:
            yield f"{name} does not say where it comes from"


def _files(content: Mapping[str, Any]) -> Iterator[str]:
    for file in content.get("distribution", ()):
        yield from _lacks(f"file {file.get('name')}", file, _OF_A_FILE)


def _records(content: Mapping[str, Any]) -> Iterator[str]:
    sets = content.get("recordSet") or [{}]
    if sets[0].get("@id") != FACES:
        yield f"the first record set is not {FACES}"
    for records in sets:
        if not records.get("key"):
            yield f"record set {records.get('name')}: key is missing"
        for field in records.get("field", ()):
            yield from _lacks(f"field {field.get('@id')}", field, _OF_A_FIELD)


def _lacks(what: str, content: Mapping[str, Any], names: tuple[str, ...]) -> Iterator[str]:
    yield from (f"{what}: {name} is missing" for name in names if not content.get(name))
