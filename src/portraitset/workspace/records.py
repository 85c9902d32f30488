"""What the ledger says of one photo and of one face: its rows as values."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, fields
from operator import attrgetter

from portraitset.errors import ItemError, State
from portraitset.handoffs import AlignedFace, Face, RawPhoto, Rescued, Response, source_of
from portraitset.workspace.layout import FileStamp


@dataclass(frozen=True, slots=True)
class PhotoRecord:
    """What was decided about one photo; `file` is its name on disk, times are Unix seconds."""

    raw_name: str
    url: str
    state: str
    reason: str | None = None
    detail: str | None = None
    caps: str | None = None
    file: str | None = None
    sha256: str | None = None
    byte_count: int | None = None
    mtime_ns: int | None = None
    width: int | None = None
    height: int | None = None
    format: str | None = None
    final_url: str | None = None
    etag: str | None = None
    last_modified: str | None = None
    cf_polished: str | None = None
    tries: int | None = None
    decided_at: float = 0.0
    sha256_rgb: str | None = None
    look: str | None = None
    rescue_url: str | None = None
    rescue_scale: float | None = None

    @classmethod
    def of_original(cls, raw: RawPhoto) -> "PhotoRecord":
        """The record of an original that was verified now."""
        response, rescued = raw.response, raw.rescued
        return cls(
            raw_name=raw.photo.raw_name,
            url=raw.photo.url,
            state=State.FETCHED,
            file=raw.path.name,
            sha256=raw.sha256,
            byte_count=raw.byte_count,
            mtime_ns=raw.mtime_ns,
            width=raw.width or None,
            height=raw.height or None,
            format=raw.format or None,
            final_url=response.final_url if response else None,
            etag=response.etag if response else None,
            last_modified=response.last_modified if response else None,
            cf_polished=response.cf_polished if response else None,
            tries=response.tries if response else None,
            decided_at=time.time(),
            sha256_rgb=raw.sha256_rgb,
            look=raw.look,
            rescue_url=rescued.url if rescued else None,
            rescue_scale=rescued.scale if rescued else None,
        )

    @property
    def rescued(self) -> Rescued | None:
        """Where the original came from instead; None for the exact address."""
        if self.rescue_url is None:
            return None
        return Rescued(self.rescue_url, self.rescue_scale or 1.0)

    @property
    def source(self) -> str | None:
        """What crops are cut from; None if it was never verified."""
        return None if self.sha256 is None else source_of(self.sha256, self.rescued)

    @property
    def exact_size(self) -> tuple[int, int] | None:
        """Width and height of the picture that the landmarks belong to; None if never seen."""
        if not self.width or not self.height:
            return None
        scale = self.rescue_scale or 1.0
        return round(self.width / scale), round(self.height / scale)

    @property
    def stamp(self) -> FileStamp | None:
        """The file as it was verified; None if it never was."""
        return _stamp(self.byte_count, self.mtime_ns)

    @property
    def response(self) -> Response | None:
        """What the server said; None if the original was adopted."""
        if self.final_url is None:
            return None
        facts = self.etag, self.last_modified, self.cf_polished
        return Response(self.final_url, *facts, self.tries or 1)


@dataclass(frozen=True, slots=True)
class FaceRecord:
    """What was decided about one face's crop; `file` is its name on disk."""

    name: str
    state: str
    reason: str | None = None
    detail: str | None = None
    fingerprint: str | None = None
    file: str | None = None
    sha256_rgb: str | None = None
    byte_count: int | None = None
    mtime_ns: int | None = None
    decided_at: float = 0.0

    @classmethod
    def of_crop(cls, crop: AlignedFace) -> "FaceRecord":
        """The record of a crop that was written now."""
        return cls(
            crop.name,
            State.ALIGNED,
            fingerprint=crop.fingerprint,
            file=crop.path.name,
            sha256_rgb=crop.sha256_rgb,
            byte_count=crop.byte_count,
            mtime_ns=crop.mtime_ns,
            decided_at=time.time(),
        )

    @classmethod
    def of_failure(cls, face: Face, fingerprint: str, error: ItemError) -> "FaceRecord":
        """The record of a face that has no crop."""
        outcome = error.state, error.reason, str(error)
        return cls(face.name, *outcome, fingerprint, decided_at=time.time())

    @property
    def stamp(self) -> FileStamp | None:
        """The file as it was written; None if it never was."""
        return _stamp(self.byte_count, self.mtime_ns)


def _stamp(byte_count: int | None, mtime_ns: int | None) -> FileStamp | None:
    return None if byte_count is None or mtime_ns is None else FileStamp(byte_count, mtime_ns)


PHOTO_COLUMNS = tuple(field.name for field in fields(PhotoRecord))
FACE_COLUMNS = tuple(field.name for field in fields(FaceRecord))
COLUMNS: Mapping[type, str] = {
    PhotoRecord: ", ".join(PHOTO_COLUMNS),
    FaceRecord: ", ".join(FACE_COLUMNS),
}

VALUES = {PhotoRecord: attrgetter(*PHOTO_COLUMNS), FaceRecord: attrgetter(*FACE_COLUMNS)}
"""A record's values in the order of its columns; `astuple` would copy them deeply, at ten times
the cost."""
