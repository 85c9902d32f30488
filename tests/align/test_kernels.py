"""Kernels are ready when the work begins, and the waiting is announced only when it happens."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from portraitset.align.kernels import is_compiled, warm_up
from portraitset.align.settings import CropSettings, Quality


@pytest.mark.parametrize("quality", ["exact", "fast", "reference"])
@pytest.mark.parametrize("padding", [True, False])
def test_what_was_warmed_up_is_compiled(quality: Quality, padding: bool) -> None:
    settings = CropSettings(quality=quality, padding=padding)
    warm_up(settings)
    assert is_compiled(CropSettings(quality=quality))


def test_a_read_only_package_and_home_do_not_keep_it_from_working(tmp_path: Path) -> None:
    """numba then has nowhere to keep machine code and raises; each process compiles anew."""
    script = """
import numba.core.caching
numba.core.caching.CacheImpl._locator_classes = []
from portraitset.align.lanczos import lanczos_taps
from portraitset.align.png import encode_png
import numpy as np
print(len(encode_png(np.zeros((2, 2, 3), np.uint8), None, {})))
"""
    environment = {**os.environ, "HOME": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > 50


def test_importing_the_package_does_not_bring_the_compiler() -> None:
    script = "import sys, portraitset; sys.exit('numba' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0
