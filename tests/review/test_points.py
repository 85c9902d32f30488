"""Points that disagree with a detector, in the review: a queue, a word for each, a way out."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from portraitset.curate.holdings import holdings_of
from portraitset.detect.comparison import Judgement
from portraitset.detect.findings import Finding, write_findings
from portraitset.workspace.layout import folders_of
from review.in_browser import all_sent, opened, press
from review.reviewing import HOSTILE_NAME, Review, copy_of

pytestmark = pytest.mark.asyncio(loop_scope="module")
expect.set_options(timeout=30_000)

NAMES = "review.grid.list.map((index) => review.library.names[index])"
QUEUE = ["00002.png", "00007.png", HOSTILE_NAME]
EVIL = "<img src=x onerror=window.hacked=1>"


@pytest.fixture
def review(made: Path, tmp_path: Path) -> Iterator[Review]:
    """Three faces disagree, one agrees; another's finding is of other points, one's of a file."""
    workspace = copy_of(made, tmp_path)
    folders = folders_of(workspace)
    found = {
        each.name: Finding(
            each.name,
            each.face.photo.raw_name,
            str(each.photo.sha256),
            each.face.landmarks,
            "a way",
            Judgement.DISAGREES,
            "mirrored",
            "The points fit if the picture was mirrored left to right.",
            2.5,
        )
        for each in holdings_of(folders).faces
    }
    found["00001.png"] = replace(found["00001.png"], judgement=Judgement.AGREES, cause="")
    found["00003.png"] = replace(
        found["00003.png"], landmarks=found["00003.png"].landmarks.shrunk(2)
    )
    found["00004.png"] = replace(found["00004.png"], sha256="0" * 64)
    found[HOSTILE_NAME] = replace(found[HOSTILE_NAME], cause=EVIL, words=EVIL, other=EVIL)
    kept = ("00001.png", "00003.png", "00004.png", *QUEUE)
    write_findings(folders.state, [found[name] for name in kept])
    with Review(workspace) as running:
        yield running


async def test_queue_holds_what_still_disagrees_and_shrinks_as_people_decide(
    review: Review, browser: Browser
) -> None:
    async with opened(browser, review.url) as page:
        await page.get_by_label("⚠ points disagree").check()
        assert await page.evaluate(NAMES) == QUEUE
        assert await page.locator("#state").input_value() == "look"
        box = page.locator("#detail .doubt")
        await expect(box).to_contain_text("disagree with a detector: mirrored. The points fit")
        tile = page.get_by_role("option", name="00002.png")
        await expect(tile.locator(".flags")).to_have_text("⚠ points")
        await box.get_by_role("button", name="Reject for this").click()
        await all_sent(page)
        (decision,) = review.decisions.items
        assert (decision.face, decision.choice) == ("00002.png", "reject")
        assert decision.why == "points disagree: mirrored"
        await page.locator("#grid").focus()
        await press(page, "r")
        assert await page.evaluate(NAMES) == QUEUE[1:]
        await press(page, "End")
        await expect(box).to_contain_text(EVIL)  # as text: `opened` sees that nothing ran


async def test_editor_says_it_until_the_points_are_moved(review: Review, browser: Browser) -> None:
    async with opened(browser, f"{review.url}&decision=doubt") as page:
        await page.get_by_label("⚠ points disagree").check()
        await page.locator("#grid").focus()
        await press(page, "e")
        words = page.locator("#editor .doubt")
        await expect(words).to_contain_text("⚠ mirrored: The points fit")
        await page.wait_for_function("review.editor.points !== null")
        await press(page, "1", "ArrowLeft", "s")
        await expect(words).to_be_hidden()
        await all_sent(page)
        await press(page, "Escape", "r")
        await expect(page.locator("#found")).to_contain_text("of 2")
        assert await page.evaluate(NAMES) == QUEUE[1:]


async def test_least_sure_first_begins_with_points_that_disagree(
    review: Review, browser: Browser
) -> None:
    async with opened(browser, review.url) as page:
        await page.locator("#sort").select_option("score")
        assert (await page.evaluate(NAMES))[:3] == QUEUE
