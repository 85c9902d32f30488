"""Taking faces out of what was written: one function for each kind of output."""

import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

from portraitset.curate.holdings import Holdings
from portraitset.export import run as exporting
from portraitset.manifest.lock import read_lock, without, write_lock
from portraitset.pages import thumbnails
from portraitset.pasting import run as pasting
from portraitset.release import output as releasing
from portraitset.removal.items import UNREADABLE
from portraitset.report import contact_sheet
from portraitset.report import output as reporting
from portraitset.sidecars import output as sidecars
from portraitset.workspace.layout import Folders, leftover_of, translated, write_whole
from portraitset.workspace.lineage import Lineage, Member, Output

Without = Callable[[Holdings, Output, frozenset[str]], None]


def lock_without(holdings: Holdings, output: Output, faces: frozenset[str]) -> None:
    """Write a lock file anew without these faces, and without originals that no face is left of.

    Raises:
        InputError: it is no lock file any more.
        WorkspaceError: it cannot be read or written.
    """
    with translated(output.path):
        data = output.path.read_bytes()
    lock = without(read_lock(data, str(output.path)), faces)
    write_whole(output.path, write_lock(lock))
    with Lineage.open(holdings.folders.state) as lineage:
        lineage.finish(output.path, (Member(face.name, ".") for face in lock.faces))


WITHOUT: Mapping[str, Without] = {
    "export": exporting.without,
    "lock": lock_without,
    "paste-back": pasting.without,
    "release": releasing.without,
    "report": reporting.without,
    "teaser": contact_sheet.without,
    "sidecars": sidecars.without,
    "thumbnails": thumbnails.without,
}
"""By the kind of the output; whoever writes another kind adds its function here."""


_HANDED_ON = ("export", "paste-back", "release", "sidecars")
"""Kinds that may lie on another disk; in the place of a sheet or list, another file may stand."""


def take_out(holdings: Holdings, output: Output, faces: frozenset[str]) -> str | None:
    """Take faces out of one output; why it could not be done, None if it was or if it is away.

    `holdings` are what is held by now: an output may have to be made again from them.

    An output that was never finished is deleted, as it has no sense without its writer. One that is
    not where it was written is forgotten, unless its disk may be back at the next removal.

    Raises:
        InputError, WorkspaceError: it is damaged or cannot be written.
    """
    _remove_leftovers(output.path)
    if not output.finished:
        _delete(output.path)
        _forget(holdings.folders, output.path)
        return None
    if not output.path.exists():
        if output.kind not in _HANDED_ON:
            _forget(holdings.folders, output.path)
        return None
    rewrite = WITHOUT.get(output.kind)
    if rewrite is None:
        return f"nothing here can rewrite an output of kind {output.kind!r}; delete it"
    try:
        rewrite(holdings, output, faces)
    except UNREADABLE as error:  # a stranger's hand was at it, or the disk's
        return f"it is damaged ({type(error).__name__}: {error}); delete it, or make it anew"
    return None


def _remove_leftovers(path: Path) -> None:
    """Remove what a kill left of files that were being written, beside an output and within it."""
    with translated(path):
        near = path.parent.iterdir() if path.parent.is_dir() else ()
        beside = [file for file in near if leftover_of(file.name) == path.name]
        within = [file for file in path.rglob("*.part") if leftover_of(file.name)]
        for file in (*beside, *within):
            file.unlink(missing_ok=True)


def _delete(path: Path) -> None:
    with translated(path):
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)


def _forget(folders: Folders, path: Path) -> None:
    with Lineage.open(folders.state) as lineage:
        lineage.forget(path)
