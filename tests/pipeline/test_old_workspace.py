"""A workspace, exports and a release made by version 0.1.0 open, resume and take a removal.

`data/workspace-0.1.0.tar.xz` was made by that version's own commands from pictures that the tests
draw: four faces and a dead address, a decision, a selection, a lock, a release, and the exports
`folder` and `webdataset`. `times.json` holds when each file was written, in nanoseconds.
"""

import json
import os
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from datasets import contents
from exports import tree
from portraitset.cli import run
from portraitset.demo.origin import Origin

ARCHIVE = Path(__file__).parents[1] / "data" / "workspace-0.1.0.tar.xz"
SEARCH = Path(__file__).parents[1] / "removal" / "search_bytes.py"
FACES = ["00000.png", "00001.png", "00002.png", "00003.png"]
TAKEN, ASSET = "00001.png", "000000002"


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """The workspace as its maker left it."""
    with tarfile.open(ARCHIVE) as archive:
        archive.extractall(tmp_path, filter="data")
    for name, written in json.loads((tmp_path / "times.json").read_text()).items():
        os.utime(tmp_path / "w" / name, ns=(written, written))
    return tmp_path / "w"


def states(workspace: Path, capsys: pytest.CaptureFixture[str]) -> dict[str, int]:
    capsys.readouterr()
    assert run(["status", "-w", str(workspace), "--json"]) == 0
    return {k: v for k, v in json.loads(capsys.readouterr().out)["states"].items() if v}


def test_every_face_stands_where_it_stood(old: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert states(old, capsys) == {"aligned": 4, "unavailable": 1}
    assert run(["verify", "-w", str(old), "--lock", str(old / "portraits.lock")]) == 0


def test_build_goes_on_without_a_request_and_without_a_cut(
    old: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = contents(old / "aligned") | contents(old / "raw")
    with Origin({}) as origin:
        manifest = str(old / ".portraitset" / "manifest.json")
        flags = ["--size", "64", "--mirror", origin.url]
        assert run(["build", manifest, "-w", str(old), *flags]) == 1  # the dead address
        assert origin.hits == []
    assert contents(old / "aligned") | contents(old / "raw") == before
    assert states(old, capsys) == {"aligned": 4, "unavailable": 1}


def test_curate_export_and_release_make_what_was_made(old: Path) -> None:
    made = {name: tree(old / name) for name in ("shards", "folder")}
    lock = (old / "release" / "dataset.lock").read_bytes()
    assert run(["curate", "-w", str(old)]) == 0
    assert run(["export", "webdataset", "-w", str(old), "-o", str(old / "shards")]) == 0
    assert run(["export", "folder", "-w", str(old), "-o", str(old / "folder")]) == 0
    assert run(["release", "-w", str(old), "-o", str(old / "release")]) == 0
    assert {name: tree(old / name) for name in made} == made
    assert (old / "release" / "dataset.lock").read_bytes() == lock


def test_removal_reaches_every_copy_that_the_old_version_made(
    old: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wanted = [next((old / "raw").glob("*artist1*")), old / "aligned" / TAKEN]
    for number, path in enumerate(wanted):
        wanted[number] = old.parent / f"wanted-{number}"
        wanted[number].write_bytes(path.read_bytes())
    assert run(["remove", "-w", str(old), "--asset", ASSET]) == 0
    assert states(old, capsys) == {"aligned": 3, "unavailable": 1, "removed": 1}
    command = [sys.executable, str(SEARCH), str(old), *map(str, wanted)]
    searched = subprocess.run(command, check=False, capture_output=True, text=True)
    assert (searched.returncode, searched.stdout, searched.stderr) == (0, "", "")
    log = str(old / "removals.jsonl")
    for output in ("shards", "folder", "release"):
        assert run(["verify-removed", str(old / output), "--removals", log]) == 0, output
    listed = (old / "release" / "manifest.jsonl").read_text()
    assert [name for name in FACES if name in listed] == [n for n in FACES if n != TAKEN]
