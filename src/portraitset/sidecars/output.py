"""`sidecars`: the folder of them, registered like any other output, and without some faces."""

import io
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from portraitset.curate.holdings import HeldFace, Holdings, holdings_of, is_kept_back
from portraitset.errors import InputError
from portraitset.sidecars.facts import (
    GEOMETRY,
    Row,
    geometry_of,
    row_of,
    table_of,
    table_without,
)
from portraitset.workspace.layout import Folders, leftover_of, translated, write_whole
from portraitset.workspace.ledger import Ledger
from portraitset.workspace.lineage import Lineage, Member, Output
from portraitset.workspace.removal_log import removals_of
from portraitset.workspace.run_lock import only_run

KIND = "sidecars"
JSON_ENDING, MASK_ENDING = ".json", ".padding.png"


@dataclass(frozen=True, slots=True)
class Sidecars:
    """What was written.

    Attributes:
        output: the folder.
        faces: how many it tells of.
        padded: how many of them have padding in their crop.
    """

    output: Path
    faces: int
    padded: int


def write_sidecars(folders: Folders, output: Path, *, texts: bool, masks: bool) -> Sidecars:
    """Write the table of all aligned faces; earlier sidecars in its place are replaced.

    Args:
        folders: the workspace.
        output: a folder, new, empty or written by this before.
        texts: also a JSON file for each crop, named like it with `.json` behind.
        masks: also a grey PNG for each crop, `.padding.png` behind: 255 where it is padding.

    Raises:
        InputError: nothing is aligned, or the folder holds something else.
        WorkspaceError: another run is at work, or the disk refuses.
    """
    with Ledger.open_to_look(folders.state):
        pass  # not a folder that `only_run` would litter
    output = output.absolute()
    with only_run(folders.state):
        holdings = holdings_of(folders)
        _check_replaceable(output, folders)
        log = removals_of(folders.state.parent)
        faces = [held for held in holdings.faces if not is_kept_back(held, log)]
        if not faces:
            raise InputError(
                f"{folders.state.parent} has no aligned face;"
                " `portraitset status` shows where each stands"
            )
        members = list(_members(faces, texts=texts, masks=masks))
        with Lineage.open(folders.state) as lineage:  # before the first byte
            lineage.begin(Output(output, KIND))
            lineage.finish(output, members)
        _clear(output)
        rows = list(_write_each(holdings, faces, output, texts=texts, masks=masks))
        write_whole(output / GEOMETRY, table_of(rows))
    return Sidecars(output, len(rows), sum(row["padded"] != 0 for row in rows))


def without(holdings: Holdings, output: Output, faces: frozenset[str]) -> None:
    """Take faces out of the table, and delete their JSON and masks.

    Raises:
        WorkspaceError: the disk refuses.
    """
    table = output.path / GEOMETRY
    with translated(output.path), Lineage.open(holdings.folders.state) as lineage:
        members = lineage.members(output.path)
        for member in members:
            if member.face in faces and member.place != GEOMETRY:
                (output.path / member.place).unlink(missing_ok=True)
        if table.is_file():
            write_whole(table, table_without(table.read_bytes(), faces))
        lineage.finish(output.path, (item for item in members if item.face not in faces))


def _members(faces: Sequence[HeldFace], *, texts: bool, masks: bool) -> Iterator[Member]:
    for held in faces:
        yield Member(held.name, GEOMETRY)
        if texts:
            yield Member(held.name, held.crop.name + JSON_ENDING)
        if masks:
            yield Member(held.name, held.crop.name + MASK_ENDING)


def _write_each(
    holdings: Holdings, faces: Sequence[HeldFace], output: Path, *, texts: bool, masks: bool
) -> Iterator[Row]:
    for held in faces:
        geometry = geometry_of(held, holdings.settings)
        row = row_of(held, geometry)
        if texts:
            text = json.dumps(row, indent=1) + "\n"
            write_whole(output / (held.crop.name + JSON_ENDING), text.encode())
        if masks:
            buffer = io.BytesIO()
            Image.fromarray(geometry.padding_mask()).save(buffer, "PNG")
            write_whole(output / (held.crop.name + MASK_ENDING), buffer.getvalue())
        yield row


def _check_replaceable(output: Path, folders: Folders) -> None:
    for own in (folders.state, folders.raw, folders.aligned):
        if output.resolve().is_relative_to(own.resolve()):
            raise InputError(f"{output} lies within the workspace's own {own.name}; choose another")
    if output.exists() and not output.is_dir():
        raise InputError(f"{output} is a file; -o names a folder")
    names = [path.name for path in output.iterdir()] if output.is_dir() else []
    strange = next((name for name in names if not _is_ours(name)), None)
    if strange is not None or (names and GEOMETRY not in names):
        raise InputError(
            f"{output} holds {strange or names[0]}, which `portraitset sidecars` did not make;"
            " choose an empty folder, or a new one"
        )


def _is_ours(name: str) -> bool:
    whole = leftover_of(name) or name
    return whole == GEOMETRY or whole.endswith((JSON_ENDING, MASK_ENDING))


def _clear(output: Path) -> None:
    """Drop an earlier run's files, which may be of faces that are gone; the table is replaced."""
    with translated(output):
        for path in output.iterdir() if output.is_dir() else ():
            if path.name != GEOMETRY:
                path.unlink(missing_ok=True)
