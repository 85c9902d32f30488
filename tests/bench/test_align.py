"""The bench measures what it says, on small pictures here."""

from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from portraitset.align.quad import crop_quad, crop_size
from portraitset.bench import align as bench
from portraitset.bench.align import Case, run_align
from portraitset.bench.align_options import options_of

SMALL = (
    Case("unpadded, 40", 200, 220, (100, 110), 40, 15),
    Case("padded, 90", 100, 120, (50, 60), 90, 15),
    Case("left out when quick", 10, 10, (5, 5), 5, 0),
)


def test_a_cases_crop_lies_where_it_says() -> None:
    points = SMALL[0].points()
    assert crop_size(points) == pytest.approx(40)
    assert crop_quad(points).mean(axis=0) == pytest.approx((100, 110))


def test_drawn_photos_are_the_same_each_time() -> None:
    first, second = bench.draw_photo(90, 60), bench.draw_photo(90, 60)
    assert first.shape == (60, 90, 3)
    assert (first == second).all()


def test_align_measures_every_case_and_quality(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bench, "CASES", SMALL)
    monkeypatch.setattr(bench, "PASTE_CASES", SMALL[:1])
    monkeypatch.setattr(bench, "_throughput", lambda quality, _: bench.Throughput(quality, 2, 3))
    monkeypatch.setattr(bench, "_peak_memory", lambda *_: (150.0, 12.0))
    report = run_align(tmp_path / "new", quick=True)
    assert [(cost.case, cost.quality) for cost in report.costs] == [
        (case.name, quality) for case in SMALL[:2] for quality in ("exact", "fast", "reference")
    ]
    for cost in report.costs:
        assert set(cost.seconds) == set(bench.STAGES)
        assert 0 < cost.whole < 60
    (paste,) = report.pastes
    assert 0 < paste.ours < 60
    assert 0 < paste.plain < 60
    text = report.as_markdown()
    assert "times Pillow's speed" in text
    assert text == (tmp_path / "new" / "align.md").read_text().rstrip("\n")
    assert "padded, 90" in text
    assert report.machine in text
    assert "case padded, 90; the reference has none" in text
    assert [cost.option for cost in report.options] == list(options_of(1024))
    for each in report.options:
        assert 0 < each.seconds["exact"] < 60
        assert 0 < each.seconds["fast"] < 60
    ET.parse(tmp_path / "new" / "align.svg")


def test_memory_is_measured_in_a_process_of_its_own() -> None:
    case = bench.CASES[2]
    peak, beyond = bench._peak_memory(bench.jpeg_of(case), case, "fast")
    assert 20 < peak < 2000
    assert 0 <= beyond < 200
