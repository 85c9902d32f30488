"""What one stage hands to the next, in the order of the pipeline.

manifest ──> Face (with its Photo) ──> download ──> RawPhoto ──> align ──> AlignedFace
         ──> curate ──> Selection ──> export, release
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from portraitset.landmarks import Landmarks


@dataclass(frozen=True, slots=True)
class Photo:
    """One original: where it is published, and its file name in the dataset."""

    url: str
    raw_name: str


SHIFT_DRAW = "shift_draw"
"""The field of a face in a manifest; see `Face.draw`."""


@dataclass(frozen=True, slots=True)
class Face:
    """One face of one photo: the unit that every count counts.

    Attributes:
        name: the crop's file name, unique in the dataset.
        photo: the original; several faces may share it.
        landmarks: in pixels of the original.
        extra: the manifest's further fields, as they were.
    """

    name: str
    photo: Photo
    landmarks: Landmarks
    extra: Mapping[str, object] = field(default_factory=dict)

    @property
    def draw(self) -> tuple[float, float] | None:
        """The two normal numbers that a random shift moves its crop by; None: by its name.

        They stand in the manifest as `shift_draw`, where a sequence of draws was replayed.
        """
        draw = self.extra.get(SHIFT_DRAW)
        if not isinstance(draw, list | tuple):
            return None
        x, y = draw
        return float(x), float(y)

    @property
    def confidence(self) -> float | None:
        """How sure a detector was of it, from 0 to 1; None if the manifest does not say.

        Of its points, if the manifest has a `confidence`; else of its being a face, its `score`.
        """
        sure = self.extra.get("confidence", self.extra.get("score"))
        if isinstance(sure, bool) or not isinstance(sure, int | float) or not 0 <= sure <= 1:
            return None
        return float(sure)


@dataclass(frozen=True, slots=True)
class Evidence:
    """What was found of an owner's wishes about one photo, in one place.

    Attributes:
        signal: where it stands: "robots.txt", "x-robots-tag", "tdmrep.json", …
        value: what it says there.
        url: the address whose answer it is.
        at: when, in Unix seconds.
        decision: "refused"; "allowed", by this signal alone; "unknown", which is what the absence
            of a signal comes to; "overridden", a refusal that a setting told us to ignore.
    """

    signal: str
    value: str
    url: str
    at: float
    decision: str


@dataclass(frozen=True, slots=True)
class Response:
    """What the server said when it handed over an original.

    Attributes:
        tries: how often it was asked.
        waited: seconds from the last request to the answer's headers.
        not_modified: a question with a condition was answered so, and no body came.
        sha256: of the body that came with it, hex; None if none did.
    """

    final_url: str
    etag: str | None = None
    last_modified: str | None = None
    cf_polished: str | None = None
    tries: int = 1
    waited: float = 0.0
    not_modified: bool = False
    sha256: str | None = None


@dataclass(frozen=True, slots=True)
class Revisit:
    """What a verified original's address gave when it was asked again.

    Attributes:
        outcome: "unchanged", "looks alike", "changed", or the reason of an error.
        detail: a sentence for a reader.
    """

    outcome: str
    detail: str | None = None


@dataclass(frozen=True, slots=True)
class Rescued:
    """Where an original came from, if not from its exact address.

    Attributes:
        url: where it was had instead.
        scale: how many of its pixels make one of the exact picture's, along a side; landmarks are
            multiplied by it.
    """

    url: str
    scale: float = 1.0

    def __str__(self) -> str:
        scaled = "" if self.scale == 1 else f", landmarks scaled by {self.scale:.6g}"
        return f"rescued from {self.url}{scaled}"


def source_of(sha256: str, rescued: Rescued | None) -> str:
    """What crops are cut from: an original's bytes, and by how much landmarks are scaled."""
    return sha256 if rescued is None else f"{sha256} x {rescued.scale!r}"


@dataclass(frozen=True, slots=True)
class Decoded:
    """What decoding an original tells of it; the fields are those of `RawPhoto`."""

    width: int
    height: int
    format: str
    sha256_rgb: str
    look: str


@dataclass(frozen=True, slots=True)
class RawPhoto:
    """A verified original on disk: complete, and decoded once from end to end if `is_decoded`.

    Attributes:
        sha256: of the file's bytes, hex.
        byte_count, mtime_ns: the file as it was verified; a change of either asks for a new look.
        width, height: in pixels, as stored (no EXIF rotation); 0 if it was not decoded.
        format: Pillow's name of the file format; empty if it was not decoded.
        response: the server's words; None if the file was adopted.
        sha256_rgb: of the decoded RGB pixels, uint8, row by row, hex; None if it was not decoded,
            or in an older ledger.
        look: the perceptual hash, 64 hex digits; None likewise.
        rescued: where it came from instead; None for the exact address, and for adopted files.
    """

    photo: Photo
    path: Path
    sha256: str
    byte_count: int
    mtime_ns: int
    width: int
    height: int
    format: str
    response: Response | None = None
    sha256_rgb: str | None = None
    look: str | None = None
    rescued: Rescued | None = None

    @property
    def is_decoded(self) -> bool:
        """Whether every pixel of it was seen."""
        return self.sha256_rgb is not None

    @property
    def source(self) -> str:
        """What its crops are cut from."""
        return source_of(self.sha256, self.rescued)


@dataclass(frozen=True, slots=True)
class AlignedFace:
    """A crop on disk.

    Attributes:
        sha256_rgb: of the crop's RGB pixels, uint8, row by row, hex.
        fingerprint: of what the crop was made from: original, landmarks, settings, code version.
        byte_count, mtime_ns: the file as it was written.
    """

    name: str
    path: Path
    sha256_rgb: str
    fingerprint: str
    byte_count: int
    mtime_ns: int


@dataclass(frozen=True, slots=True)
class Selection:
    """Which faces are handed on, and on which side of a split: what `curate` decided.

    Attributes:
        splits: each face that is kept, and its split, such as "train".
        dropped: each face that is not, and why. What follows the first colon is for this house
            only: who rejected it and in which words, or which other picture is kept.
    """

    splits: Mapping[str, str]
    dropped: Mapping[str, str] = field(default_factory=dict)

    def public_reason(self, face: str) -> str | None:
        """Why a face was dropped, without names of people or other pictures; None if it was not."""
        reason = self.dropped.get(face)
        return None if reason is None else reason.partition(":")[0]
