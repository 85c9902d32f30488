"""The random shifts of upstream's own scripts: one generator for all faces, in order. Pure.

FFHQ's script seeds NumPy's `RandomState` once, burns two normal numbers for each face, and then
draws two for each face in turn, more where it draws again. MetFaces' burns none. So a face's draw
depends on all faces before it, and on the sizes of their pictures if crops are retried.
"""

from collections.abc import Iterator, Sequence

import numpy as np

from portraitset.align.settings import CropSettings
from portraitset.align.square import Draw, drawn_shift, framed_square
from portraitset.landmarks import Landmarks

SEED = 12345
"""Source: FFHQ's and MetFaces' scripts."""

Turn = tuple[Landmarks | None, tuple[int, int] | None]
"""A face's landmarks, None for an entry that is none, and the (width, height) of its picture."""


def replayed_draws(turns: Sequence[Turn], settings: CropSettings) -> Iterator[Draw | None]:
    """The draw of each face, in the dataset's whole order; None from where it cannot be known.

    That is behind the first face without a known size, if crops are retried. A face for which no
    draw lies inside has its last one; FFHQ's script ends there, MetFaces' goes on, and so does
    this.

    Source: FFHQ's and MetFaces' scripts, `--random-shift` and `--retry-crops`.
    """
    dice = np.random.RandomState(SEED)
    if settings.replay == "ffhq":
        dice.normal(0, 1, (len(turns), 2))
    for at, (landmarks, size) in enumerate(turns):
        if settings.retry_crops and (landmarks is None or size is None):
            yield from [None] * (len(turns) - at)
            return
        yield _draw(landmarks, size if settings.retry_crops else None, settings, dice)


def _draw(
    landmarks: Landmarks | None,
    inside: tuple[int, int] | None,
    settings: CropSettings,
    dice: np.random.RandomState,
) -> Draw:
    if landmarks is None or inside is None:
        x, y = dice.normal(0, 1, 2)
        return float(x), float(y)
    return drawn_shift(framed_square(landmarks, settings), dice, settings.random_shift, inside)
