"""A workspace's aligned faces as a map-style dataset, for a training loop."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

from portraitset.curate.holdings import holdings_of
from portraitset.errors import InputError, ItemError
from portraitset.handoffs import Face
from portraitset.landmarks import POINT_NAMES
from portraitset.picture.decode import Pixels, read_picture
from portraitset.workspace.layout import folders_of, translated

Transform = Callable[[Pixels], object]


class AlignedItem(TypedDict):
    """One face as the dataset gives it: picture, name, split, address, landmarks.

    `image` is uint8 (size, size, 3), RGB, or what the transform makes of it; `landmarks` has a
    list [x, y] for each point, in pixels of the original.
    """

    image: object
    name: str
    split: str
    url: str
    landmarks: dict[str, list[float]]


@dataclass(frozen=True, slots=True)
class _Item:
    face: Face
    split: str
    crop: Path


class AlignedFaces:
    """The selected faces of a workspace; without a selection, all that are aligned.

    It has a length and an item for each index, which is all that
    `torch.utils.data.DataLoader(AlignedFaces("aahq"), batch_size=32, shuffle=True)` asks for. It
    can be pickled, so a loader's workers can have it; no file stays open. Torch is not imported.
    """

    def __init__(
        self,
        workspace: str | Path = ".",
        *,
        split: str | None = None,
        transform: Transform | None = None,
    ) -> None:
        """Look at the workspace, once; what is built later is not in it.

        Args:
            workspace: its folder.
            split: this split only; None for all.
            transform: what to make of each picture, uint8 (size, size, 3).

        Raises:
            InputError: the folder is no workspace, or has no such face.
            WorkspaceError: its ledger cannot be read.
        """
        holdings = holdings_of(folders_of(Path(workspace)))
        self.size = holdings.settings.size
        self.transform = transform
        self._items = tuple(
            _Item(held.face, its_split, held.crop.absolute())
            for held, its_split in holdings.selected()
            if split in (None, its_split)
        )
        if not self._items:
            which = f" of split {split!r}" if split else ""
            raise InputError(f"{workspace} has no aligned face{which}")

    def __len__(self) -> int:
        """How many faces there are."""
        return len(self._items)

    def __iter__(self) -> Iterator[AlignedItem]:
        """Each face, in the manifest's order."""
        return (self[index] for index in range(len(self)))

    def __getitem__(self, index: int) -> AlignedItem:
        """One face, decoded now.

        Raises:
            IndexError: there is none of that number.
            InputError: its crop cannot be decoded.
            WorkspaceError: its crop cannot be read.
        """
        item = self._items[index]
        with translated(item.crop):
            data = item.crop.read_bytes()
        try:
            pixels = read_picture(data, self.size**2).pixels
        except ItemError as error:
            raise InputError(
                f"{item.crop} cannot be decoded ({error}); delete it and run `portraitset align`"
            ) from error
        points = zip(POINT_NAMES, item.face.landmarks.points(), strict=True)
        return {
            "image": pixels.copy() if self.transform is None else self.transform(pixels),
            "name": item.face.name,
            "split": item.split,
            "url": item.face.photo.url,
            "landmarks": {name: list(point) for name, point in points},
        }
