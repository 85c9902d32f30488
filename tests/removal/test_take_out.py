"""`remove`: every copy goes, nothing comes back, and the log says so without saying what it was."""

import hashlib
import json
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from datasets import HOST, Dataset, draw, encoded, quick
from portraitset import build
from portraitset.cli import run
from portraitset.curate.holdings import holdings_of
from portraitset.demo.origin import Origin, picture
from portraitset.pages.thumbnails import make_all
from portraitset.picture.perceptual_hash import look_of
from portraitset.pipeline.run import Report, status
from portraitset.removal import take_out
from portraitset.removal.search import Found
from portraitset.workspace.decisions import append_decisions, decide, read_decisions
from portraitset.workspace.layout import folders_of
from portraitset.workspace.ledger import Ledger
from portraitset.workspace.lineage import Lineage, Member, Output
from portraitset.workspace.tombstones import LOG

SCRIPT = Path(__file__).parent / "search_bytes.py"
ONE = "00000.png"
"""The face that is taken out: of anna-karen, asset 000000001."""


def make_dataset() -> Dataset:
    """Four faces of four photos by three artists; 00003 is 00000 once more, recompressed."""
    dataset = Dataset()
    dataset.add("anna-karen-the-lamp", asset="000/000/001")
    dataset.add("anna-karen-the-door", asset="000/000/002")
    dataset.add("bo-lee-night", asset="000/000/003")
    again = picture(encoded(draw(sum(map(ord, "anna-karen-the-lamp"))), "PNG"), "image/png")
    dataset.add("repost-by-another", again, asset="000/000/004")
    return dataset


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a manifest, a workspace built from it, and outputs in and beside it."""
    folder = tmp_path_factory.mktemp("made")
    dataset = make_dataset()
    manifest = dataset.write(folder)
    with Origin(dataset.routes) as origin:
        build(manifest, folder / "w", recipe=quick(origin.url))
    workspace = str(folder / "w")
    assert run(["lock", "-w", workspace, "-o", str(folder / "w" / "made.lock")]) == 0
    assert run(["teaser", "-w", workspace, "-o", str(folder / "w" / "teaser.png")]) == 0
    aside = folder / "w" / ".portraitset" / "aside" / "raw"
    aside.mkdir(parents=True)
    shutil.copy(raw(folder, dataset, ONE), aside / "whatever")
    return folder


@pytest.fixture
def here(made: Path, tmp_path: Path) -> Iterator[Path]:
    """A copy of it to take something out of."""
    shutil.copytree(made, tmp_path / "here")
    yield tmp_path / "here"


def raw(folder: Path, dataset: Dataset, name: str) -> Path:
    return folder / "w" / "raw" / dataset.raw_name(name)


def pictures_of(folder: Path, name: str) -> list[Path]:
    """Copies, outside of the folder, of what one face is."""
    outside = folder.parent / "outside"
    outside.mkdir()
    sources = [raw(folder, make_dataset(), name), folder / "w" / "aligned" / name]
    return [Path(shutil.copy(path, outside / str(n))) for n, path in enumerate(sources)]


def remaining(folder: Path, pictures: list[Path]) -> list[str]:
    """What the independent script still finds below a folder."""
    command = [sys.executable, str(SCRIPT), str(folder), *map(str, pictures)]
    return subprocess.run(command, check=False, capture_output=True, text=True).stdout.splitlines()


def remove(
    folder: Path, *what: str, capsys: pytest.CaptureFixture[str], code: int = 0
) -> dict[str, object]:
    capsys.readouterr()
    assert run(["remove", "-w", str(folder / "w"), "--json", *what]) == code
    content = json.loads(capsys.readouterr().out)
    assert isinstance(content, dict)
    return content


def taken(content: dict[str, object]) -> dict[str, str]:
    """The faces that were taken out, each with what told it."""
    pictures = content["pictures"]
    assert isinstance(pictures, list)
    return {face: item["by"] for item in pictures for face in item["faces"]}


def rebuilt(folder: Path) -> tuple[Report, list[str]]:
    """A build on the same manifest, and the pictures that it asked for."""
    dataset = make_dataset()
    with Origin(dataset.routes) as origin:
        report = build(folder / "dataset.json", folder / "w", recipe=quick(origin.url))
        return report, [hit.path for hit in origin.hits if hit.path.endswith(".jpg")]


def states(report: Report) -> dict[str, str]:
    return {standing.name: standing.state.value for standing in report.standings}


URL = f"{HOST}/p/assets/images/images/000/000/001/large/anna-karen-the-lamp.jpg"


@pytest.mark.parametrize(
    ("what", "expected"),
    [
        (["--url", URL], {ONE: "identity", "00003.png": "look"}),
        (
            ["--url", URL.replace("cdna", "cdnb").replace("large", "4k") + "?1569"],
            {ONE: "identity", "00003.png": "look"},
        ),
        (["--asset", "1"], {ONE: "identity", "00003.png": "look"}),
        (["--artist", "Anna Karen"], {"00001.png": "identity"}),
        (["--artist", "anna"], {"00001.png": "identity"}),
    ],
)
def test_wishes_find_what_they_name(
    here: Path,
    what: list[str],
    expected: dict[str, str],
    capsys: pytest.CaptureFixture[str],
) -> None:
    content = remove(here, *what, "--dry-run", capsys=capsys)
    assert taken(content).items() >= expected.items()


def test_dry_run_lists_every_copy_and_writes_nothing(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = {path: path.read_bytes() for path in files_in(here)}
    content = remove(here, "--url", URL, "--dry-run", capsys=capsys)
    assert {path: path.read_bytes() for path in files_in(here)} == before
    assert content["dry_run"] is True
    kinds = {item["kind"]: item["members"] for item in content["outputs"]}  # type: ignore[attr-defined]
    assert set(kinds) == {"lock", "teaser"}
    assert {member["face"] for member in kinds["teaser"]} == {ONE, "00003.png"}
    assert [Path(item["file"]).name for item in content["other_files"]] == ["whatever"]  # type: ignore[attr-defined]
    assert {Path(path).name for path in content["texts"]} == {"manifest.json"}  # type: ignore[attr-defined]


def files_in(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def test_no_copy_is_left_and_none_comes_back(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pictures = pictures_of(here, ONE)
    assert len(remaining(here, pictures)) >= 6  # the script finds what is there
    content = remove(here, "--url", URL, "--reason", "the owner asked", capsys=capsys)
    assert taken(content) == {ONE: "identity", "00003.png": "look"}
    assert remaining(here, pictures) == []
    report, asked = rebuilt(here)
    assert report.succeeded
    assert states(report)[ONE] == states(report)["00003.png"] == "removed"
    assert states(report)["00001.png"] == "aligned"
    assert asked == []
    assert remaining(here, pictures) == []


def test_what_is_left_still_proves_itself(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    remove(here, "--url", URL, capsys=capsys)
    workspace = str(here / "w")
    assert run(["verify", "-w", workspace, "--lock", str(here / "w" / "made.lock")]) == 0
    assert ONE not in (here / "w" / "made.lock").read_text()
    with Image.open(here / "w" / "teaser.png") as sheet:
        assert sheet.width > sheet.height  # two faces in a row
    assert states(status(folders_of(here / "w"))) == {
        ONE: "removed",
        "00001.png": "aligned",
        "00002.png": "aligned",
        "00003.png": "removed",
    }


def test_no_name_is_left_in_the_state_folder(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (here / "w" / ".portraitset" / "workers.log").write_text(f"odd: {raw_name(ONE)}\nother\n")
    remove(here, "--url", URL, capsys=capsys)
    for path in files_in(here / "w" / ".portraitset"):
        assert b"the-lamp" not in path.read_bytes(), path
    assert (here / "w" / ".portraitset" / "workers.log").read_text() == "other\n"


def test_thumbnail_that_a_page_makes_meanwhile_goes_too(
    here: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    holdings = holdings_of(folders_of(here / "w"))
    thumbnails = make_all(holdings, 1)
    held = next(face for face in holdings.faces if face.name == ONE)
    before_crops_go = take_out._artifact_folders

    def meanwhile(found: Found) -> set[Path]:
        assert not thumbnails.path_of(held).exists()
        thumbnails.get(held)
        return before_crops_go(found)

    monkeypatch.setattr(take_out, "_artifact_folders", meanwhile)
    remove(here, "--url", URL, capsys=capsys)
    assert not thumbnails.path_of(held).exists()


def test_decision_about_another_face_stays_though_its_reason_names_what_is_removed(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    state = here / "w" / ".portraitset"
    word = decide("00001.png", "reject", "Ada", f"as {URL}, and {raw_name(ONE)}, but worse")
    append_decisions(state, [decide(ONE, "keep", "Ada"), word])
    remove(here, "--url", URL, capsys=capsys)
    assert read_decisions(state).items == (replace(word, why=""),)


def raw_name(name: str) -> str:
    return make_dataset().raw_name(name)


def test_log_says_neither_what_nor_who(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    remove(here, "--url", URL, "--reason", "by wish", capsys=capsys)
    text = (here / "w" / LOG).read_text()
    assert "lamp" not in text
    assert "anna" not in text
    assert "000000001" not in text
    lines = text.splitlines()
    head, entry, applied = map(json.loads, lines)
    salt = bytes.fromhex(head["salt"])
    assert hashlib.sha256(salt + b"000000001").hexdigest() in entry["hashes"]["asset"]
    assert hashlib.sha256(salt + b"asset 000000001").hexdigest() in entry["hashes"]["address"]
    assert (entry["sequence"], entry["reason"], entry["scope"]) == (1, "by wish", "picture")
    assert entry["previous"] == hashlib.sha256(lines[0].encode()).hexdigest()
    assert (applied["kind"], applied["of"], applied["dataset_version"]) == ("applied", 1, "2.0.0")


def test_each_removal_raises_the_major_version(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    versions = [
        remove(here, *what, capsys=capsys)["dataset_version"]
        for what in (["--artist", "bo lee"], ["--url", URL], ["--asset", "999999999"])
    ]
    assert versions == ["2.0.0", "3.0.0", "3.0.0"]


def test_something_unknown_is_said_to_be_and_kept_out_all_the_same(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["remove", "-w", str(here / "w"), "--asset", "77"]) == 0
    assert "Nothing here is known by that" in capsys.readouterr().out
    dataset = make_dataset()
    name = dataset.add("late-comer", asset="000/000/077")
    with Origin(dataset.routes) as origin:
        report = build(dataset.write(here), here / "w", recipe=quick(origin.url))
        assert not [hit for hit in origin.hits if "late-comer" in hit.path]
    assert states(report)[name] == "removed"


@pytest.mark.parametrize("way", ["--picture", "--digest", "--look"])
def test_a_picture_that_comes_from_elsewhere_is_dropped(
    here: Path, way: str, capsys: pytest.CaptureFixture[str]
) -> None:
    stranger = encoded(draw(4711))
    path = here / "stranger.jpg"
    path.write_bytes(stranger)
    with Image.open(path) as image:
        pixels = hashlib.sha256(image.tobytes()).hexdigest()
        look = look_of(np.asarray(image))
    value = {"--picture": str(path), "--digest": pixels, "--look": look}[way]
    remove(here, way, value, capsys=capsys)
    path.rename(here.parent / "stranger.jpg")
    dataset = make_dataset()
    name = dataset.add("innocent-name", picture(stranger), asset="000/000/078")
    with Origin(dataset.routes) as origin:
        report = build(dataset.write(here), here / "w", recipe=quick(origin.url))
    assert states(report)[name] == "removed"
    assert remaining(here, [here.parent / "stranger.jpg"]) == []
    assert run(["retry", "-w", str(here / "w"), "--only", "removed"]) == 0
    assert states(status(folders_of(here / "w")))[name] == "removed"


def test_without_looks_a_likeness_stays(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    content = remove(here, "--url", URL, "--no-looks", capsys=capsys)
    assert taken(content) == {ONE: "identity"}
    assert states(rebuilt(here)[0])["00003.png"] == "aligned"


def test_removal_that_was_cut_short_is_finished_by_the_next(
    here: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    pictures = pictures_of(here, ONE)

    def crash(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("portraitset.removal.take_out.rewrite", crash)
        assert run(["remove", "-w", str(here / "w"), "--url", URL]) == 130
    assert states(status(folders_of(here / "w")))[ONE] == "removed"
    remove(here, "--asset", "999", capsys=capsys)
    assert remaining(here, pictures) == []
    with Ledger.open_to_look(here / "w" / ".portraitset") as ledger:
        assert ledger.photo(raw_name(ONE)) is None
    rows = [json.loads(line) for line in (here / "w" / LOG).read_text().splitlines()]
    assert [row.get("of") for row in rows if row.get("kind") == "applied"] == [1, 2]


def test_output_that_nobody_can_rewrite_is_told(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    strange = here / "w" / "strange.bin"
    strange.write_bytes(b"strange")
    with Lineage.open(here / "w" / ".portraitset") as lineage:
        lineage.begin(Output(strange, "strange"))
        lineage.finish(strange, [Member(ONE, ".")])
    content = remove(here, "--url", URL, capsys=capsys, code=1)
    assert [item["path"] for item in content["troubles"]] == [str(strange)]  # type: ignore[attr-defined]
    again = remove(here, "--asset", "999", capsys=capsys, code=1)
    assert [item["path"] for item in again["troubles"]] == [str(strange)]  # type: ignore[attr-defined]
    assert '"applied"' not in (here / "w" / LOG).read_text()
    strange.unlink()
    assert remove(here, "--asset", "998", capsys=capsys)["troubles"] == []
    assert (here / "w" / LOG).read_text().count('"applied"') == 3
    assert states(status(folders_of(here / "w")))[ONE] == "removed"


def test_export_that_was_moved_away_is_told(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    workspace, out = here / "w", here / "moved"
    assert run(["export", "folder", "-w", str(workspace), "-o", str(out), "--workers", "1"]) == 0
    out.rename(here / "elsewhere")
    assert remove(here, "--url", URL, "--dry-run", capsys=capsys)["missing"] == [str(out)]
    assert run(["remove", "-w", str(workspace), "--url", URL]) == 0
    told = capsys.readouterr()
    assert "no longer there" in told.err
    assert "export folder" not in told.out
    assert remove(here, "--url", URL, capsys=capsys)["missing"] == []


def test_export_that_was_away_loses_the_picture_once_it_is_back(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """As on a disk that was not mounted when its picture was taken out."""
    workspace, out, away = here / "w", here / "mounted" / "out", here / "away"
    assert run(["export", "folder", "-w", str(workspace), "-o", str(out), "--workers", "1"]) == 0
    pictures = pictures_of(here, ONE)
    out.parent.rename(away)
    remove(here, "--url", URL, capsys=capsys)
    assert remaining(away, pictures) != []
    away.rename(out.parent)
    assert run(["remove", "-w", str(workspace), "--asset", "999"]) == 0
    assert f"{out}/" in capsys.readouterr().out
    assert remaining(here, pictures) == []
    with Lineage.open(workspace / ".portraitset") as lineage:
        assert not lineage.members(out, [ONE])


def test_unfinished_output_is_deleted(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    half = here / "half"
    half.mkdir()
    shutil.copy(raw(here, make_dataset(), ONE), half / "x")
    with Lineage.open(here / "w" / ".portraitset") as lineage:
        lineage.begin(Output(half, "export", "folder"))
    remove(here, "--url", URL, capsys=capsys)
    assert not half.exists()


def test_what_a_kill_left_half_written_goes_as_well(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """`write_whole` writes beside its goal; after a kill that file is nobody's."""
    state, pictures = here / "w" / ".portraitset", pictures_of(here, ONE)
    left = [here / "w" / "teaser.png.4711.part", state / "manifest.json.4711.part"]
    shutil.copy(raw(here, make_dataset(), ONE), left[0])
    shutil.copy(state / "manifest.json", left[1])
    (here / "w" / "made.lock.mine.part").write_text("mine")
    remove(here, "--url", URL, capsys=capsys)
    assert [path for path in left if path.exists()] == []
    assert remaining(here, pictures) == []
    assert (here / "w" / "made.lock.mine.part").read_text() == "mine"


@pytest.mark.parametrize(
    ("harm", "words"),
    [
        (lambda text: text.replace("by wish", "by whim"), "line 3"),
        (lambda text: "".join(text.splitlines(keepends=True)[::2]), "line 2"),
        (lambda text: text[:-20], "line 3"),
    ],
)
def test_broken_chain_stops_everything_and_says_where(
    here: Path, harm: object, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    remove(here, "--url", URL, "--reason", "by wish", capsys=capsys)
    log = here / "w" / LOG
    log.write_text(harm(log.read_text()))  # type: ignore[operator]
    before = log.read_bytes()
    for command in (["remove", "--asset", "5"], ["status"]):
        assert run([*command, "-w", str(here / "w")]) == 2
        message = " ".join(capsys.readouterr().err.split())
        assert words in message
        assert "the chain is broken" in message
    assert log.read_bytes() == before


def test_others_removals_are_followed_and_only_once(
    here: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(here, tmp_path / "theirs")
    remove(tmp_path / "theirs", "--url", URL, capsys=capsys)
    theirs = tmp_path / "theirs" / "w" / LOG
    pictures = pictures_of(here, ONE)
    content = remove(here, "--import", str(theirs), capsys=capsys)
    assert set(taken(content)) == {ONE, "00003.png"}
    assert remaining(here, pictures) == []
    assert states(rebuilt(here)[0])[ONE] == "removed"
    lines = (here / "w" / LOG).read_text().splitlines()
    entry = json.loads(lines[1])
    assert entry["salt"] == json.loads(theirs.read_text().splitlines()[0])["salt"]
    assert taken(remove(here, "--import", str(theirs), capsys=capsys)) == {}
    assert (here / "w" / LOG).read_text().splitlines() == lines


def test_copy_of_a_workspace_can_be_followed(
    here: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its log has the same salt and the same first lines; what was added later is new."""
    unknown = "https://elsewhere.example/unknown.jpg"
    remove(here, "--url", unknown, capsys=capsys)
    shutil.copytree(here, tmp_path / "copy")
    remove(tmp_path / "copy", "--url", URL, capsys=capsys)
    content = remove(here, "--import", str(tmp_path / "copy" / "w" / LOG), capsys=capsys)
    assert set(taken(content)) == {ONE, "00003.png"}
    lines = (here / "w" / LOG).read_text().splitlines()
    back = remove(tmp_path / "copy", "--import", str(here / "w" / LOG), capsys=capsys)
    assert taken(back) == {}
    remove(here, "--import", str(tmp_path / "copy" / "w" / LOG), capsys=capsys)
    assert len((here / "w" / LOG).read_text().splitlines()) <= len(lines) + 2


def test_what_vanished_upstream_is_taken_out_with_that_as_reason(
    here: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    newest = make_dataset()
    del newest.entries[ONE]
    (tmp_path / "newest").mkdir()
    path = newest.write(tmp_path / "newest")
    since = ["--since", str(here / "dataset.json")]
    assert run(["remove", "-w", str(here / "w"), "--upstream", str(path), *since]) == 2
    assert "another manifest" in " ".join(capsys.readouterr().err.split())
    content = remove(here, "--upstream", str(path), *since, "--most", "0.5", capsys=capsys)
    assert ONE in taken(content)
    entry = json.loads((here / "w" / LOG).read_text().splitlines()[1])
    assert (entry["scope"], "upstream" in entry["reason"]) == ("upstream", True)


def test_upstreams_manifest_comes_over_the_network(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    newest = make_dataset()
    del newest.entries[ONE]
    answer = picture(json.dumps(newest.entries).encode(), "application/json")
    with Origin({"/newest.json": answer}) as origin:
        where = ["--upstream", f"{origin.url}newest.json", "--since", str(here / "dataset.json")]
        content = remove(here, *where, "--most", "0.5", "--dry-run", capsys=capsys)
    assert ONE in taken(content)


@pytest.mark.parametrize(
    "what",
    [
        ["--url", "no address"],
        ["--asset", "x1"],
        ["--artist", "--"],
        ["--digest", "12ab"],
        ["--look", "f" * 64],
        ["--picture", "nowhere.jpg"],
        ["--import", "nowhere.jsonl"],
        [],
        ["--asset", "1", "--artist", "a"],
    ],
)
def test_wish_that_makes_no_sense_changes_nothing(
    here: Path, what: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["remove", "-w", str(here / "w"), *what]) == 2
    assert not (here / "w" / LOG).exists()


def test_ledger_keeps_nothing_in_free_pages_or_journal(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    remove(here, "--url", URL, capsys=capsys)
    for path in (here / "w" / ".portraitset").glob("*.sqlite*"):
        assert b"the-lamp" not in path.read_bytes()
    with sqlite3.connect(here / "w" / ".portraitset" / "ledger.sqlite") as connection:
        assert connection.execute("PRAGMA freelist_count").fetchone() == (0,)
    connection.close()
