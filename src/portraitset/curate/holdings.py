"""What a workspace holds that can be handed on: what export, release, curate and pages start from.

Only looks: the ledger is opened for reading, and no picture is opened but those whose file has
another time than the one recorded.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from portraitset.align.settings import CropSettings
from portraitset.curate.selection_file import read_selection
from portraitset.errors import State
from portraitset.handoffs import Face, Selection
from portraitset.manifest import Manifest, load_manifest
from portraitset.manifest.known_terms import terms_of
from portraitset.manifest.terms import Terms, find_description, stated_fields
from portraitset.manifest.upstream import git_blob_id
from portraitset.pipeline.copied import standings_by_content
from portraitset.pipeline.last_run import MANIFEST_COPY, last_decoders, last_survey
from portraitset.pipeline.standing import Standing
from portraitset.pipeline.survey import Survey
from portraitset.workspace.layout import Folders, Layout
from portraitset.workspace.ledger import Ledger
from portraitset.workspace.records import FaceRecord, PhotoRecord
from portraitset.workspace.tombstones import Removals

FIRST_VERSION = "1.0.0"
"""A dataset's, until something is removed from it."""

_SPLIT = re.compile(r"[a-z0-9][a-z0-9_-]{0,31}")
"""A split's name becomes a part of file names."""


@dataclass(frozen=True, slots=True)
class HeldFace:
    """One face that is aligned, or was.

    Attributes:
        crop, original: where the files lie.
        photo: what is known of the original.
        record: what is known of the crop; its digest and its fingerprint are there.
    """

    face: Face
    crop: Path
    original: Path
    photo: PhotoRecord
    record: FaceRecord

    @property
    def name(self) -> str:
        """The face's name in the manifest."""
        return self.face.name


@dataclass(frozen=True, slots=True)
class Holdings:
    """What a workspace holds at one moment: faces, settings, selection, terms.

    Attributes:
        terms: what its `dataset.toml` states, or what its kind of manifest has without one.
        settings: how its crops were cut.
        faces: those that are aligned, in the manifest's order.
        decoders: what decoded its pictures in the last run, by name, and its version.
        lapsed: those that were, by the ledger, and whose file is gone or was touched since; what
            was written of them earlier may have to be written again.
        standings: where each entry of the manifest stands, in its order.
        selection: what the last `curate` kept; None if there was none.
        version: the dataset's, of three numbers; a removal raises the first.
        blob_id: the git blob id of the manifest's file as it was read, hex.
        stated: the fields of its terms that its `dataset.toml` states; the others are defaults.
    """

    folders: Folders
    manifest: Manifest
    terms: Terms
    settings: CropSettings
    faces: tuple[HeldFace, ...]
    standings: tuple[Standing, ...]
    selection: Selection | None
    version: str
    blob_id: str
    stated: frozenset[str]
    decoders: Mapping[str, str] = field(default_factory=dict)
    lapsed: tuple[HeldFace, ...] = ()

    def known(self) -> Iterator[HeldFace]:
        """All faces that are or were aligned, in the manifest's order."""
        by_name = {held.name: held for held in (*self.faces, *self.lapsed)}
        return (by_name[face.name] for face in self.manifest if face.name in by_name)

    def selected(self) -> Iterator[tuple[HeldFace, str]]:
        """The faces to hand on, each with its split; without a selection, all of them.

        Their split is then what the manifest says of each, as a release's does, or "train". A face
        that was built after the last `curate` is not in its selection and stays out.
        """
        return self.split(self.faces)

    def split(self, faces: Iterable[HeldFace]) -> Iterator[tuple[HeldFace, str]]:
        """Those of these faces that the selection keeps, each with its split."""
        for held in faces:
            stated = _stated_split(held.face)
            split = self.selection.splits.get(held.name) if self.selection else stated
            if split is not None:
                yield held, split


def is_kept_back(held: HeldFace, log: Removals | None) -> bool:
    """Whether the log of removals refuses a face that is still there: address, content or look."""
    if log is None:
        return False
    photo = held.photo
    return (
        log.refuses(held.face.photo) is not None
        or log.refuses_content(photo.sha256, photo.sha256_rgb) is not None
        or log.refuses_look(photo.look) is not None
    )


def holdings_of(folders: Folders) -> Holdings:
    """Read what a workspace holds.

    Raises:
        InputError: the folder is no workspace.
        WorkspaceError: its ledger cannot be read.
    """
    with Ledger.open_to_look(folders.state) as ledger, ledger.reading_ahead():
        survey, layout = last_survey(folders, ledger)
        standings = standings_by_content(survey, layout, ledger)
        known = tuple(_known(survey, layout, ledger))
        version = ledger.fact("dataset_version") or FIRST_VERSION
        decoders = last_decoders(ledger)
    aligned = {item.name for item in standings if item.state is State.ALIGNED}
    description = find_description((folders.state.parent, folders.state))
    return Holdings(
        folders,
        survey.manifest,
        terms_of(description, survey.manifest),
        survey.settings,
        tuple(held for held in known if held.name in aligned),
        standings,
        read_selection(folders.state),
        version,
        git_blob_id(load_manifest(folders.state / MANIFEST_COPY)),
        stated_fields(description),
        decoders,
        tuple(held for held in known if held.name not in aligned),
    )


def _known(survey: Survey, layout: Layout, ledger: Ledger) -> Iterator[HeldFace]:
    """The faces that have or had a crop, in the manifest's order."""
    for face in survey.manifest:
        record, photo = ledger.face(face.name), ledger.photo(face.photo.raw_name)
        if record is not None and record.stamp is not None and photo is not None:
            crop = layout.crop_path(face.name)
            original = layout.raw_path(face.photo.raw_name)
            yield HeldFace(face, crop, original, photo, record)


def _stated_split(face: Face) -> str:
    split = face.extra.get("split")
    return split if isinstance(split, str) and _SPLIT.fullmatch(split) else "train"
