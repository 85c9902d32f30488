"""What stands on the plots can be read for what it is."""

import re

import numpy as np

from portraitset.report.plots import sharpness_plot


def test_a_small_number_on_an_axis_keeps_its_digits() -> None:
    sharpness = np.array([0.0016, 0.002, 0.004, 0.0041, 0.0145, 0.027])
    texts = re.findall(r"<text[^>]*>([\d.]+)</text>", sharpness_plot(sharpness).svg)
    assert {"0.002", "0.005", "0.01", "0.02"} <= set(texts)
