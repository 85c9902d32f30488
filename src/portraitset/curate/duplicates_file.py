"""The file of groups of copies, between `curate`, which finds them, and pages that show them."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

from portraitset.curate.duplicates import (
    Copy,
    Group,
    Reach,
    faces_of,
    find_duplicates,
    works_of,
)
from portraitset.curate.measure import Measures
from portraitset.errors import InputError
from portraitset.handoffs import Face
from portraitset.workspace.layout import translated, write_within

FINDINGS = "duplicates.jsonl"
"""In the state folder: a line that says how they were sought, and one for each group, "of" works or
faces."""

_SEARCH = "search"
_KINDS = ("works", "faces")


@dataclass(frozen=True, slots=True)
class Duplicates:
    """The groups of copies that the last `curate` found, of works and of faces.

    Attributes:
        works: of photos that show the same work, by raw name.
        faces: of faces that look the same, by name.
        reach: how they were sought.
    """

    works: tuple[Group, ...] = ()
    faces: tuple[Group, ...] = ()
    reach: Reach = field(default_factory=Reach)

    def names(self) -> Mapping[str, list[list[str]]]:
        """The names in each group."""
        return {
            "works": [list(group.names) for group in self.works],
            "faces": [list(group.names) for group in self.faces],
        }


def duplicates_among(
    faces: Iterable[Face], measures: Mapping[str, Measures], reach: Reach
) -> Duplicates:
    """The groups of copies among some faces and their photos. Pure."""
    listed = tuple(faces)
    return Duplicates(
        find_duplicates(works_of(listed, measures), reach.same_work),
        find_duplicates(faces_of(listed, measures), reach.same_face),
        reach,
    )


def write_duplicates(state_folder: Path, found: Duplicates) -> None:
    """Write the groups into the workspace's state folder, whole or not at all.

    Raises:
        WorkspaceError: they cannot be written.
    """
    rows = [{"of": _SEARCH, **asdict(found.reach)}]
    rows += [
        {"of": kind, **asdict(group)}
        for kind, groups in zip(_KINDS, (found.works, found.faces), strict=True)
        for group in groups
    ]
    lines = (json.dumps(row) + "\n" for row in rows)
    write_within(state_folder / FINDINGS, "".join(lines).encode("ascii"))


def read_duplicates(state_folder: Path) -> Duplicates:
    """What the last `curate` found; nothing if there was none.

    Raises:
        InputError: the file is damaged.
    """
    path = state_folder / FINDINGS
    if not path.is_file():
        return Duplicates()
    found: dict[str, list[Group]] = {kind: [] for kind in _KINDS}
    reach = Reach()
    with translated(path):
        lines = path.read_bytes().splitlines()
    for number, line in enumerate(lines, 1):
        try:
            row = json.loads(line)
            if row["of"] == _SEARCH:
                reach = Reach(int(row["same_work"]), int(row["same_face"]))
                continue
            copies = tuple(Copy(**copy) for copy in row.pop("copies"))
            found[row.pop("of")].append(Group(copies=copies, **row))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise InputError(
                f"{path}, line {number}: no group of copies; run `portraitset curate` again"
            ) from error
    return Duplicates(tuple(found["works"]), tuple(found["faces"]), reach)
