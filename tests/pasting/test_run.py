"""`paste-back` as a user has it: edited files in, photos out, again and again, none by error."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageCms, PngImagePlugin

from datasets import HOST, POINTS, Dataset, draw, encoded, quick
from portraitset import build
from portraitset.cli import run as command
from portraitset.demo.origin import Origin, picture
from portraitset.errors import InputError, WorkspaceError
from portraitset.pasting.journal import JOURNAL, read_journal
from portraitset.pasting.run import PastedBack, PasteSettings, paste_back
from portraitset.picture.decode import Pixels, read_picture
from portraitset.workspace.layout import folders_of
from portraitset.workspace.lineage import Lineage

LOWER = {name: [x + 9, y + 30] for name, (x, y) in POINTS.items()}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Nine faces of eight photos: the second has two; the third is a PNG, the fourth CMYK."""
    folder = tmp_path_factory.mktemp("built")
    dataset = Dataset()
    dataset.add("anna-one", asset="000/000/000")
    dataset.add("bo-two", raw_name="bo.jpg")
    dataset.add("bo-two", points=LOWER, raw_name="bo.jpg")
    png, cmyk = encoded(draw(5), "PNG"), encoded(draw(9).convert("CMYK"))
    dataset.add("cid-three", picture(png), raw_name="cid.png", asset="000/000/003")
    dataset.add("dag-four", picture(cmyk), raw_name="dag.jpg", asset="000/000/004")
    for number, slug in enumerate(("eva", "fay", "gus", "hal"), 5):
        dataset.add(slug, asset=f"000/000/{number:03d}")
    with Origin(dataset.routes) as origin:
        assert build(dataset.write(folder), folder / "w", recipe=quick(origin.url)).succeeded
    return folder / "w"


@pytest.fixture
def workspace(built: Path, tmp_path: Path) -> Path:
    """A copy to do harm to."""
    return Path(shutil.copytree(built, tmp_path / "w"))


@pytest.fixture
def edits(tmp_path: Path) -> Path:
    folder = tmp_path / "edits"
    folder.mkdir()
    return folder


def take(workspace: Path, face: str, edits: Path, name: str | None = None) -> Path:
    """A crop as its owner copied it to edit it."""
    return Path(shutil.copy(workspace / "aligned" / face, edits / (name or face)))


def brush(path: Path, **options: object) -> Path:
    """Paint a spot of another colour, as an editor does that keeps no text."""
    with Image.open(path) as image:
        pixels = np.array(image.convert("RGB"))
    pixels[28:36, 26:38] = 255 - pixels[28:36, 26:38]
    Image.fromarray(pixels).save(path, **options)  # type: ignore[arg-type]
    return path


def paste(workspace: Path, output: Path, *edited: Path, **settings: object) -> PastedBack:
    return paste_back(
        folders_of(workspace),
        edited,
        output,
        PasteSettings(**settings),  # type: ignore[arg-type]
    )


def pixels_of(path: Path) -> Pixels:
    return read_picture(path.read_bytes(), 10**7).pixels


def original_of(workspace: Path, face: str) -> Path:
    manifest = json.loads((workspace / ".portraitset/manifest.json").read_text())
    return workspace / "raw" / str(manifest[face]["raw_name"])


def reasons(done: PastedBack) -> dict[str, str]:
    return {refusal.path.name: refusal.reason for refusal in done.refusals}


def test_unedited_crops_give_the_photos_very_bytes(workspace: Path, tmp_path: Path) -> None:
    done = paste(workspace, tmp_path / "out", workspace / "aligned")
    assert done.succeeded
    assert len(done.faces) == len(done.unedited) == 9
    assert len(done.written) == 8
    for path in (workspace / "raw").iterdir():
        assert (tmp_path / "out" / path.name).read_bytes() == path.read_bytes()


def test_an_edit_reaches_its_place_and_no_other(
    workspace: Path, edits: Path, tmp_path: Path
) -> None:
    brush(take(workspace, "00003.png", edits))
    done = paste(workspace, tmp_path / "out", edits)
    assert (done.faces, done.unedited, done.refusals) == (("00003.png",), (), ())
    (written,) = (tmp_path / "out").glob("*.png")
    before, after = pixels_of(original_of(workspace, "00003.png")), pixels_of(written)
    changed = (before != after).any(axis=2)
    assert 40 < changed.sum() < 0.2 * changed.size
    with Image.open(written) as image:
        assert image.format == "PNG"


def test_several_faces_of_one_photo_go_into_one_file(
    workspace: Path, edits: Path, tmp_path: Path
) -> None:
    for face in ("00001.png", "00002.png"):
        brush(take(workspace, face, edits))
    both = paste(workspace, tmp_path / "out", edits)
    assert both.faces == ("00001.png", "00002.png")
    assert len(both.written) == 1
    one = paste(workspace, tmp_path / "one", edits / "00001.png")
    photo = original_of(workspace, "00001.png")
    changed = [
        np.abs(pixels_of(tmp_path / name / photo.name).astype(int) - pixels_of(photo)) > 40
        for name in ("out", "one")
    ]
    assert changed[0].sum() > 1.3 * changed[1].sum()
    assert one.written == both.written


def test_a_second_run_makes_nothing_again(workspace: Path, edits: Path, tmp_path: Path) -> None:
    for face in ("00000.png", "00003.png"):
        brush(take(workspace, face, edits))
    output = tmp_path / "out"
    first = paste(workspace, output, edits)
    times = {path.name: path.stat().st_mtime_ns for path in output.iterdir()}
    second = paste(workspace, output, edits)
    assert (second.kept, second.written) == (first.written, ())
    assert {path.name: path.stat().st_mtime_ns for path in output.iterdir()} == times
    brush(edits / "00003.png")  # back to what it was, but for the text
    third = paste(workspace, output, edits)
    assert len(third.written) == len(third.kept) == 1
    lost = next(output.glob("*.jpg"))
    lost.unlink()
    assert len(paste(workspace, output, edits).written) == 1
    lost.write_bytes(b"cut off")
    assert len(paste(workspace, output, edits).written) == 1
    assert paste(workspace, output, edits, feather=0.2).kept == ()


def test_a_kill_before_the_rename_is_made_good(
    workspace: Path, edits: Path, tmp_path: Path
) -> None:
    brush(take(workspace, "00000.png", edits))
    output = tmp_path / "out"
    paste(workspace, output, edits)
    (made,) = output.glob("*.jpg")
    made.rename(output / f"{made.name}.123.part")
    with (output / JOURNAL).open("a") as journal:
        journal.write('{"place": "x')
    assert len(paste(workspace, output, edits).written) == 1
    assert set(read_journal(output)) == {made.name}
    assert {path.name for path in output.iterdir()} == {made.name, JOURNAL}


def test_a_renamed_file_is_known_by_its_text(workspace: Path, edits: Path, tmp_path: Path) -> None:
    take(workspace, "00000.png", edits, "smile.png")
    take(workspace, "00001.png", edits, "two on one photo.png")
    done = paste(workspace, tmp_path / "out", edits)
    assert done.faces == ("00000.png",)
    assert reasons(done) == {"two on one photo.png": "other-face"}
    assert not done.succeeded


def test_where_an_edit_is_transparent_the_photo_stays(
    workspace: Path, edits: Path, tmp_path: Path
) -> None:
    layer = np.zeros((64, 64, 4), np.uint8)
    Image.fromarray(layer).save(edits / "00005.png")
    layer[28:36, 26:38] = (255, 0, 0, 255)
    Image.fromarray(layer).save(edits / "00003.png")
    done = paste(workspace, tmp_path / "out", edits)
    assert (done.faces, done.unedited) == (("00003.png", "00005.png"), ("00005.png",))
    photo = original_of(workspace, "00003.png")
    changed = (pixels_of(photo) != pixels_of(tmp_path / "out" / photo.name)).any(axis=2)
    assert 40 < changed.sum() < 0.2 * changed.size


def test_another_ending_is_the_same_face(workspace: Path, edits: Path, tmp_path: Path) -> None:
    with Image.open(workspace / "aligned" / "00003.png") as image:
        image.save(edits / "00003.webp", lossless=True)
    assert paste(workspace, tmp_path / "out", edits).unedited == ("00003.png",)


def without_text(path: Path) -> Path:
    with Image.open(path) as image:
        Image.fromarray(np.array(image)).save(path)
    return path


def turn(path: Path) -> None:
    """Another picture, in which the text of its photo stayed."""
    text = PngImagePlugin.PngInfo()
    with Image.open(path) as image:
        text.add_text("Source", image.info["Source"])
        turned = np.rot90(np.array(image), 2)
    Image.fromarray(turned).save(path, pnginfo=text)


def halve(path: Path) -> None:
    with Image.open(path) as image:
        small = image.resize((32, 32))
    small.save(path)


def tag(path: Path) -> None:
    """Colours in another profile."""
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    with Image.open(path) as image:
        Image.fromarray(np.array(image)).save(path, icc_profile=lab)


def test_wrong_files_are_refused_and_the_rest_goes_on(
    workspace: Path, edits: Path, tmp_path: Path
) -> None:
    brush(take(workspace, "00000.png", edits))
    turn(take(workspace, "00002.png", edits))
    take(workspace, "00000.png", edits, "00003.png")
    brush(take(workspace, "00004.png", edits))
    without_text(take(workspace, "00000.png", edits, "00005.png"))
    halve(take(workspace, "00006.png", edits))
    tag(take(workspace, "00007.png", edits))
    (edits / "00008.png").write_bytes(b"\x89PNG\r\n\x1a\nno more")
    for _ in range(2):  # the second run says so again
        done = paste(workspace, tmp_path / "out", edits)
        assert done.faces == ("00000.png",)
        assert reasons(done) == {
            "00002.png": "other-face",  # by its look
            "00003.png": "other-face",  # by its text
            "00004.png": "cannot-keep",  # CMYK
            "00005.png": "other-face",
            "00006.png": "other-size",
            "00007.png": "other-profile",
            "00008.png": "bad-picture",
        }
    assert {path.name for path in (tmp_path / "out").iterdir()} == {JOURNAL, *done.kept}
    likely = paste(workspace, tmp_path / "likely", edits / "00005.png", likeness="ignore")
    assert likely.faces == ("00005.png",)


def retouch_photo(workspace: Path, edits: Path) -> None:
    take(workspace, "00003.png", edits)
    original = original_of(workspace, "00003.png")
    stamp = original.stat()
    with Image.open(original) as image:
        image.point(lambda level: level // 2).save(original)
    data = original.read_bytes()
    original.write_bytes(data + b"\0" * max(stamp.st_size - len(data), 0))


def lose_photo(workspace: Path, edits: Path) -> None:
    take(workspace, "00003.png", edits)
    original_of(workspace, "00003.png").unlink()


def edit_in_place(workspace: Path, edits: Path) -> None:
    """The crop in aligned/ itself: what it was cut as is lost."""
    crop = take(workspace, "00000.png", edits).name
    brush(workspace / "aligned" / crop)


@pytest.mark.parametrize(
    ("harm", "reason"),
    [(retouch_photo, "changed"), (lose_photo, "changed"), (edit_in_place, "no-crop")],
)
def test_what_changed_since_it_was_cut_is_not_touched(
    workspace: Path,
    edits: Path,
    tmp_path: Path,
    harm: Callable[[Path, Path], None],
    reason: str,
) -> None:
    harm(workspace, edits)
    done = paste(workspace, tmp_path / "out", edits)
    assert not done.succeeded
    assert set(reasons(done).values()) == {reason}
    assert done.faces == ()
    assert list((tmp_path / "out").glob("*")) == []


def test_strangers_files_and_the_workspaces_own_are_left_alone(
    workspace: Path, edits: Path, tmp_path: Path
) -> None:
    brush(take(workspace, "00000.png", edits))
    for folder in ("raw", "aligned", ".portraitset"):
        with pytest.raises(InputError, match="workspace's own"):
            paste(workspace, workspace / folder / "out", edits)
    with pytest.raises(InputError, match=r"did not make"):
        paste(workspace, edits, edits)
    output = tmp_path / "out"
    paste(workspace, output, edits)
    take(workspace, "00003.png", edits)
    theirs = output / original_of(workspace, "00003.png").name
    theirs.write_bytes(b"mine")
    with pytest.raises(InputError, match="not replaced"):
        paste(workspace, output, edits)
    assert theirs.read_bytes() == b"mine"


def test_input_that_makes_no_sense_is_named(workspace: Path, edits: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no edited crop"):
        paste(workspace, tmp_path / "out", edits)
    with pytest.raises(InputError, match="no such file"):
        paste(workspace, tmp_path / "out", edits / "none.png")
    take(workspace, "00000.png", edits)
    take(workspace, "00000.png", edits, "00000.webp")
    with pytest.raises(InputError, match=r"both of 00000\.png"):
        paste(workspace, tmp_path / "out", edits)
    with pytest.raises(InputError, match="feather"):
        PasteSettings(feather=float("nan"))
    with pytest.raises((InputError, WorkspaceError)):
        paste(tmp_path / "nowhere", tmp_path / "out", edits)
    assert not (tmp_path / "out").exists()


def test_a_removed_picture_is_gone_from_the_results_and_stays_out(
    workspace: Path, edits: Path, tmp_path: Path
) -> None:
    brush(take(workspace, "00000.png", edits))
    take(workspace, "00001.png", edits)  # its photo shows 00002.png, too
    output = tmp_path / "out"
    paste(workspace, output, edits)
    with Lineage.open(workspace / ".portraitset") as lineage:
        (registered,) = lineage.outputs("paste-back")
        assert {member.face for member in lineage.members(registered.path)} == {
            "00000.png", "00001.png", "00002.png",
        }  # fmt: skip
    url = f"{HOST}/p/assets/images/images/000/000/001/large/bo-two.jpg"
    assert command(["remove", "-w", str(workspace), "--url", url]) == 0
    assert b"bo.jpg" not in (output / JOURNAL).read_bytes()
    assert not (output / "bo.jpg").exists()
    assert len(list(output.glob("*.jpg"))) == 1
    again = paste(workspace, output, edits)
    assert again.faces == ("00000.png",)
    assert not (output / "bo.jpg").exists()


def test_the_command_says_what_it_did(
    workspace: Path, edits: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    brush(take(workspace, "00000.png", edits))
    halve(take(workspace, "00003.png", edits))
    arguments = ["paste-back", str(edits), "-w", str(workspace), "-o", str(tmp_path / "out")]
    assert command([*arguments, "--json"]) == 1
    content = json.loads(capsys.readouterr().out)
    assert content["faces"] == ["00000.png"]
    assert [each["reason"] for each in content["refused"]] == ["other-size"]
    (edits / "00003.png").unlink()
    assert command(arguments) == 0
    assert "by an earlier run" in capsys.readouterr().out
