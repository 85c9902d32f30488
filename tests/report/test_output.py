"""The report as an output: registered, made again without a face, never over somebody's file."""

import base64
import hashlib
import io
import re
import shutil
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np
import pytest
from PIL import Image

from datasets import plain_dataset, quick
from portraitset import build
from portraitset.cli import run
from portraitset.curate.holdings import holdings_of
from portraitset.curate.selection_file import write_selection
from portraitset.demo.origin import Origin
from portraitset.errors import State, WorkspaceError
from portraitset.handoffs import Selection
from portraitset.manifest.aahq import raw_name_of
from portraitset.pipeline.standing import Standing
from portraitset.report.output import without, write_report
from portraitset.report.pictures import GRADES, SmallPicture, choose_grade
from portraitset.workspace.layout import folders_of
from portraitset.workspace.lineage import Lineage

FACES = 6


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace of six faces of six photos."""
    folder = tmp_path_factory.mktemp("reporting")
    dataset = plain_dataset(FACES)
    for number, entry in enumerate(dataset.entries.values()):  # each a picture of its own
        url = str(entry["image_url"])
        path = urlsplit(url).path
        numbered = path.replace("/001/", f"/{number:03d}/")
        dataset.routes[numbered] = dataset.routes.pop(path)
        entry["image_url"] = url.replace(path, numbered)
        entry["raw_name"] = raw_name_of(str(entry["image_url"]))
    with Origin(dataset.routes) as origin:
        build(dataset.write(folder), folder / "w", recipe=quick(origin.url))
    return folder / "w"


@pytest.fixture
def workspace(made: Path, tmp_path: Path) -> Path:
    """A copy of it."""
    shutil.copytree(made, tmp_path / "w")
    return tmp_path / "w"


def pictures_in(page: Path) -> list[bytes]:
    """Every picture on a page, decoded from its base64."""
    text = page.read_text(encoding="utf-8")
    found = re.findall(r'data:image/webp;base64,([A-Za-z0-9+/=]+)"', text)
    for block in re.findall(r'<script type="text/plain" class="pictures">([^<]*)</script>', text):
        found += block.split("\n")
    return [base64.b64decode(data) for data in found if data]


def shows(page: Path, crop: Path) -> bool:
    """Whether any picture on a page, or any tile of its contact sheet, is of a crop."""
    with Image.open(crop) as image:
        wanted = np.asarray(image.convert("RGB").resize((32, 32)), dtype=float)
    for data in pictures_in(page):
        with Image.open(io.BytesIO(data)) as image:
            step = image.height if image.width == image.height else 150
            for left in range(0, image.width - step // 2, step):
                for top in range(0, image.height - step // 2, step):
                    box = (left, top, left + step, top + step)
                    tile = np.asarray(image.convert("RGB").crop(box).resize((32, 32)), dtype=float)
                    if np.abs(tile - wanted).mean() < 14:
                        return True
    return False


def test_report_is_registered_with_every_face(workspace: Path, tmp_path: Path) -> None:
    page = tmp_path / "new" / "report.html"
    assert run(["report", "-w", str(workspace), "-o", str(page), "--workers", "1"]) == 0
    with Lineage.open(workspace / ".portraitset") as lineage:
        (output,) = lineage.outputs("report")
        members = lineage.members(page)
    assert output.finished
    assert [item.face for item in members] == [f"0000{number}.png" for number in range(FACES)]


def test_face_that_is_taken_out_is_in_no_byte_of_report_and_caches(
    workspace: Path, tmp_path: Path
) -> None:
    page, folders = tmp_path / "report.html", folders_of(workspace)
    write_report(folders, page, public=False, workers=1)
    gone, crop = "00002.png", workspace / "aligned" / "00002.png"
    assert shows(page, crop)
    assert shows(page, workspace / "aligned" / "00003.png")
    with Lineage.open(folders.state) as lineage:
        (output,) = lineage.outputs("report")
    without(holdings_of(folders), output, frozenset([gone]))
    text = page.read_text(encoding="utf-8")
    assert gone not in text
    assert "portrait-2.jpg" not in text
    assert not shows(page, crop)
    assert shows(page, workspace / "aligned" / "00003.png")
    with Lineage.open(folders.state) as lineage:
        assert gone not in {item.face for item in lineage.members(page)}
    caches = list((folders.state / "thumbnails").rglob("*.jpg"))
    assert len(caches) == FACES - 1
    assert list(tmp_path.glob("*.part")) == []


def test_report_that_a_full_disk_kept_from_being_made_again_is_not_lost(
    workspace: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Counted as unfinished, the next removal would delete it."""
    page, folders = tmp_path / "report.html", folders_of(workspace)
    write_report(folders, page, public=True, workers=1)
    with Lineage.open(folders.state) as lineage:
        (output,) = lineage.outputs("report")

    def full(*_: object) -> None:
        raise WorkspaceError("the disk is full")

    with monkeypatch.context() as patch:
        patch.setattr("portraitset.report.output.write_whole", full)
        with pytest.raises(WorkspaceError):
            without(holdings_of(folders), output, frozenset(["00002.png"]))
    with Lineage.open(folders.state) as lineage:
        assert lineage.outputs("report") == (output,)
        assert len(lineage.members(page)) == FACES


def test_face_that_is_taken_out_is_no_reason_for_another(workspace: Path, tmp_path: Path) -> None:
    page, folders = tmp_path / "report.html", folders_of(workspace)
    photo = next(path.name for path in folders.raw.glob("*portrait-2.jpg"))
    dropped = {
        "00003.png": f"a copy of a work: {photo} is kept",
        "00004.png": "a copy of a face: 00002.png is kept",
        "00005.png": "too few pixels",
    }
    write_selection(folders.state, Selection({"00002.png": "train"}, dropped))
    write_report(folders, page, public=False, workers=1)
    assert f"a copy of a work: {photo}" in page.read_text(encoding="utf-8")
    with Lineage.open(folders.state) as lineage:
        (output,) = lineage.outputs("report")
    without(holdings_of(folders), output, frozenset(["00002.png"]))
    text = page.read_text(encoding="utf-8")
    assert photo not in text
    assert "00002.png" not in text
    assert "dropped: too few pixels" in text


def test_public_report_tells_neither_reviewers_nor_mirrors(
    workspace: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page, folders = tmp_path / "report.html", folders_of(workspace)
    dropped = {"00003.png": "rejected: by Ada: looks like my aunt"}
    write_selection(folders.state, Selection({"00002.png": "train"}, dropped))
    held = holdings_of(folders)
    lost = Standing("00004.png", State.FAILED, "timeout", "http://mirror.lab:80 is silent")
    held = replace(held, standings=(*held.standings[:4], lost, *held.standings[5:]))
    monkeypatch.setattr("portraitset.report.output.holdings_of", lambda _: held)
    write_report(folders, page, public=False, workers=1)
    assert "mirror.lab" in page.read_text(encoding="utf-8")
    assert "looks like my aunt" in page.read_text(encoding="utf-8")
    write_report(folders, page, public=True, workers=1)
    text = page.read_text(encoding="utf-8")
    assert "Ada" not in text
    assert "my aunt" not in text
    assert '"dropped: rejected"' in text
    assert "mirror.lab" not in text


def test_removal_reaches_the_report(workspace: Path, tmp_path: Path) -> None:
    page = tmp_path / "report.html"
    crop = tmp_path / "kept.png"
    shutil.copy(workspace / "aligned" / "00004.png", crop)
    write_report(folders_of(workspace), page, public=False, workers=1)
    original = next((workspace / "raw").glob("*portrait-4.jpg"))
    digest = hashlib.sha256(original.read_bytes()).hexdigest()
    assert run(["remove", "-w", str(workspace), "--digest", digest]) == 0
    text = page.read_text(encoding="utf-8")
    assert "00004.png" not in text
    assert "portrait-4.jpg" not in text
    assert not shows(page, crop)
    assert shows(page, workspace / "aligned" / "00005.png")


def test_report_is_replaced_and_nothing_else_is(workspace: Path, tmp_path: Path) -> None:
    mine, page = tmp_path / "mine.html", tmp_path / "report.html"
    mine.write_text("<!doctype html><title>mine</title>")
    arguments = ["report", "-w", str(workspace), "--public", "-o"]
    assert run([*arguments, str(mine)]) == 2
    assert "mine" in mine.read_text()
    assert [run([*arguments, str(page)]) for _ in range(2)] == [0, 0]


def test_equal_workspaces_make_equal_bytes(workspace: Path, tmp_path: Path) -> None:
    folders = folders_of(workspace)
    for name in ("one.html", "two.html"):
        write_report(folders, tmp_path / name, public=False, workers=1)
    assert (tmp_path / "one.html").read_bytes() == (tmp_path / "two.html").read_bytes()


def test_report_that_was_deleted_is_forgotten(workspace: Path, tmp_path: Path) -> None:
    page, folders = tmp_path / "report.html", folders_of(workspace)
    write_report(folders, page, public=True, workers=1)
    page.unlink()
    with Lineage.open(folders.state) as lineage:
        (output,) = lineage.outputs("report")
    without(holdings_of(folders), output, frozenset(["00000.png"]))
    assert not page.exists()
    with Lineage.open(folders.state) as lineage:
        assert lineage.outputs("report") == ()


def test_taking_a_face_out_measures_nothing_that_is_known(
    workspace: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page, folders = tmp_path / "report.html", folders_of(workspace)
    write_report(folders, page, public=True, workers=1)
    with Lineage.open(folders.state) as lineage:
        (output,) = lineage.outputs("report")
    monkeypatch.setattr("portraitset.report.output.measure", None)
    without(holdings_of(folders), output, frozenset(["00000.png"]))
    text = page.read_text(encoding="utf-8")
    assert "00000.png" not in text
    assert "faces are not measured" not in text


def test_folder_without_a_workspace_is_told_so(tmp_path: Path) -> None:
    assert run(["report", "-w", str(tmp_path), "-o", str(tmp_path / "r.html")]) == 2
    assert not (tmp_path / "r.html").exists()


@pytest.mark.parametrize(("count", "side"), [(10, 160), (25_000, 64), (60_000, 32)])
def test_pictures_are_as_large_as_so_many_can_be(count: int, side: int) -> None:
    sample = [[SmallPicture("x" * (grade.side**2 // 5)) for grade in GRADES]]
    assert choose_grade(sample, count, 130 * count).side == side
