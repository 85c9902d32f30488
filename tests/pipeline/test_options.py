"""Options of the alignment in a whole run: flags, recipes, fingerprints, locks, releases."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import portraitset as ps
from datasets import POINTS, Dataset, contents, draw, encoded, plain_dataset
from portraitset.align.settings import CropSettings
from portraitset.cli import run
from portraitset.curate.run import measures_of
from portraitset.demo.origin import Origin, picture
from portraitset.handoffs import Face, Photo
from portraitset.pipeline.crop import CropTask, crop_fingerprint
from portraitset.workspace.layout import folders_of

UNALIGNED = [
    *("--size", "64", "--rotation", "none", "--random-shift", "0.05", "--retry-crops"),
    "--no-padding",
]
SAME = {"size": 64, "padding": False, "rotation": "none", "random_shift": 0.05, "retry_crops": True}
LANDMARKS = ps.Landmarks(**{name: (x, y) for name, (x, y) in POINTS.items()})


def build(dataset: Dataset, folder: Path, flags: list[str]) -> int:
    manifest = dataset.write(folder)
    with Origin(dataset.routes) as origin:
        where = ["-w", str(folder / "w"), "--mirror", origin.url, "--workers", "1"]
        return run(["build", str(manifest), *where, *flags])


def pixels_of(path: Path) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    with Image.open(path) as image:
        return np.asarray(image.convert("RGB"))


def test_flags_cut_what_python_cuts_and_once(tmp_path: Path) -> None:
    dataset = plain_dataset(2)
    assert build(dataset, tmp_path, UNALIGNED) == 0
    for name in dataset.entries:
        original = pixels_of(tmp_path / "w" / "raw" / dataset.raw_name(name))
        wanted = ps.align_face(original, LANDMARKS, name=name, **SAME)  # type: ignore[arg-type]
        assert np.array_equal(pixels_of(tmp_path / "w" / "aligned" / name), wanted)
    before = contents(tmp_path / "w" / "aligned")
    assert build(dataset, tmp_path, UNALIGNED) == 0
    assert contents(tmp_path / "w" / "aligned") == before


def test_fast_draws_again_by_the_whole_picture_though_a_small_decoding_would_do(
    tmp_path: Path,
) -> None:
    dataset = Dataset()
    points = {name: [x * 10, y * 10] for name, (x, y) in POINTS.items()}
    dataset.add("huge", picture(encoded(draw(3, 1300, 1600))), points=points)
    assert build(dataset, tmp_path, [*UNALIGNED, "--quality", "fast"]) == 0
    original = pixels_of(tmp_path / "w" / "raw" / dataset.raw_name("00000.png"))
    landmarks = ps.Landmarks(**{name: (x, y) for name, (x, y) in points.items()})
    wanted = ps.align_face(original, landmarks, quality="fast", name="00000.png", **SAME)  # type: ignore[arg-type]
    assert np.array_equal(pixels_of(tmp_path / "w" / "aligned" / "00000.png"), wanted)


def test_what_never_lies_inside_or_lies_outside_too_far_has_no_crop(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    dataset = Dataset()
    edge = {name: [x - 30, y] for name, (x, y) in POINTS.items()}
    dataset.add("edge", points=edge)
    dataset.add("middle")
    flags = ["--size", "64", "--border", "reject", "--reject-above", "0.05"]
    assert build(dataset, tmp_path, flags) == 1
    capsys.readouterr()
    assert run(["status", "-w", str(tmp_path / "w"), "--json"]) == 0
    faces = json.loads(capsys.readouterr().out)["faces"]
    found = {face["name"]: (face["state"], face["reason"]) for face in faces}
    assert found["00000.png"] == ("failed", "degenerate-face")
    assert found["00001.png"][0] == "aligned"
    assert build(dataset, tmp_path, ["--size", "64"]) == 0, "other settings give it a crop"


def test_crop_lock_and_release_say_the_options_and_a_build_on_it_is_the_same(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    dataset = plain_dataset(2)
    (tmp_path / "recipe.toml").write_text(
        '[align]\nsize = 64\nborder = "constant"\nborder_colour = "#102030"\nscale = 2\n'
        "offset_y = -0.1\nrandom_shift = 0.1\nshift_seed = 5\n"
    )
    w, out = tmp_path / "w", tmp_path / "release"
    assert build(dataset, tmp_path, ["--recipe", str(tmp_path / "recipe.toml")]) == 0
    with Image.open(w / "aligned" / "00000.png") as crop:
        said = crop.info["Settings"]
    for word in ("scale=2.0", "border=constant", "border_colour=#102030", "shift_seed=5"):
        assert word in said.split()
    assert run(["curate", "-w", str(w)]) == 0
    assert run(["release", "-w", str(w), "-o", str(out)]) == 0
    assert "| scale | 1.0 | 2.0 | changed |" in (out / "CHANGES.md").read_text()
    settings = json.loads((out / "dataset.lock").read_text().splitlines()[1])["settings"]
    assert settings["scale"] == 2.0
    assert settings["offset_y"] == -0.1
    with Origin(dataset.routes) as origin:
        flags = ["--recipe", str(out / "recipe.toml"), "--mirror", origin.url]
        again = ["build", str(out / "manifest.jsonl"), "-w", str(tmp_path / "v"), *flags]
        assert run([*again, "--lock", str(out / "dataset.lock")]) == 0
    assert run(["verify", "-w", str(tmp_path / "v"), "--lock", str(out / "dataset.lock")]) == 0


def test_other_options_than_a_locks_are_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    dataset = plain_dataset(1)
    assert build(dataset, tmp_path, ["--size", "64", "--rotation", "none"]) == 0
    lock = tmp_path / "its.lock"
    assert run(["lock", "-w", str(tmp_path / "w"), "-o", str(lock)]) == 0
    capsys.readouterr()
    assert build(dataset, tmp_path, ["--size", "64", "--lock", str(lock)]) == 0
    run(["status", "-w", str(tmp_path / "w")])
    text = " ".join(capsys.readouterr().out.split())
    assert "its crops have rotation none, these keep" in text


def test_measures_are_of_the_crop_that_was_cut(tmp_path: Path) -> None:
    dataset = plain_dataset(1)
    assert build(dataset, tmp_path, ["--size", "64", "--scale", "3"]) == 0
    (found,) = measures_of(folders_of(tmp_path / "w"), 1).values()
    assert found.padded_fraction > 0.3
    assert found.upsampling == pytest.approx(64 / found.native_size / 3)


def task(name: str) -> CropTask:
    points = ps.Landmarks((278.0, 354.8), (367.0, 373.0), (278.0, 482.5), (340.0, 500.0))
    face = Face(name, Photo("https://site.example/a.jpg", "a.jpg"), points)
    return CropTask(face, Path(name), None)


def test_fingerprints_without_options_are_those_from_before_there_were_any() -> None:
    found = [
        crop_fingerprint("ab" * 32, task("a.png"), settings)
        for settings in (CropSettings(), CropSettings(512, 1024, False, "fast"))
    ]
    assert found == ["e366219ee0cd3669db6b22b123f566f3", "c5b45eb6aa3aa1ca81031c5634e68a6a"]


def test_every_option_has_a_fingerprint_of_its_own() -> None:
    settings = [
        CropSettings(),
        CropSettings(rotation="none"),
        CropSettings(scale=1.5),
        CropSettings(offset_x=0.5),
        CropSettings(offset_y=0.5),
        CropSettings(random_shift=0.5),
        CropSettings(random_shift=0.5, retry_crops=True),
        CropSettings(random_shift=0.5, shift_seed=1),
        CropSettings(border="edge"),
        CropSettings(border="constant"),
        CropSettings(border="constant", border_colour="#ffffff"),
        CropSettings(border="reject"),
        CropSettings(border="reject", reject_above=0.5),
    ]
    found = [crop_fingerprint("ab" * 32, task("a.png"), each) for each in settings]
    assert len(set(found)) == len(settings)
    renamed = [crop_fingerprint("ab" * 32, task("b.png"), each) for each in settings]
    differs = [a != b for a, b in zip(found, renamed, strict=True)]
    assert differs == [each.random_shift > 0 for each in settings]
