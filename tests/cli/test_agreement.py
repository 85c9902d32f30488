"""`agreement`: what it says, and what it exits with."""

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


def test_agreement_shows_points_and_faces(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["agreement", "a.csv", "b.json", "c.xml", "--mean", "mean.jsonl"]) == 0
    said = capsys.readouterr().out
    assert said.startswith("3 faces in 2 pictures were marked by two or more")
    assert [line.split()[:4] for line in said.splitlines() if " all " in line] == [
        ["a.csv", "b.json", "all", "3"],
        ["a.csv", "c.xml", "all", "3"],
        ["b.json", "c.xml", "all", "3"],
    ]
    assert "least agreed upon" in said
    assert [face.name for face in read_manifest("mean.jsonl")] == [each.name for each in faces()]


def test_agreement_as_json_has_every_face(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["agreement", "a.csv", "b.json", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["pictures"], found["elsewhere"], found["alone"]) == (2, 0, [])
    assert len(found["faces"]) == 3
    assert found["points"][-1]["pixels"] == {"mean": 0.0, "median": 0.0, "p95": 0.0}


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["a.csv"], "at least two"),
        (["a.csv", "a.csv"], "given twice"),
        (["a.csv", "b.json", "--mean", "m.json"], "--to aahq"),
    ],
)
def test_what_cannot_be_compared_is_refused_and_nothing_is_written(
    files: Path, arguments: list[str], complaint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    before = sorted(files.iterdir())
    assert run(["agreement", *arguments]) == 2
    assert complaint in " ".join(capsys.readouterr().err.split())
    assert sorted(files.iterdir()) == before
