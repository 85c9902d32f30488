"""Which files are to be looked at: paths, folders and patterns become a list."""

import glob
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from portraitset.errors import InputError
from portraitset.handoffs import Photo
from portraitset.workspace.layout import STATE_FOLDER


@dataclass(frozen=True, slots=True)
class PictureFile:
    """A file to look at.

    Attributes:
        file: where it lies.
        path: relative to the folder of originals, `/` between folders.
        is_named: whether it was named, not found in a folder; then it must be a picture.
        sha256: that it should have, hex; None if any will do.
        photo: the original that was fetched into it, whose address stands for `path`; None for a
            file of the user's.
    """

    file: Path
    path: str
    is_named: bool
    sha256: str | None = None
    photo: Photo | None = None


def picture_files(sources: Iterable[str], originals: Path) -> list[PictureFile]:
    """The files that sources name, each once, in the order of their paths.

    A source is a file, a folder (with all below it, but for hidden files and for what a workspace
    keeps in `raw/` and `aligned/`), or a pattern such as `scans/*.tif` or `scans/**/*.png`.

    Raises:
        InputError: a source names nothing, or a file that lies outside of `originals`.
    """
    found: dict[str, PictureFile] = {}
    for source in sources:
        for file, is_named in _files(source):
            each = PictureFile(file, relative_path(file, originals), is_named)
            if each.path not in found or is_named:
                found[each.path] = each
    return sorted(found.values(), key=lambda each: each.path)


def _files(source: str) -> Iterator[tuple[Path, bool]]:
    path = Path(source)
    if path.is_dir():
        yield from ((file, False) for file in _below(path))
    elif path.exists():
        yield path, True
    else:
        matches = glob.glob(source, recursive=True)  # noqa: PTH207 pathlib knows no absolute ones
        if not matches:
            raise InputError(f"there is no {source}")
        for match in map(Path, matches):
            yield from ((file, False) for file in (_below(match) if match.is_dir() else (match,)))


def _below(folder: Path) -> Iterator[Path]:
    for place, folders, names in os.walk(folder):
        ours = ("raw", "aligned") if STATE_FOLDER in folders else ()
        folders[:] = sorted(each for each in folders if each[0] != "." and each not in ours)
        for name in sorted(names):
            path = Path(place, name)
            if name[0] != "." and path.is_file():
                yield path


def relative_path(file: Path, originals: Path) -> str:
    """A file's path as a manifest says it, `/` between folders.

    Raises:
        InputError: it lies outside of `originals`.
    """
    whole, base = file.absolute(), originals.absolute()
    try:
        return whole.relative_to(base).as_posix()
    except ValueError as error:
        raise InputError(
            f"{file} does not lie below {originals}, which the manifest's paths start from; name a"
            " folder above all pictures with --originals"
        ) from error
