"""The contact sheet: many aligned faces on one picture, like the one on AAHQ's front page.

It is an output like others: drawn from a workspace, registered, and drawn again without a face.
"""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import TypeVar

import numpy as np
from PIL import Image

from portraitset.align.encode import SUFFIXES, encode_image, format_of, made_by
from portraitset.curate.holdings import HeldFace, Holdings, holdings_of
from portraitset.errors import InputError
from portraitset.identity import SOFTWARE
from portraitset.workspace.layout import Folders, translated, write_whole
from portraitset.workspace.lineage import Lineage, Member, Output

_Item = TypeVar("_Item")

TILE = 192
"""Side of one face, in pixels."""

_GAP = 6
_PAPER = (250, 248, 244)

KIND = "teaser"
"""What the lineage calls it."""


def write_contact_sheet(folders: Folders, output: Path, faces: int) -> None:
    """Draw the contact sheet of a workspace into a file.

    Raises:
        InputError: no face is aligned yet, the file name's format is unknown, or the file is there
            and not one of the tool's own.
        WorkspaceError: the file cannot be written.
    """
    if output.suffix.lower() not in SUFFIXES:
        raise InputError(f"{output}: a contact sheet is a {', '.join(SUFFIXES)} file")
    if output.exists() and made_by(output) is None:
        raise InputError(f"{output} is there already, and portraitset did not make it")
    held = holdings_of(folders).faces
    if not held:
        raise InputError(f"no face is aligned yet in {folders.state.parent}")
    drawn = Output(output.absolute(), KIND, settings={"faces": faces})
    with Lineage.open(folders.state) as lineage:
        lineage.begin(drawn)
    _write(folders, drawn, held)


def without(holdings: Holdings, output: Output, faces: frozenset[str]) -> None:
    """Draw a contact sheet again without these faces; delete it if there is no other.

    Raises:
        WorkspaceError: it cannot be written.
    """
    held = [item for item in holdings.faces if item.name not in faces]
    if held:
        _write(holdings.folders, output, held)
        return
    with translated(output.path):
        output.path.unlink(missing_ok=True)
    with Lineage.open(holdings.folders.state) as lineage:
        lineage.forget(output.path)


def _write(folders: Folders, output: Output, held: Sequence[HeldFace]) -> None:
    by_path = {item.crop: item.name for item in held}
    most = output.settings.get("faces")
    shown = choose_evenly(list(by_path), most if isinstance(most, int) else len(by_path))
    sheet = np.asarray(draw_contact_sheet(shown))
    image_format = format_of(output.path.name)
    write_whole(output.path, encode_image(sheet, image_format, None, {"Software": SOFTWARE}))
    with Lineage.open(folders.state) as lineage:
        lineage.finish(output.path, (Member(by_path[path], ".") for path in shown))


def choose_evenly(items: Sequence[_Item], most: int) -> list[_Item]:
    """At most so many, spread over the whole sequence; the same ones every time. Pure."""
    count = min(len(items), most)
    return [items[index * len(items) // count] for index in range(count)]


def grid_of(count: int) -> tuple[int, int]:
    """Columns and rows for so many tiles: wider than high, the last row as full as can be. Pure."""
    widest, narrowest = (
        max(min(math.ceil(math.sqrt(count * ratio)), count), 1) for ratio in (2.4, 1.2)
    )
    columns = min(range(widest, narrowest - 1, -1), key=lambda number: (-count % number, -number))
    return columns, math.ceil(count / columns)


def draw_contact_sheet(paths: Sequence[Path], tile: int = TILE) -> Image.Image:
    """Lay crops out in rows.

    Args:
        paths: at least one crop.
        tile: side of one face, in pixels.

    Raises:
        InputError: a crop cannot be read.
    """
    columns, rows = grid_of(len(paths))
    step = tile + _GAP
    sheet = Image.new("RGB", (columns * step + _GAP, rows * step + _GAP), _PAPER)
    for index, path in enumerate(paths):
        row, column = divmod(index, columns)
        try:
            with Image.open(path) as crop:
                face = crop.convert("RGB").resize((tile, tile), Image.Resampling.LANCZOS)
        except (OSError, ValueError, SyntaxError) as error:
            raise InputError(f"{path} cannot be read as a picture: {error}") from error
        sheet.paste(face, (_GAP + column * step, _GAP + row * step))
    return sheet
