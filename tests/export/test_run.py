"""Exports as a whole: the same bytes every time, resumed, replaced with care, and taken from."""

import hashlib
import io
import json
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import pytest
from PIL import Image

from exports import (
    COUNT,
    VALID,
    build_workspace,
    copy_of,
    crops,
    every_byte,
    exported,
    take_out,
    tree,
)
from portraitset.attribution.licence import LICENCE_FILES
from portraitset.cli import run
from portraitset.errors import InputError, WorkspaceError
from portraitset.export.run import FORMATS as FORMAT_OF
from portraitset.export.sample import FORMATS, FormatName, Placed, Target, Writer
from portraitset.export.staging import Staging, staging_of
from portraitset.workspace.lineage import Lineage

GONE = frozenset({"00001.png", "00004.png", "00005.png"})
"""Two of one shard, and one of the other split."""


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_workspace(tmp_path_factory.mktemp("built"))


def output_of(name: FormatName, folder: Path) -> Path:
    return folder / ("out.zip" if name == "stylegan" else "out")


# The same bytes


@pytest.mark.parametrize("name", FORMATS)
def test_bytes_do_not_depend_on_the_workers(built: Path, tmp_path: Path, name: FormatName) -> None:
    one, three = output_of(name, tmp_path / "one"), output_of(name, tmp_path / "three")
    changed = (32,) if name in ("lmdb", "webdataset") else ()
    image_format = "jpeg" if changed else None
    exported(built, one, name, *changed, workers=1, image_format=image_format)
    exported(built, three, name, *changed, workers=3, image_format=image_format)
    assert tree(one) == tree(three)


@pytest.mark.parametrize("name", FORMATS)
def test_export_that_stopped_goes_on_without_what_is_finished(
    built: Path, tmp_path: Path, name: FormatName, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, broken = output_of(name, tmp_path / "whole"), output_of(name, tmp_path / "broken")
    exported(built, whole, name)
    record, seen = Staging.record, []

    def stop_at_the_third(self: Staging, shard: int, placed: object) -> None:
        seen.append(shard)
        if shard == 2 and seen.count(2) == 1:
            raise KeyboardInterrupt
        record(self, shard, placed)  # type: ignore[arg-type]

    monkeypatch.setattr(Staging, "record", stop_at_the_third)
    with pytest.raises(KeyboardInterrupt):
        exported(built, broken, name)
    assert not broken.exists()
    exported(built, broken, name)
    assert seen == [0, 1, 2, 2, 3], "the first two were not made again"
    assert not staging_of(broken).exists()
    assert tree(broken) == tree(whole)


def contents_of_lmdb(folder: Path) -> list[tuple[bytes, bytes]]:
    lmdb = pytest.importorskip("lmdb", reason="needs portraitset[lmdb]")
    with lmdb.open(str(folder), readonly=True, lock=False) as database, database.begin() as look:
        return list(look.cursor())


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("moment", ["end", "finish"])
def test_kill_behind_a_finished_part_changes_no_byte(
    built: Path, tmp_path: Path, name: FormatName, moment: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What lies on the disk by then is neither written twice nor forgotten."""
    whole, broken = output_of(name, tmp_path / "whole"), output_of(name, tmp_path / "broken")
    exported(built, whole, name)
    job_format = FORMAT_OF[name]
    writer_of, calls = job_format.writer, []

    def writer(target: Target, finished: Sequence[Placed]) -> Writer:
        made = writer_of(target, finished)
        act = getattr(made, moment)

        def act_and_die(*given: object) -> None:
            act(*given)
            calls.append(given)
            if moment == "finish" or len(calls) == 2:
                raise KeyboardInterrupt

        setattr(made, moment, act_and_die)
        return made

    with monkeypatch.context() as patch:
        patch.setattr(job_format, "writer", writer)
        with pytest.raises(KeyboardInterrupt):
            exported(built, broken, name)
    exported(built, broken, name)
    assert tree(broken) == tree(whole)


def test_killed_export_is_completed_by_the_same_command(built: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    command = [sys.executable, "-m", "portraitset", "export", "webdataset", "-w", str(built)]
    command += ["-o", str(out), "--shard-size", "1", "--format", "webp"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    done = staging_of(out) / "done"
    while not (done.is_dir() and list(done.iterdir())) and process.poll() is None:
        time.sleep(0.005)
    process.send_signal(signal.SIGKILL)
    process.wait()
    exported(built, out, "webdataset", image_format="webp", shard_size=1)
    exported(built, tmp_path / "other", "webdataset", image_format="webp", shard_size=1)
    assert tree(out) == tree(tmp_path / "other")


@pytest.mark.parametrize("name", ["webdataset", "parquet", "stylegan", "folder"])
def test_truncated_shard_is_noticed_and_made_again(
    built: Path, tmp_path: Path, name: FormatName, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, broken = output_of(name, tmp_path / "whole"), output_of(name, tmp_path / "broken")
    exported(built, whole, name)
    with monkeypatch.context() as patch:
        patch.setattr("portraitset.export.writer._finish", interrupt)
        with pytest.raises(KeyboardInterrupt):
            exported(built, broken, name)
    files = [path for path in sorted((staging_of(broken) / "out").rglob("*")) if path.is_file()]
    os.truncate(files[0], files[0].stat().st_size - 700)
    exported(built, broken, name)
    assert tree(broken) == tree(whole)


def interrupt(*_: object) -> None:
    raise KeyboardInterrupt


def test_disk_that_loses_data_is_noticed_at_the_end(
    built: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from portraitset.export import writer

    finish = writer._finish

    def lose(job: writer.Job, *more: object) -> None:
        finish(job, *more)  # type: ignore[arg-type]
        path = job.staging.out / "00000.png"
        path.write_bytes(bytes(path.stat().st_size))

    with monkeypatch.context() as patch:
        patch.setattr(writer, "_finish", lose)
        with pytest.raises(WorkspaceError, match="the disk loses data"):
            exported(built, tmp_path / "out", "folder")
    assert not (tmp_path / "out").exists()
    exported(built, tmp_path / "out", "folder")


@pytest.mark.parametrize("name", ["folder", "parquet", "webdataset", "stylegan", "lmdb"])
def test_full_disk_stops_in_words_and_loses_nothing(
    built: Path, tmp_path: Path, name: FormatName
) -> None:
    out = output_of(name, tmp_path)
    command = [sys.executable, "-m", "portraitset", "export", name, "-w", str(built)]
    command += ["-o", str(out), "--shard-size", "2"]
    largest = max(map(len, crops(built).values()))
    most = largest - 1 if name == "folder" else 5 * largest if name == "stylegan" else 3000
    most = 5 * largest if name == "lmdb" else most
    full = subprocess.run(
        command,
        check=False,
        capture_output=True,
        text=True,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (most, most)),
    )
    assert full.returncode == 3, full.stderr
    assert "run the same command again" in " ".join(full.stderr.split())
    assert not out.exists()
    exported(built, out, name)
    assert not staging_of(out).exists()


# With care


def test_only_what_an_export_made_is_replaced(built: Path, tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "notes.txt").write_text("mine")
    with pytest.raises(InputError, match="was not made by"):
        exported(built, mine, "folder")
    (tmp_path / "mine.zip").write_bytes(b"mine")
    with pytest.raises(InputError, match="was not made by"):
        exported(built, tmp_path / "mine.zip", "stylegan")
    assert (mine / "notes.txt").read_text() == "mine"
    out = tmp_path / "deep" / "er"
    exported(built, out, "folder")
    exported(built, out, "webdataset")
    assert not list(out.glob("*.png"))
    exported(built, tmp_path / "a.zip", "stylegan")
    exported(built, tmp_path / "a.zip", "stylegan", labels="split")


@pytest.mark.parametrize("name", FORMATS)
def test_export_with_something_else_in_it_is_not_replaced(
    built: Path, tmp_path: Path, name: FormatName
) -> None:
    out = tmp_path / "out"
    exported(built, out, name, 64, 32)
    (out / "export.json.4711.part").write_text("what a kill left")
    exported(built, out, name, 64, 32)
    (out / "runs").mkdir()
    (out / "runs" / "network.pkl").write_text("mine")
    with pytest.raises(InputError, match=r"network\.pkl was not made by"):
        exported(built, out, name, 64, 32)
    assert (out / "runs" / "network.pkl").read_text() == "mine"


@pytest.mark.parametrize("name", ["lmdb", "webdataset"])
def test_without_its_package_an_export_leaves_nothing(
    built: Path, tmp_path: Path, name: FormatName, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(InputError, match="not installed"):
        exported(built, tmp_path / "out", name)
    assert list(tmp_path.iterdir()) == []
    with Lineage.open(built / ".portraitset") as lineage:
        assert tmp_path / "out.portraitset-part" not in {o.path for o in lineage.outputs()}


def test_changes_say_what_became_of_the_crops(built: Path, tmp_path: Path) -> None:
    workspace, out = copy_of(built, tmp_path), tmp_path / "out"
    exported(workspace, out, "folder", 32, 16, image_format="jpeg")
    for folder in (out, out / "16"):
        text = (folder / "CHANGES.md").read_text()
        assert "| pixels a side | 64 | 32, 16 | changed |" in text
        assert "| file format | png | jpeg | changed |" in text
    take_out(workspace, out, GONE)
    text = (out / "CHANGES.md").read_text()
    assert "| handed on | 4 |" in text
    assert "| pixels a side | 64 | 32, 16 | changed |" in text
    assert "| file format | png | jpeg | changed |" in text
    exported(workspace, out, "folder")
    assert "crops |" not in (out / "CHANGES.md").read_text(), "nothing became of them"


@pytest.mark.parametrize("place", ["raw", "aligned/x", ".portraitset/export", "aligned/../raw/x"])
def test_nothing_goes_among_the_workspaces_own_files(built: Path, place: str) -> None:
    with pytest.raises(InputError, match="within the workspace's own"):
        exported(built, built / place, "folder")


@pytest.mark.parametrize("name", FORMATS)
def test_every_export_carries_the_papers(built: Path, tmp_path: Path, name: FormatName) -> None:
    exported(built, tmp_path / "out", name)
    assert {*LICENCE_FILES, "export.json"} <= {path.name for path in (tmp_path / "out").iterdir()}
    credited = (tmp_path / "out" / "credits.csv").read_text().splitlines()
    assert len(credited) == 1 + COUNT
    assert "candidate" in credited[0]


def test_damaged_crop_is_named(built: Path, tmp_path: Path) -> None:
    workspace = copy_of(built, tmp_path)
    path = workspace / "aligned" / "00003.png"
    stat, data = path.stat(), path.read_bytes()
    start = data.index(b"IDAT") + 4
    path.write_bytes(data[:start] + bytes(len(data) - start))
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    with pytest.raises(InputError, match=r"00003\.png cannot be decoded"):
        exported(workspace, tmp_path / "out", "folder", 32)


def test_command_prints_what_it_did(
    built: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["export", "webdataset", "-w", str(built), "-o", str(tmp_path / "out"), "--json"]
    assert run(arguments) == 0
    content = json.loads(capsys.readouterr().out)
    assert (content["faces"], content["splits"]) == (COUNT, {"train": 5, "val": 2})
    assert (
        run(["export", "stylegan", "-w", str(built), "-o", str(tmp_path / "z"), "--size", "7"]) == 2
    )
    assert run(["export", "folder", "-w", str(tmp_path), "-o", str(tmp_path / "z")]) == 2


# Taking out


@pytest.mark.parametrize(
    ("name", "sizes"),
    [
        *((name, ()) for name in FORMATS),
        ("webdataset", (64, 32)),
        ("stylegan", (64, 32)),
        ("lmdb", (64, 32)),
    ],
)
def test_no_byte_of_a_face_remains_and_all_others_do(
    built: Path, tmp_path: Path, name: FormatName, sizes: tuple[int, ...]
) -> None:
    workspace = copy_of(built, tmp_path)
    out = tmp_path / "out" if sizes else output_of(name, tmp_path)
    exported(workspace, out, name, *sizes)
    pictures = pictures_in(out)
    take_out(workspace, out, GONE)
    held = crops(workspace)
    files = list(every_byte(out))
    for face in GONE:
        middle = held[face][len(held[face]) // 2 :][:40]
        for where, data in files:
            assert middle not in data, f"{face} is still in {where}"
            if not where.endswith(("CHANGES.md", ".zip")):  # which lists it until it is `removed`
                assert f'"{face}"'.encode() not in data, where
                assert f"\n{face},".encode() not in data, where
    left = pictures_in(out)
    assert left < pictures
    assert len(left) == (COUNT - len(GONE)) * (len(sizes) or 1)
    with Lineage.open(workspace / ".portraitset") as lineage:
        members = lineage.members(out)
    assert {member.face for member in members} == set(held) - GONE
    for member in members:
        assert_at(out, member.place, member.offset, left)


def pictures_in(out: Path) -> set[str]:
    """The pictures of an export, by the sha256 of their files; LMDB's by its own reader."""
    if (out / "data.mdb").is_file():
        data = [value for key, value in contents_of_lmdb(out) if key != b"length"]
    else:
        data = [data for _, data in every_byte(out) if data.startswith(b"\x89PNG")]
    return {hashlib.sha256(item).hexdigest() for item in data}


def assert_at(out: Path, place: str, offset: int | None, left: set[str]) -> None:
    """At a member's offset a picture of the export begins."""
    if offset is None:
        return
    parts = [out, *(out / part for part in Path(place).parents), out / place]
    file = next(path for path in sorted(parts, key=lambda path: -len(path.parts)) if path.is_file())
    data = file.read_bytes()[offset:]
    with Image.open(io.BytesIO(data)) as image:
        image.load()
    end = data.index(b"IEND") + 8
    assert hashlib.sha256(data[:end]).hexdigest() in left


@pytest.mark.parametrize("name", FORMATS)
def test_counts_credits_and_keys_are_right_again(
    built: Path, tmp_path: Path, name: FormatName
) -> None:
    workspace = copy_of(built, tmp_path)
    exported(workspace, tmp_path / "out", name)
    take_out(workspace, tmp_path / "out", GONE)
    marker = json.loads((tmp_path / "out" / "export.json").read_text())
    assert marker["faces"] == COUNT - len(GONE)
    credited = (tmp_path / "out" / "credits.csv").read_text()
    assert len(credited.splitlines()) == 1 + COUNT - len(GONE)
    if name == "lmdb":
        contents = dict(contents_of_lmdb(tmp_path / "out"))
        assert contents.pop(b"length") == b"4"
        assert sorted(contents) == [f"64-{number:05d}".encode() for number in range(4)]
        lines = (tmp_path / "out" / "faces.jsonl").read_text().splitlines()
        for row in map(json.loads, lines):
            assert contents[row["key"].encode()] == crops(workspace)[row["name"]]


def test_untouched_shards_are_not_written_again(built: Path, tmp_path: Path) -> None:
    workspace = copy_of(built, tmp_path)
    exported(workspace, tmp_path / "out", "webdataset")
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "out").glob("*.tar")}
    take_out(workspace, tmp_path / "out", frozenset({"00000.png"}))
    changed = [path.name for path, at in before.items() if path.stat().st_mtime_ns != at]
    assert changed == ["train-000000.tar"]


@pytest.mark.parametrize("name", ["imagefolder", "parquet", "webdataset"])
def test_split_that_loses_its_last_face_goes(built: Path, tmp_path: Path, name: FormatName) -> None:
    workspace = copy_of(built, tmp_path)
    out = tmp_path / "out"
    exported(workspace, out, name)
    take_out(workspace, out, frozenset(VALID[:1]))
    assert any(path.name.startswith("val") for path in out.rglob("*"))
    take_out(workspace, out, frozenset(VALID))
    assert not [path for path in out.rglob("*") if path.name.startswith("val")]
    assert len(pictures_in(out)) == COUNT - len(VALID)


def test_labels_go_with_their_pictures(built: Path, tmp_path: Path) -> None:
    import zipfile

    workspace = copy_of(built, tmp_path)
    exported(workspace, tmp_path / "out.zip", "stylegan", labels="split")
    take_out(workspace, tmp_path / "out.zip", GONE)
    with zipfile.ZipFile(tmp_path / "out.zip") as archive:
        assert archive.testzip() is None
        labels = dict(json.loads(archive.read("dataset.json"))["labels"])
        assert sorted(labels) == sorted(n for n in archive.namelist() if n.endswith(".png"))


def test_lmdb_survives_a_kill_while_it_is_rebuilt(
    built: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("lmdb", reason="needs portraitset[lmdb]")
    workspace = copy_of(built, tmp_path)
    exported(workspace, tmp_path / "out", "lmdb")
    with monkeypatch.context() as patch:
        patch.setattr("portraitset.export.lmdb.write_documents", interrupt)
        with pytest.raises(KeyboardInterrupt):
            take_out(workspace, tmp_path / "out", GONE)
    take_out(workspace, tmp_path / "out", GONE | {"00000.png"})
    lines = (tmp_path / "out" / "faces.jsonl").read_text().splitlines()
    names = {json.loads(line)["name"] for line in lines}
    assert names == set(crops(workspace)) - GONE - {"00000.png"}
    assert dict(contents_of_lmdb(tmp_path / "out"))[b"length"] == b"3"
