"""What a detector finds of known faces: each find counts once, and what is elsewhere not at all."""

import pytest

from portraitset.demo.recall import Recall, recall
from portraitset.landmarks import Landmarks


def face(x: float, y: float = 0.0) -> Landmarks:
    """A face whose eyes are 10 pixels apart."""
    return Landmarks((x, y), (x + 10, y), (x + 1, y + 12), (x + 9, y + 12))


def test_each_find_counts_for_one_face_and_the_rest_are_strangers() -> None:
    known = {"one": [face(0), face(100)], "two": [face(0)], "none": [face(0)]}
    found = {"one": [face(1), face(2), face(300)], "two": [face(0, 4)], "other": [face(0)]}
    told = recall(known, found)
    assert (told.known, told.found, told.strangers) == (4, 2, 2)
    assert told.error == pytest.approx((0.1 + 0.4) / 2)


def test_what_is_half_an_eye_distance_off_is_not_that_face() -> None:
    assert recall({"one": [face(0)]}, {"one": [face(5)]}) == Recall(1, 0, 1, 0.0)
    assert recall({"one": [face(0)]}, {}) == Recall(1, 0, 0, 0.0)
