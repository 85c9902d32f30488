"""The bench measures what it says: a few small files from a real nginx."""

import shutil
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from portraitset.bench import download as bench_download
from portraitset.bench import nginx
from portraitset.bench.download import Batch, draw_files, run_download
from portraitset.errors import InputError

TINY = (Batch("1 KB", 40, 30, 20, 80),)


def test_files_all_differ_and_are_the_same_each_time(tmp_path: Path) -> None:
    total = draw_files(tmp_path / "one", TINY[0], 20)
    assert total == draw_files(tmp_path / "two", TINY[0], 20)
    one, two = (
        [path.read_bytes() for path in sorted((tmp_path / name).iterdir())]
        for name in ("one", "two")
    )
    assert one == two
    assert len(set(one)) == 20
    assert sum(map(len, one)) == total


@pytest.mark.skipif(
    shutil.which("nginx", path=nginx.search_path()) is None,
    reason="needs nginx (apt-get install nginx-light)",
)
def test_download_measures_every_contestant_that_is_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bench_download, "BATCHES", TINY)
    monkeypatch.setattr(bench_download, "rival_environment", lambda: (None, "no img2dataset"))
    report = run_download(tmp_path / "new", quick=True)
    assert [(result.batch, result.contestant) for result in report.results] == [
        (batch.name, contestant)
        for batch in TINY
        for contestant in ("portraitset, check off", "portraitset, full check", "decoding alone")
    ]
    for result in report.results:
        assert 0 < result.cost.cpu < 120
        assert 0 < result.cost.seconds < 120
        assert 10 < result.cost.peak_megabytes < 4000
    text = report.as_markdown()
    assert text == (tmp_path / "new" / "download.md").read_text().rstrip("\n")
    assert "no img2dataset" in text
    ET.parse(tmp_path / "new" / "download.svg")


def test_who_brings_less_is_not_measured(tmp_path: Path) -> None:
    total = draw_files(tmp_path / "files", TINY[0], 3)
    with pytest.raises(RuntimeError, match="brought 3 of 4 files"):
        bench_download._check_whole("somebody", tmp_path / "files", 4, total)


def test_absent_nginx_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nginx, "search_path", lambda: "/nonexistent")
    with pytest.raises(InputError, match="apt-get install nginx-light"):
        nginx.check_nginx()
