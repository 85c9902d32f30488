"""Placing an original at hand: linked or copied to where a worker verifies it."""

import os
import shutil
import stat
from pathlib import Path

from portraitset.errors import Missing, TooLarge
from portraitset.manifest.local import LocalOriginal
from portraitset.pipeline.recipe import Recipe
from portraitset.workspace.layout import translated


def bring(local: LocalOriginal, recipe: Recipe, goal: Path) -> None:
    """Make an original at hand a file of the workspace, where `goal` says; it is not verified yet.

    It becomes a hard link if the recipe says so and the disk can do that, otherwise a copy.

    Raises:
        Missing: no file that can be read is there.
        TooLarge: it is over the cap on bytes.
        WorkspaceError: the disk refuses the copy.
    """
    path = (recipe.originals or Path()) / local.path
    try:
        found = path.stat()
        if not stat.S_ISREG(found.st_mode):
            raise Missing(f"{path} is no file")
        if found.st_size > recipe.download.max_bytes:
            raise TooLarge(
                f"{path} has {found.st_size:,} bytes, over {recipe.download.max_bytes:,}"
            )
        with path.open("rb") as source:
            if recipe.place == "link" and _linked(path, goal):
                return
            with translated(goal), goal.open("wb") as copy:
                shutil.copyfileobj(source, copy, 1 << 20)
    except OSError as error:
        raise Missing(f"{path}: {error.strerror or error}") from error


def _linked(path: Path, goal: Path) -> bool:
    """Whether a hard link could be made; not every file system can, nor across disks."""
    try:
        os.link(path.resolve(), goal)
    except OSError:
        return False
    return True
