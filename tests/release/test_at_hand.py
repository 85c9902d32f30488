"""A release of pictures that are published nowhere says so, or says where they will be."""

import json
from hashlib import sha256
from pathlib import Path

import pytest

from datasets import HOST, POINTS, draw, encoded, quick
from portraitset import build
from portraitset.align.settings import CropSettings
from portraitset.cli import run
from portraitset.demo.origin import Origin, picture
from portraitset.errors import InputError
from portraitset.manifest.lock import read_lock
from portraitset.pipeline.recipe import Recipe
from portraitset.release.output import release
from portraitset.workspace.layout import folders_of

PATHS = ("one #1.jpg", "sub/two.jpg")
BASE = "https://lab.example/pictures/"


@pytest.fixture
def built(tmp_path: Path) -> Path:
    """A folder with a workspace of two pictures at hand and one from the web."""
    lines: list[dict[str, object]] = [{"portraitset-manifest": 1, "schema": "aahq", "faces": 3}]
    (tmp_path / "sub").mkdir()
    for number, path in enumerate(PATHS):
        data = encoded(draw(number))
        (tmp_path / path).write_bytes(data)
        digest = sha256(data).hexdigest()
        face = {"face": f"{number}.png", "path": path, "sha256": digest}
        lines.append({**face, "landmarks": POINTS})
    web = {"face": "2.png", "url": f"{HOST}/three.jpg", "raw_name": "three.jpg"}
    lines.append({**web, "landmarks": POINTS})
    text = "".join(json.dumps(line) + "\n" for line in lines)
    (tmp_path / "mine.jsonl").write_text(text, encoding="ascii")
    with Origin({"/three.jpg": picture(encoded(draw(7)))}) as origin:
        report = build(tmp_path / "mine.jsonl", tmp_path / "w", recipe=quick(origin.url))
    assert report.succeeded
    return tmp_path


def test_it_says_what_others_cannot_build(built: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["release", "-w", str(built / "w"), "-o", str(built / "out")]) == 0
    told = " ".join(capsys.readouterr().err.split())
    assert "2 of the pictures are published nowhere" in told
    assert "--base-url" in told
    card = (built / "out" / "README.md").read_text()
    assert "**2 of the 3 pictures are published nowhere.**" in card
    assert json.loads((built / "out" / "manifest.jsonl").read_text().splitlines()[1])["path"]


@pytest.mark.parametrize("name", ["manifest.jsonl", "manifest.parquet", "AAHQ-dataset.json"])
def test_whoever_has_the_files_builds_the_same(built: Path, name: str) -> None:
    release(folders_of(built / "w"), built / "out")
    with Origin({"/three.jpg": picture(encoded(draw(7)))}) as origin:
        recipe = quick(origin.url)
        lock = read_lock((built / "out" / "dataset.lock").read_bytes(), "the lock")
        recipe = Recipe(recipe.download, recipe.crop, 1, lock=lock, originals=built)
        again = build(built / "out" / name, built / "again", recipe=recipe)
    assert again.succeeded
    assert {path.name: path.read_bytes() for path in (built / "again" / "aligned").iterdir()} == {
        path.name: path.read_bytes() for path in (built / "w" / "aligned").iterdir()
    }


def test_whoever_has_not_is_told_which_are_missing(built: Path, tmp_path: Path) -> None:
    release(folders_of(built / "w"), built / "out")
    with Origin({"/three.jpg": picture(encoded(draw(7)))}) as origin:
        report = build(built / "out" / "manifest.jsonl", tmp_path / "x", recipe=quick(origin.url))
    assert [standing.reason for standing in report.standings] == ["missing", "missing", None]


def test_with_a_base_address_everybody_can_build(built: Path) -> None:
    arguments = ["release", "-w", str(built / "w"), "-o", str(built / "out"), "--base-url", BASE]
    assert run(arguments) == 0
    for path in (built / "out").iterdir():
        assert b"local:" not in path.read_bytes() or path.name == "owners.html"
    lines = (built / "out" / "manifest.jsonl").read_text().splitlines()
    assert json.loads(lines[1])["url"] == f"{BASE}one%20%231.jpg"
    routes = {f"/pictures/{path}": picture((built / path).read_bytes()) for path in PATHS}
    routes["/three.jpg"] = picture(encoded(draw(7)))
    routes["/pictures/one%20%231.jpg"] = routes["/pictures/one #1.jpg"]
    with Origin(routes) as origin:
        recipe = quick(origin.url, crop=CropSettings(64))
        report = build(built / "out" / "manifest.jsonl", built / "again", recipe=recipe)
    assert report.succeeded


def test_a_removal_writes_it_again_with_the_same_base_address(built: Path) -> None:
    release(folders_of(built / "w"), built / "out", base_url=BASE)
    digest = sha256((built / PATHS[0]).read_bytes()).hexdigest()
    assert run(["remove", "-w", str(built / "w"), "--digest", digest]) == 0
    text = (built / "out" / "manifest.jsonl").read_text()
    assert f"{BASE}sub/two.jpg" in text
    assert "one" not in text


@pytest.mark.parametrize("base", ["ftp://x.example/", "no address", "https://x.example/?a=", ""])
def test_what_is_no_base_address_is_refused_before_anything_is_written(
    built: Path, base: str
) -> None:
    with pytest.raises(InputError, match="base address"):
        release(folders_of(built / "w"), built / "out", base_url=base)
    assert not (built / "out").exists()
