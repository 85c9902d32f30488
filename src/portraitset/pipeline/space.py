"""Does it fit on the disk? What a run will need, from what AAHQ's files take. Pure."""

from dataclasses import dataclass

from portraitset.align.settings import CropSettings
from portraitset.errors import WorkspaceError

BYTES_PER_ORIGINAL = 760_000
"""AAHQ: about 19 GB for 25,000 originals."""

BYTES_PER_CROP_PIXEL = 0.92
"""AAHQ: about 24 GB for 25,000 crops of 1024 x 1024."""

SPARE = 64 << 20
"""Left free for the ledger and for whatever else lives on the disk."""


@dataclass(frozen=True, slots=True)
class SpaceNeed:
    """An estimate, in bytes."""

    originals: int
    crops: int

    @property
    def total(self) -> int:
        """The bytes of originals and crops together."""
        return self.originals + self.crops


def estimate_space(photos: int, faces: int, settings: CropSettings) -> SpaceNeed:
    """What so many originals to fetch and crops to write will take."""
    per_crop = settings.size**2 * BYTES_PER_CROP_PIXEL
    return SpaceNeed(photos * BYTES_PER_ORIGINAL, round(faces * per_crop))


def in_words(count: int) -> str:
    """A number of bytes for a reader."""
    return f"{count / 1e9:.1f} GB" if count >= 1e9 else f"{count / 1e6:.1f} MB"


def check_space(need: SpaceNeed, free: int) -> None:
    """Refuse a run for which the disk has too little room.

    Raises:
        WorkspaceError: less is free than is needed.
    """
    if need.total + SPARE > free:
        raise WorkspaceError(
            f"the disk has {in_words(free)} free and this run needs about {in_words(need.total)}"
            f" (originals {in_words(need.originals)}, crops {in_words(need.crops)}), and"
            f" {in_words(SPARE)} are kept free. Make room, choose another workspace with -w, or"
            " begin all the same with --space ignore."
        )
