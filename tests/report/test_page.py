"""The report in a real browser: from a file, without a network, safe against a manifest's words."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from datasets import Dataset, draw, encoded, quick
from old_masters import OldMasters
from portraitset import build
from portraitset.align.settings import CropSettings
from portraitset.curate.holdings import holdings_of
from portraitset.curate.selection_file import write_selection
from portraitset.demo.origin import Origin, picture, plain_status
from portraitset.handoffs import Selection
from portraitset.report.output import write_report
from portraitset.workspace.layout import folders_of

HOSTILE = "</script><img src=x onerror=alert(1)>"
EVIL_NAME = "<img src=x onerror=alert(1)>\u2028{{7*7}}.png"
SAME = picture(encoded(draw(1)))
PATIENCE = 30_000
"""Milliseconds for what the browser does in its own time, on a machine that has other work too."""


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Forty faces, two of one work, one that is gone; two entries want to run scripts."""
    folder = tmp_path_factory.mktemp("page")
    dataset = Dataset()
    for number in range(40):
        dataset.add(f"ann-painter-{number}" if number % 2 else f"bob-drawer-{number}")
    dataset.add("first-copy", SAME)
    dataset.add("other-copy", SAME)
    dataset.add("lost-one", plain_status(404))
    evil = dataset.entries.pop(dataset.add("evil"))
    query = "?</script><script>alert(3)</script>"
    dataset.routes[dataset.route("00000.png") + "?" + quote(query[1:], safe="/()")] = SAME
    evil["image_url"] = str(dataset.entries["00000.png"]["image_url"]) + query
    dataset.entries[EVIL_NAME] = evil
    bad = dict(dataset.entries["00000.png"], image_url="javascript:alert(2)", raw_name="js.jpg")
    dataset.entries[f"{HOSTILE}\ud800.png"] = bad
    with Origin(dataset.routes) as origin:
        build(dataset.write(folder), folder / "w", recipe=quick(origin.url))
    return folder / "w"


@pytest.fixture(scope="module")
def reports(workspace: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The report with pictures and the public one."""
    folder = tmp_path_factory.mktemp("out")
    paths = {name: folder / f"{name}.html" for name in ("private", "public")}
    for name, path in paths.items():
        write_report(folders_of(workspace), path, public=name == "public", workers=1)
    return paths


@pytest.fixture(scope="module")
def browser(reports: dict[str, Path]) -> Iterator[Browser]:
    """Debian's Chromium."""
    path = shutil.which("chromium")
    if path is None:
        pytest.skip("there is no chromium to open the page with")
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


class Opened:
    """A page, and everything that went wrong on it or was asked of a network."""

    def __init__(self, browser: Browser, path: Path) -> None:
        context = browser.new_context(offline=True, viewport={"width": 1000, "height": 800})
        self.page: Page = context.new_page()
        self.complaints: list[str] = []
        self.page.on("console", lambda message: self.complaints.append(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("dialog", lambda dialog: self.complaints.append(dialog.message))
        self.page.on("request", lambda request: self._note(request.url, path))
        self.page.goto(path.as_uri())

    def _note(self, url: str, path: Path) -> None:
        if not url.startswith("data:") and url != path.as_uri():
            self.complaints.append(url)


@pytest.fixture
def opened(browser: Browser, reports: dict[str, Path]) -> Iterator[Opened]:
    opened = Opened(browser, reports["private"])
    yield opened
    opened.page.context.close()


def test_page_opens_from_a_file_and_asks_nobody_for_anything(opened: Opened) -> None:
    page = opened.page
    page.wait_for_selector("#tiles img")
    assert page.inner_text("#found") == "43 faces"
    loaded = "Promise.all([...document.images].filter((i) => !i.hidden).map((i) => i.decode()))"
    page.evaluate(loaded)  # fails at one that is broken
    assert page.evaluate("[...document.images].every((i) => i.hidden || i.naturalWidth > 0)")
    assert opened.complaints == []


def test_caution_comes_before_everything_else(opened: Opened) -> None:
    headings = opened.page.locator("h2").all_inner_texts()
    assert headings[0] == "Before you use it"
    assert "inherit all of its biases" in opened.page.inner_text("main section >> nth=0")


def test_states_add_up_to_the_manifest(opened: Opened) -> None:
    table = opened.page.locator("section[aria-labelledby=states] table").first
    rows = table.locator("tbody tr td:nth-child(4)").all_inner_texts()
    assert sum(map(int, rows)) == int(table.locator("tfoot td.number").inner_text()) == 45


def test_states_fit_a_telephone(opened: Opened) -> None:
    opened.page.set_viewport_size({"width": 390, "height": 800})
    table = opened.page.locator("section[aria-labelledby=states] .scroll").first
    assert table.evaluate("(part) => part.scrollWidth <= part.clientWidth")
    heights = table.locator("tbody tr").evaluate_all("(all) => all.map((row) => row.offsetHeight)")
    assert max(heights) < 100  # a line for the state, two at most for what it means


def test_words_of_a_manifest_stay_words(opened: Opened) -> None:
    page = opened.page
    page.fill("#query", "onerror")
    assert page.inner_text("#found") == "1 of 43 faces"
    page.locator("#tiles button").click()
    assert page.text_content("#face-name") == EVIL_NAME
    assert "</script><script>" in (page.text_content("#face-address") or "")
    assert "</script><img" in (page.text_content("details") or "")
    assert page.locator("img[src=x]").count() == 0
    for link in page.locator("a[href]").all():
        assert (link.get_attribute("href") or "").startswith(("http", "#"))
    assert opened.complaints == []


def test_splits_are_offered_and_not_a_reason_for_each_face(
    browser: Browser, workspace: Path, tmp_path: Path
) -> None:
    folders = folders_of(shutil.copytree(workspace, tmp_path / "w"))
    names = [held.name for held in holdings_of(folders).faces]
    dropped = {name: f"a copy of the same work: {name} is kept" for name in names[3:]}
    write_selection(folders.state, Selection(dict.fromkeys(names[:3], "train"), dropped))
    write_report(folders, tmp_path / "report.html", public=False, workers=1)
    opened = Opened(browser, tmp_path / "report.html")
    assert opened.page.locator("#split option").all_inner_texts() == ["all", "dropped", "train"]
    opened.page.select_option("#split", "dropped")
    assert opened.page.inner_text("#found") == f"{len(names) - 3} of {len(names)} faces"
    opened.page.context.close()
    assert opened.complaints == []


def test_links_to_owners_tell_them_nothing(opened: Opened) -> None:
    page = opened.page
    page.locator("#tiles button").first.click()
    link = page.locator("#face-address a")
    assert link.get_attribute("rel") == "noreferrer noopener"
    assert page.locator("meta[name=referrer]").get_attribute("content") == "no-referrer"


def test_gallery_is_searched_by_name_artist_and_address(opened: Opened) -> None:
    page = opened.page
    for words, count in (("ann-painter", 20), ("BOB drawer-38", 1), ("00003", 1), ("nobody", 0)):
        page.fill("#query", words)
        assert page.inner_text("#found").startswith(f"{count} of")
        assert (page.locator("#tiles li").count() == 0) == (count == 0)
    page.fill("#query", "")
    page.select_option("#order", "artist")
    assert "ann-painter" in (page.locator("#tiles img").first.get_attribute("alt") or "")


def test_keyboard_alone_reaches_every_face(opened: Opened) -> None:
    page = opened.page
    focused = page.locator("#tiles button:focus")
    page.focus("#order")
    for key, place in (("Tab", "0"), ("ArrowRight", "1"), ("End", "42"), ("Home", "0")):
        page.keyboard.press(key)
        expect(focused).to_have_attribute("data-place", place, timeout=PATIENCE)
    page.keyboard.press("ArrowDown")
    expect(focused).not_to_have_attribute("data-place", "0", timeout=PATIENCE)
    below = int(focused.get_attribute("data-place") or "")
    assert below > 1
    page.keyboard.press("Enter")
    expect(page.locator("#face")).to_be_visible(timeout=PATIENCE)
    name = page.inner_text("#face-name")
    page.keyboard.press("ArrowRight")
    expect(page.locator("#face-name")).not_to_have_text(name, timeout=PATIENCE)
    page.keyboard.press("Escape")
    expect(focused).to_have_attribute("data-place", str(below + 1), timeout=PATIENCE)


def test_copies_stand_side_by_side_and_the_reason_with_them(opened: Opened) -> None:
    group = opened.page.locator("section[aria-labelledby=same] .group").first
    assert group.locator("li").count() == 2
    assert group.locator("li.kept").count() == 1
    assert "kept:" in group.locator("li.kept").inner_text()


def test_two_mona_lisas_are_listed_as_the_same_picture(
    browser: Browser, old_masters: OldMasters, tmp_path: Path
) -> None:
    with Origin(old_masters.routes) as origin:
        recipe = quick(origin.url, crop=CropSettings(size=256, quality="fast"))
        build(old_masters.manifest, tmp_path / "w", recipe=recipe)
    write_report(folders_of(tmp_path / "w"), tmp_path / "report.html", public=False, workers=1)
    opened = Opened(browser, tmp_path / "report.html")
    same = opened.page.locator("section[aria-labelledby=same]")
    assert same.locator("h3").first.inner_text() == "The same picture"
    group = same.locator(".group").first
    names = group.locator("li bdi").all_inner_texts()
    assert len(names) == group.locator("img").count() == 2
    assert all("mona_lisa" in name for name in names)
    opened.page.context.close()
    assert opened.complaints == []


def test_plots_have_words_for_those_who_cannot_see_them(opened: Opened) -> None:
    plots = opened.page.locator("svg[role=img]").all()
    assert len(plots) >= 8
    for plot in plots:
        words = opened.page.inner_text(f"#{plot.get_attribute('aria-labelledby')}")
        assert any(letter.isdigit() for letter in words)


def test_public_report_has_no_picture(browser: Browser, reports: dict[str, Path]) -> None:
    path = reports["public"]
    opened = Opened(browser, path)
    text = path.read_text(encoding="utf-8")
    assert "data:image" not in text.replace("data:image/webp;base64,${data}", "")
    assert 'class="pictures"' not in text
    assert json.loads(opened.page.text_content("#data") or "{}")["side"] == 0
    assert opened.page.inner_text("#found") == "43 faces"
    assert opened.page.locator("#tiles li").count() > 10
    assert "copies of artists" not in opened.page.inner_text("body")
    opened.page.context.close()
    assert opened.complaints == []
