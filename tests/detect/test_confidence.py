"""Confidence is a probability that rises as the looks agree."""

import numpy as np

from portraitset.detect.closer import CloserLook
from portraitset.detect.confidence import confidence


def sure(seen: float, spread: float) -> float:
    return confidence(CloserLook(np.zeros((4, 2)), seen, 0.9, spread))


def test_it_falls_as_the_looks_lie_apart() -> None:
    assert 0 < sure(1, 5.0) < sure(1, 0.3) < sure(1, 0.1) < sure(1, 0.02) < 1


def test_looks_that_missed_the_face_count() -> None:
    assert sure(1 / 6, 0.0) < sure(0.5, 0.05) < sure(1, 0.05)


def test_clear_cases_are_told_clearly() -> None:
    assert sure(1, 0.03) > 0.9
    assert sure(0.5, 0.3) < 0.2
