"""Anybody's ONNX model, by a TOML file that says what its outputs mean."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from onnx_bytes import CELL_POINTS, red_cells
from portraitset.detect.detection import Detection
from portraitset.detect.detectors import choose
from portraitset.detect.mapping import read_mapping
from portraitset.detect.run import detect
from portraitset.errors import InputError
from portraitset.manifest import read_manifest

TOML = """
name = "red-cells"
version = "3"
model = "red.onnx"

[input]
size = [64, 64]
spread = 255

[boxes]
output = "boxes"
form = "corners"

[scores]
output = "scores"

[points]
output = "points"
eye_left = 0
eye_right = 1
mouth_left = 2
mouth_right = 3
"""

IN_ONE = """
name = "red-cells"
model = "red.onnx"
[input]
size = [64, 64]
spread = 255
[boxes]
output = "output0"
faces = "columns"
form = "corners"
[scores]
output = "output0"
faces = "columns"
first = 4
[points]
output = "output0"
faces = "columns"
first = 5
eye_left = 0
eye_right = 1
mouth_left = 2
mouth_right = 3
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "red.toml").write_text(TOML)
    (tmp_path / "red.onnx").write_bytes(red_cells())
    return tmp_path


def changed(folder: Path, old: str, new: str) -> Path:
    """The mapping, with one thing changed."""
    assert old in TOML
    (folder / "red.toml").write_text(TOML.replace(old, new, 1))
    return folder / "red.toml"


def find(mapping: Path, pixels: Any) -> list[Detection]:
    return choose(str(mapping)).make().find(pixels)


def picture(width: int, height: int, red: tuple[int, int, int, int]) -> Any:
    """Black, but for a red box of left, top, right and bottom."""
    pixels = np.zeros((height, width, 3), np.uint8)
    left, top, right, bottom = red
    pixels[top:bottom, left:right, 0] = 255
    return pixels


def test_points_lie_where_the_model_saw_them(folder: Path) -> None:
    (face,) = find(folder / "red.toml", picture(64, 64, (32, 0, 64, 32)))
    assert face.score == pytest.approx(1)
    assert face.box == pytest.approx((34, 2, 28, 28))
    assert face.points == pytest.approx(np.array(CELL_POINTS) + np.array([32, 0]))


def test_large_picture_is_filled_up_or_stretched_to_the_models_size(folder: Path) -> None:
    wide = picture(640, 320, (320, 0, 640, 320))
    (filled,) = find(folder / "red.toml", wide)
    assert filled.points == pytest.approx(
        (np.array(CELL_POINTS) + np.array([32.5, 0.5])) * 10 - 0.5
    )
    stretched = find(changed(folder, "spread", 'fit = "stretch"\nspread'), wide)
    assert len(stretched) == 2
    assert stretched[0].points[0] == pytest.approx([(42.5) * 10 - 0.5, 10.5 * 5 - 0.5])


def test_one_output_with_a_face_a_column_gives_the_same(folder: Path) -> None:
    pixels = picture(64, 64, (0, 32, 32, 64))
    (apart,) = find(folder / "red.toml", pixels)
    (folder / "red.toml").write_text(IN_ONE)
    (folder / "red.onnx").write_bytes(red_cells(in_one_output=True))
    (together,) = find(folder / "red.toml", pixels)
    assert together.points == pytest.approx(apart.points)
    assert together.box == pytest.approx(apart.box)
    assert together.score == pytest.approx(apart.score)


def test_point_may_be_the_mean_of_several(folder: Path) -> None:
    (face,) = find(
        changed(folder, "eye_left = 0", "eye_left = [0, 1]"), picture(64, 64, (0, 0, 32, 32))
    )
    assert face.points[0] == pytest.approx([16, 10])


def test_channels_mean_and_shares_are_heeded(folder: Path) -> None:
    red = picture(64, 64, (0, 0, 32, 32))
    assert find(changed(folder, "spread", 'channels = "bgr"\nspread'), red) == []
    assert len(find(changed(folder, "spread", 'channels = "bgr"\nspread'), red[..., ::-1])) == 1
    assert find(changed(folder, "spread = 255", "mean = 200\nspread = 255"), red) == []
    halved = changed(folder, '"corners"', '"corners"\nunits = "share"')
    (face,) = find(halved, red)
    assert face.box == pytest.approx((128, 128, 28 * 64, 28 * 64))


def test_scores_may_be_logits_and_fainter_finds_are_dropped(folder: Path) -> None:
    black = picture(64, 64, (0, 0, 1, 1))
    logits = changed(folder, '"scores"', '"scores"\nscale = "logit"')
    assert [each.score for each in find(logits, black)] == pytest.approx([0.5] * 4, abs=1e-3)
    assert find(changed(folder, "model", "least_score = 0.9\nmodel"), black) == []


def test_manifest_says_what_looked_and_a_changed_mapping_looks_again(folder: Path) -> None:
    Image.fromarray(picture(640, 320, (0, 0, 320, 320))).save(folder / "a.png")
    output = folder / "mine.jsonl"
    done = detect([str(folder / "a.png")], output, detector=str(folder / "red.toml"))
    (face,) = read_manifest(output)
    facts = face.extra["detector"]
    assert isinstance(facts, dict)
    assert facts.pop("library").startswith("OpenCV ")
    assert facts.keys() == {"name", "version", "model"}
    assert (facts["name"], facts["version"]) == ("red-cells", "3")
    assert face.landmarks.eye_left == (104.5, 104.5)
    journal = output.with_name("mine.jsonl.detected")
    assert detect([str(folder / "a.png")], output, detector=str(folder / "red.toml")) == done
    assert len(journal.read_text().splitlines()) == 1
    detect([str(folder / "a.png")], output, detector=str(changed(folder, "left = 0", "left = 1")))
    assert len(journal.read_text().splitlines()) == 2
    (face,) = read_manifest(output)
    assert face.landmarks.eye_left == (224.5, 104.5)


BAD = {
    "no TOML": ("name =", "name ="[:-1]),
    "name must be": ('"red-cells"', '"../etc"'),
    "model is missing": ('model = "red.onnx"', ""),
    "model must be a file beside this one": ('"red.onnx"', '"../red.onnx"'),
    "version must be a text": ('version = "3"', "version = 3"),
    "red.toml: what nobody knows: model_path": ("model", 'model_path = "a"\nmodel'),
    "points.nose": ("eye_left", "nose = 1\neye_left"),
    "sha256 must be 64": ("model", 'sha256 = "12"\nmodel'),
    "is not the model that": ("model", f'sha256 = "{"0" * 64}"\nmodel'),
    "overlap must be a number": ("model", "overlap = nan\nmodel"),
    "least_score must be a number from 0.001 to 1": ("model", "least_score = 30\nmodel"),
    "views must be whole numbers": ("model", "views = [true]\nmodel"),
    "input.size must be width and height": ("[64, 64]", "64"),
    "input.size must be whole numbers from 16 to 4096": ("[64, 64]", "[64, 1000000]"),
    "input.spread must be a number": ("spread = 255", "spread = 0"),
    "input.spread must be one number or three": ("spread = 255", "spread = [1, 2]"),
    "input.layout must be one of nchw, nhwc": ("spread", 'layout = "chw"\nspread'),
    "boxes.form must be one of corner, corners, centre": ('"corners"', '"xyxy"'),
    "points must be a table": ("[input]", "points = 1\n[input]"),
    "points.mouth_right is missing": ("mouth_right = 3", ""),
    "points.eye_left must be one number or several": ("eye_left = 0", "eye_left = []"),
    "points.eye_left must be whole numbers": ("eye_left = 0", "eye_left = -1"),
    "has no output 'faces': it has boxes, cells, points, scores": ('"boxes"', '"faces"'),
    "'points' has the shape .1, 4, 8., and 12 numbers": ("mouth_right = 3", "mouth_right = 5"),
    "boxes.first must be whole": ('"boxes"', '"boxes"\nfirst = "a"'),
    "its outputs tell of 4 boxes, 1 scores": ('"scores"', '"scores"\nfaces = "columns"'),
    "OpenCV cannot run it": ("spread", 'layout = "nhwc"\nspread'),
}


@pytest.mark.parametrize("words", BAD)
def test_mapping_that_makes_no_sense_is_told_with_file_and_key(words: str, folder: Path) -> None:
    old, new = BAD[words]
    mapping = changed(folder, old, new)
    if words == "points must be a table":
        mapping.write_text(mapping.read_text().partition("[input]")[0])
    with pytest.raises(InputError, match=words) as told:
        find(mapping, picture(64, 64, (0, 0, 32, 32)))
    assert str(folder / "red.") in str(told.value)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "no ONNX that OpenCV can run"),
        (b"no model", "no ONNX that OpenCV can run"),
        (red_cells()[:400], "no ONNX that OpenCV can run"),
        (None, "red.onnx cannot be read"),
    ],
)
def test_model_that_is_none_is_told(content: bytes | None, words: str, folder: Path) -> None:
    (folder / "red.onnx").unlink()
    if content is not None:
        (folder / "red.onnx").write_bytes(content)
    with pytest.raises(InputError, match=words):
        find(folder / "red.toml", picture(64, 64, (0, 0, 32, 32)))


def test_model_that_changes_after_it_was_chosen_is_refused(folder: Path) -> None:
    chosen = choose(str(folder / "red.toml"))
    (folder / "red.onnx").write_bytes(red_cells(in_one_output=True))
    with pytest.raises(InputError, match="another file than it was"):
        chosen.make()


def test_mapping_that_the_documents_show_is_one(tmp_path: Path) -> None:
    document = Path(__file__).parents[2] / "docs" / "detecting.md"
    (shown,) = re.findall(
        r"```toml\n(name = .*?)```", document.read_text(encoding="utf-8"), re.DOTALL
    )
    (tmp_path / "painted-faces.toml").write_text(shown, encoding="utf-8")
    mapping = read_mapping(tmp_path / "painted-faces.toml")
    assert mapping.network.input.size == (640, 640)
    assert mapping.network.named == ((0,), (1,), (3,), (4,))


def test_huge_or_missing_or_endless_mapping_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        choose(str(tmp_path / "none.toml"))
    (tmp_path / "folder.toml").mkdir()
    with pytest.raises(InputError, match=r"folder.toml is no file"):
        choose(str(tmp_path / "folder.toml"))
    (tmp_path / "huge.toml").write_bytes(b"#" * 70_000)
    with pytest.raises(InputError, match="larger than 64 KiB"):
        choose(str(tmp_path / "huge.toml"))
    (tmp_path / "deep.toml").write_bytes(b"a = " + b"[" * 60_000)
    with pytest.raises(InputError, match="is no TOML"):
        choose(str(tmp_path / "deep.toml"))
    (tmp_path / "latin.toml").write_bytes(b"name = '\xe4'")
    with pytest.raises(InputError, match="is no TOML"):
        choose(str(tmp_path / "latin.toml"))
