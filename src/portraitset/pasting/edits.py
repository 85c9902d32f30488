"""Which face each edited file is of: by its name, else by what the crop's file said of itself."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath

from portraitset.curate.holdings import HeldFace
from portraitset.errors import InputError
from portraitset.pasting.source_text import read_edit, source_of

ENDINGS = frozenset([".bmp", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp"])
"""Of files that are looked at in a folder; a file that is named itself may end as it likes."""


@dataclass(frozen=True, slots=True)
class Edit:
    """One edited file and the face that it is of."""

    path: Path
    held: HeldFace


@dataclass(frozen=True, slots=True)
class Edits:
    """What was given: the edits by photo, and the files that are of no face held."""

    by_photo: Mapping[str, tuple[Edit, ...]]
    unknown: tuple[Path, ...]


def edits_of(given: Sequence[Path], faces: Iterable[HeldFace]) -> Edits:
    """Find each file's face.

    A file has the name of the crop, with whatever ending. One that was renamed is known by the
    text in it, if only one face was cut from the photo that the text names.

    Raises:
        InputError: a path is not there, no file is there at all, or two files are of one face.
    """
    known = _Known(faces)
    found: dict[str, Edit] = {}
    unknown: list[Path] = []
    for path in _files(given):
        held = known.find(path)
        if held is None:
            unknown.append(path)
        elif held.name in found:
            raise InputError(
                f"{found[held.name].path} and {path} are both of {held.name}; give one of them"
            )
        else:
            found[held.name] = Edit(path, held)
    if not found and not unknown:
        raise InputError(f"no edited crop in {', '.join(map(str, given))}: no picture's file there")
    photos: dict[str, list[Edit]] = defaultdict(list)
    for edit in found.values():
        photos[edit.held.face.photo.raw_name].append(edit)
    return Edits({name: tuple(edits) for name, edits in photos.items()}, tuple(unknown))


class _Known:
    """The faces that are held, by all that a file may tell."""

    def __init__(self, faces: Iterable[HeldFace]) -> None:
        self._by_name: dict[str, HeldFace] = {}
        self._by_stem: dict[str, list[HeldFace]] = defaultdict(list)
        self._by_source: dict[str, list[HeldFace]] = defaultdict(list)
        for held in faces:
            self._by_name[held.crop.name] = held
            self._by_stem[_stem(held.crop.name)].append(held)
            self._by_source[held.photo.sha256 or ""].append(held)

    def find(self, path: Path) -> HeldFace | None:
        if path.name in self._by_name:
            return self._by_name[path.name]
        same = self._by_stem.get(_stem(path.name), [])
        if not same:
            try:
                same = self._by_source.get(source_of(read_edit(path)) or "-", [])
            except OSError:
                return None
        return same[0] if len(same) == 1 else None


def _stem(name: str) -> str:
    path = PurePath(name)
    return path.stem if path.suffix.lower() in ENDINGS else name


def _files(given: Sequence[Path]) -> Iterator[Path]:
    """The files named, and those below the folders named, each once."""
    seen: set[Path] = set()
    for path in given:
        if not path.exists():
            raise InputError(f"{path}: there is no such file or folder of edited crops")
        inside = sorted(path.rglob("*")) if path.is_dir() else [path]
        for file in inside:
            is_named = file == path or file.suffix.lower() in ENDINGS
            if is_named and file.is_file() and file.resolve() not in seen:
                seen.add(file.resolve())
                yield file
