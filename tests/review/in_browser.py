"""What tests of the page in a real browser share."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from playwright.async_api import Browser, Page


@asynccontextmanager
async def opened(browser: Browser, url: str, **options: object) -> AsyncIterator[Page]:
    """The page, ready; whatever it complains of fails the test."""
    context = await browser.new_context(
        viewport={"width": 1300, "height": 820},
        **options,  # type: ignore[arg-type]
    )
    page = await context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    await page.goto(url)
    await ready(page)
    yield page
    assert not complaints
    assert await page.evaluate("window.hacked") is None
    await context.close()


async def ready(page: Page) -> None:
    await page.wait_for_selector("html[data-ready=true]")


async def press(page: Page, *keys: str) -> None:
    for key in keys:
        await page.keyboard.press(key)


async def all_sent(page: Page) -> None:
    await page.wait_for_selector("html[data-unsent='0']")


async def screen(page: Page, x: float, y: float) -> tuple[float, float]:
    """Where the editor shows a pixel of the original."""
    script = """([x, y]) => {
        const { stage } = review.editor;
        const [left, top] = stage.viewport.toStage([x, y]);
        const box = stage.root.getBoundingClientRect();
        return [box.left + left, box.top + top];
    }"""
    left, top = await page.evaluate(script, [x, y])
    return float(left), float(top)


async def zoom(page: Page) -> float:
    """The editor's screen pixels for one of the original's."""
    return float(await page.evaluate("review.editor.stage.viewport.zoom"))
