"""One GET against a real server that misbehaves."""

import asyncio
import time
from dataclasses import replace
from pathlib import Path

import pytest
from aiohttp import web

from datasets import HOST, draw, encoded
from portraitset.demo.origin import (
    Behaviour,
    Origin,
    picture,
    plain_status,
    stalling,
    throttled,
    truncated,
    web_page,
)
from portraitset.download.client import Client
from portraitset.download.guard import places_named
from portraitset.download.retry import Patience
from portraitset.download.settings import DownloadSettings
from portraitset.errors import (
    BlockedAddress,
    Challenge,
    Denied,
    Gone,
    ItemError,
    NotAnImage,
    Redirects,
    ServerError,
    Throttled,
    TimedOut,
    TooLarge,
    Truncated,
    Unreachable,
)
from portraitset.handoffs import Response

DATA = encoded(draw(1, 300, 300))
HASTY = DownloadSettings(idle_timeout=0.3, photo_timeout=1.5, rate=1000.0)


def dripping(interval: float) -> Behaviour:
    """A body that never ends, a byte at a time, and never pauses for long."""

    async def answer(request: web.Request, _asked: int) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        await response.write(DATA[:100])
        while True:
            await asyncio.sleep(interval)
            await response.write(b"\0")

    return answer


def pouring(total: int) -> Behaviour:
    """A body of unannounced length."""

    async def answer(request: web.Request, _asked: int) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        await response.write(DATA[:100])
        for _ in range(total // 65536):
            await response.write(bytes(65536))
        return response

    return answer


def redirect(location: str) -> Behaviour:
    return plain_status(302, headers={"Location": location})


async def fetch(behaviour: Behaviour, folder: Path, settings: DownloadSettings = HASTY) -> Response:
    with Origin({"/a.jpg": behaviour, "/b.jpg": picture(DATA)}) as origin:
        settings = replace(settings, mirror=origin.url)
        async with Client(settings) as client:
            return await client.fetch(HOST + "/a.jpg", folder / "target", Patience(settings))


FAULTS: list[tuple[Behaviour, type[ItemError]]] = [
    (plain_status(404), Gone),
    (plain_status(410), Gone),
    (plain_status(403, "<Code>AccessDenied</Code>"), Gone),
    (plain_status(403), Denied),
    (plain_status(451), Denied),
    (plain_status(403, headers={"cf-mitigated": "challenge"}), Challenge),
    (plain_status(200, "prove it", {"Cf-Mitigated": "challenge"}), Challenge),
    (throttled("0"), Throttled),
    (plain_status(503, headers={"Retry-After": "0"}), Throttled),
    (plain_status(503), Throttled),
    (plain_status(500), ServerError),
    (plain_status(206), ServerError),
    (stalling(DATA), TimedOut),
    (dripping(0.05), TimedOut),
    (truncated(DATA), Truncated),
    (web_page(), NotAnImage),
    (picture(b""), NotAnImage),
    (picture(b"%PDF-1.7 nothing to see"), NotAnImage),
    (redirect("/a.jpg"), Redirects),
    (redirect("file:///etc/passwd"), BlockedAddress),
    (redirect("http://[half"), BlockedAddress),
]


@pytest.mark.parametrize(("behaviour", "expected"), FAULTS)
async def test_fault_becomes_its_error_and_leaves_no_file(
    behaviour: Behaviour, expected: type[ItemError], tmp_path: Path
) -> None:
    started = time.monotonic()
    with pytest.raises(expected) as caught:
        await fetch(behaviour, tmp_path)
    assert type(caught.value) is expected
    assert str(caught.value)
    assert time.monotonic() - started < 4
    assert not list(tmp_path.iterdir())


async def test_healthy_answer_lands_whole(tmp_path: Path) -> None:
    response = await fetch(picture(DATA), tmp_path)
    assert (tmp_path / "target").read_bytes() == DATA
    assert response.final_url.endswith("/a.jpg")
    assert response.tries == 1


async def test_redirect_is_followed_and_remembered(tmp_path: Path) -> None:
    response = await fetch(redirect("b.jpg"), tmp_path)
    assert (tmp_path / "target").read_bytes() == DATA
    assert response.final_url.endswith("/b.jpg")


@pytest.mark.parametrize("behaviour", [picture(DATA), pouring(1 << 21)])
async def test_body_over_the_cap_is_too_large(behaviour: Behaviour, tmp_path: Path) -> None:
    with pytest.raises(TooLarge):
        await fetch(behaviour, tmp_path, DownloadSettings(max_bytes=1000))
    assert not list(tmp_path.iterdir())


async def test_nobody_listening_is_unreachable(tmp_path: Path) -> None:
    with Origin({}) as origin:
        url = origin.url
    settings = DownloadSettings(mirror=url)
    async with Client(settings) as client:
        with pytest.raises(Unreachable):
            await client.fetch(HOST + "/a.jpg", tmp_path / "t", Patience(settings))


async def test_mirror_keeps_path_and_query_and_drops_the_host(tmp_path: Path) -> None:
    with Origin({"/cache/p/x.jpg?17": picture(DATA)}) as origin:
        settings = DownloadSettings(mirror=origin.url + "cache")
        async with Client(settings) as client:
            url = "https://cdna.gallery.example/p/x.jpg?17#part"
            await client.fetch(url, tmp_path / "target", Patience(settings))
        assert [hit.path for hit in origin.hits] == ["/cache/p/x.jpg?17"]


async def test_proxy_is_asked_for_the_whole_address(tmp_path: Path) -> None:
    with Origin({}) as proxy:
        settings = DownloadSettings(proxy=proxy.url)
        url = "http://cdna.gallery.example/x.jpg"
        async with Client(settings, places_named([url])) as client:
            with pytest.raises(Gone):
                await client.fetch(url, tmp_path / "t", Patience(settings))
        assert "gallery.example" in proxy.hits[0].headers["Host"]


async def test_retry_after_holds_back_the_whole_operator(tmp_path: Path) -> None:
    routes = {"/busy.jpg": throttled("1"), "/b.jpg": picture(DATA)}
    with Origin(routes) as origin:
        settings = DownloadSettings(rate=1000.0, mirror=origin.url)
        async with Client(settings) as client:
            with pytest.raises(Throttled) as caught:
                await client.fetch(HOST + "/busy.jpg", tmp_path / "t", Patience(settings))
            await client.fetch(HOST + "/b.jpg", tmp_path / "u", Patience(settings))
        assert caught.value.retry_after == 1.0
        busy, other = origin.hits
    assert other.at - busy.at >= 1.0


async def test_tries_share_the_photos_time(tmp_path: Path) -> None:
    with Origin({"/a.jpg": dripping(0.05)}) as origin:
        settings = replace(HASTY, mirror=origin.url)
        patience = Patience(settings)
        async with Client(settings) as client:
            started = time.monotonic()
            for _ in range(3):
                with pytest.raises(TimedOut):
                    await client.fetch(HOST + "/a.jpg", tmp_path / "t", patience)
            assert time.monotonic() - started < 2.5
    assert patience.wait_after(TimedOut("slow"), 0.5) is None
