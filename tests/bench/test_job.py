"""The bench of the whole job measures what it says: the real commands, on small pictures here."""

from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from portraitset.bench import job as bench_job
from portraitset.bench.align import Case
from portraitset.bench.job import UPSTREAM, Job, run_job, write_photos

SMALL = Case("unpadded, 90", 200, 220, (100, 110), 90, 15)
JOBS = (Job("build", SMALL, 15, 10, 1),)


def test_photos_all_differ_and_are_the_same_each_time(tmp_path: Path) -> None:
    names = write_photos(tmp_path / "one", SMALL, 9)
    assert names == write_photos(tmp_path / "two", SMALL, 9)
    one, two = ([(tmp_path / n / name).read_bytes() for name in names] for n in ("one", "two"))
    assert one == two
    assert len(set(one)) == 9


def test_commands_are_measured_against_upstreams_method(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bench_job, "JOBS", JOBS)
    report = run_job(tmp_path / "new", quick=True)
    assert [(result.job, result.by, result.count) for result in report.results] == [
        (job.name, by, count)
        for job in JOBS
        for by, count in (("exact", 3), ("fast", 3), (UPSTREAM, 2))
    ]
    for result in report.results:
        assert 0 < result.cost.cpu < 120
        assert 0 < result.milliseconds < 60_000
    text = report.as_markdown()
    assert text == (tmp_path / "new" / "job.md").read_text().rstrip("\n")
    assert report.machine in text
    assert "AVX-512" in text
    ET.parse(tmp_path / "new" / "job.svg")


def test_who_leaves_a_crop_out_is_not_measured(tmp_path: Path) -> None:
    (tmp_path / "aligned").mkdir()
    with pytest.raises(RuntimeError, match="made 0 of 1 crops"):
        bench_job._check_whole(tmp_path, "somebody", 1)


def test_align_finds_the_originals_at_hand(tmp_path: Path) -> None:
    job = Job("align", SMALL, 2, 2, 1)
    write_photos(tmp_path / "files", SMALL, 2)
    bench_job._prepare(tmp_path / "goal", job, tmp_path / "files")
    assert len(list((tmp_path / "goal" / "raw").iterdir())) == 2
    command = bench_job._command(job, "fast", tmp_path / "m.json", "http://x", tmp_path / "goal")
    assert "--mirror" not in command
    assert command[3:5] == ["align", str(tmp_path / "m.json")]
