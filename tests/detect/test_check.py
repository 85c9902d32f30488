"""`check-landmarks` on a workspace, with the real detector on real paintings."""

import hashlib
import json
import os
from pathlib import Path

import pytest
from PIL import Image

from detect.painted import Painted, paintings_of, write_set
from old_masters import OldMasters
from portraitset.cli import run as cli
from portraitset.detect.check import Checked, check_landmarks
from portraitset.detect.comparison import Judgement
from portraitset.detect.findings import FINDINGS, read_findings, standing, undecided
from portraitset.errors import InputError
from portraitset.landmarks import Landmarks
from portraitset.pipeline.recipe import Recipe
from portraitset.pipeline.run import take_up
from portraitset.workspace.decisions import append_decisions, decide
from portraitset.workspace.layout import folders_of

MIRROR, QUARTER = Image.Transpose.FLIP_LEFT_RIGHT, Image.Transpose.ROTATE_270

CAUSES = {
    "mirrored-0.png": "mirrored",
    "turned-0.png": "turned-90",
    "half-0.png": "rescaled",
    "half-1.png": "rescaled",
    "half-2.png": "rescaled",
    "half-3.png": "rescaled",
    "swap-a-0.png": "swapped",
    "swap-b-0.png": "swapped",
    "cut-0.png": "shifted",
    "right-0.png": "",
}


@pytest.fixture(scope="module")
def model(shared: Path) -> Path:
    return shared / "models" / "yunet_s_320_320.onnx"


@pytest.fixture(scope="module")
def paintings(old_masters: OldMasters, shared: Path) -> dict[str, Painted]:
    return paintings_of(old_masters, shared)


def checked(workspace: Path, model: Path) -> Checked:
    return check_landmarks(folders_of(workspace), model=model, workers=2)


def taken_up(folder: Path, pictures: dict[str, Painted]) -> Path:
    manifest = write_set(folder / "set", pictures)
    take_up(manifest, folders_of(folder / "w"), Recipe(workers=2))
    return folder / "w"


@pytest.fixture(scope="module")
def changed(
    paintings: dict[str, Painted], model: Path, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """A checked workspace of pictures that are not what their points were set in."""
    one, two = paintings["mona_lisa"], paintings["van_gogh"]
    pictures = {
        "right": paintings["girl_with_a_pearl_earring"],
        "mirrored": paintings["lady_with_ermine"].changed(lambda image: image.transpose(MIRROR)),
        "turned": paintings["virgin_of_the_rocks"].changed(lambda image: image.transpose(QUARTER)),
        "half": paintings["sistine_madonna"].changed(lambda image: image.reduce(2)),
        "swap-a": Painted(one.image, two.faces),
        "swap-b": Painted(two.image, one.faces),
        "cut": paintings["mona_lisa_small"].changed(
            lambda image: image.crop((90, 70, image.width, image.height))
        ),
    }
    workspace = taken_up(tmp_path_factory.mktemp("changed"), pictures)
    checked(workspace, model)
    return workspace


def test_pictures_that_are_as_they_were_give_no_alarm(
    paintings: dict[str, Painted], model: Path, tmp_path: Path
) -> None:
    done = checked(taken_up(tmp_path, paintings), model)
    assert [each.judgement for each in done.findings] == [Judgement.AGREES] * 10
    assert max(each.distance or 0 for each in done.findings) < 0.45
    assert (done.unread, done.not_held) == ((), 0)


def test_changed_pictures_are_told_with_their_causes(changed: Path) -> None:
    found = read_findings(folders_of(changed).state)
    assert {name: each.cause for name, each in found.items()} == CAUSES
    assert {name for name, each in found.items() if each.disagrees} == CAUSES.keys() - {
        "right-0.png"
    }
    assert found["swap-a-0.png"].other == "swap-b.png"
    assert "multiplied by 0.5:" in found["half-2.png"].words


def test_second_check_looks_at_nothing_again(
    changed: Path, model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    state = folders_of(changed).state
    before = {path.name: path.read_bytes() for path in state.glob("*.jsonl")}
    assert before.keys() == {"looks.jsonl", "close-looks.jsonl", FINDINGS}
    monkeypatch.setattr("portraitset.detect.looking.look_at", None)  # no worker can be asked
    checked(changed, model)
    assert {path.name: path.read_bytes() for path in state.glob("*.jsonl")} == before


def test_command_lists_them_and_ends_with_1(
    changed: Path, model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["check-landmarks", "-w", str(changed), "--model", str(model)]
    assert cli([*arguments, "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert {each["name"]: each.get("cause", "") for each in told["faces"]} == CAUSES
    assert told["counts"] == {"agrees": 1, "disagrees": 9, "cannot tell": 0}
    assert (told["not_looked_at"], told["not_held"]) == ([], 0)
    assert cli(arguments) == 1
    captured = capsys.readouterr()
    assert "swapped. swap-b.png" in captured.out.replace("\n", " ")
    assert "points disagree" in captured.err
    assert cli(["status", "-w", str(changed)]) == 0
    assert "9 faces whose points disagree" in capsys.readouterr().out


def test_manifest_is_taken_up_first_and_all_well_is_0(
    paintings: dict[str, Painted], model: Path, tmp_path: Path
) -> None:
    manifest = write_set(tmp_path / "set", {"right": paintings["van_gogh"]})
    command = ["check-landmarks", str(manifest), "-w", str(tmp_path / "w"), "--model", str(model)]
    assert cli(command) == 0
    assert read_findings(folders_of(tmp_path / "w").state)["right-0.png"].cause == ""


def test_what_a_person_moved_or_decided_is_no_longer_told(
    paintings: dict[str, Painted], model: Path, tmp_path: Path
) -> None:
    """Moved points are compared by the next check; a word on a face ends its waiting."""
    painted = paintings["van_gogh"]
    pictures = {"off": painted.changed(lambda image: image.transpose(MIRROR))}
    workspace = taken_up(tmp_path, pictures)
    folders = folders_of(workspace)
    (finding,) = checked(workspace, model).disagreeing
    assert undecided(folders) == (finding,)
    width = painted.image.width
    left, right, mouth_left, mouth_right = (
        (width - 1 - x, y) for x, y in painted.faces[0].points()
    )
    moved = Landmarks(right, left, mouth_right, mouth_left)
    append_decisions(folders.state, [decide("off-0.png", "landmarks", "Ada", landmarks=moved)])
    assert standing(folders) == ()
    assert checked(workspace, model).disagreeing == ()
    append_decisions(folders.state, [decide("off-0.png", "given", "Ada")])
    assert len(checked(workspace, model).disagreeing) == len(undecided(folders)) == 1
    append_decisions(folders.state, [decide("off-0.png", "keep", "Ada")])
    assert (len(standing(folders)), undecided(folders)) == (1, ())


def test_picture_that_was_replaced_since_is_not_spoken_of(
    paintings: dict[str, Painted], model: Path, tmp_path: Path
) -> None:
    pictures = {"off": paintings["van_gogh"].changed(lambda image: image.transpose(MIRROR))}
    workspace = taken_up(tmp_path, pictures)
    assert len(checked(workspace, model).disagreeing) == 1
    (raw,) = (workspace / "raw").iterdir()
    raw.unlink()
    manifest = write_set(tmp_path / "set", {"off": paintings["van_gogh"]})
    take_up(manifest, folders_of(workspace), Recipe(workers=1))
    assert standing(folders_of(workspace)) == ()
    assert checked(workspace, model).disagreeing == ()


def test_no_file_of_the_workspace_names_what_was_removed(
    paintings: dict[str, Painted], model: Path, tmp_path: Path
) -> None:
    """Nor does a finding about another picture whose points it had."""
    one, two = paintings["mona_lisa"], paintings["van_gogh"]
    pictures = {"gone": Painted(one.image, two.faces), "kept": Painted(two.image, one.faces)}
    workspace = taken_up(tmp_path, pictures)
    assert {each.other for each in checked(workspace, model).findings} == {"gone.png", "kept.png"}
    digest = hashlib.sha256((workspace / "raw" / "gone.png").read_bytes()).hexdigest()
    command = ["remove", "-w", str(workspace), "--digest", digest, "--no-looks"]
    assert cli(command) == 0
    for path in (workspace / ".portraitset").glob("*look*.jsonl"):
        assert b"gone" not in path.read_bytes(), path
    assert read_findings(folders_of(workspace).state) == {}
    assert [each.face for each in checked(workspace, model).findings] == ["kept-0.png"]


def test_original_that_cannot_be_read_is_told(
    paintings: dict[str, Painted], model: Path, tmp_path: Path
) -> None:
    workspace = taken_up(tmp_path, {"cut-off": paintings["van_gogh"]})
    (raw,) = (workspace / "raw").iterdir()
    data = raw.read_bytes()
    raw.unlink()
    raw.write_bytes(data[:3000])
    os.utime(raw, (1, 1))
    done = checked(workspace, model)
    assert [each.photo for each in done.unread] == ["cut-off.png"]
    assert done.findings == ()


def test_folder_that_is_no_workspace_and_model_that_is_none_are_refused(
    model: Path, tmp_path: Path
) -> None:
    with pytest.raises(InputError, match="no workspace"):
        checked(tmp_path, model)
    assert list(tmp_path.iterdir()) == []


def test_damaged_findings_are_told_with_their_line(changed: Path) -> None:
    state = folders_of(changed).state
    data = (state / FINDINGS).read_bytes()
    try:
        (state / FINDINGS).write_bytes(data + b'{"face": "x"}\n')
        with pytest.raises(InputError, match="line 11: no finding"):
            read_findings(state)
    finally:
        (state / FINDINGS).write_bytes(data)
