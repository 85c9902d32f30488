"""What a workspace remembers of its last run: manifest, folders, crop settings, lock."""

import json
import os
from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path

from portraitset.align.encode import name_for
from portraitset.align.settings import CropSettings, ImageFormat
from portraitset.manifest import Manifest, load_manifest, parse_manifest
from portraitset.manifest.aahq import SCHEMA
from portraitset.manifest.lock import Lock, read_lock
from portraitset.picture.decoders import decoder_versions
from portraitset.pipeline.survey import Survey
from portraitset.workspace.layout import (
    FileStamp,
    Folders,
    Layout,
    folds_case,
    stamp_of,
    translated,
)
from portraitset.workspace.ledger import Ledger
from portraitset.workspace.removal_log import removals_of

MANIFEST_COPY = "manifest.json"
"""What the last run went by: people's decisions are in it."""

GIVEN_COPY = "manifest-as-given.json"
"""The manifest without them; there only where they make a difference."""

NO_MANIFEST = b"{}\n"
"""What the copy says where originals were fetched, and nothing was built yet."""

LOCK_COPY = "dataset.lock"
ORIGINALS = "originals"
_DECODERS = "decoders"
_OF_A_SEQUENCE = (
    *("replay", "random_shift", "retry_crops"),
    *("rotation", "scale", "offset_x", "offset_y"),
)
"""The settings that decide how often a replayed shift is drawn."""


def layout_of(folders: Folders, manifest: Manifest, image_format: ImageFormat | None) -> Layout:
    """Which file each photo and face of a manifest has."""
    with translated(folders.state):
        folds = os.access(folders.state, os.W_OK) and folds_case(folders.state)
        raw_names = (photo.raw_name for photo in manifest.by_photo())
        names = crop_names((face.name for face in manifest), image_format)
        return Layout(folders, raw_names, names, folds)


def crop_names(faces: Iterable[str], image_format: ImageFormat | None) -> dict[str, str]:
    """What each face's crop is to be called; `a.png` and `a.webp` stay apart as JPEG, too."""
    names: dict[str, str] = {}
    taken: set[str] = set()
    for face in faces:
        stem = face
        while (wanted := name_for(stem, image_format)) in taken:
            stem += "-"
        taken.add(wanted)
        names[face] = wanted
    return names


def last_survey(folders: Folders, ledger: Ledger) -> tuple[Survey, Layout]:
    """The survey of the last run's manifest, folders and settings."""
    manifest, settings = last_manifest(folders), last_settings(ledger)
    layout = layout_of(last_folders(folders, ledger), manifest, settings.image_format)
    removals = removals_of(folders.state.parent)
    return Survey(manifest, layout, ledger, settings, last_lock(folders), removals), layout


def last_manifest(folders: Folders) -> Manifest:
    """The manifest of the last run."""
    path = folders.state / MANIFEST_COPY
    return _parsed(path, stamp_of(path))


def given_path(folders: Folders) -> Path:
    """Where the manifest of the last run lies as it was given."""
    path = folders.state / GIVEN_COPY
    return path if path.is_file() else folders.state / MANIFEST_COPY


def given_manifest(folders: Folders) -> Manifest:
    """The manifest of the last run as it was given, without people's decisions."""
    path = given_path(folders)
    return _parsed(path, stamp_of(path))


@lru_cache(2)
def _parsed(path: Path, _: FileStamp | None) -> Manifest:
    """A manifest, read again only after it was written again."""
    data = load_manifest(path)
    return Manifest(SCHEMA, ()) if data == NO_MANIFEST else parse_manifest(data, str(path))


def last_lock(folders: Folders) -> Lock | None:
    """The lock that the last run kept to; None if it kept to none."""
    path = folders.state / LOCK_COPY
    return read_lock(path.read_bytes(), str(path)) if path.is_file() else None


def last_folders(folders: Folders, ledger: Ledger) -> Folders:
    """Where the last runs put originals and crops."""
    root = folders.state.parent
    raw, aligned = (ledger.fact(name) or name for name in ("raw", "aligned"))
    return Folders(folders.state, root / raw, root / aligned)


def last_originals(folders: Folders, ledger: Ledger) -> Path | None:
    """The folder that the last run's originals at hand were in."""
    originals = ledger.fact(ORIGINALS)
    return None if originals is None else folders.state.parent / originals


def last_draws(
    folders: Folders, ledger: Ledger, settings: CropSettings
) -> Mapping[str, tuple[float, float]]:
    """The draws that the last run went by, if its crops lay where those of `settings` do."""
    then = last_settings(ledger)
    if any(getattr(then, name) != getattr(settings, name) for name in _OF_A_SEQUENCE):
        return {}
    if not (folders.state / MANIFEST_COPY).is_file():
        return {}
    return {face.name: face.draw for face in last_manifest(folders) if face.draw is not None}


def last_settings(ledger: Ledger) -> CropSettings:
    """How the last run cut crops."""
    return CropSettings(**json.loads(ledger.fact("align") or "{}"))


def remember_decoders(ledger: Ledger) -> None:
    """Keep which decoders make the pixels of this run."""
    ledger.write_fact(_DECODERS, json.dumps(dict(decoder_versions())))


def last_decoders(ledger: Ledger) -> Mapping[str, str]:
    """The decoders of the last run, by name, with their versions; none of an earlier version's."""
    found: dict[str, str] = json.loads(ledger.fact(_DECODERS) or "{}")
    return found
