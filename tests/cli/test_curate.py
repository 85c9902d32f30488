"""`curate`: measured once, copies found, rules previewed, a selection written and read again."""

import asyncio
import json
import os
import re
import shutil
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from PIL import ImageOps

from datasets import POINTS, Dataset, draw, encoded, quick
from old_masters import OldMasters
from portraitset import build
from portraitset.align.settings import CropSettings
from portraitset.cli import run
from portraitset.curate.duplicates_file import read_duplicates
from portraitset.curate.holdings import holdings_of
from portraitset.curate.measure_cache import CACHE
from portraitset.curate.run import forget_measures, known_measures, measures_of
from portraitset.demo.origin import Origin, picture
from portraitset.workspace.decisions import LOG, append_decisions, decide, read_decisions
from portraitset.workspace.layout import folders_of

TWO_FACES = {
    "eye_left": [30.0, 90.0],
    "eye_right": [60.0, 92.0],
    "mouth_left": [33.0, 122.0],
    "mouth_right": [56.0, 123.0],
}


def make_dataset() -> Dataset:
    """A work in two copies and mirrored, a photo of two faces, and two loners."""
    dataset = Dataset()
    work = draw(77, 390, 480)
    points = {name: [3 * x, 3 * y] for name, (x, y) in POINTS.items()}
    mirrored = {
        name.replace("left", "?").replace("right", "left").replace("?", "right"): [389 - x, y]
        for name, (x, y) in points.items()
    }
    dataset.add("ann-ink-work", picture(encoded(work)), points)
    small = work.resize((195, 240))
    halves = {name: [x / 2, y / 2] for name, (x, y) in points.items()}
    dataset.add("ann-ink-small", picture(encoded(small)), halves)
    dataset.add("eve-x-turned", picture(encoded(ImageOps.mirror(work))), mirrored)
    dataset.add("bob-oil-pair")
    dataset.add("bob-oil-pair", points=TWO_FACES)
    dataset.add("cat-pen-one")
    dataset.add("dan-wax-two")
    return dataset


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace built once."""
    folder = tmp_path_factory.mktemp("made")
    dataset = make_dataset()
    with Origin(dataset.routes) as origin:
        build(dataset.write(folder), folder / "w", recipe=quick(origin.url))
    return folder / "w"


@pytest.fixture
def workspace(made: Path, tmp_path: Path) -> Path:
    """A copy of it."""
    return Path(shutil.copytree(made, tmp_path / "w"))


def curated(
    workspace: Path, capsys: pytest.CaptureFixture[str], *more: str, code: int = 0
) -> dict[str, Any]:
    capsys.readouterr()
    words = ["curate", "-w", str(workspace), "--workers", "1", "--json", *more]
    assert run(words) == code
    content: dict[str, Any] = json.loads(capsys.readouterr().out)
    return content


def recipe(folder: Path, text: str) -> str:
    path = folder / "recipe.toml"
    path.write_text(text)
    return str(path)


def test_copies_are_reported_and_nothing_is_dropped_without_a_rule(
    workspace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = curated(workspace, capsys)
    names = [each for group in found["duplicates"] for each in group]
    assert [len(group) for group in found["duplicates"]] == [3]
    assert {name.split("_")[-1] for name in names} == {
        "ann-ink-work.jpg",
        "ann-ink-small.jpg",
        "eve-x-turned.jpg",
    }
    assert found["duplicate_faces"] == [["00000.png", "00001.png"]]
    (work,) = found["groups"]["works"]
    assert [copy["mirrored"] for copy in work["copies"]].count(True) == 1
    assert found["dropped"] == {}
    assert found["selected"] == found["faces"] == 7
    assert found["splits"] == {"train": 7}
    assert next(iter(found["audit"])) == "caution"
    kept = [name for name, _ in _selected(workspace)]
    assert kept == [f"{number:05d}.png" for number in range(7)]
    assert len(read_duplicates(workspace / ".portraitset").works) == 1


def _selected(workspace: Path) -> list[tuple[str, str]]:
    return [(held.name, split) for held, split in holdings_of(folders_of(workspace)).selected()]


def test_keep_best_keeps_the_largest_copy_and_says_why(
    workspace: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    text = '[curate]\nduplicates = "keep-best"'
    found = curated(workspace, capsys, "--recipe", recipe(tmp_path, text))
    assert set(found["dropped"]) == {"00001.png", "00002.png"}
    why = found["dropped"]["00001.png"]
    assert "same work: " in why
    assert "ann-ink-work.jpg" in why


def test_dry_run_previews_and_writes_no_selection(
    workspace: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    text = """
    [[rule]]
    field = "native_size"
    comparison = "<"
    value = 200
    action = "drop"
    reason = "small"
    [[rule]]
    field = "artist"
    comparison = "="
    value = "ann-ink"
    action = "drop"
    reason = "not asked for"
    """
    found = curated(workspace, capsys, "--dry-run", "--recipe", recipe(tmp_path, text))
    first, second = found["rules"]
    assert first["decides"] == first["holds"] == 5
    assert (second["holds"], second["decides"], second["overlap"]) == (2, 1, 1)
    assert found["dropped"]["00000.png"] == "not asked for"
    assert holdings_of(folders_of(workspace)).selection is None


def test_splits_keep_copies_photos_and_artists_together(
    workspace: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    for seed in range(6):
        text = f"[curate]\nseed = {seed}\nsplits = {{train = 0.5, test = 0.5}}"
        curated(workspace, capsys, "--recipe", recipe(tmp_path, text))
        splits = dict(_selected(workspace))
        assert len({splits[f"0000{number}.png"] for number in (0, 1, 2)}) == 1
        assert splits["00003.png"] == splits["00004.png"]


def test_a_persons_word_goes_before_rules_and_copies(
    workspace: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    state = workspace / ".portraitset"
    append_decisions(
        state,
        [decide("00005.png", "reject", "Ann", "a dog"), decide("00001.png", "keep", "Ann")],
    )
    text = '[curate]\nduplicates = "keep-best"'
    found = curated(workspace, capsys, "--recipe", recipe(tmp_path, text))
    assert found["dropped"]["00005.png"] == "rejected: by Ann: a dog"
    assert "00001.png" not in found["dropped"]


def test_report_seeks_copies_as_the_recipe_said(
    workspace: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page, usual = tmp_path / "report.html", curated(workspace, capsys)["groups"]
    text = "[curate]\nsame_work = 0\nsame_face = 0\n"
    found = curated(workspace, capsys, "--recipe", recipe(tmp_path, text))["groups"]
    assert found != usual
    command = ["report", "-w", str(workspace), "-o", str(page), "--public", "--workers", "1"]
    assert run(command) == 0
    told = unescape(page.read_text())
    groups = re.findall(r'<ul class="group card">(.*?)</ul>', told, re.DOTALL)
    names = [set(re.findall(r"<bdi>(.*?)</bdi>", group)) for group in groups]
    expected = [
        {copy["name"] for copy in group["copies"]} for kind in found.values() for group in kind
    ]
    assert names == expected
    assert run(["remove", "-w", str(workspace), "--artist", "dan-wax"]) == 0
    assert page.read_text().count('class="group card"') == len(groups)


def test_words_that_look_like_markup_are_printed_as_they_are(
    workspace: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "[bold]theirs[" / "]"
    folder.mkdir(parents=True)
    append_decisions(folder, [decide("00005.png", "reject", "Ben")])
    rule = """[[rule]]\nfield = "artist"\ncomparison = "in"\nvalue = ["x"]\naction = "drop"
reason = "[/red]"\n"""
    words = ["--recipe", recipe(tmp_path, rule), "--merge-decisions", str(folder / LOG)]
    capsys.readouterr()
    assert run(["curate", "-w", str(workspace), "--workers", "1", *words]) == 0
    printed = " ".join(capsys.readouterr().out.split())
    assert "[bold]theirs[/]/decisions.jsonl: 1 new decisions, 0 known" in printed
    assert "drop artist in ('x',): [/red]" in printed


def test_anothers_decisions_are_merged_and_disagreement_is_told(
    workspace: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    state, theirs = workspace / ".portraitset", tmp_path / "theirs"
    theirs.mkdir()
    append_decisions(state, [decide("00005.png", "keep", "Ann")])
    append_decisions(theirs, [decide("00005.png", "reject", "\x1b[31mBob")])
    found = curated(workspace, capsys, "--merge-decisions", str(theirs / LOG))
    assert list(found["dropped"]) == ["00005.png"]
    assert [word["decision"] for word in found["decisions"]["conflicts"]["00005.png"]] == [
        "keep",
        "reject",
    ]
    assert len(read_decisions(state).items) == 2
    assert run(["curate", "-w", str(workspace), "--workers", "1"]) == 0
    assert "\x1b[31mBob" not in capsys.readouterr().out


def test_second_call_measures_nothing(
    workspace: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folders = folders_of(workspace)
    told: list[tuple[int, int]] = []
    first = measures_of(folders, 1, lambda done, total: told.append((done, total)))
    assert told[-1] == (7, 7)
    assert list(first) == [f"{number:05d}.png" for number in range(7)]
    monkeypatch.setattr("portraitset.curate.run.WorkerPool", None)
    assert measures_of(folders, 1) == first
    assert known_measures(holdings_of(folders)) == first


def test_it_runs_in_a_notebook_too(workspace: Path) -> None:
    async def cell() -> int:
        return len(measures_of(folders_of(workspace), 1))

    assert asyncio.run(cell()) == 7


def test_crop_that_cannot_be_read_is_told_and_not_handed_on(
    workspace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    crop = workspace / "aligned" / "00006.png"
    data = crop.read_bytes()
    stat = crop.stat()
    crop.write_bytes(data[:200] + bytes(len(data) - 200))
    os.utime(crop, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    found = curated(workspace, capsys, code=1)
    assert list(found["unmeasured"]) == ["00006.png"]
    assert "cannot be read" in found["dropped"]["00006.png"]


def test_nothing_held_is_said_and_costs_neither_selection_nor_measures(
    workspace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    curated(workspace, capsys)
    written = (workspace / ".portraitset" / "selection.jsonl").read_bytes()
    for crop in (workspace / "aligned").iterdir():
        crop.write_bytes(crop.read_bytes()[:-20] + bytes(20))  # and at another time
    assert run(["curate", "-w", str(workspace)]) == 2
    assert "no aligned face" in capsys.readouterr().err
    assert (workspace / ".portraitset" / "selection.jsonl").read_bytes() == written
    assert b"00004.png" in (workspace / ".portraitset" / CACHE).read_bytes()


def test_removed_face_leaves_the_cache_without_a_trace(workspace: Path) -> None:
    folders = folders_of(workspace)
    gone = measures_of(folders, 1)["00005.png"]
    forget_measures(folders, frozenset({"00005.png"}))
    left = b"".join(path.read_bytes() for path in folders.state.glob(CACHE + "*"))
    assert b"00005.png" not in left
    assert gone.crop_look.encode() not in left
    assert b"00004.png" in left


def test_folder_that_is_no_workspace_is_left_alone(tmp_path: Path) -> None:
    assert run(["curate", "-w", str(tmp_path)]) == 2
    assert list(tmp_path.iterdir()) == []


def test_mona_lisas_are_one_work_and_the_madonnas_faces_are_not_copies(
    old_masters: OldMasters, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with Origin(old_masters.routes) as origin:
        made = quick(origin.url, crop=CropSettings(size=256, quality="fast"))
        build(old_masters.manifest, tmp_path / "w", recipe=made)
    found = curated(tmp_path / "w", capsys)
    ((one, other),) = found["duplicates"]
    assert "mona_lisa" in one
    assert "mona_lisa_small" in other
    madonna = {f"0000{number}.png" for number in (5, 6, 7, 8)}
    assert not any(madonna & set(group) for group in found["duplicate_faces"])


def test_one_copied_work_is_one_work(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["curate", "-w", str(workspace), "--workers", "1"]) == 0
    shown = capsys.readouterr().out.splitlines()
    assert "1 work in more than one copy" in shown
