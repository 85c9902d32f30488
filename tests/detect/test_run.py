"""`detect`: from files to a manifest that review and build take, with the real detector."""

import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from datasets import draw, encoded
from old_masters import OldMasters
from portraitset import build
from portraitset.align.quad import crop_quad
from portraitset.align.settings import CropSettings
from portraitset.cli import run as cli
from portraitset.demo.portraits import draw_portrait, portrait_titles
from portraitset.detect.run import Detected, detect
from portraitset.detect.settings import DetectSettings
from portraitset.errors import InputError
from portraitset.landmarks import Landmarks, landmarks_from_points
from portraitset.manifest import read_manifest
from portraitset.pipeline.recipe import Recipe


@pytest.fixture(scope="session")
def model(shared: Path) -> Path:
    return shared / "models" / "yunet_s_320_320.onnx"


@pytest.fixture
def paintings(old_masters: OldMasters, shared: Path, tmp_path: Path) -> Path:
    """A folder with the seven paintings."""
    folder = tmp_path / "paintings"
    folder.mkdir()
    for path in (shared / "old-masters" / "origin").rglob("*"):
        if path.is_file():
            shutil.copy(path, folder / path.name.partition("?")[0])
    return folder


def looked(folder: Path, model: Path, *more: str, **settings: Any) -> Detected:
    return detect(
        more or [str(folder)],
        folder.parent / "mine.jsonl",
        DetectSettings(**settings),
        model=model,
        workers=2,
    )


def test_every_face_of_the_old_masters_is_found_near_where_it_was_placed(
    paintings: Path, model: Path, old_masters: OldMasters
) -> None:
    """The mean error is 0.09 eye distances, leave one out; the bounds are for other machines."""
    done = looked(paintings, model)
    assert done.manifest is not None
    assert (done.pictures, done.failures, done.without) == (7, (), ())
    assert done.faces == 15  # all that can be seen, counted by eye, and nothing else
    found: dict[str, list[Landmarks]] = {}
    for face in read_manifest(done.manifest):
        digest = face.photo.url.rpartition("=")[2]
        found.setdefault(digest, []).append(face.landmarks)
    digests = {hashlib.sha256(path.read_bytes()).hexdigest(): path for path in paintings.iterdir()}
    assert found.keys() == digests.keys()
    errors, corners = [], []
    for face in read_manifest(old_masters.manifest):
        near = found[_digest_of(face.photo.raw_name, digests)]
        placed = min(near, key=lambda each: _error(face.landmarks, each))
        errors.append(_error(face.landmarks, placed))
        corners.append(_farthest_corner(face.landmarks, placed))
    assert len(errors) == 10
    assert np.mean(errors) < 0.12
    assert max(errors) < 0.2
    assert max(corners) < 150  # none is far enough off to need a hand


def _digest_of(raw_name: str, digests: dict[str, Path]) -> str:
    plain = raw_name.partition("?")[0]
    return next(digest for digest, path in digests.items() if plain.endswith(path.name))


def _farthest_corner(wanted: Landmarks, found: Landmarks) -> float:
    """How far it lies from where it should, in pixels of a crop of 1,024."""
    right, placed = crop_quad(wanted), crop_quad(found)
    side = np.hypot(*(right[1] - right[0]))
    return float(np.hypot(*(placed - right).T).max() * 1024 / side)


def _error(wanted: Landmarks, found: Landmarks) -> float:
    """The points' mean distance, in eye distances."""
    a, b = np.array(wanted.points()), np.array(found.points())
    return float(np.hypot(*(a - b).T).mean() / np.hypot(*(a[1] - a[0])))


def test_what_is_written_can_be_built(paintings: Path, model: Path, tmp_path: Path) -> None:
    done = looked(paintings, model, faces="best")
    assert done.manifest is not None
    assert done.faces == 7
    recipe = Recipe(crop=CropSettings(size=64), workers=1)
    assert build(done.manifest, tmp_path / "w", recipe=recipe).succeeded
    (face, *_) = read_manifest(done.manifest)
    assert set(face.extra) == {"score", "box", "detector", "confidence"}


def test_a_second_run_looks_at_nothing_again_and_gives_the_same_bytes(
    paintings: Path, model: Path
) -> None:
    first = looked(paintings, model)
    assert first.manifest is not None
    data, journal = first.manifest.read_bytes(), paintings.parent / "mine.jsonl.detected"
    lines = journal.read_text()
    again = looked(paintings, model)
    assert again == first
    assert first.manifest.read_bytes() == data
    assert journal.read_text() == lines
    shutil.copy(paintings / "van_gogh.jpg", paintings / "zz.png")
    os.utime(paintings / "mona_lisa.jpg", (1, 1))
    more = looked(paintings, model)
    assert more.copies == {"paintings/zz.png": "paintings/van_gogh.jpg"}
    assert first.manifest.read_bytes() == data
    assert len(journal.read_text().splitlines()) == len(lines.splitlines()) + 2


def test_journal_that_a_kill_cut_off_is_gone_on_from(paintings: Path, model: Path) -> None:
    first = looked(paintings, model)
    assert first.manifest is not None
    data, journal = first.manifest.read_bytes(), paintings.parent / "mine.jsonl.detected"
    journal.write_bytes(journal.read_bytes()[:-40])
    assert looked(paintings, model) == first
    assert first.manifest.read_bytes() == data


def test_interrupt_ends_with_130_and_the_next_run_goes_on(paintings: Path, model: Path) -> None:
    for number in range(12):
        (paintings / f"more-{number}.png").write_bytes(encoded(draw(number, 900, 900), "PNG"))
    output = paintings.parent / "mine.jsonl"
    command = [sys.executable, "-m", "portraitset", "detect", str(paintings), "-o", str(output)]
    command += ["--model", str(model), "--workers", "1", "--thorough"]
    journal = output.with_name("mine.jsonl.detected")
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    while process.poll() is None and not (journal.is_file() and journal.stat().st_size):
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "Traceback" not in err
    assert not output.exists()
    done = len(journal.read_text().splitlines())
    assert 0 < done < 19
    assert looked(paintings, model, thorough=True).pictures == 19


def test_each_bad_file_has_its_word_and_the_others_are_looked_at(
    paintings: Path, model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    mona = paintings / "mona_lisa.jpg"
    (paintings / "readme.txt").write_text("no picture")
    (paintings / "cut.jpg").write_bytes(mona.read_bytes()[:5000])
    (paintings / ".hidden.jpg").write_bytes(mona.read_bytes())
    (paintings / "plain.png").write_bytes(encoded(draw(3), "PNG"))
    with Image.open(mona) as image:
        image.convert("L").save(paintings / "grey.png")
        image.convert("CMYK").save(paintings / "cmyk.jpg")
    output = paintings.parent / "mine.jsonl"
    arguments = ["detect", str(paintings), "-o", str(output), "--model", str(model), "--json"]
    assert cli(arguments) == 1
    told = json.loads(capsys.readouterr().out)
    assert [(each["path"], each["reason"]) for each in told["failures"]] == [
        ("paintings/cut.jpg", "truncated")
    ]
    assert told["without"] == ["paintings/plain.png"]
    assert told["others"] == 1
    assert told["pictures"] == 10
    named = {face.photo.raw_name.rsplit("-", 1)[0] for face in read_manifest(output)}
    assert {"grey", "cmyk", "mona_lisa"} <= named


def test_names_that_differ_by_case_stay_apart_wherever_they_are_built(
    paintings: Path, model: Path, tmp_path: Path
) -> None:
    pair = tmp_path / "pair"
    (pair / "A").mkdir(parents=True)
    shutil.copy(paintings / "mona_lisa.jpg", pair / "A" / "Face.jpg")
    shutil.copy(paintings / "van_gogh.jpg", pair / "A" / "face.JPG")
    done = looked(pair, model, faces="best")
    assert done.manifest is not None
    faces = list(read_manifest(done.manifest))
    assert len({face.name.casefold() for face in faces}) == 2
    assert len({face.photo.raw_name.casefold() for face in faces}) == 2
    recipe = Recipe(crop=CropSettings(size=64), workers=1)
    assert build(done.manifest, tmp_path / "w", recipe=recipe).succeeded


def test_what_a_workspace_keeps_is_not_looked_at_again(paintings: Path, model: Path) -> None:
    first = looked(paintings, model, faces="best")
    assert first.manifest is not None
    recipe = Recipe(crop=CropSettings(size=64), workers=1, place="copy")
    build(first.manifest, paintings / "a workspace", recipe=recipe)
    again = looked(paintings, model, faces="best")
    assert (again.pictures, again.faces, again.copies) == (first.pictures, first.faces, {})


def test_a_named_file_must_be_a_picture_or_a_list(paintings: Path, model: Path) -> None:
    (paintings / "readme.txt").write_text("no picture")
    done = looked(paintings, model, str(paintings / "readme.txt"), str(paintings / "van*.jpg"))
    assert [(Path(each.path).name, each.reason) for each in done.failures] == [
        ("readme.txt", "bad-entry")
    ]
    assert done.faces == 1
    (paintings / "readme").write_text("no picture")
    done = looked(paintings, model, str(paintings / "readme"), str(paintings / "van*.jpg"))
    assert [each.reason for each in done.failures] == ["not-an-image"]


def test_turned_picture_gives_the_same_face_in_stored_pixels(paintings: Path, model: Path) -> None:
    with Image.open(paintings / "van_gogh.jpg") as image:
        exif = Image.Exif()
        exif[0x0112] = 6
        image.transpose(Image.Transpose.ROTATE_90).save(paintings / "turned.png", exif=exif)
        height = image.width
    done = looked(paintings, model, str(paintings / "van_gogh.jpg"), str(paintings / "turned.png"))
    assert done.manifest is not None
    faces = {face.photo.raw_name.split("-")[0]: face for face in read_manifest(done.manifest)}
    assert faces["turned"].extra["orientation"] == 6
    straight = np.array(faces["van_gogh"].landmarks.points())
    turned = np.array(faces["turned"].landmarks.points())
    expected = np.stack([straight[:, 1], height - 1 - straight[:, 0]], 1)
    assert np.abs(turned - expected).max() < 0.05


def test_drawn_portraits_are_found(model: Path, tmp_path: Path) -> None:
    """Of the demo's manners, those that are nearest to photographs; docs/detecting.md has all."""
    folder = tmp_path / "drawn"
    folder.mkdir()
    title = next(title for title in portrait_titles() if "oil" in title)
    portrait = draw_portrait(title)
    (folder / "drawn.png").write_bytes(encoded(portrait.image, "PNG"))
    done = looked(folder, model, faces="best", threshold=0.3)
    assert done.manifest is not None
    (face,) = read_manifest(done.manifest)
    assert _error(landmarks_from_points(portrait.faces[0]), face.landmarks) < 0.5


@pytest.mark.parametrize(
    ("content", "words"),
    [(b"", "no YuNet"), (b"no model", "no YuNet"), (None, "cannot be read")],
)
def test_model_that_is_none_is_told_before_anything_is_done(
    content: bytes | None, words: str, tmp_path: Path
) -> None:
    (tmp_path / "a.png").write_bytes(encoded(draw(1), "PNG"))
    if content is not None:
        (tmp_path / "model.onnx").write_bytes(content)
    with pytest.raises(InputError, match=words):
        looked(tmp_path, tmp_path / "model.onnx", str(tmp_path / "a.png"))
    assert not (tmp_path.parent / "mine.jsonl.detected").exists()


def test_pictures_outside_of_the_folder_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(encoded(draw(1), "PNG"))
    (tmp_path / "set").mkdir()
    with pytest.raises(InputError, match="--originals"):
        detect([str(tmp_path / "a.png")], tmp_path / "set" / "mine.jsonl")


def test_what_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there is no"):
        detect([str(tmp_path / "nowhere")], tmp_path / "mine.jsonl")
