"""The command line: words in, report and exit code out."""

import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import click
import pytest
from PIL import Image

from datasets import Dataset, plain_dataset
from portraitset.cli import cli, run
from portraitset.demo.origin import Origin, plain_status

CONTEXT = click.Context(cli)


def build(dataset: Dataset, origin: Origin, folder: Path, *more: str) -> int:
    manifest = dataset.write(folder)
    hasty = ("--rate", "200", "--tries", "1", "--size", "64", "--workers", "1")
    where = ("-w", str(folder / "w"), "--mirror", origin.url)
    return run(["build", str(manifest), *where, *hasty, *more])


@pytest.mark.parametrize("name", cli.list_commands(CONTEXT))
def test_every_command_explains_itself(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run([name, "--help"]) == 0
    shown = capsys.readouterr().out
    assert shown.startswith("Usage: portraitset")
    command = cli.get_command(CONTEXT, name)
    assert command is not None
    assert len(command.get_short_help_str(200)) > 20


def test_build_prints_the_states_and_exits_0(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    dataset = plain_dataset(2)
    with Origin(dataset.routes) as origin:
        assert build(dataset, origin, tmp_path) == 0
    captured = capsys.readouterr()
    assert "aligned" in captured.out
    assert "removal" in captured.err.lower(), "the terms are shown"


def test_build_exits_1_when_a_face_falls_short(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    dataset = plain_dataset(1)
    gone = dataset.add("gone", plain_status(404))
    with Origin(dataset.routes) as origin:
        assert build(dataset, origin, tmp_path) == 1
    shown = capsys.readouterr().out
    assert gone in shown
    assert "gone" in shown


def test_status_json_has_every_face_in_one_state(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    dataset = plain_dataset(2)
    gone = dataset.add("gone", plain_status(404))
    with Origin(dataset.routes) as origin:
        build(dataset, origin, tmp_path)
    capsys.readouterr()
    assert run(["status", "-w", str(tmp_path / "w"), "--json"]) == 0
    content = json.loads(capsys.readouterr().out)
    assert content["total"] == 3 == sum(content["states"].values())
    assert content["states"] == {"aligned": 2, "unavailable": 1}
    faces = {face["name"]: (face["state"], face["reason"]) for face in content["faces"]}
    assert faces[gone] == ("unavailable", "gone")
    assert faces["00000.png"] == ("aligned", None)


def test_build_json_is_one_document(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    dataset = plain_dataset(1)
    with Origin(dataset.routes) as origin:
        assert build(dataset, origin, tmp_path, "--json") == 0
    assert json.loads(capsys.readouterr().out)["states"] == {"aligned": 1}


def test_retry_asks_again_with_the_last_settings(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    dataset = plain_dataset(1)
    gone = dataset.add("gone", plain_status(404))
    with Origin(dataset.routes) as origin:
        build(dataset, origin, tmp_path)
        origin.routes[dataset.route(gone)] = dataset.routes[dataset.route("00000.png")]
        command = ["retry", "--only", "gone", "-w", str(tmp_path / "w"), "--mirror", origin.url]
        assert run(command) == 0
        assert len(origin.pictures) == 3
    with Image.open(tmp_path / "w" / "aligned" / gone) as crop:
        assert crop.size == (64, 64)
    assert run(["retry", "--only", "bad-luck", "-w", str(tmp_path / "w")]) == 2
    assert "bad-luck" in capsys.readouterr().err


def test_plan_asks_for_no_picture_and_makes_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    dataset = plain_dataset(3)
    manifest = dataset.write(tmp_path)
    with Origin(dataset.routes) as origin:
        command = ["plan", str(manifest), "-w", str(tmp_path / "w"), "--mirror", origin.url]
        assert run([*command, "--json"]) == 0
        assert not origin.pictures
    assert not (tmp_path / "w").exists()
    content = json.loads(capsys.readouterr().out)
    assert content["requests"] == 3
    assert content["asking_seconds"] == pytest.approx(3 * 1.1 / 10)
    assert content["hosts"] == {"cdna.gallery.example": 3}
    assert content["bytes_free"] > 0
    assert content["opt_outs"]["cdna.gallery.example"]["verdict"] == "no objection"
    assert run(command) == 0, "the origin is gone, and that is no reason to fail"
    shown = capsys.readouterr().out
    assert "cdna.gallery.example" in shown
    assert "unknown" in shown


def test_teaser_lays_out_the_crops(tmp_path: Path) -> None:
    dataset = plain_dataset(4)
    with Origin(dataset.routes) as origin:
        build(dataset, origin, tmp_path)
    sheet = tmp_path / "new folder" / "sheet.png"
    assert run(["teaser", "-w", str(tmp_path / "w"), "-o", str(sheet)]) == 0
    with Image.open(sheet) as image:
        assert image.width >= image.height > 100


@pytest.mark.parametrize(
    "arguments",
    [
        ["build"],
        ["build", "no-such-file.json"],
        ["build", "MANIFEST", "--size", "0"],
        ["build", "MANIFEST", "--rate", "-1"],
        ["build", "MANIFEST", "--quality", "best"],
        ["build", "MANIFEST", "--mirror", "ftp://somewhere/"],
        ["build", "MANIFEST", "--workers", "0"],
        ["build", "MANIFEST", "--recipe", "no-such-recipe.toml"],
        ["status", "-w", "no-such-workspace"],
        ["teaser", "-w", "no-such-workspace"],
        ["retry", "-w", "no-such-workspace", "--only", "gone"],
        ["no-such-command"],
        ["--no-such-flag"],
    ],
)
def test_bad_usage_exits_2_with_a_sentence(
    arguments: list[str],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    manifest = str(plain_dataset(1).write(tmp_path))
    monkeypatch.chdir(tmp_path)
    assert run([manifest if part == "MANIFEST" else part for part in arguments]) == 2
    captured = capsys.readouterr()
    assert not captured.out
    assert len(captured.err.strip()) > 20
    assert not (tmp_path / "raw").exists(), "no work has begun"


def test_format_is_chosen_by_the_flag(tmp_path: Path) -> None:
    dataset = plain_dataset(1)
    with Origin(dataset.routes) as origin:
        assert build(dataset, origin, tmp_path, "--format", "webp") == 0
    with Image.open(tmp_path / "w" / "aligned" / "00000.webp") as crop:
        assert crop.format == "WEBP"


def test_teaser_replaces_its_own_file_and_nobody_elses(tmp_path: Path) -> None:
    dataset = plain_dataset(1)
    with Origin(dataset.routes) as origin:
        build(dataset, origin, tmp_path)
    photo = tmp_path / "photo.png"
    Image.new("RGB", (3, 3)).save(photo)
    before = photo.read_bytes()
    assert run(["teaser", "-w", str(tmp_path / "w"), "-o", str(photo)]) == 2
    assert photo.read_bytes() == before
    for name in ("sheet.jpg", "sheet.jpg", "sheet.webp", "sheet.webp"):
        assert run(["teaser", "-w", str(tmp_path / "w"), "-o", str(tmp_path / name)]) == 0
    assert run(["teaser", "-w", str(tmp_path / "w"), "-o", str(tmp_path / "sheet.txt")]) == 2


def test_demo_leaves_a_folder_of_other_things_alone(tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text("mine")
    assert run(["demo", "-w", str(tmp_path)]) == 2
    assert [path.name for path in tmp_path.iterdir()] == ["manifest.json"]


def test_json_is_what_it_says_and_a_poor_terminal_does_no_harm(tmp_path: Path) -> None:
    dataset = plain_dataset(1)
    dataset.entries[":heart: größe.png"] = dataset.entries.pop("00000.png")
    with Origin(dataset.routes) as origin:
        build(dataset, origin, tmp_path)
    for flag in ("--json", "--list"):
        done = subprocess.run(
            [sys.executable, "-m", "portraitset", "status", "-w", str(tmp_path / "w"), flag],
            env=os.environ | {"PYTHONIOENCODING": "ascii"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        if flag == "--json":
            assert json.loads(done.stdout)["faces"][0]["name"] == ":heart: größe.png"


def test_looking_needs_no_writing(tmp_path: Path) -> None:
    dataset = plain_dataset(1)
    with Origin(dataset.routes) as origin:
        build(dataset, origin, tmp_path)
    script = 'mount --bind "$W" "$W" && mount -o remount,bind,ro "$W" && "$PYTHON" -m portraitset '
    done = subprocess.run(
        ["unshare", "-rm", "sh", "-c", script + 'status -w "$W" --json'],
        env=os.environ | {"W": str(tmp_path / "w"), "PYTHON": sys.executable},
        capture_output=True,
        text=True,
        check=False,
    )
    if "unshare" in done.stderr or "mount" in done.stderr:
        pytest.skip(f"no read-only mounts here: {done.stderr}")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["states"] == {"aligned": 1}


def test_hostile_text_does_not_reach_the_terminal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    evil = "[bold]\x1b]0;owned\x07"
    entry = {"image_url": "https://h.example/a.jpg", "raw_name": evil, "landmarks": {}}
    manifest = tmp_path / "dataset.json"
    manifest.write_text(json.dumps({f"{evil}.png": entry, "[red]x.png": {"image_url": 5}}))
    assert run(["build", str(manifest), "-w", str(tmp_path / "w")]) == 1
    run(["status", "-w", str(tmp_path / "w"), "--list"])
    captured = capsys.readouterr()
    assert "\x1b" not in captured.out + captured.err
    assert "\x07" not in captured.out + captured.err
    assert "[red]x.png" in captured.out, "shown as it is, not taken for markup"


def test_a_long_name_stays_in_one_piece_where_no_terminal_folds_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)
    dataset = plain_dataset(2)
    name = f"{'a-title-in-many-words-' * 8}.png"
    dataset.entries[name] = dataset.entries.pop("00001.png")
    dataset.routes[dataset.route(name)] = plain_status(404)
    with Origin(dataset.routes) as origin:
        build(dataset, origin, tmp_path)
    capsys.readouterr()
    run(["status", "--list", "-w", str(tmp_path / "w")])
    assert any(line.startswith(f"{name}  gone") for line in capsys.readouterr().out.splitlines())
    missing = tmp_path / ("folder-" * 20)
    run(["status", "-w", str(missing)])
    assert str(missing) in capsys.readouterr().err


def test_where_every_face_is_aligned_there_is_nothing_to_list(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    dataset = plain_dataset(1)
    with Origin(dataset.routes) as origin:
        build(dataset, origin, tmp_path)
    capsys.readouterr()
    assert run(["status", "-w", str(tmp_path / "w"), "--list"]) == 0
    assert "detail" not in capsys.readouterr().out


def on_a_terminal(*arguments: str) -> str:
    """What a terminal of 120 columns gets to see of a command that ends well."""
    parent, child = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "portraitset", *arguments],
        stdout=child,
        stderr=child,
        env=os.environ | {"TERM": "xterm-256color", "COLUMNS": "120", "LINES": "40"},
    )
    os.close(child)
    shown = b""
    while True:
        try:
            piece = os.read(parent, 4096)
        except OSError:  # the other end has closed
            break
        if not piece:
            break
        shown += piece
    os.close(parent)
    assert process.wait() == 0
    return shown.decode()


def test_progress_is_drawn_on_a_terminal(tmp_path: Path) -> None:
    dataset = plain_dataset(3)
    manifest = dataset.write(tmp_path)
    with Origin(dataset.routes) as origin:
        text = on_a_terminal(
            *("build", str(manifest), "--size", "64", "-w", str(tmp_path / "w")),
            *("--mirror", origin.url),
        )
    assert "building" in text
    assert "photos" in text
    assert "3/3" in text


def test_whatever_takes_long_shows_that_it_is_alive(tmp_path: Path) -> None:
    dataset = plain_dataset(1)
    with Origin(dataset.routes) as origin:
        build(dataset, origin, tmp_path)
    here = ("-w", str(tmp_path / "w"))
    log = tmp_path / "w" / "removals.jsonl"
    assert "reading every file" in on_a_terminal("verify", *here)
    assert "gathering the digests" in on_a_terminal("lock", *here, "-o", str(tmp_path / "a.lock"))
    assert "writing the release" in on_a_terminal("release", *here, "-o", str(tmp_path / "r"))
    assert "looking for copies" in on_a_terminal("remove", *here, "--asset", "7", "--dry-run")
    assert "taking out" in on_a_terminal("remove", *here, "--asset", "7")
    looked = on_a_terminal("verify-removed", str(tmp_path / "r"), "--removals", str(log))
    assert "looking into every file" in looked


def test_quiet_when_the_reader_has_seen_enough(tmp_path: Path) -> None:
    dataset = plain_dataset(1)
    with Origin(dataset.routes) as origin:
        build(dataset, origin, tmp_path)
    command = f"{sys.executable} -m portraitset status -w {tmp_path / 'w'} --json | head -c 1"
    done = subprocess.run(
        ["bash", "-c", command], capture_output=True, text=True, check=False, timeout=30
    )
    assert "Traceback" not in done.stderr
