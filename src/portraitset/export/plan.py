"""What an export will write, decided before its first byte. Pure."""

import hashlib
import json
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

from portraitset.errors import InputError
from portraitset.export.sample import Crop, ExportSettings, FormatName, Row, Shard, Target
from portraitset.identity import SOFTWARE

ARCHIVE = "dataset.zip"
"""What a folder of StyleGAN's holds."""

_SPLIT = re.compile(r"[A-Za-z0-9_]{1,40}")
_SPARE_BYTES = 1 << 16
"""Of a picture's file beyond its raw pixels: headers, a profile, what did not shrink."""

_SPARE_ROOM = 1 << 26


def check_split(split: str) -> str:
    """A split's name, if it can name a file.

    Raises:
        InputError: it cannot.
    """
    if not _SPLIT.fullmatch(split):
        raise InputError(
            f"split {split!r} cannot name a file: it takes 1 to 40 letters, digits or _"
        )
    return split


def shards_of(crops: Sequence[Crop], size: int) -> tuple[Shard, ...]:
    """So many crops to a shard, each split by itself."""
    splits: dict[str, list[Crop]] = defaultdict(list)
    for crop in crops:
        splits[crop.split].append(crop)
    shards: list[Shard] = []
    for split, its_crops in splits.items():
        parts = [tuple(its_crops[at : at + size]) for at in range(0, len(its_crops), size)]
        for place, part in enumerate(parts):
            shards.append(Shard(len(shards), split, place, len(parts), part))
    return tuple(shards)


def fingerprint_of(settings: ExportSettings, crops: Iterable[Crop], name: str) -> str:
    """A digest of all that decides the output's bytes; an unfinished one of the same goes on."""
    chosen = {key: value for key, value in asdict(settings).items() if key != "workers"}
    digest = hashlib.sha256(json.dumps([SOFTWARE, name, chosen]).encode())
    for crop in crops:
        parts = crop.name, crop.split, crop.file, crop.state, crop.image_format, crop.facts
        digest.update(json.dumps(parts).encode())
    return digest.hexdigest()


def targets_of(
    folder: Path,
    format_name: FormatName,
    sizes: Sequence[int],
    archive: str | None,
    count: int,
) -> tuple[Target, ...]:
    """Where pictures of each size go: LMDB has one place for all, others a place for each.

    Args:
        folder: what will be handed out, or will hold the archive.
        format_name: of the export.
        sizes: of the pictures, in pixels.
        archive: the only file, if the output is one.
        count: of the faces.

    Raises:
        InputError: one file is to hold several sizes.
    """
    rooms = {size: count * (3 * size * size + _SPARE_BYTES) * 2 + _SPARE_ROOM for size in sizes}
    if format_name == "lmdb":
        return (Target(folder, "", tuple(sizes), sum(rooms.values())),)
    if format_name == "stylegan":
        if archive is not None and len(sizes) > 1:
            raise InputError("a StyleGAN zip holds one size: give a folder with -o for several")
        names = [archive or ARCHIVE] if len(sizes) == 1 else [f"dataset-{n}.zip" for n in sizes]
        pairs = zip(sizes, names, strict=True)
        return tuple(Target(folder, name, (size,), rooms[size]) for size, name in pairs)
    if len(sizes) == 1:
        return (Target(folder, "", (sizes[0],), rooms[sizes[0]]),)
    return tuple(Target(folder / str(size), "", (size,), rooms[size]) for size in sizes)


def prefix_of(folder: Path, root: Path) -> str:
    """How places in a target begin when they are told from the output's root."""
    inner = folder.relative_to(root).as_posix()
    return "" if inner == "." else f"{inner}/"


def classes_of(values: Mapping[str, object], field: str) -> Mapping[str, int]:
    """A class for each face, by what a field says; whole numbers stay what they are.

    Raises:
        InputError: a face has no such value, or one that is no text and no number.
    """
    for face, value in values.items():
        if not isinstance(value, str | int):
            raise InputError(
                f"{face} has no text or whole number in {field!r} for a label;"
                " labels can be split, artist, or a field that each entry of the manifest has"
            )
    if all(isinstance(value, int) and not isinstance(value, bool) for value in values.values()):
        numbers = {face: value for face, value in values.items() if isinstance(value, int)}
        if min(numbers.values()) >= 0:
            return numbers
    order = {text: number for number, text in enumerate(sorted(set(map(str, values.values()))))}
    return {face: order[str(value)] for face, value in values.items()}


def facts_of(crop: Crop, size: int, sha256: str) -> Row:
    """The facts about one encoded picture that indices list."""
    return dict(crop.facts) | {"size": size, "sha256": sha256}
