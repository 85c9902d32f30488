"""Where each photo's original lies, whether or not a crop was ever cut from it. Only looks."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from portraitset.manifest import Manifest
from portraitset.pipeline.last_run import last_folders, last_settings, layout_of
from portraitset.workspace.layout import FileStamp, Folders, stamp_of
from portraitset.workspace.ledger import Ledger
from portraitset.workspace.records import PhotoRecord


@dataclass(frozen=True, slots=True)
class Original:
    """A file that is, or may be, a photo's original; nobody has verified it if `size` is None.

    Attributes:
        size: width and height in pixels, as stored.
        scale: how many of its pixels make one of the landmarks', along a side.
        sha256: of its bytes, hex; None if nobody has verified it.
    """

    path: Path
    stamp: FileStamp
    size: tuple[int, int] | None = None
    scale: float = 1.0
    sha256: str | None = None


def originals_of(folders: Folders, manifest: Manifest) -> Mapping[str, Original]:
    """Each photo's original, by its file name in the manifest, where there is one.

    Raises:
        InputError: the folder is no workspace.
        WorkspaceError: its ledger cannot be read.
    """
    with Ledger.open_to_look(folders.state) as ledger, ledger.reading_ahead():
        return dict(_found(folders, manifest, ledger))


def _found(folders: Folders, manifest: Manifest, ledger: Ledger) -> Iterator[tuple[str, Original]]:
    image_format = last_settings(ledger).image_format
    layout = layout_of(last_folders(folders, ledger), manifest, image_format)
    for photo in manifest.by_photo():
        path = layout.raw_path(photo.raw_name)
        stamp, record = stamp_of(path), ledger.photo(photo.raw_name)
        if stamp is None or (record and record.url != photo.url and record.stamp == stamp):
            continue  # what another address gave is not this photo's
        is_known = record is not None and record.url == photo.url and record.stamp == stamp
        yield photo.raw_name, _original(path, stamp, record if is_known else None)


def _original(path: Path, stamp: FileStamp, record: PhotoRecord | None) -> Original:
    if record is None:
        return Original(path, stamp)
    size = (record.width, record.height) if record.width and record.height else None
    return Original(path, stamp, size, record.rescue_scale or 1.0, record.sha256)
