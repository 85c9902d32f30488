"""What each option of the alignment costs, beside upstream's method without it."""

import math
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace

from portraitset.align.face import cut_crop
from portraitset.align.settings import CropSettings, Quality
from portraitset.bench.figures import markdown_table
from portraitset.landmarks import Landmarks
from portraitset.picture.decode import Pixels

_NAME = "00000.png"
_MADE: tuple[Quality, ...] = ("exact", "fast")


@dataclass(frozen=True, slots=True)
class OptionCost:
    """Seconds for one crop under an option, from pixels to pixels, by quality; the best round."""

    option: str
    seconds: Mapping[Quality, float]


def options_of(size: int) -> Mapping[str, CropSettings]:
    """Each option's settings; the first is none of them."""
    none = CropSettings(size)
    return {
        "none": none,
        "no rotation": replace(none, rotation="none"),
        "no padding": replace(none, padding=False),
        "neither": replace(none, rotation="none", padding=False),
        "random shift": replace(none, random_shift=0.01),
        "border reflect": replace(none, border="reflect"),
        "border edge": replace(none, border="edge"),
        "border constant": replace(none, border="constant"),
        "border reject": replace(none, border="reject", reject_above=1.0),
        "scale 1.25": replace(none, scale=1.25),
        "no supersampling": replace(none, transform_size=size),
    }


def option_costs(
    pixels: Pixels, points: Landmarks, size: int, rounds: int
) -> tuple[OptionCost, ...]:
    """Measure a face under each option; options and qualities take turns."""
    best: dict[str, dict[Quality, float]] = {name: {} for name in options_of(size)}
    for turn in range(rounds + 1):
        for name, settings in options_of(size).items():
            for quality in _MADE:
                began = time.perf_counter()
                cut_crop(pixels, points, replace(settings, quality=quality), _NAME)
                took = time.perf_counter() - began
                if turn > 0:  # the first one loads the kernels
                    best[name][quality] = min(took, best[name].get(quality, math.inf))
    return tuple(OptionCost(name, seconds) for name, seconds in best.items())


def options_table(costs: tuple[OptionCost, ...], reference: float) -> str:
    """A table for a reader; `reference` is upstream's method in seconds, without an option."""
    heads = (f"{quality}, {unit}" for quality in _MADE for unit in ("ms", "times the reference"))
    rows = []
    for cost in costs:
        cells = [cost.option]
        for quality in _MADE:
            took = cost.seconds[quality]
            cells += [f"{took * 1e3:.1f}", f"{reference / took:.1f}"]
        rows.append(tuple(cells))
    return markdown_table(("option", *heads), rows)
