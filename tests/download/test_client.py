"""One GET against a real server that misbehaves."""

import asyncio
import gzip
import time
import zlib
from dataclasses import replace
from pathlib import Path

import pytest
from aiohttp import web

from datasets import HOST, draw, encoded
from portraitset.demo.origin import (
    Behaviour,
    Origin,
    challenge,
    dripping,
    gzip_bomb,
    hanging_up,
    mismeasured,
    picture,
    plain_status,
    redirect,
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
    BadPicture,
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
HASTY = DownloadSettings(idle_timeout=0.3, photo_timeout=1.5, rate=1000.0, max_bytes=8 << 20)


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


async def fetch(behaviour: Behaviour, folder: Path, settings: DownloadSettings = HASTY) -> Response:
    with Origin({"/a.jpg": behaviour, "/b.jpg": picture(DATA)}) as origin:
        settings = replace(settings, mirror=origin.url)
        async with Client(settings) as client:
            return await client.fetch(HOST + "/a.jpg", folder / "target", Patience(settings))


def coded(data: bytes, coding: str) -> Behaviour:
    return picture(data, headers={"Content-Encoding": coding})


FAULTS: list[tuple[Behaviour, type[ItemError]]] = [
    (plain_status(404), Gone),
    (plain_status(410), Gone),
    (plain_status(403, "<Code>AccessDenied</Code>"), Gone),
    (plain_status(403), Denied),
    (plain_status(451), Denied),
    (challenge(), Challenge),
    (plain_status(200, "prove it", {"Cf-Mitigated": "challenge"}), Challenge),
    (throttled("0"), Throttled),
    (plain_status(503, headers={"Retry-After": "0"}), Throttled),
    (plain_status(503), Throttled),
    (plain_status(500), ServerError),
    (plain_status(206), ServerError),
    (stalling(DATA), TimedOut),
    (dripping(DATA), TimedOut),
    (truncated(DATA), Truncated),
    (mismeasured(DATA, len(DATA) + 1), Truncated),
    (hanging_up(), Unreachable),
    (web_page(), NotAnImage),
    (picture(b""), NotAnImage),
    (picture(b"%PDF-1.7 nothing to see"), NotAnImage),
    (redirect("/a.jpg"), Redirects),
    (redirect("file:///etc/passwd"), BlockedAddress),
    (redirect("http://[half"), BlockedAddress),
    (redirect("https://elsewhere.example/a.jpg"), BlockedAddress),
    (redirect("http://169.254.169.254/latest/meta-data/"), BlockedAddress),
    (redirect("http://127.0.0.1:9/a.jpg"), BlockedAddress),
    (redirect("http://[::1]/a.jpg"), BlockedAddress),
    (redirect("http://[::ffff:127.0.0.1]:9/a.jpg"), BlockedAddress),
    (redirect("http://2130706433/a.jpg"), BlockedAddress),
    (redirect("http://0x7f.1/a.jpg"), BlockedAddress),
    (redirect("http://localhost:9/a.jpg"), BlockedAddress),
    (redirect("//user@localhost/a.jpg"), BlockedAddress),
    (gzip_bomb(64 << 20, DATA), TooLarge),
    (gzip_bomb(64 << 20), NotAnImage),
    (coded(b"\x1f\x8b damaged", "gzip"), BadPicture),
    (coded(gzip.compress(DATA)[:-100], "gzip"), Truncated),
    (coded(DATA, "br"), NotAnImage),
    (coded(gzip.compress(gzip.compress(DATA)), "gzip, gzip"), NotAnImage),
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


@pytest.mark.parametrize(
    "behaviour",
    [
        coded(gzip.compress(DATA), "gzip"),
        coded(gzip.compress(DATA), "X-GZIP"),
        coded(zlib.compress(DATA), "deflate"),
        coded(DATA, "identity"),
    ],
)
async def test_coding_that_nobody_asked_for_is_undone(behaviour: Behaviour, tmp_path: Path) -> None:
    await fetch(behaviour, tmp_path)
    assert (tmp_path / "target").read_bytes() == DATA


async def test_transfer_coding_is_undone_within_the_cap(tmp_path: Path) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        body = gzip.compress(DATA + bytes(64 << 20))
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n")
        writer.write(b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body))
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        mirror = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        settings = replace(HASTY, mirror=mirror)
        async with Client(settings) as client:
            with pytest.raises(TooLarge):
                await client.fetch(HOST + "/a.jpg", tmp_path / "t", Patience(settings))


@pytest.mark.parametrize("behaviour", [picture(DATA), pouring(1 << 21)])
async def test_body_over_the_cap_is_too_large(behaviour: Behaviour, tmp_path: Path) -> None:
    with pytest.raises(TooLarge):
        await fetch(behaviour, tmp_path, DownloadSettings(max_bytes=1000))
    assert not list(tmp_path.iterdir())


async def test_nobody_listening_is_unreachable(tmp_path: Path) -> None:
    with Origin({}) as origin:
        url = origin.url
    settings = DownloadSettings(mirror=url, backoff=0.01)
    async with Client(settings) as client:
        with pytest.raises(Unreachable):
            await client.fetch(HOST + "/a.jpg", tmp_path / "t", Patience(settings))


async def test_mirror_keeps_path_and_query_and_drops_the_host(tmp_path: Path) -> None:
    with Origin({"/cache/p/x.jpg?17": picture(DATA)}) as origin:
        settings = DownloadSettings(mirror=origin.url + "cache")
        async with Client(settings) as client:
            url = "https://cdna.gallery.example/p/x.jpg?17#part"
            await client.fetch(url, tmp_path / "target", Patience(settings))
        assert [hit.path for hit in origin.pictures] == ["/cache/p/x.jpg?17"]
        assert {hit.path for hit in origin.hits} >= {"/cache/robots.txt"}


@pytest.mark.parametrize("path", ["/../secret", "/p/../../secret", "/%2e%2e/secret"])
async def test_manifest_cannot_leave_the_mirrors_folder(path: str, tmp_path: Path) -> None:
    with Origin({"/secret": picture(DATA)}) as origin:
        settings = DownloadSettings(mirror=origin.url + "cache/")
        async with Client(settings) as client:
            with pytest.raises(BlockedAddress):
                await client.fetch(HOST + path, tmp_path / "t", Patience(settings))
        assert not origin.hits


async def test_proxy_is_asked_for_the_whole_address(tmp_path: Path) -> None:
    with Origin({}) as proxy:
        settings = DownloadSettings(proxy=proxy.url)
        url = "http://cdna.gallery.example/x.jpg"
        async with Client(settings, places_named([url])) as client:
            with pytest.raises(Gone):
                await client.fetch(url, tmp_path / "t", Patience(settings))
        assert "gallery.example" in proxy.hits[0].headers["Host"]


async def test_one_try_is_one_request_though_the_server_hangs_up(tmp_path: Path) -> None:
    """The HTTP library would ask again by itself, outside of the budget."""

    with Origin({"/a.jpg": hanging_up(), "/b.jpg": picture(DATA)}) as origin:
        settings = replace(HASTY, mirror=origin.url)
        async with Client(settings) as client:
            for tries in (1, 2):
                await client.fetch(HOST + "/b.jpg", tmp_path / "kept alive", Patience(settings))
                with pytest.raises(Unreachable):
                    await client.fetch(HOST + "/a.jpg", tmp_path / "t", Patience(settings))
                assert sum(hit.path == "/a.jpg" for hit in origin.hits) == tries


async def test_retry_after_holds_back_the_whole_operator(tmp_path: Path) -> None:
    routes = {"/busy.jpg": throttled("1"), "/b.jpg": picture(DATA)}
    with Origin(routes) as origin:
        settings = DownloadSettings(rate=1000.0, mirror=origin.url)
        async with Client(settings) as client:
            with pytest.raises(Throttled) as caught:
                await client.fetch(HOST + "/busy.jpg", tmp_path / "t", Patience(settings))
            await client.fetch(HOST + "/b.jpg", tmp_path / "u", Patience(settings))
        assert caught.value.retry_after == 1.0
        busy, other = origin.pictures
    assert other.at - busy.at >= 1.0


async def test_tries_share_the_photos_time(tmp_path: Path) -> None:
    with Origin({"/a.jpg": dripping(DATA)}) as origin:
        settings = replace(HASTY, mirror=origin.url)
        patience = Patience(settings)
        async with Client(settings) as client:
            started = time.monotonic()
            for _ in range(3):
                with pytest.raises(TimedOut):
                    await client.fetch(HOST + "/a.jpg", tmp_path / "t", patience)
            assert time.monotonic() - started < 2.5
    assert patience.wait_after(TimedOut("slow"), 0.5) is None
