"""How likely a found face's points are right, from what looking closer came to. Pure.

The numbers are a logistic regression over what was found in drawn portraits, whose points are
known; benchmarks/detection.py makes them, and docs/detecting.md says how far they hold elsewhere.
"""

import math

from portraitset.detect.closer import CloserLook

RIGHT = 0.12
"""Points are right if they lie within so many eye distances of the true ones, in the mean."""

BASE, BY_DISAGREEMENT = -6.83, -4.18

_MISSED = 0.5
"""A look that did not see the face counts as one whose points lie so far off."""


def disagreement(look: CloserLook) -> float:
    """The logarithm of how far the looks lie apart, in units of the face and a hundredth more."""
    return math.log(look.seen * look.spread + (1 - look.seen) * _MISSED + 0.01)


def confidence(look: CloserLook) -> float:
    """The probability that this is a face whose points are right, 0 to 1."""
    return 1 / (1 + math.exp(-(BASE + BY_DISAGREEMENT * disagreement(look))))
