"""The demo: everything at once, and every entry ends as planned."""

import json
import re
from pathlib import Path

import pytest
from PIL import Image

from portraitset.cli import run
from portraitset.demo import show
from portraitset.demo.portraits import portrait_titles
from portraitset.errors import State


def test_demo_ends_as_planned_and_draws_its_teaser(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    titles = portrait_titles()[:3]
    monkeypatch.setattr(show, "portrait_titles", lambda: titles)
    model = ["--model", str(tmp_path / "not there.onnx")]
    assert run(["demo", "-w", str(tmp_path / "demo"), "--json", *model]) == 0
    content = json.loads(capsys.readouterr().out)
    assert content["states"]["aligned"] >= 3
    reasons = {face["reason"] for face in content["faces"]} - {None}
    assert reasons >= {"gone", "denied", "throttled", "timeout", "truncated", "not-an-image"}
    assert reasons >= {"blocked-address", "opted-out"}
    with Image.open(tmp_path / "demo" / "teaser.png") as teaser:
        assert teaser.width > 300
    assert "not there.onnx cannot be read" in content["detect"]["left_out"]


def test_demo_ends_with_what_the_detector_finds_of_the_faces_that_were_drawn(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    shared: Path,
) -> None:
    titles = portrait_titles()[:3]
    monkeypatch.setattr(show, "portrait_titles", lambda: titles)
    model = ["--model", str(shared / "models" / "yunet_s_320_320.onnx")]
    assert run(["demo", "-w", str(tmp_path / "demo"), *model]) == 0
    words = " ".join(capsys.readouterr().out.split())
    told = re.search(r"By the pictures alone, detect finds ([1-3]) of the 3 faces", words)
    assert told is not None, words
    assert "Their points are off by 0." in words
    assert (tmp_path / "demo" / "detected.jsonl").is_file()


def test_every_fault_is_another_entry_than_the_portraits() -> None:
    staged = show.stage_show(1)
    ends = list(staged.planned.values())
    assert ends[0] == (State.ALIGNED, None)
    assert all(reason for _, reason in ends[1:])
