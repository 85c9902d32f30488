"""The contact sheet: many aligned faces on one picture, like the one on AAHQ's front page."""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import TypeVar

from PIL import Image

from portraitset.errors import InputError

_Item = TypeVar("_Item")

TILE = 192
"""Side of one face, in pixels."""

_GAP = 6
_PAPER = (250, 248, 244)


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


def draw_teaser(paths: Sequence[Path], tile: int = TILE) -> Image.Image:
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
