"""The demo's drawn portraits: imaginary sitters in many manners, made by code alone."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from PIL import Image

from portraitset.demo.portraits.cells import glass, lowpoly, mosaic
from portraitset.demo.portraits.cubist import cubist
from portraitset.demo.portraits.gallery import COMMISSIONS
from portraitset.demo.portraits.ink import ink
from portraitset.demo.portraits.line import line
from portraitset.demo.portraits.linocut import linocut
from portraitset.demo.portraits.oil import oil
from portraitset.demo.portraits.pastel import pastel
from portraitset.demo.portraits.pixel import pixel
from portraitset.demo.portraits.pointillism import pointillism
from portraitset.demo.portraits.poster import deco, halftone, poster
from portraitset.demo.portraits.scene import Commission
from portraitset.demo.portraits.watercolour import watercolour
from portraitset.demo.portraits.woodblock import fresco, woodblock

__all__ = ["DrawnPortrait", "draw_portrait", "portrait_titles"]

MANNERS: Mapping[str, Callable[[Commission, np.random.Generator], Image.Image]] = {
    "cubist": cubist,
    "deco": deco,
    "fresco": fresco,
    "glass": glass,
    "halftone": halftone,
    "ink": ink,
    "line": line,
    "linocut": linocut,
    "lowpoly": lowpoly,
    "mosaic": mosaic,
    "oil": oil,
    "pastel": pastel,
    "pixel": pixel,
    "pointillism": pointillism,
    "poster": poster,
    "watercolour": watercolour,
    "woodblock": woodblock,
}


@dataclass(frozen=True, slots=True)
class DrawnPortrait:
    """One finished picture and where its faces are."""

    title: str
    manner: str
    image: Image.Image
    """RGB."""
    faces: tuple[Mapping[str, tuple[float, float]], ...]
    """Per face: eye_left, eye_right, mouth_left, mouth_right as (x, y) in picture pixels.

    Left and right are as the viewer sees them. Eye centres and mouth corners come from the
    sitter's geometry, not from the pixels. Only a double portrait holds two faces.
    """


def portrait_titles() -> tuple[str, ...]:
    """Return every portrait's title, in gallery order, without drawing anything."""
    return tuple(commission.title for commission in COMMISSIONS)


def draw_portrait(title: str) -> DrawnPortrait:
    """Draw one portrait; the same title gives the same pixels on the same library versions.

    Raises:
        KeyError: there is no portrait of that title.
    """
    commission = {each.title: each for each in COMMISSIONS}[title]
    seed = int.from_bytes(hashlib.sha256(title.encode()).digest()[:8], "big")
    image = MANNERS[commission.manner](commission, np.random.default_rng(seed))
    faces = tuple(pose.landmarks() for pose in commission.poses())
    return DrawnPortrait(title, commission.manner, image, faces)
