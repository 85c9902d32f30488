"""How the shared flags become a recipe."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from portraitset.curate.rules import settings_from
from portraitset.download.rescue import read_substitutes
from portraitset.errors import InputError
from portraitset.manifest.lock import Lock, read_lock
from portraitset.pipeline.recipe import Recipe, read_tables, recipe_from
from portraitset.workspace.layout import Folders, folders_of

_TABLES = {
    "download": (
        "mirror",
        "proxy",
        "opt_outs",
        "check",
        "allow_hosts",
        "contact",
        "connections",
        "rate",
        "tries",
        "connect_timeout",
        "idle_timeout",
        "photo_timeout",
        "max_bytes",
        "max_pixels",
        "decoder_memory",
    ),
    "align": (
        "quality",
        "image_format",
        "size",
        "transform_size",
        "padding",
        "rotation",
        "scale",
        "offset_x",
        "offset_y",
        "random_shift",
        "retry_crops",
        "shift_seed",
        "replay",
        "border",
        "border_colour",
        "reject_above",
    ),
    "run": ("workers", "deadline"),
}


@dataclass(frozen=True, slots=True)
class Choices:
    """What the shared flags chose."""

    folders: Folders
    recipe: Recipe
    as_json: bool


def choices(flags: dict[str, Any]) -> Choices:
    """Read the shared flags.

    Raises:
        InputError: a value makes no sense.
    """
    workspace = flags["workspace"]
    if workspace.exists() and not workspace.is_dir():
        raise InputError(f"{workspace} is not a folder")
    given = {table: {key: flags.get(key) for key in keys} for table, keys in _TABLES.items()}
    tables = read_tables(flags["recipe"])
    recipe = recipe_from(tables, given)
    settings_from(tables)  # a recipe is right or wrong as a whole, whichever command reads it
    if flags.get("rescue", "off") != "off":
        recipe = replace(recipe, rescue=flags["rescue"])
    recipe = replace(recipe, originals=flags["originals"], place=flags.get("place", "link"))
    if (list_path := flags.get("rescue_from")) is not None:
        recipe = replace(recipe, rescue_from=_open_substitutes(list_path))
    if (lock_path := flags.get("lock_path")) is not None:
        recipe = replace(recipe, lock=open_lock(lock_path))
    return Choices(folders_of(workspace), recipe, flags["as_json"])


def _open_substitutes(path: Path) -> Mapping[str, str]:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"the list {path} cannot be read: {error}") from error
    return read_substitutes(text, str(path))


def open_lock(path: Path) -> Lock:
    """Read a lock file.

    Raises:
        InputError: it cannot be read, or is no lock file that can be trusted.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise InputError(f"the lock {path} cannot be read: {error.strerror or error}") from error
    return read_lock(data, str(path))
