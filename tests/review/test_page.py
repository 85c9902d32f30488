"""The page in a real browser: keys, filters, landmarks, copies; others at work; no connection."""

import asyncio
import hashlib
import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, Route, expect

from portraitset.cli import run
from portraitset.curate.duplicates import Copy, Group
from portraitset.curate.duplicates_file import Duplicates, write_duplicates
from portraitset.curate.run import measures_of
from portraitset.landmarks import Landmarks
from portraitset.workspace.layout import folders_of
from review.in_browser import all_sent, opened, press, ready
from review.reviewing import HOSTILE_NAME, Review, copy_of

pytestmark = pytest.mark.asyncio(loop_scope="module")
expect.set_options(timeout=30_000)

ALL_PREVIEWS = """[...review.grid.previews.blocks.values()].some((block) => block.whole)
    && !review.grid.previews.loading"""

Opener = Callable[[str], AbstractAsyncContextManager[Page]]


@pytest.fixture(scope="module")
def running(made: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Review]:
    """One server for the tests that leave nothing behind but decisions; with measures."""
    workspace = copy_of(made, tmp_path_factory.mktemp("shared"))
    measures_of(folders_of(workspace), 1)
    with Review(workspace) as review:
        yield review


@pytest.fixture
def review(running: Review) -> Review:
    """With an empty log. A test that decides waits for `all_sent`, or the next may meet it here."""
    (running.workspace / ".portraitset/decisions.jsonl").unlink(missing_ok=True)
    return running


async def names(page: Page) -> list[str]:
    found = await page.evaluate("review.grid.list.map(index => review.library.names[index])")
    return [str(name) for name in found]


async def current(page: Page) -> str:
    return str(await page.evaluate("review.library.names[review.grid.current]"))


def moved(review: Review) -> dict[str, Landmarks]:
    """Where people moved landmarks to."""
    live = review.decisions.live()
    return {item.face: item.landmarks for item in live if item.landmarks is not None}


async def take_out(workspace: Path, ending: str) -> None:
    """Remove a photo as its owner would ask: by the digest of its bytes."""
    (original,) = (workspace / "raw").glob(f"*{ending}")
    digest = hashlib.sha256(original.read_bytes()).hexdigest()
    command = ["remove", "-w", str(workspace), "--digest", digest, "--no-looks"]
    assert await asyncio.to_thread(run, command) == 0


async def laid_out(page: Page) -> None:
    """Wait for the pictures beside the grid: until then, what lies below them still moves."""
    await page.wait_for_selector(".handle")
    pictures = "[...document.querySelectorAll('.framed img, .crop-figure img')]"
    await page.evaluate(f"Promise.all({pictures}.map((each) => each.decode()))")


async def close_dialog(page: Page, dialog: str) -> None:
    """Press Escape; the next key is the grid's only once the dialog has told that it closed."""
    await press(page, "Escape")
    await expect(page.locator(dialog)).to_be_hidden()
    await expect(page.locator("#grid")).to_be_focused()


async def until(check: Callable[[], Awaitable[bool]], page: Page) -> None:
    """Wait until something holds that no selector can tell."""
    for _ in range(300):
        if await check():
            return
        await page.wait_for_timeout(100)
    raise AssertionError("it never came to be")


async def test_keys_keep_reject_undo_and_go_on(browser: Browser, review: Review) -> None:
    async with opened(browser, review.url) as page:
        await press(page, "p", "X", "P")
        assert await current(page) == "00003.png"
        await expect(page.locator("#tile-0")).to_contain_text("✓ kept")
        await expect(page.locator("#tile-1")).to_contain_text("✕ rejected")
        await press(page, "u")
        assert await current(page) == "00002.png"
        await expect(page.locator("#tile-2 .badge")).to_be_empty()
        await expect(page.locator("#tally")).to_contain_text("1 kept")
        await all_sent(page)
        assert review.verdicts() == {"00000.png": "keep", "00001.png": "reject"}
        assert {item.who for item in review.decisions.items} == {"Ada"}
        assert len(review.decisions.items) == 4  # nothing is struck out
        await page.reload()
        await ready(page)
        await expect(page.locator("#tile-1")).to_contain_text("✕ rejected")


async def test_undo_brings_back_what_counted_before(browser: Browser, review: Review) -> None:
    async with opened(browser, review.url) as page:
        await press(page, "p", "ArrowLeft", "x", "u")
        await expect(page.locator("#tile-0")).to_contain_text("✓ kept")
        await all_sent(page)
        assert review.verdicts() == {"00000.png": "keep"}


async def test_reason_goes_with_the_next_decision_and_with_no_other(
    browser: Browser, review: Review
) -> None:
    async with opened(browser, review.url) as page:
        await press(page, "w")
        await page.keyboard.type("pure <b>noise</b>")
        await press(page, "Enter", "x", "p", "w")
        await page.keyboard.type("dropped again")
        await press(page, "Enter", "ArrowRight", "x")
        await all_sent(page)
        given = {item.face: (item.choice, item.why) for item in review.decisions.items}
        assert given == {
            "00000.png": ("reject", "pure <b>noise</b>"),
            "00001.png": ("keep", ""),
            "00003.png": ("reject", ""),
        }
        await press(page, "Home")
        await expect(page.locator("#detail .verdict")).to_contain_text("by Ada: pure <b>noise</b>")


async def test_arrows_only_navigate(browser: Browser, review: Review) -> None:
    async with opened(browser, review.url) as page:
        await press(page, "ArrowRight", "ArrowDown", "ArrowUp", "ArrowLeft", "ArrowRight")
        assert await current(page) == "00001.png"
        focused = await page.get_attribute("#grid", "aria-activedescendant")
        assert focused == "tile-1"
        await press(page, "End")
        assert await current(page) == HOSTILE_NAME
        await press(page, "Home", "ArrowLeft")
        assert await current(page) == "00000.png"
        assert not review.decisions.items


async def test_batch_is_decided_and_undone_as_one(browser: Browser, review: Review) -> None:
    async with opened(browser, review.url) as page:
        await press(page, " ", "ArrowRight", " ", "Shift+ArrowRight", "Shift+ArrowRight")
        await expect(page.locator("#batch")).to_contain_text("4 chosen")
        await expect(page.locator("#tile-3")).to_have_attribute("aria-selected", "true")
        await press(page, "x")
        await all_sent(page)
        assert review.verdicts() == {f"0000{number}.png": "reject" for number in range(4)}
        await expect(page.locator("#batch")).to_be_hidden()
        await press(page, "u")
        await all_sent(page)
        assert review.verdicts() == {}


async def test_one_refused_decision_takes_no_other_with_it(
    browser: Browser, review: Review
) -> None:
    async def refuse(route: Route) -> None:
        if "00002.png" in (route.request.post_data or ""):
            await route.fulfill(status=400, json={"error": "not this one"})
        else:
            await route.continue_()

    async with opened(browser, review.url) as page:
        await page.route("**/decisions", refuse)
        everyone = set(await names(page))
        await press(page, "Control+a", "x")
        await expect(page.locator(".toast")).to_have_text("Not recorded, not this one: 00002.png")
        await all_sent(page)
        assert set(review.verdicts()) == everyone - {"00002.png"}


async def test_filters_and_order_stand_in_the_address(browser: Browser, review: Review) -> None:
    measures = await asyncio.to_thread(measures_of, folders_of(review.workspace), 1)
    async with opened(browser, review.url) as page:
        assert len(await names(page)) == 13
        await page.fill("#search", "portrait-1")
        await expect(page.locator("#found")).to_contain_text("of 3")
        await page.select_option("#sort", "brightness")
        await page.check("#desc")
        found = await names(page)
        assert found == sorted(found, key=lambda name: -measures[name].brightness)
        assert set(found) == {"00001.png", "00010.png", "00011.png"}
        await expect(page).to_have_url(re.compile("q=portrait-1.*sort=brightness"))
        await page.go_back()
        await page.go_back()
        await expect(page.locator("#sort")).to_have_value("")
        assert await names(page) == ["00001.png", "00010.png", "00011.png"]
        await page.go_forward()
        await expect(page.locator("#sort")).to_have_value("brightness")
        await page.reload()
        await ready(page)
        await expect(page.locator("#sort")).to_have_value("brightness")
        await page.click("#clear")
        assert len(await names(page)) == 13


async def test_measures_can_be_bounded(browser: Browser, review: Review) -> None:
    measures = await asyncio.to_thread(measures_of, folders_of(review.workspace), 1)
    middle = sorted(each.brightness for each in measures.values())[6]
    expected = {name for name, each in measures.items() if each.brightness >= middle + 1e-4}
    async with opened(browser, f"{review.url}&brightness={middle + 1e-4}..") as page:
        assert set(await names(page)) == expected
        assert 0 < len(expected) < 13


async def test_decided_face_leaves_the_undecided_only_when_they_are_listed_anew(
    browser: Browser, review: Review
) -> None:
    async with opened(browser, f"{review.url}&decision=open") as page:
        await press(page, "p")
        assert len(await names(page)) == 13
        await expect(page.locator("#refresh")).to_be_visible()
        await press(page, "r")
        assert "00000.png" not in await names(page)
        await all_sent(page)


async def test_face_without_a_crop_tells_why(browser: Browser, review: Review) -> None:
    async with opened(browser, f"{review.url}&state=unavailable") as page:
        assert await names(page) == ["00012.png"]
        await expect(page.locator("#tile-12")).to_contain_text("gone")
        await expect(page.locator("#detail")).to_contain_text("unavailable: gone")
        await press(page, "p")
        await expect(page.locator("#spoken")).to_contain_text("no crop")
        assert not review.decisions.items


async def test_landmark_is_dragged_and_the_crop_cut_anew(browser: Browser, review: Review) -> None:
    async with opened(browser, review.url) as page:
        await laid_out(page)
        handle = page.locator("[data-point=eye_left] .ring")
        box = await handle.bounding_box()
        assert box is not None
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        shown = await page.locator(".framed").bounding_box()
        assert shown is not None
        await page.mouse.move(x, y)
        await page.mouse.down()
        await page.mouse.move(x - 20, y - 10, steps=4)
        await expect(page.locator(".trial")).to_have_attribute("data-cut", "sketch")
        await page.mouse.up()
        await expect(page.locator(".trial")).to_have_attribute("data-cut", "true")
        await page.click(".save")
        await all_sent(page)
        points = moved(review)["00000.png"]
        scale = 130 / shown["width"]  # the photo's width in pixels
        expected = (50 - 20 * scale, 60 - 10 * scale)
        assert points.eye_left == pytest.approx(expected, abs=0.6)
        assert points.mouth_right == pytest.approx((76, 93))
        await press(page, "u")
        await all_sent(page)
        assert review.decisions.decided() == {}


async def test_landmarks_that_allow_no_crop_cannot_be_saved(
    browser: Browser, review: Review
) -> None:
    async with opened(browser, review.url) as page:
        await page.wait_for_selector(".handle")
        await press(page, "l")
        for _ in range(40):
            await press(page, "Shift+ArrowLeft")
        await page.evaluate(
            "for (const name of ['eye_right', 'mouth_left', 'mouth_right'])"
            " document.querySelector(`[data-point=${name}]`).dispatchEvent(new KeyboardEvent("
            "'keydown', {key: 'ArrowLeft', shiftKey: true, bubbles: true}))"
        )
        for name in ("eye_right", "mouth_left", "mouth_right"):
            await page.focus(f"[data-point={name}]")
            for _ in range(40):
                await press(page, "Shift+ArrowLeft")
        await expect(page.locator("#detail .note")).to_contain_text("outside the picture")
        await expect(page.locator(".save")).to_be_disabled()


async def test_copies_are_compared_side_by_side(browser: Browser, workspace: Path) -> None:
    pair = Group(
        "00002.png",
        (Copy("00002.png", 0, mirrored=False), Copy("00007.png", 4, mirrored=False)),
        "",
    )
    write_duplicates(workspace / ".portraitset", Duplicates(faces=(pair,)))
    with Review(workspace) as review:
        async with opened(browser, f"{review.url}&dup=face") as page:
            assert await names(page) == ["00002.png", "00007.png"]
            await press(page, "d")
            await expect(page.locator("#compare .card")).to_have_count(2)
            await press(page, "p", "x")
            await expect(page.locator("#compare .card").nth(1)).to_contain_text("✕ rejected")
            await close_dialog(page, "#compare")
            await all_sent(page)
            assert review.verdicts() == {"00002.png": "keep", "00007.png": "reject"}


async def test_faces_that_are_compared_stay_the_same_when_their_places_change(
    browser: Browser, workspace: Path
) -> None:
    copies = tuple(Copy(name, 0, mirrored=False) for name in ("00002.png", "00007.png"))
    pair = Group("00002.png", copies, "")
    write_duplicates(workspace / ".portraitset", Duplicates(faces=(pair,)))
    manifest = workspace / ".portraitset/manifest.json"
    entries = json.loads(manifest.read_bytes())
    with Review(workspace) as review:
        async with opened(browser, f"{review.url}&dup=face") as page:
            await press(page, "d", "ArrowRight")
            await expect(page.locator("#compare .card").nth(1)).to_be_focused()
            manifest.write_text(json.dumps(dict(reversed(entries.items()))))

            async def are_turned() -> bool:
                return await names(page) == ["00007.png", "00002.png"]

            await until(are_turned, page)
            await expect(page.locator("#compare .card").nth(0)).to_be_focused()
            await press(page, "x")
            await all_sent(page)
            assert review.verdicts() == {"00007.png": "reject"}
            write_duplicates(workspace / ".portraitset", Duplicates())
            await expect(page.locator("#compare")).to_be_hidden()


async def test_face_shown_in_full_is_the_current_one_when_places_change(
    browser: Browser, workspace: Path
) -> None:
    manifest = workspace / ".portraitset/manifest.json"
    entries = json.loads(manifest.read_bytes())
    gone = entries.pop("00012.png")
    with Review(workspace) as review:
        async with opened(browser, f"{review.url}&state=any") as page:
            entries = {"first.png": dict(gone)} | entries
            await press(page, "w")
            await page.keyboard.type("half a word")
            manifest.write_text(json.dumps(entries))

            async def is_there() -> bool:
                return "first.png" in await names(page)

            await until(is_there, page)
            assert await current(page) == "00000.png"
            await expect(page.locator("#detail .file")).to_have_text("00000.png")
            await expect(page.locator("#detail .why input")).to_have_value("half a word")
            await expect(page.locator("#detail .framed")).to_be_visible()
            await press(page, "Escape", "Home")
            await expect(page.locator("#detail .file")).to_have_text("first.png")


async def test_keyboard_alone_is_enough(browser: Browser, review: Review) -> None:
    async with opened(browser, review.url) as page:
        await press(page, "?")
        await expect(page.locator("#shortcuts")).to_contain_text("keep, and go on")
        await close_dialog(page, "#shortcuts")
        await press(page, "/")
        await page.keyboard.type("portrait-5")
        await expect(page.locator("#found")).to_contain_text("1 of 1")
        await press(page, "Escape", "p")
        await laid_out(page)
        await press(page, "l", "ArrowRight", "ArrowRight", "Tab", "ArrowDown")
        await expect(page.locator(".trial")).to_have_attribute("data-cut", "true")
        for _ in range(3):
            await press(page, "Tab")
        await expect(page.locator(".save")).to_be_focused()
        await press(page, "Enter")
        await all_sent(page)
        assert review.verdicts() == {"00005.png": "keep"}
        points = moved(review)["00005.png"]
        assert (points.eye_left, points.eye_right) == ((52, 60), (80, 63))


async def test_screen_reader_is_told_at_once_which_face_the_keys_are_at(
    browser: Browser, review: Review
) -> None:
    async with opened(browser, f"{review.url}&q=portrait-5") as page:
        grid = page.locator("#grid")
        await expect(grid).to_be_focused()
        at = await grid.get_attribute("aria-activedescendant")
        await expect(page.locator(f"#{at}")).to_have_attribute(
            "aria-label", re.compile("^00005.png, .*undecided$")
        )
        await press(page, "/", "x")
        await expect(page.locator("#empty")).to_be_visible()
        assert await grid.get_attribute("aria-activedescendant") is None


async def test_markup_in_names_and_addresses_stays_text(browser: Browser, workspace: Path) -> None:
    with Review(workspace, reviewer="<b>Ada</b>") as review:
        async with opened(browser, f"{review.url}&q=window.hacked") as page:
            await expect(page.locator("#detail")).to_contain_text("<svg onload=window.hacked=1>")
            await expect(page.locator("#detail h2")).to_contain_text("<img src=x onerror=")
            await press(page, "p")
            await page.reload()
            await ready(page)
            await expect(page.locator("#detail .verdict")).to_contain_text("<b>Ada</b>")
            assert await page.locator("img[src=x], svg[onload], .who b").count() == 0
            assert review.verdicts() == {HOSTILE_NAME: "keep"}


async def test_two_reviewers_see_each_other_and_lose_nothing(
    browser: Browser, workspace: Path
) -> None:
    with Review(workspace) as ada, Review(workspace, "Ben") as ben:
        async with opened(browser, ada.url) as one, opened(browser, ben.url) as other:
            await press(one, "p", "p")
            await press(other, "End", "x", "x")
            await expect(other.locator("#tile-0")).to_contain_text("✓ kept")
            await expect(one.locator("#tile-13")).to_contain_text("✕ rejected")
            await press(other, "Home", "x")
            await expect(one.locator("#tile-0")).to_contain_text("✕ rejected")
            await expect(one.locator("#tile-0")).to_contain_text("disagreed")
            await all_sent(one)
            await all_sent(other)
        log = ada.decisions
        assert sorted((item.who, item.face) for item in log.items) == sorted(
            [
                ("Ada", "00000.png"),
                ("Ada", "00001.png"),
                ("Ben", HOSTILE_NAME),
                ("Ben", HOSTILE_NAME),
                ("Ben", "00000.png"),
            ]
        )


async def test_anothers_decision_that_comes_with_the_answer_to_ones_own_is_shown(
    browser: Browser, workspace: Path
) -> None:
    held: list[Route] = []

    async def hold_the_first(route: Route) -> None:
        if held:
            await route.continue_()
        else:
            held.append(route)

    with Review(workspace) as ada, Review(workspace, "Ben") as ben:
        async with opened(browser, ada.url) as one, opened(browser, ben.url) as other:
            await until(lambda: one.evaluate(ALL_PREVIEWS), one)  # they paint every tile again
            await one.route("**/changes?*", hold_the_first)
            await until(lambda: asyncio.sleep(0, bool(held)), one)
            await press(other, "End", "x")
            await all_sent(other)
            await press(one, "p")
            await expect(one.locator("#tile-13")).to_contain_text("✕ rejected")
            await held[0].continue_()
            await all_sent(one)


async def test_answer_that_breaks_off_loses_no_decision(browser: Browser, review: Review) -> None:
    broken: list[str] = []

    async def break_off(route: Route) -> None:
        broken.append(route.request.url)
        if len(broken) == 1:
            await route.fulfill(status=200, content_type="application/json", body='{"refus')
        else:
            await route.continue_()

    async with opened(browser, review.url) as page:
        await page.route("**/decisions", break_off)
        await press(page, "p")
        await all_sent(page)
        assert len(broken) == 2
        assert review.verdicts() == {"00000.png": "keep"}


async def test_news_that_were_overtaken_take_nothing_back(browser: Browser, review: Review) -> None:
    async with opened(browser, review.url) as page:
        await press(page, "p")
        await all_sent(page)
        await page.evaluate(
            "review.library.takeMarks({marks_revision: review.library.marksRevision - 1,"
            " marks: {'00000.png': {verdict: null, landmarks: null, disagreed: false}}})"
        )
        assert await page.evaluate("review.library.verdict('00000.png')") == "keep"


async def test_lost_connection_loses_no_decision(browser: Browser, review: Review) -> None:
    async with opened(browser, review.url) as page:
        await page.context.set_offline(True)
        await press(page, "p", "x", "p", "u")
        await expect(page.locator("#tile-1")).to_contain_text("✕ rejected")
        await expect(page.locator("#banner")).to_contain_text("Offline, 4 unsent")
        assert not review.decisions.items
        await page.context.set_offline(False)
        await all_sent(page)
        await expect(page.locator("#banner")).to_be_hidden()
        assert review.verdicts() == {"00000.png": "keep", "00001.png": "reject"}


async def test_decisions_outlive_the_server_and_the_page(browser: Browser, workspace: Path) -> None:
    async with opened_then_killed(browser, workspace) as (page, port):
        await press(page, "p", "x")
        await expect(page.locator("#banner")).to_contain_text("Offline, 2 unsent")
        with Review(workspace, port=port) as again:
            await expect(page.locator("#banner")).to_contain_text("started anew")
            await page.goto(again.url)
            await ready(page)
            await all_sent(page)
            assert again.verdicts() == {"00000.png": "keep", "00001.png": "reject"}


async def test_unsent_decisions_of_one_reviewer_are_not_sent_as_anothers(
    browser: Browser, workspace: Path
) -> None:
    async with opened_then_killed(browser, workspace) as (page, port):
        await press(page, "p")
        await expect(page.locator("#banner")).to_contain_text("Offline, 1 unsent")
        with Review(workspace, "Ben: <b>", port=port) as review:
            await page.goto(review.url)
            await ready(page)
            await expect(page.locator("#toasts")).to_contain_text("Decisions of Ada are kept here")
            await press(page, "ArrowRight", "x")
            await all_sent(page)
        with Review(workspace, "Ada", port=port) as review:
            await page.goto(review.url)
            await ready(page)
            await all_sent(page)
            found = {(item.who, item.face, item.choice) for item in review.decisions.items}
            assert found == {("Ada", "00000.png", "keep"), ("Ben: <b>", "00001.png", "reject")}


async def test_workspace_that_is_away_for_a_while_gets_every_decision(
    browser: Browser, workspace: Path
) -> None:
    away = workspace.parent / "away"
    with Review(workspace) as review:
        async with opened(browser, review.url) as page:
            workspace.rename(away)
            await press(page, "p", "x")
            await expect(page.locator("#banner")).to_contain_text(
                re.compile("Offline, 2 unsent: .*w is no workspace")
            )
            assert not workspace.exists()
            away.rename(workspace)
            await all_sent(page)
            await expect(page.locator("#banner")).to_be_hidden()
            assert review.verdicts() == {"00000.png": "keep", "00001.png": "reject"}


@asynccontextmanager
async def opened_then_killed(browser: Browser, workspace: Path) -> AsyncIterator[tuple[Page, int]]:
    with Review(workspace) as review:
        async with opened(browser, review.url) as page:
            review.process.kill()
            review.process.wait()
            yield page, review.port


async def test_removed_face_vanishes_from_page_and_disk(browser: Browser, workspace: Path) -> None:
    thumbnails = workspace / ".portraitset/thumbnails"
    with Review(workspace) as review:
        async with opened(browser, review.url) as page:
            await press(page, "p")
            await all_sent(page)

            async def are_made() -> bool:
                return len(list(thumbnails.rglob("*.jpg"))) == 13

            await until(are_made, page)
            await take_out(workspace, "portrait-0.jpg")
            assert len(list(thumbnails.rglob("*.jpg"))) == 12

            async def is_gone() -> bool:
                return "00000.png" not in await names(page)

            await until(is_gone, page)
            assert await page.locator("#tile-0").count() == 0
            await expect(page.locator("#detail")).not_to_contain_text("00000.png")
        assert not review.decisions.items


async def test_decision_about_a_face_that_was_removed_meanwhile_is_told(
    browser: Browser, workspace: Path
) -> None:
    with Review(workspace) as review:
        async with opened(browser, review.url) as page:
            await page.context.set_offline(True)
            await press(page, "p", "p")
            await take_out(workspace, "portrait-0.jpg")
            await page.context.set_offline(False)
            await all_sent(page)
            await expect(page.locator("#toasts")).to_contain_text("no longer in the dataset")
            assert review.verdicts() == {"00001.png": "keep"}


async def test_new_findings_show_while_the_page_is_open(browser: Browser, workspace: Path) -> None:
    with Review(workspace) as review:
        async with opened(browser, review.url) as page:
            assert await page.is_hidden("#ranges")
            await press(page, "ArrowRight")
            assert (
                await asyncio.to_thread(run, ["curate", "-w", str(workspace), "--workers", "1"])
                == 0
            )
            await expect(page.locator("#ranges")).to_be_visible()
            assert await current(page) == "00001.png"


async def test_everything_has_a_name_and_no_colour_stands_alone(
    browser: Browser, review: Review
) -> None:
    async with opened(browser, review.url) as page:
        await press(page, "p", "x")
        await page.wait_for_selector(".handle")
        tree = await page.locator("body").aria_snapshot()
        assert re.search(r"option \"00000\.png.*kept", tree)
        assert re.search(r"option \"00001\.png.*rejected", tree)
        assert re.search(r"button \"left eye, 50 across, 60 down", tree)
        unnamed = await page.evaluate(
            "[...document.querySelectorAll('button, input, select')].filter(each =>"
            " !each.labels?.length && !each.ariaLabel && !each.textContent.trim()).length"
        )
        assert unnamed == 0
        await all_sent(page)


async def test_page_fits_at_twice_the_size(browser: Browser, review: Review) -> None:
    async with opened(browser, review.url) as page:
        await page.set_viewport_size({"width": 640, "height": 400})  # 1280 x 800 at 200 %
        wide = await page.evaluate("document.documentElement.scrollWidth")
        assert wide <= 640
        await press(page, "p", "x")
        await expect(page.locator("#tile-1")).to_contain_text("rejected")
        await all_sent(page)


async def test_dataset_without_a_crop_says_so(browser: Browser, made: Path, tmp_path: Path) -> None:
    workspace = copy_of(made, tmp_path)
    for crop in (workspace / "aligned").iterdir():
        crop.unlink()
    with Review(workspace) as review:
        async with opened(browser, review.url) as page:
            await expect(page.locator("#empty")).to_contain_text("No face has a crop.")
            await page.locator("#state").select_option("")
            await expect(page.locator("#empty")).to_be_hidden()
