"""The landmark editor in a real browser, on pictures at hand that nothing was built of yet."""

import asyncio
import json
import re
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, Route, expect

from datasets import POINTS, draw, encoded, quick
from portraitset import build
from portraitset.errors import State
from portraitset.landmarks import Landmarks
from portraitset.workspace.edits import Edits, edits_of
from review.in_browser import all_sent, opened, press, screen, zoom
from review.reviewing import Review

pytestmark = pytest.mark.asyncio(loop_scope="module")
expect.set_options(timeout=30_000)

SCORES = {"sure.png": 0.97, "doubtful.png": 0.31, "middling.png": 0.66}
ORDER = ["doubtful.png", "middling.png", "sure.png"]
SECOND = {
    "eye_left": (150, 50),
    "eye_right": (190, 52),
    "mouth_left": (155, 90),
    "mouth_right": (185, 91),
}
"""Where a face is added, in pixels of the original."""


@pytest.fixture(scope="module")
def manifest(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three pictures of one face each, in a manifest as a detector writes it."""
    folder = tmp_path_factory.mktemp("pictures")
    lines: list[dict[str, object]] = [{"portraitset-manifest": 1, "schema": "aahq", "faces": 3}]
    for number, (name, score) in enumerate(SCORES.items()):
        data = encoded(draw(number, 260, 320), "PNG")
        path = f"{name.removesuffix('.png')} picture.png"
        (folder / path).write_bytes(data)
        face = {"face": name, "path": path, "sha256": sha256(data).hexdigest()}
        lines.append({**face, "landmarks": POINTS, "score": score})
    text = "".join(json.dumps(line) + "\n" for line in lines)
    (folder / "mine.jsonl").write_text(text, encoding="ascii")
    return folder / "mine.jsonl"


@pytest.fixture(scope="module")
def running(manifest: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Review]:
    with Review(tmp_path_factory.mktemp("editor") / "w", manifest=manifest) as review:
        yield review


@pytest.fixture
def review(running: Review) -> Review:
    """With an empty log."""
    (running.workspace / ".portraitset/decisions.jsonl").unlink(missing_ok=True)
    return running


def edits(review: Review) -> Edits:
    return edits_of(review.decisions)


async def edited(page: Page, name: str = "doubtful.png") -> None:
    """Open the editor at a face."""
    await expect(page.locator("#detail .file")).to_have_text(name)
    await press(page, "e")
    await page.wait_for_selector("#editor[data-ready=true]")


async def placed(page: Page) -> dict[str, list[float]]:
    found: dict[str, list[float]] = await page.evaluate("review.editor.points")
    return found


async def test_doubtful_faces_come_first_and_no_build_is_needed(
    browser: Browser, review: Review
) -> None:
    async with opened(browser, review.url) as page:
        names = await page.evaluate("review.grid.list.map(index => review.library.names[index])")
        assert names == ORDER
        await edited(page)
        await expect(page.locator("#editor .place")).to_contain_text("confidence 0.31")
        await press(page, "PageDown")
        await expect(page.locator("#editor .place")).to_contain_text("middling.png")
    assert not list((review.workspace / "raw").glob("*.part"))


async def test_point_is_dragged_under_zoom_to_a_part_of_a_pixel(
    browser: Browser, review: Review
) -> None:
    async with opened(browser, review.url) as page:
        await edited(page)
        before = await zoom(page)
        await press(page, "1", "+", "+", "+", "+")
        scale = await zoom(page)
        assert scale > 2 * before
        x, y = await screen(page, *POINTS["eye_left"])
        await page.mouse.move(x, y)
        await page.mouse.down()
        await page.mouse.move(x + 2.25 * scale, y - 1.5 * scale, steps=5)
        await expect(page.locator("#editor .lens")).to_be_visible()
        await page.mouse.up()
        left, top = (await placed(page))["eye_left"]
        assert abs(left - 52.25) < 0.3
        assert abs(top - 58.5) < 0.3
        await expect(page.locator("#editor canvas[data-cut=exact]")).to_be_visible()
        await press(page, "s")
        await all_sent(page)
        assert edits(review).moved["doubtful.png"].eye_left == (left, top)


async def test_arrow_keys_move_a_point_by_one_pixel_of_the_original(
    browser: Browser, review: Review
) -> None:
    async with opened(browser, review.url) as page:
        await edited(page)
        await press(page, "3", "ArrowLeft", "ArrowDown", "Shift+ArrowDown", "s")
        await all_sent(page)
        x, y = POINTS["mouth_left"]
        assert edits(review).moved["doubtful.png"].mouth_left == (x - 1, y + 11)


async def test_undo_takes_a_move_back_before_it_is_saved(browser: Browser, review: Review) -> None:
    async with opened(browser, review.url) as page:
        await edited(page)
        await press(page, "2", "ArrowLeft", "u")
        assert (await placed(page))["eye_right"] == POINTS["eye_right"]
        await expect(page.locator("#editor [data-act=save]")).to_be_disabled()


async def test_points_that_are_not_saved_are_not_lost_without_a_word(
    browser: Browser, review: Review
) -> None:
    async with opened(browser, review.url) as page:
        await edited(page)
        await press(page, "1", "ArrowLeft", "PageDown")
        await expect(page.locator("#editor .ask")).to_be_visible()
        await page.click("#editor [data-act=saveAndGo]")
        await expect(page.locator("#editor .place")).to_contain_text("middling.png")
        await all_sent(page)
        assert "doubtful.png" in edits(review).moved


async def test_face_is_added_by_four_clicks_in_their_order(
    browser: Browser, review: Review
) -> None:
    async with opened(browser, review.url) as page:
        await edited(page)
        await press(page, "0", "a")
        for point, words in zip(
            SECOND.values(), ("left eye", "right eye", "left corner", "right corner"), strict=True
        ):
            await expect(page.locator("#editor .step")).to_contain_text(words)
            await page.mouse.click(*await screen(page, *point))
        await expect(page.locator("#editor .faces button")).to_have_count(2)
        await all_sent(page)
        ((name, added),) = edits(review).added.items()
        assert added.photo == "doubtful picture.png"
        assert _near(added.landmarks, SECOND)
        await expect(page.locator("#editor .place")).to_contain_text(name)


async def test_face_is_deleted_and_restored(browser: Browser, review: Review) -> None:
    async with opened(browser, review.url) as page:
        await edited(page)
        await press(page, "Delete")
        await all_sent(page)
        assert edits(review).deleted == {"doubtful.png"}
        await press(page, "Delete")
        await all_sent(page)
        assert edits(review).deleted == frozenset()


async def test_who_goes_on_at_once_gets_there_however_slow_the_server_is(
    browser: Browser, review: Review
) -> None:
    """What was decided may be recorded while the next face is on its way."""

    async def slowly(route: Route) -> None:
        await asyncio.sleep(1)
        await route.continue_()

    async with opened(browser, review.url) as page:
        await edited(page)
        await page.route(re.compile(r"/faces/[0-9]+\?"), slowly)
        await press(page, "Delete", "PageDown")
        await all_sent(page)
        await expect(page.locator("#editor .place")).to_contain_text("middling.png")
        await page.wait_for_selector("#editor[data-ready=true]")
        assert edits(review).deleted == {"doubtful.png"}


async def test_copy_brings_the_detectors_points_back(browser: Browser, review: Review) -> None:
    async with opened(browser, review.url) as page:
        await edited(page)
        await press(page, "1", "ArrowLeft", "s", "c", "s")
        await all_sent(page)
        assert (await placed(page))["eye_left"] == POINTS["eye_left"]


async def test_touch_moves_a_point(browser: Browser, review: Review) -> None:
    async with opened(browser, review.url, has_touch=True) as page:
        await edited(page)
        x, y = await screen(page, *POINTS["eye_left"])
        scale = await zoom(page)
        client = await page.context.new_cdp_session(page)
        for kind, points in (
            ("touchStart", [{"x": x, "y": y}]),
            ("touchMove", [{"x": x + 4 * scale, "y": y}]),
            ("touchEnd", []),
        ):
            await client.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
        left, _ = (await placed(page))["eye_left"]
        assert abs(left - 54) < 0.5


async def test_the_next_build_goes_by_what_was_edited(
    browser: Browser, review: Review, manifest: Path
) -> None:
    async with opened(browser, review.url) as page:
        await edited(page)
        await press(page, "Delete", "PageDown")
        await expect(page.locator("#editor .place")).to_contain_text("middling.png")
        await press(page, "0", "a")
        for point in SECOND.values():
            await page.mouse.click(*await screen(page, *point))
        await all_sent(page)
    report = build(manifest, review.workspace, recipe=quick("http://127.0.0.1:9/"))
    assert report.succeeded
    by_state = {standing.name: standing.state for standing in report.standings}
    assert by_state.pop("doubtful.png") is State.INVALID
    assert len(by_state) == 3
    assert set(by_state.values()) == {State.ALIGNED}


def _near(found: Landmarks, wanted: dict[str, tuple[int, int]]) -> bool:
    pairs = zip(found.points(), wanted.values(), strict=True)
    return all(abs(a - b) < 1.5 for pair in pairs for a, b in zip(*pair, strict=True))
