"""Detectors by name: those of other packages too, whatever they do."""

import json
import re
import tomllib
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from portraitset.cli import run as cli
from portraitset.detect import looking
from portraitset.detect.detectors import choose
from portraitset.detect.run import Detected, detect
from portraitset.errors import InputError
from portraitset.manifest import read_manifest

DOCUMENT = (Path(__file__).parents[2] / "docs" / "detecting.md").read_text(encoding="utf-8")

PACKAGE = """
import ctypes, os, sys, time
import numpy as np
from portraitset.detect.detection import Detection

FACE = Detection((10, 10, 40, 40), np.array([[20., 20], [40, 20], [24, 40], [36, 40]]), 0.9)


def stated(**changes):
    facts = {"box": FACE.box, "points": FACE.points, "score": FACE.score} | changes
    return Detection(**facts)


class Moody:
    '''What it does is written in the picture's first pixel.'''

    def find(self, pixels):
        return getattr(self, f"do_{pixels[0, 0, 0]}")()

    def do_0(self):
        return [FACE]

    def do_1(self):
        raise ZeroDivisionError("by nothing")

    def do_2(self):
        return [stated(points=FACE.points * np.nan)]

    def do_3(self):
        return [stated(points=FACE.points + 1000)]

    def do_4(self):
        return [{"box": FACE.box}]

    def do_5(self):
        ctypes.string_at(0)

    def do_6(self):
        time.sleep(60)

    def do_7(self):
        sys.exit("enough")

    def do_8(self):
        return None

    def do_9(self):
        return [stated(score=7.0)]

    def do_10(self):
        return [stated(box=(1, 2, 3))]

    def do_11(self):
        return [stated(points="points")]

    def do_12(self):
        return [FACE] * 5001

    def do_13(self):
        return [stated(box=(1, 2, -3, 4))]

    def do_14(self):
        return ()

    def do_15(self):
        return [stated(score=np.nan)]

    def do_16(self):
        return [stated(box=(0, 0, 10**400, 1))]

    def do_17(self):  # numbers of any kind will do
        return [stated(points=[[20, 20], [40, 20], [24, 40], [36, 40]], score=np.float16(0.5))]


class WithModel:
    def __init__(self, model):
        self.score = float(model.read_text())

    def find(self, pixels):
        return [stated(score=self.score)]


class Broken:
    def __init__(self):
        raise OSError("no such graphics card")


def crashing():
    os._exit(9)


def sleeping():
    time.sleep(60)


def blind():
    return object()
"""
ENTRIES = """
[portraitset.detectors]
moody = strange_detectors:Moody
with-model = strange_detectors:WithModel
broken = strange_detectors:Broken
crashing = strange_detectors:crashing
sleeping = strange_detectors:sleeping
blind = strange_detectors:blind
gone = strange_detectors:Gone
absent = no_such_package:Absent
"""


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package that offers detectors, as pip installs one."""
    home = tmp_path / "site-packages"
    offer(home, "strange-detectors", ENTRIES)
    (home / "strange_detectors.py").write_text(PACKAGE)
    monkeypatch.syspath_prepend(str(home))
    return home


def offer(home: Path, name: str, entries: str) -> None:
    facts = home / f"{name.replace('-', '_')}-1.2.dist-info"
    facts.mkdir(parents=True)
    (facts / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.2\n")
    (facts / "entry_points.txt").write_text(entries)


def drawn(folder: Path, *moods: int) -> Path:
    folder.mkdir(exist_ok=True)
    for mood in moods:
        pixels = np.full((80, 60, 3), mood, np.uint8)
        Image.fromarray(pixels).save(folder / f"{mood:02}.png")
    return folder


def looked(folder: Path, name: str, model: Path | None = None, workers: int = 1) -> Detected:
    return detect(
        [str(folder)], folder.parent / "mine.jsonl", detector=name, model=model, workers=workers
    )


def test_whatever_a_strange_detector_does_has_its_word_and_the_run_goes_on(
    installed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(looking, "PATIENCE", 6.0)
    folder = drawn(tmp_path / "p", *range(18))
    done = looked(folder, "moody", workers=3)
    assert (done.faces, done.pictures, done.without) == (2, 3, ("p/14.png",))
    told = {each.path: each.detail for each in done.failures}
    assert {each.reason for each in done.failures} == {"detector-failed"}
    expected = {
        1: "the detector moody failed: ZeroDivisionError: by nothing",
        2: "the detector moody answered points that are not finite",
        3: "the detector moody answered a point at (1020, 1020), far outside of 60 x 80 pixels",
        4: "the detector moody answered a dict, which is no Detection",
        5: "the detector moody crashed on it (the worker ended with -11)",
        6: "the detector moody had found nothing after 6 seconds",
        7: "the detector moody crashed on it (the worker ended with 1)",
        8: "the detector moody failed: TypeError: 'NoneType' object is not iterable",
        9: "the detector moody answered a score of 7, which is not from 0 to 1",
        10: "the detector moody answered a box of shape (3,), not (4,)",
        11: "the detector moody answered could not convert string to float: 'points'",
        12: "the detector moody found 5,001 faces",
        13: "the detector moody answered a box of -3 x 4 pixels",
        15: "the detector moody answered a score of nan",
        16: "the detector moody answered int too large to convert to float",
    }
    assert told == {f"p/{mood:02}.png": words for mood, words in expected.items()}
    assert not done.has_failing_detector
    for face in read_manifest(tmp_path / "mine.jsonl"):
        assert face.landmarks.eye_left == (20.0, 20.0)
        assert face.extra["detector"] == {"name": "moody", "library": "strange-detectors 1.2"}


def test_what_the_detector_failed_on_is_looked_at_again_and_nothing_else(
    installed: Path, tmp_path: Path
) -> None:
    folder = drawn(tmp_path / "p", 0, 1, 14)
    first = looked(folder, "moody")
    assert looked(folder, "moody") == first
    lines = (tmp_path / "mine.jsonl.detected").read_text().splitlines()
    counts = Counter(json.loads(line)["path"] for line in lines)
    assert counts == {"p/00.png": 1, "p/01.png": 2, "p/14.png": 1}


def test_detector_that_fails_always_is_told_as_such(
    installed: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = drawn(tmp_path / "p", 1, 4)
    output = str(tmp_path / "mine.jsonl")
    assert cli(["detect", str(folder), "-o", output, "--detector", "moody"]) == 1
    told = capsys.readouterr().err
    assert "The detector failed on every picture that it was given" in told
    assert "ZeroDivisionError: by nothing" in told
    assert not Path(output).exists()


def test_model_is_handed_to_an_installed_detector_and_recorded(
    installed: Path, tmp_path: Path
) -> None:
    (tmp_path / "model.txt").write_text("0.75")
    looked(drawn(tmp_path / "p", 0), "with-model", tmp_path / "model.txt")
    (face,) = read_manifest(tmp_path / "mine.jsonl")
    assert face.extra["score"] == 0.75
    facts = face.extra["detector"]
    assert isinstance(facts, dict)
    assert facts["model"] == choose("with-model", tmp_path / "model.txt").facts["model"]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("broken", "the detector broken cannot be started: OSError: no such graphics card"),
        (
            "crashing",
            r"the detector crashing crashed when it was started \(the worker ended with 9",
        ),
        ("sleeping", "the detector sleeping was not ready after 4 seconds"),
        ("blind", "makes a object, which has no method find"),
        ("gone", "the detector gone cannot be started: AttributeError"),
        ("absent", "the detector absent cannot be started: ModuleNotFoundError"),
        ("with-model", "the detector with-model cannot be started: TypeError"),
    ],
)
def test_detector_that_cannot_be_started_is_told_before_anything_is_done(
    name: str, words: str, installed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(looking, "PATIENCE", 4.0)
    with pytest.raises(InputError, match=words):
        looked(drawn(tmp_path / "p", 0), name)
    assert sorted(each.name for each in tmp_path.iterdir()) == ["p", "site-packages"]


def test_detector_that_the_documents_show_works(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    entries, code = re.findall(
        r"```(?:toml|python)\n(\[project.*?|import numpy.*?)```", DOCUMENT, re.S
    )
    entry = tomllib.loads(entries)["project"]["entry-points"]["portraitset.detectors"]["mine"]
    module, _, name = entry.partition(":")
    home = tmp_path / "site-packages"
    offer(home, "my-package", f"[portraitset.detectors]\nmine = {entry}\n")
    path = home.joinpath(*module.split(".")).with_suffix(".py")
    path.parent.mkdir()
    answer = "[(10, 10, 40, 40, (20, 20), (40, 20), (24, 40), (36, 40), 0.9)]"
    path.write_text(f"{code}\n\ndef load(model):\n    return lambda pixels: {answer}\n")
    monkeypatch.syspath_prepend(str(home))
    assert name in code
    assert looked(drawn(tmp_path / "p", 0), "mine").faces == 1


def test_unknown_name_is_answered_with_those_that_there_are(installed: Path) -> None:
    with pytest.raises(InputError, match="choose yunet, dlib, absent, blind, broken, crashing"):
        choose("nobody")


def test_name_that_two_packages_offer_is_refused(installed: Path) -> None:
    offer(installed, "other", "[portraitset.detectors]\nmoody = other:Moody\n")
    with pytest.raises(InputError, match=r"'moody': other 1.2 and strange-detectors 1.2"):
        choose("moody")


def test_calibration_belongs_to_one_model(shared: Path) -> None:
    small, large = (shared / "models" / f"yunet_{each}_320_320.onnx" for each in "sn")
    assert choose("yunet", small).facts["calibration"].startswith("yunet-s/")
    assert "calibration" not in choose("yunet", large).facts


def test_missing_library_is_told_with_what_brings_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "dlib", None)
    with pytest.raises(InputError, match=r"pip install 'portraitset\[dlib\]'"):
        choose("dlib")
    monkeypatch.setitem(__import__("sys").modules, "cv2", None)
    with pytest.raises(InputError, match=r"pip install 'portraitset\[detect\]'"):
        choose("yunet")


def test_choice_changes_its_way_with_whatever_decides_what_is_found(
    installed: Path, tmp_path: Path
) -> None:
    ways = set()
    for content in ("0.5", "0.75"):
        (tmp_path / "model.txt").write_text(content)
        ways.add(choose("with-model", tmp_path / "model.txt").way)
    ways.add(choose("moody").way)
    facts = installed / "strange_detectors-1.2.dist-info" / "METADATA"
    facts.write_text(facts.read_text().replace("1.2", "1.3"))
    ways.add(choose("moody").way)
    assert len(ways) == 4
