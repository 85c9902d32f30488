"""What a crop shows where its picture ends. Pure."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from portraitset.align.mirror import Indices, reflected
from portraitset.align.settings import CropSettings

Colour = tuple[int, int, int]
"""RGB, 0 to 255 each."""


@dataclass(frozen=True, slots=True)
class Fill:
    """What goes around a picture that is padded.

    Attributes:
        kind: `blur` is upstream's: mirrored, ever more blurred, then the median; `reflect` is the
            mirrored picture alone, `edge` repeats the outermost pixels, `constant` is one colour.
        colour: that of `constant`.
    """

    kind: Literal["blur", "reflect", "edge", "constant"]
    colour: Colour = (0, 0, 0)

    def sources(self, before: int, length: int, after: int) -> Indices:
        """Which of `length` positions of an axis each padded one shows; -1 for the colour.

        int64 (before + length + after,).
        """
        if self.kind in ("blur", "reflect"):
            return reflected(before, length, after)
        positions = np.arange(-before, length + after)
        within = np.clip(positions, 0, length - 1)
        return within if self.kind == "edge" else np.where(positions == within, within, -1)


BLUR = Fill("blur")


def fill_of(settings: CropSettings) -> Fill | None:
    """What these settings have padding show; None for no padding."""
    if not settings.padding:
        return None
    match settings.border:
        case "blur" | "reject":
            return BLUR
        case "constant":
            red, green, blue = bytes.fromhex((settings.border_colour or "")[1:])
            return Fill("constant", (red, green, blue))
        case kind:
            return Fill(kind)
