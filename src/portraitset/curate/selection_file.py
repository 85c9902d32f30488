"""The selection's file, between `curate`, which writes it, and whoever hands faces on."""

import json
from pathlib import Path

from portraitset.errors import InputError
from portraitset.handoffs import Selection
from portraitset.workspace.layout import translated, write_within

SELECTION = "selection.jsonl"
"""In the state folder: a line for each face, {"face", "split"} or {"face", "dropped": reason}."""


def write_selection(state_folder: Path, selection: Selection) -> None:
    """Write the selection into the workspace's state folder, one face a line, sorted by name.

    Raises:
        WorkspaceError: it cannot be written.
    """
    rows = [{"face": face, "split": split} for face, split in selection.splits.items()]
    rows += [{"face": face, "dropped": reason} for face, reason in selection.dropped.items()]
    lines = (json.dumps(row) + "\n" for row in sorted(rows, key=lambda row: row["face"]))
    write_within(state_folder / SELECTION, "".join(lines).encode("ascii"))


def read_selection(state_folder: Path) -> Selection | None:
    """The last one; None if `curate` never wrote one.

    Raises:
        InputError: it is damaged.
    """
    path = state_folder / SELECTION
    if not path.is_file():
        return None
    splits: dict[str, str] = {}
    dropped: dict[str, str] = {}
    with translated(path):
        lines = path.read_bytes().splitlines()
    for number, line in enumerate(lines, 1):
        try:
            row = json.loads(line)
            side, key = (splits, "split") if "split" in row else (dropped, "dropped")
            side[row["face"]] = row[key]
        except (ValueError, KeyError, TypeError) as error:
            raise InputError(
                f"{path}, line {number}: no line of a selection; run `portraitset curate` again"
            ) from error
    return Selection(splits, dropped)
