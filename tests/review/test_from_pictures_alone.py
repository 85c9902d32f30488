"""From nothing but pictures to a release that validates: detect, review by hand, build, curate."""

import json
import shutil
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from datasets import draw, encoded
from portraitset.cli import run as cli
from portraitset.manifest import read_manifest
from portraitset.workspace.edits import edits_of
from release.validators import check_card, check_citation, check_croissant
from review.in_browser import all_sent, opened, press, screen, zoom
from review.reviewing import Review

pytestmark = pytest.mark.asyncio(loop_scope="module")
expect.set_options(timeout=30_000)

PAINTINGS = ("mona_lisa.jpg", "van_gogh.jpg", "girl_with_a_pearl_earring.jpg")
ADDED = ((150, 50), (190, 52), (155, 90), (185, 91))


@pytest.fixture
def pictures(shared: Path, tmp_path: Path) -> Path:
    """A folder of three paintings and a drawing that no detector takes for a face."""
    folder = tmp_path / "pictures"
    folder.mkdir()
    for path in (shared / "old-masters" / "origin").rglob("*"):
        if path.is_file() and (name := path.name.partition("?")[0]) in PAINTINGS:
            shutil.copy(path, folder / name)
    (folder / "drawn.png").write_bytes(encoded(draw(0, 260, 320), "PNG"))
    return folder


async def test_pictures_become_a_release(
    pictures: Path,
    shared: Path,
    browser: Browser,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
) -> None:
    manifest, workspace = tmp_path / "mine.jsonl", tmp_path / "w"
    model = str(shared / "models" / "yunet_s_320_320.onnx")
    assert cli(["detect", str(pictures), "-o", str(manifest), "--model", model]) == 0
    found = {face.photo.raw_name.partition("-")[0]: face for face in read_manifest(manifest)}
    assert found.keys() == {name.partition(".")[0] for name in PAINTINGS}

    with Review(workspace, manifest=manifest) as review:
        async with opened(browser, review.url) as page:
            await press(page, "e")
            await drag_an_eye(page)
            await press(page, "0", "a")
            for point in ADDED:
                await page.mouse.click(*await screen(page, *point))
            await expect(page.locator("#editor .faces button")).to_have_count(2)
            await all_sent(page)
            place = page.locator("#editor .place")
            before = await place.inner_text()
            await press(page, "PageDown")
            await expect(place).not_to_have_text(before)
            await press(page, "Delete")
            await all_sent(page)
        edits = edits_of(review.decisions)
    (moved,), (added,), (deleted,) = edits.moved, edits.added, edits.deleted
    assert deleted != moved

    assert cli(["build", str(manifest), "-w", str(workspace), "--size", "64"]) == 0
    assert cli(["curate", "-w", str(workspace)]) == 0
    assert cli(["release", "-w", str(workspace), "-o", str(tmp_path / "out")]) == 0
    records = check_croissant(tmp_path / "out", caplog)
    check_citation(tmp_path / "out")
    assert check_card(tmp_path / "out").size_categories == ["n<1K"]
    released = {face.name: face for face in read_manifest(tmp_path / "out" / "manifest.jsonl")}
    assert len(records) == 3
    assert released.keys() == {face.name for face in found.values()} - {deleted} | {added}
    detected = {face.name: face.landmarks for face in found.values()}[moved]
    assert released[moved].landmarks.eye_left != detected.eye_left
    assert released[moved].landmarks.mouth_left == detected.mouth_left
    capsys.readouterr()
    assert cli(["status", "-w", str(workspace), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["states"]["aligned"] == 3


async def drag_an_eye(page: Page) -> None:
    """Drag the left eye under zoom, and save it."""
    await page.wait_for_selector("#editor[data-ready=true]")
    await press(page, "1", "+", "+", "+")
    scale = await zoom(page)
    eye = (await page.evaluate("review.editor.points"))["eye_left"]
    x, y = await screen(page, *eye)
    await page.mouse.move(x, y)
    await page.mouse.down()
    await page.mouse.move(x + 5 * scale, y - 3 * scale, steps=5)
    await page.mouse.up()
    await press(page, "s")
    await all_sent(page)
