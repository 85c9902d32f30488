"""One picture in every kind of output, in and beside the workspace; and then in none."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from datasets import HOST, Dataset, quick
from portraitset import build
from portraitset.cli import run
from portraitset.demo.origin import Origin

SCRIPT = Path(__file__).parent / "search_bytes.py"
FORMATS = ("folder", "imagefolder", "parquet", "webdataset", "stylegan", "lmdb")
SLUGS = ("anna-karen-the-lamp", "bo-lee-night", "cid-moe-noon", "dag-ude-rain")
URL = f"{HOST}/p/assets/images/images/000/000/001/large/{SLUGS[0]}.jpg"


def make_dataset() -> Dataset:
    dataset = Dataset()
    for number, slug in enumerate(SLUGS, 1):
        dataset.add(slug, asset=f"000/000/{number:03d}")
    return dataset


def commands(workspace: Path, outside: Path) -> list[list[str]]:
    """What a workspace can be made into, all of it."""
    made = [
        ["export", kind, "--geometry", "-o", str(outside / kind), "--workers", "1"]
        for kind in FORMATS
    ]
    made.append(["export", "stylegan", "-o", str(outside / "set.zip"), "--workers", "1"])
    made.append(["lock", "-o", str(outside / "made.lock")])
    made.append(["teaser", "-o", str(outside / "teaser.png")])
    made.append(["release", "-o", str(outside / "release")])
    made.append(["report", "-o", str(outside / "report.html")])
    made.append(["sidecars", "--texts", "--masks", "-o", str(outside / "sidecars")])
    made.append(["paste-back", str(workspace / "aligned"), "-o", str(outside / "pasted")])
    return [[*command, "-w", str(workspace)] for command in made]


def remaining(tree: Path, pictures: list[Path]) -> list[str]:
    command = [sys.executable, str(SCRIPT), str(tree), *map(str, pictures)]
    found = subprocess.run(command, check=False, capture_output=True, text=True)
    assert found.returncode in (0, 1), found.stderr
    return found.stdout.splitlines()


@pytest.fixture
def world(tmp_path: Path) -> Path:
    """A folder with a workspace and everything that can be made of it."""
    world = tmp_path / "world"
    world.mkdir()
    dataset = make_dataset()
    with Origin(dataset.routes) as origin:
        build(dataset.write(world), world / "w", recipe=quick(origin.url))
    for command in commands(world / "w", world / "out"):
        assert run(command) == 0, command
    return world


def test_no_output_holds_the_picture_afterwards(
    world: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pictures = []
    for number, path in enumerate(
        (world / "w" / "raw" / make_dataset().raw_name("00000.png"), world / "w/aligned/00000.png")
    ):
        pictures.append(tmp_path / f"wanted-{number}")
        pictures[-1].write_bytes(path.read_bytes())
    before = remaining(world, pictures)
    for kind in FORMATS:
        assert any(f"/out/{kind}" in line for line in before), kind
    capsys.readouterr()
    assert run(["remove", "-w", str(world / "w"), "--url", URL, "--json"]) == 0
    content = json.loads(capsys.readouterr().out)
    kinds = {(item["kind"], item["format"]) for item in content["outputs"]}
    assert {form for kind, form in kinds if kind == "export"} == set(FORMATS)
    assert {kind for kind, _ in kinds} >= {
        "export",
        "lock",
        "teaser",
        "release",
        "report",
        "paste-back",
        "sidecars",
    }
    assert remaining(world, pictures) == []
    assert json.loads((world / "out/release/croissant.json").read_text())["version"] == "2.0.0"
    log = str(world / "w" / "removals.jsonl")
    assert run(["verify-removed", str(world), "--removals", log]) == 0

    with Origin(make_dataset().routes) as origin:
        report = build(world / "dataset.json", world / "w", recipe=quick(origin.url))
    assert report.succeeded
    for command in commands(world / "w", world / "out"):
        assert run(command) == 0, command
    assert remaining(world, pictures) == []
    for path in sorted((world / "out").rglob("*")):
        assert not path.is_file() or b"the-lamp" not in path.read_bytes(), path
