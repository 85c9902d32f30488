"""What is to be looked at: files at hand, and originals that have to be fetched first."""

import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from portraitset.detect.pictures import PictureFile, picture_files, relative_path
from portraitset.errors import BadEntry, InputError, ItemError
from portraitset.handoffs import Photo
from portraitset.manifest import NAMED, is_manifest, load_manifest, parse_manifest
from portraitset.manifest.address_list import is_list_name, photos_of, read_addresses, unpacked
from portraitset.manifest.local import local_original

STANDARD_INPUT = "-"
"""The source that is a list read from standard input."""

_ADDRESS = ("http://", "https://")


@dataclass(frozen=True, slots=True)
class Sources:
    """What sources name.

    Attributes:
        files: pictures at hand, in the order of their paths.
        photos: originals to fetch, each once, in order.
        refused: addresses that nobody can be asked for, and why.
    """

    files: tuple[PictureFile, ...]
    photos: tuple[Photo, ...]
    refused: tuple[tuple[str, ItemError], ...]


def open_sources(
    sources: Iterable[str], originals: Path, column: str | None, proxy: str | None
) -> Sources:
    """Read what sources name: files, folders, patterns, addresses, lists of them, manifests.

    Args:
        originals: the folder that paths of files start from.
        column: the column or key of a list that holds the addresses; `url` if None.
        proxy: for a manifest that is named and not at hand.

    Raises:
        InputError: a source is not there, makes no sense, or lies outside of `originals`.
    """
    paths: list[str] = []
    files: list[PictureFile] = []
    photos: list[Photo] = []
    addresses: list[str] = []
    lists: list[str] = []
    for source in sources:
        if source.startswith(_ADDRESS):
            addresses.append(source)
        elif source == STANDARD_INPUT or _is_list(source):
            lists.append(source)
        else:
            paths.append(source)
    refused: list[tuple[str, ItemError]] = []
    for source in lists:
        data = unpacked(_read(source, proxy), source)
        if is_manifest(data):
            at_hand, elsewhere = _pictures_of(data, source, originals)
            files += at_hand
            photos += elsewhere
            continue
        try:
            addresses += read_addresses(data, source, column)
        except InputError as error:
            if not (paths or addresses or photos or len(lists) > 1):
                raise
            refused.append((source, BadEntry(str(error))))  # a shell's pattern names all files
    named = list(photos_of(list(dict.fromkeys(addresses))))
    photos += (each for each in named if isinstance(each, Photo))
    refused += (each for each in named if not isinstance(each, Photo))
    by_name: dict[str, Photo] = {}
    for photo in photos:
        by_name.setdefault(photo.raw_name, photo)
    refused += (
        (photo.url, BadEntry(f"its file name is that of {first.url!r:.200}"))
        for photo in photos
        if (first := by_name[photo.raw_name]).url != photo.url
    )
    files += picture_files(paths, originals)
    by_path = {each.path: each for each in reversed(files)}
    in_order = tuple(by_path[path] for path in sorted(by_path))
    return Sources(in_order, tuple(by_name.values()), tuple(refused))


def _is_list(source: str) -> bool:
    is_file = Path(source).is_file()
    return (is_list_name(source) and is_file) or (source in NAMED and not Path(source).exists())


def _read(source: str, proxy: str | None) -> bytes:
    return sys.stdin.buffer.read() if source == STANDARD_INPUT else load_manifest(source, proxy)


def _pictures_of(
    data: bytes, source: str, originals: Path
) -> tuple[Sequence[PictureFile], Sequence[Photo]]:
    """A manifest's originals: those at hand, and those with an address."""
    files: list[PictureFile] = []
    photos: list[Photo] = []
    for photo in parse_manifest(data, source).by_photo():
        local = local_original(photo.url)
        if local is None:
            photos.append(photo)
        elif source == STANDARD_INPUT:
            raise InputError(
                f"the manifest on standard input names a file, {local.path}, and not where its"
                " paths start from: give the manifest as a file"
            )
        else:
            file = Path(source).parent / local.path
            path = relative_path(file, originals)
            files.append(PictureFile(file, path, is_named=True, sha256=local.sha256))
    return files, photos
