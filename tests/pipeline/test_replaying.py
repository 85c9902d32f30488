"""Upstream's sequence of shifts in a whole run: made once, kept by each face, handed on."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import portraitset as ps
from datasets import POINTS, Dataset, contents, plain_dataset
from portraitset.align.replay import replayed_draws
from portraitset.align.settings import CropSettings
from portraitset.cli import run
from portraitset.demo.origin import Origin, plain_status
from portraitset.manifest import parse_manifest
from portraitset.pipeline.recipe import Recipe
from portraitset.pipeline.run import take_up
from portraitset.workspace.layout import folders_of

SETTINGS = CropSettings(
    64, padding=False, rotation="none", random_shift=0.1, retry_crops=True, replay="ffhq"
)
FLAGS = [
    *("--size", "64", "--rotation", "none", "--random-shift", "0.1", "--retry-crops"),
    *("--no-padding", "--replay", "ffhq"),
]
LANDMARKS = ps.Landmarks(**{name: (x, y) for name, (x, y) in POINTS.items()})


def go(command: str, dataset: Dataset, folder: Path, *flags: str) -> int:
    manifest = str(dataset.write(folder))
    with Origin(dataset.routes) as origin:
        mirror = () if command == "align" else ("--mirror", origin.url)
        return run([command, manifest, "-w", str(folder / "w"), *mirror, *flags])


def states(folder: Path, capsys: pytest.CaptureFixture[str]) -> dict[str, int]:
    capsys.readouterr()
    assert run(["status", "-w", str(folder / "w"), "--json"]) == 0
    return {k: v for k, v in json.loads(capsys.readouterr().out)["states"].items() if v}


def test_sequence_is_upstreams_and_stays_through_runs_review_removal_and_release(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    dataset, w = Dataset(), tmp_path / "w"
    for number in range(4):
        dataset.add(f"portrait-{number}", asset=f"000/000/00{number}")
    assert go("download", dataset, tmp_path) == 0
    assert go("align", dataset, tmp_path, *FLAGS) == 0
    with Image.open(w / "raw" / dataset.raw_name("00000.png")) as image:
        size = image.size
    draws = list(replayed_draws([(LANDMARKS, size)] * 4, SETTINGS))
    for name, draw in zip(dataset.entries, draws, strict=True):
        with Image.open(w / "raw" / dataset.raw_name(name)) as image:
            original = np.asarray(image.convert("RGB"))
        wanted = ps.align_face(
            original,
            LANDMARKS,
            64,
            padding=False,
            rotation="none",
            random_shift=0.1,
            retry_crops=True,
            draw=draw,
        )
        with Image.open(w / "aligned" / name) as crop:
            assert np.array_equal(np.asarray(crop), wanted)
    before = contents(w / "aligned")

    assert go("align", dataset, tmp_path, *FLAGS) == 0
    take_up(tmp_path / "dataset.json", folders_of(w), Recipe())
    assert states(tmp_path, capsys) == {"aligned": 4}

    address = str(dataset.entries["00001.png"]["image_url"])
    assert run(["remove", "-w", str(w), "--url", address]) == 0
    assert go("align", dataset, tmp_path, *FLAGS) == 0
    assert states(tmp_path, capsys) == {"aligned": 3, "removed": 1}
    del before["00001.png"]
    assert contents(w / "aligned") == before

    out = tmp_path / "release"
    assert run(["curate", "-w", str(w)]) == 0
    assert run(["release", "-w", str(w), "-o", str(out)]) == 0
    released = parse_manifest((out / "manifest.jsonl").read_bytes(), "manifest.jsonl")
    assert [face.draw for face in released] == [draws[0], draws[2], draws[3]]
    with Origin(dataset.routes) as origin:
        flags = ["--recipe", str(out / "recipe.toml"), "--mirror", origin.url]
        again = ["build", str(out / "manifest.jsonl"), "-w", str(tmp_path / "v"), *flags]
        assert run([*again, "--lock", str(out / "dataset.lock")]) == 0
    assert run(["verify", "-w", str(tmp_path / "v"), "--lock", str(out / "dataset.lock")]) == 0


def test_without_every_size_it_is_told_which_is_missing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    dataset = plain_dataset(3)
    dataset.routes[dataset.route("00001.png")] = plain_status(404)
    assert go("build", dataset, tmp_path, *FLAGS) == 2
    assert "that of 00000.png is not known (3 such entries)" in words(capsys)
    assert go("download", dataset, tmp_path) == 1
    assert go("align", dataset, tmp_path, *FLAGS) == 2
    assert "that of 00001.png is not known (1 such entries)" in words(capsys)
    assert not (tmp_path / "w" / "aligned" / "00000.png").exists()
    once = [flag for flag in FLAGS if flag != "--retry-crops"]
    assert go("align", dataset, tmp_path, *once) == 1
    assert states(tmp_path, capsys) == {"aligned": 2, "unavailable": 1}


def words(capsys: pytest.CaptureFixture[str]) -> str:
    return " ".join(capsys.readouterr().err.replace("│", " ").split())


@pytest.mark.parametrize(
    "draw", [[1], [1, "2"], [1, True], [1, 1e9], "12", {"x": 1}, [float("nan"), 0]]
)
def test_draw_that_is_none_is_a_bad_entry(tmp_path: Path, draw: object) -> None:
    dataset = plain_dataset(1)
    dataset.entries["00000.png"]["shift_draw"] = draw
    path = dataset.write(tmp_path)
    (entry,) = parse_manifest(path.read_bytes(), "it").invalid()
    assert "shift_draw is not a pair of normal numbers" in str(entry.error)
