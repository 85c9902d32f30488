"""25,000 faces in a real browser: how soon a key is answered, and how a long scroll goes.

Figures are printed (`pytest -s -m soak`) and held against what issue and documents promise.
"""

import asyncio
import shutil
import statistics
import sys
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Page, async_playwright

from multiplied import MANY, build_many
from review.reviewing import Review

pytestmark = [pytest.mark.soak, pytest.mark.asyncio(loop_scope="module")]


_LOADED = "review.grid.previews.blocks.size * 512 >= review.library.count"

_SCROLL = """
async (seconds) => {
  const root = document.getElementById("grid");
  const frames = [];
  let blank = 0, shown = 0;
  const far = root.scrollHeight - root.clientHeight;
  const begun = performance.now();
  let last = begun;
  for (;;) {
    const now = await new Promise(requestAnimationFrame);
    frames.push(now - last);
    last = now;
    blank += review.grid.blanks().length;
    shown += review.grid.columns * Math.ceil(root.clientHeight / 198);
    const part = (now - begun) / (seconds * 1000);
    if (part >= 1) return { frames: frames.slice(1), blank, shown };
    root.scrollTop = far * part;
  }
}
"""

_KEYS = """
async (keys) => {
  const times = [];
  for (const key of keys) {
    const name = review.library.names[review.grid.current];
    const begun = performance.now();
    const press = new KeyboardEvent("keydown", { key, bubbles: true });
    document.getElementById("grid").dispatchEvent(press);
    await new Promise(requestAnimationFrame);
    await new Promise((resolve) => { // after the frame is painted
      const channel = new MessageChannel();
      channel.port1.onmessage = resolve;
      channel.port2.postMessage(0);
    });
    times.push(performance.now() - begun);
    if (key === "p" && review.library.verdict(name) !== "keep") throw new Error("not kept");
    await new Promise((resolve) => setTimeout(resolve, 40));
  }
  return times;
}
"""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def page(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Page]:
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("chromium is not installed, so nothing was measured")
    workspace = tmp_path_factory.mktemp("many")
    await asyncio.to_thread(build_many, workspace)
    with Review(workspace) as review:
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(
                executable_path=chromium, args=["--no-sandbox"]
            )
            page = await browser.new_page(viewport={"width": 1440, "height": 900})
            await page.goto(review.url)
            await page.wait_for_selector("html[data-ready=true]", timeout=120_000)
            while not await page.evaluate(_LOADED):
                await page.wait_for_timeout(500)
            await page.wait_for_timeout(3000)
            yield page
            await browser.close()


def tell(text: str) -> None:
    sys.stdout.write(f"\n{text}\n")


def summary(times: list[float]) -> tuple[float, float]:
    """Median and 95th percentile, in milliseconds."""
    return statistics.median(times), statistics.quantiles(times, n=20)[18]


async def test_scroll_through_all_is_smooth_and_shows_every_face(page: Page) -> None:
    found = await page.evaluate(_SCROLL, 5)
    median, late = summary(found["frames"])
    tell(
        f"{len(found['frames'])} frames in 5 s through {MANY:,} faces:"
        f" median {median:.1f} ms, 95th percentile {late:.1f} ms,"
        f" {found['blank']} blank tiles of {found['shown']:,}"
    )
    assert found["blank"] == 0
    assert late < 50


async def test_key_is_answered_before_it_is_felt(page: Page) -> None:
    await page.evaluate("document.getElementById('grid').scrollTop = 0")
    await page.keyboard.press("Home")
    times = await page.evaluate(_KEYS, ["p", "x", "ArrowDown", "u", "p"] * 20)
    median, late = summary(times)
    tell(f"{len(times)} keys: median {median:.1f} ms, 95th percentile {late:.1f} ms")
    assert late < 50
    await page.wait_for_selector("html[data-unsent='0']", timeout=30_000)


async def test_filter_and_order_answer_at_once(page: Page) -> None:
    times = await page.evaluate(
        "async () => { const times = []; for (const sort of ['sharpness', 'artist', 'year', '']) {"
        " const field = document.getElementById('sort'); field.value = sort;"
        " const begun = performance.now();"
        " field.dispatchEvent(new Event('change', {bubbles: true}));"
        " await new Promise(requestAnimationFrame); times.push(performance.now() - begun); }"
        " return times; }"
    )
    tell(f"orders: {', '.join(f'{each:.0f} ms' for each in times)}")
    assert max(times) < 500
