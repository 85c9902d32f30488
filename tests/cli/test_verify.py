"""`lock` and `verify`: what two machines hold, compared face by face."""

import io
import json
import os
import shutil
import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from datasets import Dataset, contents, draw, encoded, quick
from portraitset import build
from portraitset.cli import run
from portraitset.demo.origin import Origin, picture, plain_status
from portraitset.errors import InputError
from portraitset.manifest.lock import read_lock, write_lock
from portraitset.picture.decoders import decoder_versions


def make_dataset() -> Dataset:
    """Four faces of four photos, one of them PNG; and one that is gone."""
    dataset = Dataset()
    for slug in ("one", "two", "three"):
        dataset.add(slug)
    dataset.add("four", picture(encoded(draw(444), "PNG"), "image/png"))
    dataset.add("gone", plain_status(404))
    return dataset


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a manifest, a workspace built from it, and its lock."""
    folder = tmp_path_factory.mktemp("made")
    dataset = make_dataset()
    manifest = dataset.write(folder)
    with Origin(dataset.routes) as origin:
        build(manifest, folder / "w", recipe=quick(origin.url))
    assert run(["lock", "-w", str(folder / "w"), "-o", str(folder / "made.lock")]) == 0
    return folder


@pytest.fixture
def here(made: Path, tmp_path: Path) -> Iterator[Path]:
    """A copy of it to do harm to."""
    shutil.copytree(made, tmp_path / "here")
    yield tmp_path / "here"


def verified(
    folder: Path, capsys: pytest.CaptureFixture[str], *more: str
) -> tuple[int, dict[str, str], list[str]]:
    """The exit code, each face's verdict and the extra files."""
    capsys.readouterr()
    code = run(["verify", "-w", str(folder / "w"), "--workers", "1", "--json", *more])
    content = json.loads(capsys.readouterr().out)
    assert content["total"] == sum(content["verdicts"].values()) == len(content["faces"])
    verdicts = {face["name"]: face["verdict"] for face in content["faces"]}
    return code, verdicts, content["extras"]


def raw(folder: Path, name: str) -> Path:
    manifest = json.loads((folder / "dataset.json").read_text())
    return folder / "w" / "raw" / str(manifest[name]["raw_name"])


def recompress(path: Path, image_format: str, **options: object) -> None:
    with Image.open(path) as image:
        image.load()
    buffer = io.BytesIO()
    image.save(buffer, image_format, **options)
    path.write_bytes(buffer.getvalue())


def test_untouched_workspace_has_the_same_bytes(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for more in ((), ("--lock", str(here / "made.lock"))):
        code, verdicts, extras = verified(here, capsys, *more)
        assert (code, extras) == (0, [])
        assert verdicts == dict.fromkeys([f"0000{n}.png" for n in range(4)], "same bytes")


@pytest.mark.parametrize("measure", ["ledger", "lock"])
def test_each_kind_of_harm_has_its_verdict(
    here: Path, capsys: pytest.CaptureFixture[str], measure: str
) -> None:
    recompress(raw(here, "00000.png"), "JPEG", quality=60)
    raw(here, "00001.png").write_bytes(encoded(draw(9)))
    raw(here, "00002.png").unlink()
    recompress(raw(here, "00003.png"), "PNG", compress_level=1)
    (here / "w" / "raw" / "mine.txt").write_text("what is this?")
    more = ("--lock", str(here / "made.lock")) if measure == "lock" else ()
    code, verdicts, extras = verified(here, capsys, *more)
    assert code == 1
    assert list(verdicts.values()) == ["looks alike", "changed", "missing", "same pixels"]
    assert extras == ["raw/mine.txt"]


def test_harmed_crops_are_found_though_originals_are_well(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    crops = here / "w" / "aligned"
    recompress(crops / "00000.png", "PNG", compress_level=1)
    Image.new("RGB", (64, 64)).save(crops / "00001.png")
    (crops / "00002.png").unlink()
    whole = (crops / "00003.png").read_bytes()
    (crops / "00003.png").write_bytes(whole[:-200])
    code, verdicts, _ = verified(here, capsys, "--lock", str(here / "made.lock"))
    assert code == 1
    assert list(verdicts.values()) == ["same bytes", "changed", "missing", "changed"]


def test_silent_corruption_with_the_old_time_and_size_is_found(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:

    path = raw(here, "00000.png")
    stat, data = path.stat(), bytearray(path.read_bytes())
    data[len(data) // 2] ^= 0x55
    path.write_bytes(data)
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    code, verdicts, _ = verified(here, capsys)
    assert code == 1
    assert verdicts["00000.png"] in ("looks alike", "changed")


def test_folder_without_a_ledger_can_be_compared_with_a_lock(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.rmtree(here / "w" / ".portraitset")
    code, verdicts, extras = verified(here, capsys, "--lock", str(here / "made.lock"))
    assert (code, extras, set(verdicts.values())) == (0, [], {"same bytes"})
    assert not (here / "w" / ".portraitset").exists()
    assert run(["verify", "-w", str(here / "w")]) == 2


def test_originals_alone_are_compared_where_no_crop_was_made(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.rmtree(here / "w" / ".portraitset")
    shutil.rmtree(here / "w" / "aligned")
    assert run(["verify", "-w", str(here / "w"), "--lock", str(here / "made.lock")]) == 0
    assert "only the originals" in capsys.readouterr().out


def test_ledger_of_an_earlier_version_is_completed(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    connection = sqlite3.connect(here / "w" / ".portraitset" / "ledger.sqlite")
    with connection:
        connection.execute("UPDATE photos SET sha256_rgb = NULL, look = NULL")
    connection.close()
    again = here / "folder" / "again.lock"
    assert run(["lock", "-w", str(here / "w"), "-o", str(again)]) == 0
    assert again.read_bytes() == (here / "made.lock").read_bytes()


def test_lock_holds_no_path_and_no_time(made: Path) -> None:
    text = (made / "made.lock").read_text()
    assert str(made) not in text
    lines = [json.loads(line) for line in text.splitlines()]
    assert lines[0]["portraitset-lock"] == 1
    assert (lines[0]["originals"], lines[0]["faces"]) == (4, 4)
    assert lines[1]["schema"] == "aahq"
    assert "gone" not in text


def test_two_machines_that_build_the_same_have_the_same_lock(made: Path, tmp_path: Path) -> None:
    dataset = make_dataset()
    with Origin(dataset.routes) as origin:
        build(dataset.write(tmp_path), tmp_path / "elsewhere", recipe=quick(origin.url))
    other = tmp_path / "other.lock"
    assert run(["lock", "-w", str(tmp_path / "elsewhere"), "-o", str(other)]) == 0
    assert other.read_bytes() == (made / "made.lock").read_bytes()


def test_damaged_lock_or_one_that_is_not_there_is_bad_input(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = here / "made.lock"
    path.write_bytes(path.read_bytes().replace(b'"width":130', b'"width":131', 1))
    assert run(["verify", "-w", str(here / "w"), "--lock", str(path)]) == 2
    assert "altered" in capsys.readouterr().err
    assert run(["verify", "-w", str(here / "w"), "--lock", str(here / "none.lock")]) == 2
    assert run(["verify", "-w", str(here / "nowhere"), "--lock", str(path)]) == 2


def test_lock_replaces_only_a_lock(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    mine = here / "mine.txt"
    mine.write_text("my notes")
    assert run(["lock", "-w", str(here / "w"), "-o", str(mine)]) == 2
    assert mine.read_text() == "my notes"
    assert run(["lock", "-w", str(here / "w"), "-o", str(here / "made.lock"), "--json"]) == 0
    assert run(["lock", "-w", str(here), "-o", str(here / "x.lock")]) == 2


def test_verify_prints_a_table(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    raw(here, "00002.png").unlink()
    capsys.readouterr()
    assert run(["verify", "-w", str(here / "w")]) == 1
    shown = capsys.readouterr().out
    assert "00002.png" in shown
    assert "same bytes" in shown


def test_workspace_that_may_only_be_read_can_be_proven(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = [contents(here / "w" / folder) for folder in ("raw", "aligned")]
    state = here / "w" / ".portraitset"
    state.chmod(0o555)
    try:
        assert verified(here, capsys)[0] == 0
        assert run(["rot", "-w", str(here / "w")]) == 0
    finally:
        state.chmod(0o755)
    assert [contents(here / "w" / folder) for folder in ("raw", "aligned")] == before


def test_lock_says_which_decoders_made_the_pixels(made: Path) -> None:
    lock = read_lock((made / "made.lock").read_bytes(), "made.lock")
    assert lock.decoders == dict(sorted(decoder_versions().items()))
    assert {"Pillow", "simplejpeg", "libjpeg-turbo"} <= lock.decoders.keys()


def test_lock_without_decoders_is_of_the_same_subset(made: Path) -> None:
    """As versions before this one wrote it."""
    lock = read_lock((made / "made.lock").read_bytes(), "made.lock")
    bare = write_lock(replace(lock, decoders={}))
    assert b"decoders" not in bare
    assert read_lock(bare, "bare").fingerprint == lock.fingerprint


def test_pixels_of_another_decoder_are_told_from_another_picture(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The lock of a machine whose decoder makes other pixels of the same bytes, and so crops."""
    lock = read_lock((here / "made.lock").read_bytes(), "made.lock")
    by_other, by_harm = "00000.png", "00001.png"
    raw_name = next(face.raw_name for face in lock.faces if face.name == by_other)
    originals = tuple(
        replace(item, identity=replace(item.identity, sha256_rgb="0" * 64))
        if item.raw_name == raw_name
        else item
        for item in lock.originals
    )
    faces = tuple(
        replace(face, sha256_rgb="1" * 64) if face.name in (by_other, by_harm) else face
        for face in lock.faces
    )
    decoders = dict(lock.decoders) | {"libjpeg-turbo": "2.1.5"}
    theirs = replace(lock, originals=originals, faces=faces, decoders=decoders)
    (here / "theirs.lock").write_bytes(write_lock(theirs))
    code, verdicts, _ = verified(here, capsys, "--lock", str(here / "theirs.lock"))
    assert code == 1
    assert list(verdicts.values()) == ["other decoder", "changed", "same bytes", "same bytes"]
    assert run(["verify", "-w", str(here / "w"), "--lock", str(here / "theirs.lock")]) == 1
    shown = " ".join(capsys.readouterr().out.split())
    ours = decoder_versions()["libjpeg-turbo"]
    assert f"libjpeg-turbo {ours} here, 2.1.5 there" in shown


@pytest.mark.parametrize("decoders", [7, ["Pillow"], {"Pillow": 13}])
def test_decoders_that_make_no_sense_are_refused(made: Path, decoders: object) -> None:
    head, body = (made / "made.lock").read_bytes().split(b"\n", 1)
    content = json.loads(head) | {"decoders": decoders}
    with pytest.raises(InputError, match="decoders cannot be"):
        read_lock(json.dumps(content).encode() + b"\n" + body, "made.lock")
