"""What decides a crop's pixels and its file format."""

import re
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields
from typing import Literal, get_args

from portraitset.errors import InputError

ImageFormat = Literal["png", "webp", "jpeg"]
Quality = Literal["exact", "fast", "reference"]
Rotation = Literal["keep", "none"]
Replay = Literal["ffhq", "metfaces"]
Border = Literal["blur", "reflect", "edge", "constant", "reject"]

LARGEST_SIZE = 8192
"""The widest output: 8 times AAHQ's; the supersampled square of it is 32,768 pixels wide."""

LARGEST_SCALE = 10.0
"""Of a crop against upstream's, either way."""

FARTHEST_OFFSET = 5.0
"""Of a crop's centre, in sides of upstream's crop."""

Option = str | int | float | bool | None

_COLOUR = re.compile("#[0-9a-fA-F]{6}")


@dataclass(frozen=True, slots=True)
class CropSettings:
    """What decides a crop's pixels.

    Attributes:
        size: the side of the crop, in pixels.
        transform_size: the side of the supersampled square in between; None means 4 * size.
        padding: continue the picture beyond its edges; without it the outside is black.
        quality: `exact` and `reference` make upstream's pixels, `fast` better-sampled ones.
        image_format: the crops' file format; None means the one that each face's name says.
        rotation: `keep` sets each face upright; `none` leaves it as it is in its photo.
        scale: the side of the square that is cut, against upstream's.
        offset_x, offset_y: how far the square's centre is moved, in sides of upstream's square:
            along the eyes to the viewer's right and down the face, or to the right and down in the
            photo if there is no rotation.
        random_shift: move each square at random, by a normal deviation of so many of its sides on
            each axis of the photo; see `square.dice_of` for what decides the draw.
        retry_crops: draw the shift again until the square lies inside the photo.
        shift_seed: another one, other shifts.
        replay: draw as the script of this name does, all faces from one generator in the
            manifest's order; see `replay`. None: each face by its name.
        border: what padding shows; see `Fill`. `reject` pads as `blur` does, but a face of which
            more than `reject_above` lies outside its photo gets no crop.
        border_colour: of `constant`, as `#rrggbb`; None is black.
        reject_above: see `border`; a share of the crop's area, 0 to 1.

    Raises:
        InputError: a value makes no sense, or two exclude each other.
    """

    size: int = 1024
    transform_size: int | None = None
    padding: bool = True
    quality: Quality = "exact"
    image_format: ImageFormat | None = None
    rotation: Rotation = "keep"
    scale: float = 1.0
    offset_x: float = 0.0
    offset_y: float = 0.0
    random_shift: float = 0.0
    retry_crops: bool = False
    shift_seed: int = 0
    replay: Replay | None = None
    border: Border = "blur"
    border_colour: str | None = None
    reject_above: float = 0.0

    def __post_init__(self) -> None:
        self._settle_spelling()
        if not 1 <= self.size <= LARGEST_SIZE:
            raise InputError(f"size must lie in 1..{LARGEST_SIZE}: {self.size}")
        if not self.size <= self.supersampled_size <= 4 * LARGEST_SIZE:
            raise InputError(
                f"transform size must lie in {self.size}..{4 * LARGEST_SIZE}: {self.transform_size}"
            )
        if self.quality not in get_args(Quality):
            raise InputError(f"quality must be one of {get_args(Quality)}: {self.quality!r}")
        if self.image_format not in (None, *get_args(ImageFormat)):
            raise InputError(
                f"format must be one of {get_args(ImageFormat)}: {self.image_format!r}"
            )
        self._check_square()
        self._check_shift()
        self._check_border()

    def _settle_spelling(self) -> None:
        """Let what means the same be equal, as fingerprints say it: 1 and 1.0, #A0 and #a0."""
        for name in ("scale", "offset_x", "offset_y", "random_shift", "reject_above"):
            try:
                object.__setattr__(self, name, float(getattr(self, name)))
            except (TypeError, ValueError) as error:
                raise InputError(f"{name} must be a number: {getattr(self, name)!r:.40}") from error
        colour = self.border_colour or ("#000000" if self.border == "constant" else None)
        object.__setattr__(self, "border_colour", colour and str(colour).lower())

    def _check_square(self) -> None:
        if self.rotation not in get_args(Rotation):
            raise InputError(f"rotation must be one of {get_args(Rotation)}: {self.rotation!r}")
        if not 1 / LARGEST_SCALE <= self.scale <= LARGEST_SCALE:
            raise InputError(f"scale must lie in 0.1..{LARGEST_SCALE:g}: {self.scale}")
        for name in ("offset_x", "offset_y"):
            if not abs(getattr(self, name)) <= FARTHEST_OFFSET:
                far = f"{FARTHEST_OFFSET:g}"
                raise InputError(f"{name} must lie in -{far}..{far}: {getattr(self, name)}")

    def _check_shift(self) -> None:
        if not 0 <= self.random_shift <= FARTHEST_OFFSET:
            raise InputError(
                f"random_shift must lie in 0..{FARTHEST_OFFSET:g}: {self.random_shift}"
            )
        if not 0 <= self.shift_seed < 2**63:
            raise InputError(f"shift_seed must lie in 0..2**63 - 1: {self.shift_seed}")
        if self.retry_crops and self.random_shift == 0:
            raise InputError("retry_crops draws a random shift again: it needs random_shift")
        if self.replay not in (None, *get_args(Replay)):
            raise InputError(f"replay must be one of {get_args(Replay)}: {self.replay!r}")
        if self.replay is not None and self.random_shift == 0:
            raise InputError("replay is of random shifts: it needs random_shift")
        if self.replay is not None and self.shift_seed != 0:
            raise InputError("replay has upstream's own seed: it and shift_seed exclude each other")

    def _check_border(self) -> None:
        if self.border not in get_args(Border):
            raise InputError(f"border must be one of {get_args(Border)}: {self.border!r}")
        if not self.padding and self.border != "blur":
            raise InputError(f"border = {self.border} and no padding exclude each other")
        if self.border_colour is not None and not _COLOUR.fullmatch(self.border_colour):
            raise InputError(f"border_colour must be like #rrggbb: {self.border_colour!r:.40}")
        if self.border_colour is not None and self.border != "constant":
            raise InputError(f"border_colour needs border = constant, not {self.border}")
        if not 0 <= self.reject_above <= 1:
            raise InputError(f"reject_above must lie in 0..1: {self.reject_above}")
        if self.reject_above > 0 and self.border != "reject":
            raise InputError(f"reject_above needs border = reject, not {self.border}")

    @property
    def supersampled_size(self) -> int:
        """The side of the supersampled square, in pixels."""
        return 4 * self.size if self.transform_size is None else self.transform_size

    @property
    def is_of_whole_photo(self) -> bool:
        """Whether the photo's exact size decides where a crop lies, or whether there is one."""
        return self.retry_crops or self.border == "reject"

    def options(self) -> Mapping[str, Option]:
        """What differs from upstream's AAHQ script beyond its own parameters, by name.

        Nothing by default, so that whatever names settings (fingerprints, locks, releases) says
        the same of crops without options as before there were any.
        """
        found = {name: getattr(self, name) for name in OPTIONS}
        if self.random_shift == 0:
            del found["shift_seed"]
        return {name: value for name, value in found.items() if value != OPTIONS[name]}


_UPSTREAMS = ("size", "transform_size", "padding", "quality", "image_format")

OPTIONS: Mapping[str, Option] = {
    field.name: field.default
    for field in fields(CropSettings)
    if field.name not in _UPSTREAMS and field.default is not MISSING
}
"""The default of each option that upstream's AAHQ script does not have."""
