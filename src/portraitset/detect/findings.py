"""The file of what `check-landmarks` found, between it and the pages that show it."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from portraitset.detect.comparison import Judgement
from portraitset.errors import InputError
from portraitset.handoffs import Face
from portraitset.landmarks import POINT_NAMES, Landmarks, landmarks_from_points
from portraitset.pipeline.edited_faces import edited
from portraitset.pipeline.last_run import last_manifest
from portraitset.workspace.decisions import read_decisions
from portraitset.workspace.edits import read_edits
from portraitset.workspace.layout import Folders, translated, write_within
from portraitset.workspace.ledger import Ledger

FINDINGS = "landmark-check.jsonl"
"""In the state folder: a line for each face that was compared."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What comparing one face's points with a detector's came to.

    Attributes:
        face: its name.
        photo: its photo's file name in the manifest.
        sha256: of the picture's file that was looked at, hex.
        landmarks: the points that were compared, as the manifest and people's decisions had them.
        way: what looked, as `looking.way_of` names it.
        judgement, cause, words, distance, other: as in `Verdict`.
    """

    face: str
    photo: str
    sha256: str
    landmarks: Landmarks
    way: str
    judgement: Judgement
    cause: str = ""
    words: str = ""
    distance: float | None = None
    other: str | None = None

    @property
    def disagrees(self) -> bool:
        """Whether somebody should look."""
        return self.judgement is Judgement.DISAGREES


def standing(folders: Folders) -> tuple[Finding, ...]:
    """What still holds: neither a face's points nor its picture have changed since.

    Raises:
        InputError: the folder is no workspace, or the findings are damaged.
        WorkspaceError: its ledger cannot be read.
    """
    findings = read_findings(folders.state)
    if not findings:
        return ()
    manifest = edited(last_manifest(folders), read_edits(folders.state))
    with Ledger.open_to_look(folders.state) as ledger, ledger.reading_ahead():
        found = ((face, findings.get(face.name)) for face in manifest)
        return tuple(each for face, each in found if each and _is_about(each, face, ledger))


def undecided(folders: Folders) -> tuple[Finding, ...]:
    """The disagreements that still hold, and about whose faces no person has decided.

    Raises:
        InputError, WorkspaceError: as for `standing`.
    """
    wrong = [each for each in standing(folders) if each.disagrees]
    decided = read_decisions(folders.state).decided() if wrong else {}
    return tuple(
        each for each in wrong if each.face not in decided or decided[each.face].verdict is None
    )


def _is_about(finding: Finding, face: Face, ledger: Ledger) -> bool:
    record = ledger.photo(face.photo.raw_name)
    return (
        record is not None
        and record.url == face.photo.url
        and finding.sha256 == record.sha256
        and finding.landmarks == face.landmarks
    )


def write_findings(state_folder: Path, findings: Iterable[Finding]) -> None:
    """Write what was found into the workspace's state folder, whole or not at all.

    Raises:
        WorkspaceError: it cannot be written.
    """
    lines = (json.dumps(_row(each)) + "\n" for each in findings)
    write_within(state_folder / FINDINGS, "".join(lines).encode("ascii"))


def read_findings(state_folder: Path) -> Mapping[str, Finding]:
    """What the last `check-landmarks` found, by the face's name; nothing if there was none.

    Raises:
        InputError: the file is damaged.
    """
    path = state_folder / FINDINGS
    if not path.is_file():
        return {}
    found: dict[str, Finding] = {}
    with translated(path):
        lines = path.read_bytes().splitlines()
    for number, line in enumerate(lines, 1):
        try:
            each = _finding(json.loads(line))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise InputError(
                f"{path}, line {number}: no finding; run `portraitset check-landmarks` again"
            ) from error
        found[each.face] = each
    return found


def _row(each: Finding) -> dict[str, object]:
    points = dict(zip(POINT_NAMES, each.landmarks.points(), strict=True))
    return asdict(each) | {"landmarks": points}


def _finding(row: dict[str, object]) -> Finding:
    points, judgement = row.pop("landmarks"), row.pop("judgement")
    if not isinstance(points, dict):
        raise TypeError("no landmarks")
    return Finding(
        **row,  # type: ignore[arg-type]
        landmarks=landmarks_from_points(points),
        judgement=Judgement(str(judgement)),
    )
