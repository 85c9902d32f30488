"""What stands on the plots can be read for what it is."""

import re

import numpy as np
import pytest

from portraitset.report.plots import sharpness_plot


def test_a_small_number_on_an_axis_keeps_its_digits() -> None:
    sharpness = np.array([0.0016, 0.002, 0.004, 0.0041, 0.0145, 0.027])
    texts = re.findall(r"<text[^>]*>([\d.]+)</text>", sharpness_plot(sharpness).svg)
    assert {"0.002", "0.005", "0.01", "0.02"} <= set(texts)


@pytest.mark.parametrize("least", [0.0, 0.0004, 0.002])
def test_marks_of_an_axis_differ_and_leave_each_other_room(least: float) -> None:
    svg = sharpness_plot(np.array([least, 0.004, 0.02, 0.3])).svg
    marks = [mark for mark in re.findall(r">([\d.e-]+)</text>", svg) if not mark.isdigit()]
    assert len(set(marks)) == len(marks) >= 3
    assert len(marks) <= 9
