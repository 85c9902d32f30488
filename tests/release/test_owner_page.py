"""The owner page in a real browser: it finds a picture by artist, address, number and file."""

import re
import shutil
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import replace
from hashlib import sha256
from html import unescape
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from datasets import draw, encoded
from portraitset.manifest.known_terms import AAHQ
from portraitset.picture.decode import read_picture
from portraitset.picture.perceptual_hash import look_distance, look_of
from portraitset.release.owner_page import ListedPhoto, owner_page
from portraitset.workspace.tombstones import Removals, Traits, tombstone_of

CHROMIUM = shutil.which("chromium")
BASE = "https://cdna.artstation.com/p/assets/images/images"
FIRST, SECOND = "00000.png", "00001.png"
HOSTILE = "</script><script>document.title='owned'</script>"
PATIENCE = 20_000
"""Milliseconds for a verdict. It is awaited with `expect`: the page's policy forbids the code that
`wait_for_function` would have it run."""


def _listed(number: int, slug: str, picture: bytes) -> ListedPhoto:
    pixels = read_picture(picture, 10**7).pixels
    url = f"{BASE}/000/000/{number:03}/large/{slug}.jpg?1569824523"
    return ListedPhoto(url, (f"{number:05}.png",), sha256(picture).hexdigest(), look_of(pixels))


def _page_of(folder: Path) -> Path:
    photos = [
        _listed(0, "jane-doe-spring", encoded(draw(1, 700, 900))),
        _listed(1, "john_roe_autumn", encoded(draw(2, 640, 480))),
        _listed(3, "john_roe_smaller", encoded(draw(2, 640, 480).resize((400, 300)))),
        ListedPhoto(f"{BASE}/000/000/002/large/{HOSTILE.replace('/', '')}.jpg", (HOSTILE,)),
    ]
    traits = Traits(assets=frozenset({"000000077"}))
    tombstone = replace(tombstone_of(traits, "5a17" * 8, "asset", HOSTILE), sequence=1)
    removals = Removals("5a17" * 8, (replace(tombstone, requested_at="2026-11-25"),), "")
    path = folder / "owner.html"
    path.write_bytes(owner_page(AAHQ, "1.0.0", photos, removals))
    return path


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's Chromium; closed with the module, as its loop would be in the way of others."""
    if CHROMIUM is None:
        pytest.skip("chromium is not installed")
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser, tmp_path: Path) -> Iterator[Page]:
    """The page, opened from disk in a browser that may not use the network."""
    with browser.new_context(offline=True) as context:
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        problems: list[str] = []
        page.on("console", lambda message: problems.append(message.text))
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("request", lambda request: problems.append(request.url))
        page.goto(_page_of(tmp_path).as_uri())
        problems.clear()  # its own address
        yield page
        assert problems == []


def _found(page: Page, query: str) -> list[str]:
    page.fill("#query", query)
    expect(page.locator("#verdict")).not_to_be_empty(timeout=PATIENCE)
    return [link.inner_text() for link in page.locator("#results a").all()]


@pytest.mark.parametrize(
    "query",
    [
        "jane doe",
        "jane-doe",
        "Jane_Doe",
        "000000000",
        "00000.png",
        f"{BASE}/000/000/000/large/jane-doe-spring.jpg?1569824523",
        "https://cdnb.artstation.com/p/assets/images/images/000/000/000/4k/other-name.jpg",
    ],
)
def test_a_picture_is_found_by_artist_number_and_any_address_of_it(page: Page, query: str) -> None:
    assert ["jane-doe-spring" in url for url in _found(page, query)] == [True]


def test_what_is_not_listed_is_not_found(page: Page) -> None:
    assert _found(page, "nobody at all") == []
    assert "Nothing like that" in page.inner_text("#verdict")


def test_a_number_that_was_removed_says_so(page: Page) -> None:
    page.fill("#query", "000000077")
    expect(page.locator("#verdict")).to_contain_text("no. 1", timeout=PATIENCE)


def _compared(page: Page, data: bytes) -> str:
    page.set_input_files("#file", {"name": "mine.jpg", "mimeType": "image/jpeg", "buffer": data})
    verdict = page.locator("#verdict")
    expect(verdict).to_have_text(re.compile("^(?!.*Comparing).+$", re.DOTALL), timeout=PATIENCE)
    return page.inner_text("#verdict")


def test_ones_own_file_is_found_by_its_bytes(page: Page) -> None:
    assert "This very file is in" in _compared(page, encoded(draw(1, 700, 900)))
    assert "jane-doe" in page.inner_text("#results")


def test_copies_of_ones_own_file_stand_below_it(page: Page) -> None:
    assert "so is what looks like it" in _compared(page, encoded(draw(2, 640, 480)))
    found = [link.inner_text() for link in page.locator("#results a").all()]
    assert ["autumn" in found[0], "smaller" in found[1], len(found)] == [True, True, 2]


def test_a_smaller_copy_of_another_format_is_found_by_its_look(page: Page) -> None:
    smaller = encoded(draw(2, 640, 480).resize((400, 300)), "PNG")
    assert "looks like it" in _compared(page, smaller)
    assert "john_roe" in page.inner_text("#results")


def test_another_picture_is_not_found(page: Page) -> None:
    assert "Neither this file" in _compared(page, encoded(draw(3, 640, 480)))


def test_a_file_that_is_no_picture_is_told_so(page: Page) -> None:
    told = _compared(page, b"no picture")
    assert "could not be compared" in told
    assert ".." not in told


@pytest.mark.parametrize("size", [(700, 900), (3000, 2000), (130, 160)])
def test_the_browser_sees_the_look_that_the_ledger_has(page: Page, size: tuple[int, int]) -> None:
    image = draw(5, *size)
    script = """async (encoded) => {
        const bytes = Uint8Array.from(atob(encoded), (letter) => letter.charCodeAt(0));
        const bits = lookOf(await greyOf(new Blob([bytes], {type: "image/png"})));
        return Array.from({length: 64}, (_, at) =>
            parseInt(bits.slice(4 * at, 4 * at + 4).join(""), 2).toString(16)).join("");
    }"""
    data = encoded(image, "PNG")
    seen = page.evaluate(script, b64encode(data).decode())
    assert look_distance(seen, look_of(read_picture(data, 10**7).pixels)) <= 8


def test_a_letter_names_what_was_chosen_and_goes_to_the_contact(page: Page) -> None:
    _found(page, "jane doe")
    page.check("#results input")
    letter = page.input_value("#letter")
    assert "jane-doe-spring.jpg" in letter
    assert "version 1.0.0" in letter
    href = page.get_attribute("#mail", "href")
    assert href is not None
    assert href.startswith("mailto:liumcong@gmail.com?subject=Removal%20from")
    assert "jane-doe-spring.jpg" in href


def test_hostile_text_stays_text(page: Page) -> None:
    assert page.title() == "Is my picture in Artstation-Artistic-face-HQ (AAHQ)?"
    assert len(_found(page, "owned")) == 1
    assert HOSTILE in page.inner_text("table")


def test_the_page_shows_no_picture_and_allows_no_network(tmp_path: Path) -> None:
    text = unescape(_page_of(tmp_path).read_text(encoding="utf-8"))
    assert "<img" not in text
    assert "default-src 'none'" in text
    assert "connect-src" not in text


def test_what_is_listed_as_removed_is_out_whatever_else_is_still_to_do(tmp_path: Path) -> None:
    """A release is written without them before the log can say that all copies are gone."""
    text = _page_of(tmp_path).read_text(encoding="utf-8")
    assert "All of these are out of this version" in text
    assert "<td>2026-11-25</td>" in text


def test_equal_inputs_make_equal_bytes(tmp_path: Path) -> None:
    assert _page_of(tmp_path).read_bytes() == _page_of(tmp_path).read_bytes()
