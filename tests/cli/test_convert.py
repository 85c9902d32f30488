"""`convert`: what it says, and what it exits with."""

import json
from pathlib import Path

import pytest

from landmark_files import faces
from portraitset.cli import run
from portraitset.manifest import coco, dlib_xml, read_manifest, table


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.csv").write_bytes(table.write(faces()).data)
    (tmp_path / "b.json").write_bytes(coco.write(faces()).data)
    (tmp_path / "c.xml").write_bytes(dlib_xml.write(faces()).data)
    return tmp_path


def test_what_was_written_is_told_and_what_is_lost(
    files: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["convert", "b.json", "d.xml"]) == 0
    said = capsys.readouterr()
    assert said.out == "d.xml\n3 faces in 2 pictures, coco to dlib\n"
    (line,) = said.err.splitlines()
    assert line == (
        "not carried: style (1); attributes (1); hidden (1); licence (1); names (3);"
        " addresses (1); sha256 (1); fractions of a pixel (3)"
    )
    assert run(["convert", "b.json", "mine.jsonl"]) == 0
    assert [face.name for face in read_manifest("mine.jsonl")] == [each.name for each in faces()]


def test_json_says_all_of_it(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = (files / "a.csv").read_text().replace("50.25", "fifty", 1)
    (files / "a.csv").write_text(text, newline="")
    assert run(["convert", "a.csv", "mine.jsonl", "--json"]) == 1
    assert json.loads(capsys.readouterr().out) == {
        "output": "mine.jsonl",
        "from": "csv",
        "to": "jsonl",
        "faces": 2,
        "pictures": 2,
        "left_out": [{"name": "line 2", "reason": "bad-entry", "detail": "not a number: 'fifty'"}],
        "not_carried": {},
        "swapped": [],
        "turned": 0,
    }


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["convert", "b.json", "c.json"], "--to aahq, coco or ffhq"),
        (["convert", "nowhere", "c.csv"], "cannot be read"),
        (["convert", "a.csv", "c.csv", "--points", "nose=a"], "--points must be eye_left=NAME"),
        (["convert", "c.xml", "c.jsonl"], "--originals"),
        (["convert", "a.csv", "c.json", "--to", "ffhq"], "four points do not tell"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_written(
    files: Path, arguments: list[str], complaint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    before = sorted(files.iterdir())
    assert run(arguments) == 2
    assert complaint.lower() in " ".join(capsys.readouterr().err.lower().split())
    assert sorted(files.iterdir()) == before
