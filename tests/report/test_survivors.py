"""What the report tells of those that are not there any more, and what it does not."""

import numpy as np

from portraitset.pipeline.linkrot import Address, count_rot
from portraitset.report.summary import _undated
from portraitset.report.survivors import Fate, survival_plot


def fate(name: str, faces: int, known: int) -> Fate:
    return Fate(name, faces, np.full(known, 2020.0), np.full(known, 437.0), np.full(known, 3.0))


def test_removed_faces_of_which_nothing_is_known_are_counted() -> None:
    plot = survival_plot([fate("available", 9, 9), fate("dead", 6, 6), fate("removed", 2, 0)])
    assert plot is not None
    assert "9 faces are available, at a median side of 437 pixels" in plot.finding
    assert "6 are dead, at 437 pixels; 2 are removed." in plot.finding


def test_nothing_is_compared_without_two_groups() -> None:
    assert survival_plot([fate("available", 9, 9), fate("removed", 2, 0)]) is None
    assert survival_plot([fate("dead", 9, 9), fate("removed", 9, 9)]) is None


def test_year_of_a_few_removed_pictures_is_not_told() -> None:
    old, new = "https://a.example/1.jpg?1530000000", "https://a.example/1.jpg?1590000000"
    addresses = [Address(new, "removed", "removed")] * 5
    addresses += [Address(old, "removed", "removed"), Address(old, "gone", "gone")]
    assert count_rot(_undated(addresses)).years == {
        "2018": {"gone": 1},
        "2020": {"removed": 5},
        "unknown": {"removed": 1},
    }
