"""Portraits that nobody drew before: the demo's manners, their sitters mixed anew from a seed.

Each trait of a sitter, the palette, the setting and the light is taken from one of the gallery's
portraits; size, place, tilt and turn are drawn evenly from ranges a little wider than theirs.
"""

from dataclasses import fields

import numpy as np

from portraitset.demo.portraits import MANNERS, DrawnPortrait
from portraitset.demo.portraits.gallery import COMMISSIONS
from portraitset.demo.portraits.scene import Commission
from portraitset.demo.portraits.sitter import Sitter

_SITTERS = [sitter for each in COMMISSIONS for sitter in each.sitters]
_PLACED = {"at", "size", "tilt", "yaw"}


def draw_sitter(manner: str, seed: int) -> DrawnPortrait:
    """One portrait of one sitter; the same seed gives the same one in every manner."""
    rng = np.random.default_rng(seed)

    def of_the_gallery() -> Commission:
        return COMMISSIONS[rng.integers(len(COMMISSIONS))]

    traits = {
        field.name: getattr(_SITTERS[rng.integers(len(_SITTERS))], field.name)
        for field in fields(Sitter)
        if field.name not in _PLACED
    }
    sitter = Sitter(
        at=(rng.uniform(0.4, 0.6), rng.uniform(0.4, 0.55)),
        size=rng.uniform(0.18, 0.36),
        tilt=rng.uniform(-25, 25),
        yaw=rng.uniform(-20, 20),
        **traits,
    )
    size = (int(rng.integers(800, 1100)), int(rng.integers(900, 1250)))
    title = f"{manner}-{seed}"
    palette, setting, light = (
        of_the_gallery().palette,
        of_the_gallery().setting,
        of_the_gallery().light,
    )
    commission = Commission(title, manner, size, (sitter,), palette, setting, light)
    image = MANNERS[manner](commission, rng)
    return DrawnPortrait(title, manner, image, tuple(p.landmarks() for p in commission.poses()))
