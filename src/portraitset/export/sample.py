"""What goes into an export and where it went: what its parts hand to each other. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol, get_args

from portraitset.align.settings import ImageFormat
from portraitset.errors import InputError

FormatName = Literal["folder", "imagefolder", "parquet", "webdataset", "stylegan", "lmdb"]
FORMATS: tuple[FormatName, ...] = get_args(FormatName)

SHARD_SIZE = 1000
"""Faces: about 130 MB of crops of 256 pixels, 1.5 GB of those of 1024."""

LARGEST = 8192
"""Side of a picture, in pixels: that of the largest crop."""

Row = Mapping[str, object]
"""What is said of one picture beside it, ready for JSON."""


@dataclass(frozen=True, slots=True)
class ExportSettings:
    """What decides an export's bytes, but for `workers`.

    Attributes:
        sizes: sides of the pictures, in pixels; none: as the crops are.
        image_format: None: as the crops are; StyleGAN always gets PNG.
        shard_size: faces in a shard.
        labels: what StyleGAN's labels are read from: "split", "artist", or a field of the manifest.
        split: hand on this split only; None for all.
        geometry: add a table of where each picture lies in its photo.
    """

    format: FormatName
    sizes: tuple[int, ...] = ()
    image_format: ImageFormat | None = None
    shard_size: int = SHARD_SIZE
    labels: str | None = None
    split: str | None = None
    geometry: bool = False
    workers: int = 1

    def __post_init__(self) -> None:
        """Refuse what makes no sense.

        Raises:
            InputError: it does not.
        """
        if self.format not in FORMATS:
            raise InputError(f"{self.format} is no format; known are {', '.join(FORMATS)}")
        if any(not 1 <= size <= LARGEST for size in self.sizes):
            raise InputError(f"a size is 1 to {LARGEST} pixels")
        if len(set(self.sizes)) < len(self.sizes):
            raise InputError("a size is named twice")
        if self.shard_size < 1:
            raise InputError("a shard holds at least one face")
        if self.labels is not None and self.format != "stylegan":
            raise InputError("--labels is for stylegan; the other formats carry every fact anyway")
        if self.format == "stylegan" and self.image_format not in (None, "png"):
            raise InputError("StyleGAN reads PNG: leave --format out")


@dataclass(frozen=True, slots=True)
class Crop:
    """One face that is handed on.

    Attributes:
        index: its place in the export, from 0.
        file: its file name there, fit for every file system and unique on those that fold case.
        path: where the crop lies now.
        source: the sha256 of the original, hex.
        state: what changes whenever the crop does.
        image_format: that it is to have.
        facts: what is said of it beside it; `label` is its class, for StyleGAN.
    """

    index: int
    name: str
    split: str
    file: str
    path: Path
    source: str
    state: str
    image_format: ImageFormat
    facts: Row


@dataclass(frozen=True, slots=True)
class Shard:
    """Crops that are written together: a file where the format has shards, else a step.

    Attributes:
        number: in the whole export, from 0.
        place: its number within the split, from 0.
        of: how many the split has.
    """

    number: int
    split: str
    place: int
    of: int
    crops: tuple[Crop, ...]


@dataclass(frozen=True, slots=True)
class Sample:
    """One encoded picture to write.

    Attributes:
        facts: of the crop, and of these very bytes.
    """

    crop: Crop
    size: int
    data: bytes
    facts: Row


@dataclass(frozen=True, slots=True)
class Placed:
    """Where one picture lies within the export.

    Attributes:
        place: file within the target, and the member of it if it is an archive.
        offset: of its first byte in that file, where this makes sense.
        sha256: of its bytes, hex.
    """

    face: str
    size: int
    place: str
    offset: int | None
    byte_count: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Target:
    """Where pictures of some sizes go together.

    Attributes:
        folder: on disk.
        archive: the file in it that takes everything, where the format has such a file.
        sizes: of its pictures, in pixels.
        room: more bytes than all of them can take.
    """

    folder: Path
    archive: str
    sizes: tuple[int, ...]
    room: int


class Writer(Protocol):
    """Writes one target; shards come in order, and crops in order within them."""

    def open(self) -> None:
        """Get ready to go on behind what is finished."""

    def begin(self, shard: Shard, /) -> None:
        """Begin a shard; what an earlier try left of it is written over."""

    def add(self, sample: Sample) -> Placed:
        """Write one picture."""

    def end(self) -> None:
        """The shard is complete, and in the operating system's hands."""

    def finish(self, rows: Iterable[Row], documents: Mapping[str, bytes], /) -> None:
        """Write what is said of all pictures, and the documents."""

    def close(self) -> None:
        """Let go of every file, finished or not."""


@dataclass(frozen=True, slots=True)
class Kept:
    """Where one face's picture lies in a finished target; see `Placed`."""

    face: str
    place: str
    offset: int | None
