"""Disk space: estimated from AAHQ's own files, and compared before anything begins."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portraitset.align.settings import CropSettings
from portraitset.errors import WorkspaceError
from portraitset.pipeline.space import SPARE, SpaceNeed, check_space, estimate_space

counts = st.integers(0, 10**7)


def test_aahq_takes_what_it_takes() -> None:
    """UPSTREAM: originals about 19 GB, crops about 24 GB."""
    need = estimate_space(25_000, 25_000, CropSettings())
    assert need.originals == pytest.approx(19e9, rel=0.05)
    assert need.crops == pytest.approx(24e9, rel=0.05)
    assert need.total == need.originals + need.crops


def test_crop_of_half_the_side_takes_a_quarter() -> None:
    whole, half = (estimate_space(0, 1000, CropSettings(size=size)) for size in (1024, 512))
    assert half.crops == pytest.approx(whole.crops / 4)


@given(counts, counts, counts)
def test_more_to_do_never_needs_less(photos: int, faces: int, more: int) -> None:
    before = estimate_space(photos, faces, CropSettings())
    after = estimate_space(photos + more, faces + more, CropSettings())
    assert after.originals >= before.originals
    assert after.crops >= before.crops


def test_nothing_to_do_needs_nothing() -> None:
    assert estimate_space(0, 0, CropSettings()).total == 0


def test_what_fits_to_the_byte_fits() -> None:
    check_space(SpaceNeed(10, 20), 30 + SPARE)


def test_one_byte_too_few_is_refused_with_the_figures() -> None:
    with pytest.raises(WorkspaceError) as caught:
        check_space(SpaceNeed(19_000_000_000, 24_000_000_000), 43_000_000_000 + SPARE - 1)
    words = str(caught.value)
    assert "43.1 GB free" in words
    assert "43.0 GB (originals 19.0 GB, crops 24.0 GB)" in words
    assert "--space ignore" in words
