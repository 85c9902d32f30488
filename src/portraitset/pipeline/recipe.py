"""A recipe: TOML and flags become each stage's own settings. Unknown keys are errors.

workers = 4
[download]   # see DownloadSettings
rate = 5
[align]      # see CropSettings
size = 512
[curate]     # see CurateSettings, which `curate` reads of it
duplicates = "keep-best"
[[rule]]     # see Rule
…
"""

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import UnionType
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from portraitset.align.settings import CropSettings
from portraitset.download.rescue import other_sizes
from portraitset.download.settings import DownloadSettings, Rescue
from portraitset.errors import InputError
from portraitset.manifest.lock import Lock
from portraitset.workspace.layout import Place


def usable_cores() -> int:
    """The cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a dataset is made.

    Attributes:
        download, crop: the settings of the two stages.
        workers: processes that decode and align at once.
        deadline: seconds after which a run stops asking and cutting; None for no limit.
        lock: the originals to have, and nothing else; None for all that the manifest lists.
        revalidate: ask again for originals that were verified before this run; none is replaced.
        rescue: whether to try other size variants of a picture that is gone.
        rescue_from: where to ask for a picture that is gone, by its exact address.
        originals: the folder that paths of originals at hand are relative to; None for the
            manifest's own.
        place: whether an original at hand comes into `raw/` as a hard link, where the disk can do
            that, or as a copy.
    """

    download: DownloadSettings = field(default_factory=DownloadSettings)
    crop: CropSettings = field(default_factory=CropSettings)
    workers: int = field(default_factory=usable_cores)
    deadline: float | None = None
    lock: Lock | None = None
    revalidate: bool = False
    rescue: Rescue = "off"
    rescue_from: Mapping[str, str] = field(default_factory=dict)
    originals: Path | None = None
    place: Place = "link"

    def __post_init__(self) -> None:
        if not 1 <= self.workers <= 1024:
            raise InputError(f"workers must lie in 1..1024: {self.workers}")
        if self.deadline is not None and not self.deadline > 0:
            raise InputError(f"deadline must be above zero: {self.deadline}")

    def substitutes_of(self, url: str) -> tuple[str, ...]:
        """Where to ask for a picture that is gone from `url`, in order."""
        own = (self.rescue_from[url],) if url in self.rescue_from else ()
        return own + (other_sizes(url) if self.rescue == "sizes" else ())


_Settings = TypeVar("_Settings", DownloadSettings, CropSettings, Recipe)


@dataclass(frozen=True, slots=True)
class Tables:
    """A recipe's file as it was written; each stage reads its own table.

    Attributes:
        where: what to call the file in an error.
        download, align, curate: the table of that name; empty where there is none.
        rules: each `[[rule]]`, in order.
        run: what stands above the tables.
    """

    where: str = "the flags"
    download: Mapping[str, object] = field(default_factory=dict)
    align: Mapping[str, object] = field(default_factory=dict)
    curate: Mapping[str, object] = field(default_factory=dict)
    rules: object = ()
    run: Mapping[str, object] = field(default_factory=dict)


def read_tables(path: Path | None) -> Tables:
    """Read a recipe's file; None is a recipe that says nothing.

    Raises:
        InputError: it cannot be read, or a table is unknown.
    """
    if path is None:
        return Tables()
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(f"the recipe {path} cannot be read: {error}") from error
    rules = content.pop("rule", [])
    tables = {key: value for key, value in content.items() if isinstance(value, dict)}
    if unknown := tables.keys() - {"download", "align", "curate"}:
        known = "[download], [align], [curate], [[rule]]"
        raise InputError(f"{path}: unknown table [{min(unknown)}]; known: {known}")
    alone = {key: content[key] for key in content.keys() - tables.keys()}
    return Tables(str(path), **tables, rules=rules, run=alone)


def recipe_from(tables: Tables, flags: Mapping[str, Mapping[str, object]]) -> Recipe:
    """The recipe that a file and flags make; flags win.

    Args:
        flags: by table (`download`, `align`, `run`), the values that were given; None means not
            given.

    Raises:
        InputError: a key is unknown, or a value makes no sense.
    """
    download, align, run = (
        getattr(tables, name)
        | {key: value for key, value in flags.get(name, {}).items() if value is not None}
        for name in ("download", "align", "run")
    )
    where = tables.where
    made = Recipe(
        _settings(DownloadSettings(), download, where), _settings(CropSettings(), align, where)
    )
    return _settings(made, run, where, ("workers", "deadline"))


def _settings(
    defaults: _Settings, given: Mapping[str, object], where: str, keys: tuple[str, ...] = ()
) -> _Settings:
    """`defaults` with the given values; only `keys` may be set, if there are any."""
    hints = get_type_hints(type(defaults))
    known = keys or tuple(hints)
    for key, value in given.items():
        if key not in known:
            raise InputError(f"{where}: unknown key {key!r}; known are {', '.join(known)}")
        if not _fits(value, hints[key]):
            raise InputError(f"{where}: {key} cannot be {value!r}")
    changes: dict[str, Any] = {
        key: tuple(value) if isinstance(value, list) else value for key, value in given.items()
    }
    return replace(defaults, **changes)


def _fits(value: object, hint: object) -> bool:
    """Whether a value from TOML or a flag may stand where `hint` is asked for."""
    if get_origin(hint) in (Union, UnionType):
        return any(_fits(value, part) for part in get_args(hint))
    if get_origin(hint) is Literal:
        return value in get_args(hint)
    if get_origin(hint) is Mapping:
        return isinstance(value, dict) and all(isinstance(text, str) for text in value.values())
    if get_origin(hint) is tuple:
        return isinstance(value, list | tuple) and all(isinstance(text, str) for text in value)
    return type(value) is hint or (type(value) is int and hint is float)
