"""Where each artifact lives, and how a file comes to be there: whole or not at all.

raw/<raw_name>        verified originals
aligned/<name>        crops
.portraitset/         the ledger, the manifest's copy, and:
    tmp/              files being made; emptied when a run starts
    aside/            files found under raw/ or aligned/ that could not be trusted
"""

import errno
import hashlib
import os
import re
import shutil
import stat
import sys
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path, PurePosixPath
from typing import Literal

from portraitset.errors import WorkspaceError

Place = Literal["link", "copy"]
"""How a file of the user's comes into a workspace: as a hard link if the disk can, or a copy."""

STATE_FOLDER = ".portraitset"
LONGEST_NAME = 255
"""In bytes of UTF-8: the limit of ext4, XFS, APFS and NTFS (there in UTF-16 units)."""

_ILLEGAL_ON_WINDOWS = frozenset('<>:"|?*') | frozenset(map(chr, range(32)))
_RESERVED_ON_WINDOWS = frozenset(
    ["CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$"]
    + [f"{port}{digit}" for port in ("COM", "LPT") for digit in "123456789¹²³"]
)
_LEFTOVER = re.compile(r"(.+)\.\d+\.part", re.DOTALL)
_FATAL = {
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "the disk quota is used up",
    errno.EFBIG: "a file would be larger than is allowed here",
    errno.EROFS: "the file system is read-only",
    errno.EACCES: "permission denied",
    errno.EPERM: "permission denied",
    errno.EIO: "the disk reports an input/output error",
    errno.ENOTDIR: "a file stands where a folder should be",
    errno.EEXIST: "a file stands where a folder should be",
    errno.EISDIR: "a folder stands where a file should be",
    errno.EMFILE: "too many files are open",
    errno.ENFILE: "too many files are open",
    errno.ENOENT: "it was taken away while in use",
    errno.ESTALE: "the network file system lost it",
    errno.ENAMETOOLONG: "a name is too long for this file system",
    errno.ELOOP: "links lead in a circle",
    errno.EXDEV: "the temporary folder lies on another disk",
}


@dataclass(frozen=True, slots=True)
class Folders:
    """Where a dataset's files go; paths as they are, or relative to the working directory."""

    state: Path
    raw: Path
    aligned: Path


def folders_of(root: Path) -> Folders:
    """The usual workspace: everything under one folder."""
    return Folders(root / STATE_FOLDER, root / "raw", root / "aligned")


@dataclass(frozen=True, slots=True)
class FileStamp:
    """What tells, without reading it, that a file is probably still the same."""

    byte_count: int
    mtime_ns: int


class Workspace:
    """The folders of one dataset."""

    def __init__(self, folders: Folders) -> None:
        self.folders = folders
        self._last = 0
        self._temporary_folders: dict[Path, Path] = {}

    @property
    def root(self) -> Path:
        """The folder that holds the state folder; NOTICE and exports lie there."""
        return self.folders.state.parent

    def prepare(self, *artifacts: Path) -> None:
        """Make the folders that a run fills and empty `tmp`; only the run that holds the lock may.

        Args:
            artifacts: `raw`, `aligned` or both.

        Raises:
            WorkspaceError: they cannot be made.
        """
        with translated(self.root):
            self.folders.state.mkdir(parents=True, exist_ok=True)
            for folder in artifacts:
                folder.mkdir(parents=True, exist_ok=True)
            for folder in {self._temporary_folder(near) for near in (self.root, *artifacts)}:
                shutil.rmtree(folder, ignore_errors=True)
                folder.mkdir(exist_ok=True)

    def temporary(self, target: Path) -> Path:
        """A fresh path from which a finished file can be renamed to `target`."""
        self._last += 1
        near = target.parent
        if near not in self._temporary_folders:
            self._temporary_folders[near] = self._temporary_folder(near)
        return self._temporary_folders[near] / f"{os.getpid()}-{self._last}"

    def set_aside(self, path: Path) -> Path:
        """Move a file that cannot be trusted out of the way, and say where it went.

        Raises:
            WorkspaceError: it cannot be moved.
        """
        folder = self.folders.state / "aside" / path.parent.name
        places = (folder / str(number) if number else folder for number in count())
        with translated(path):
            goal = next(place / path.name for place in places if not (place / path.name).exists())
            goal.parent.mkdir(parents=True, exist_ok=True)
            shutil.move(path, goal)
        return goal

    def free_bytes(self) -> int:
        """The free bytes of the disk that the workspace lies on."""
        there = next(path for path in (self.root, *self.root.absolute().parents) if path.exists())
        return shutil.disk_usage(there).free

    def _temporary_folder(self, near: Path) -> Path:
        """In the state folder; beside the artifacts where those lie on another device."""
        state = self.folders.state.stat()
        if near.stat().st_dev == state.st_dev:
            return self.folders.state / "tmp"
        return near / f"{STATE_FOLDER}-tmp-{state.st_ino}"  # two workspaces may share `near`


class Layout:
    """Which file each photo and face of a manifest has on this disk."""

    def __init__(
        self, folders: Folders, raw_names: Iterable[str], names: Mapping[str, str], folds: bool
    ) -> None:
        """Name the files.

        Args:
            raw_names: the originals' file names.
            names: each face's name, and the file name wanted for its crop.
            folds: whether the file system takes `A` and `a` for the same.
        """
        self._folders = folders
        self._raw = _changed(disk_names(raw_names, folds_case=folds))
        on_disk = disk_names(names.values(), folds_case=folds)
        self._aligned = _changed({name: on_disk[wanted] for name, wanted in names.items()})

    def raw_path(self, raw_name: str) -> Path:
        """Where an original belongs."""
        return self._folders.raw / self._raw.get(raw_name, raw_name)

    def crop_path(self, name: str) -> Path:
        """Where a crop belongs."""
        return self._folders.aligned / self._aligned.get(name, name)


def _changed(names: Mapping[str, str]) -> dict[str, str]:
    """Only what is called otherwise on disk, as there may be millions of names."""
    return {name: on_disk for name, on_disk in names.items() if on_disk != name}


def stamp_of(path: Path) -> FileStamp | None:
    """A file's stamp, None if there is no regular file."""
    try:
        found = path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    is_regular = stat.S_ISREG(found.st_mode)
    return FileStamp(found.st_size, found.st_mtime_ns) if is_regular else None


def place(temporary: Path, target: Path) -> FileStamp:
    """Rename a finished file to where it belongs; its stamp there."""
    with translated(target):
        temporary.replace(target)
        found = target.stat()
    return FileStamp(found.st_size, found.st_mtime_ns)


def write_whole(path: Path, data: bytes) -> None:
    """Write a file that somebody asked for, whole or not at all, with its folder if need be.

    Raises:
        WorkspaceError: it cannot be written.
    """
    with translated(path):
        path.parent.mkdir(parents=True, exist_ok=True)
    _write_beside(path, data)


def write_within(path: Path, data: bytes) -> None:
    """Write a file of a workspace, whole or not at all; only its own folder is made.

    A workspace that is moved away meanwhile is not begun anew.

    Raises:
        WorkspaceError: it cannot be written, or the workspace is gone.
    """
    with translated(path):
        path.parent.mkdir(exist_ok=True)
    _write_beside(path, data)


def _write_beside(path: Path, data: bytes) -> None:
    with translated(path):
        temporary = path.with_name(f"{path.name}.{os.getpid()}.part")
        try:
            temporary.write_bytes(data)
        except OSError:
            temporary.unlink(missing_ok=True)  # a full disk is in need of the room
            raise
    place(temporary, path)


def leftover_of(name: str) -> str | None:
    """The name of the file that a killed `write_whole` was at, if what it left is called so."""
    found = _LEFTOVER.fullmatch(name)
    return found[1] if found else None


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """Turn the operating system's no into a `WorkspaceError` that says what to do."""
    try:
        yield
    except OSError as error:
        if error.errno not in _FATAL:
            raise
        raise WorkspaceError(
            f"{path}: {_FATAL[error.errno]}. What is finished is kept;"
            " mend this and run the same command again."
        ) from error


def disk_names(
    names: Iterable[str], windows: bool = sys.platform == "win32", folds_case: bool = False
) -> Mapping[str, str]:
    """The file name on disk for each name of a manifest. Pure.

    A name stays as it is wherever this file system takes it. Illegal characters become `_` on
    Windows; what is longer than 255 bytes is cut; a name that would meet an earlier one gets 16
    digits of its sha256. `folds_case` says that the file system takes `A` and `a` for the same.
    """
    taken: set[str] = set()
    mapping: dict[str, str] = {}
    for name in names:
        if name in mapping:
            continue
        for fitting in _candidates(name, windows):
            if (key := _folded(fitting) if folds_case else fitting) not in taken:
                break
        taken.add(key)
        mapping[name] = fitting
    return mapping


def _candidates(name: str, windows: bool) -> Iterator[str]:
    """File names for a name, the best first, without end."""
    fitting = _fitting(name, windows)
    yield fitting
    for number in count():
        yield _hashed(fitting, name + "\0" * number)


def _folded(name: str) -> str:
    """Equal for names that differ only by case or composition (Unicode, definition D145)."""
    return unicodedata.normalize("NFD", unicodedata.normalize("NFD", name).casefold())


def _fitting(name: str, windows: bool) -> str:
    fitting = name
    if windows:
        fitting = "".join("_" if letter in _ILLEGAL_ON_WINDOWS else letter for letter in name)
        stem = fitting.split(".")[0].rstrip(" ").upper()
        fitting = f"_{fitting}" if stem in _RESERVED_ON_WINDOWS else fitting
        fitting = fitting[:-1] + "_" if fitting[-1] in ". " else fitting
    return fitting if len(fitting.encode()) <= LONGEST_NAME else _hashed(fitting, name)


def _hashed(fitting: str, name: str) -> str:
    """The name with 16 hex digits of its sha256 before the extension, at most 255 bytes."""
    digest = hashlib.sha256(name.encode()).hexdigest()[:16]
    suffix = PurePosixPath(fitting).suffix
    suffix = suffix if len(suffix.encode()) <= 16 else ""
    room = LONGEST_NAME - len(suffix.encode()) - 17
    stem = fitting.removesuffix(suffix).encode()[:room].decode(errors="ignore")
    return f"{stem}-{digest}{suffix}"


def folds_case(folder: Path) -> bool:
    """Whether this folder's file system takes `A` and `a` for the same name."""
    probe = folder / f"CaseProbe-{os.getpid()}"
    probe.touch()
    try:
        return (folder / probe.name.lower()).exists()
    finally:
        probe.unlink()
