"""What was checked is what is connected to: names that lie, change their mind, or hide."""

import socket
from dataclasses import replace
from pathlib import Path

import pytest

from datasets import draw, encoded
from portraitset.demo.origin import Origin, picture, redirect
from portraitset.download.client import Client
from portraitset.download.guard import place_of, places_named
from portraitset.download.retry import Patience
from portraitset.download.settings import DownloadSettings
from portraitset.download.wire_address import url_of
from portraitset.errors import BlockedAddress, ItemError, Unreachable

DATA = encoded(draw(1))
ONCE = DownloadSettings(tries=1)


def resolve_as(monkeypatch: pytest.MonkeyPatch, names: dict[str, list[list[str]]]) -> list[str]:
    """Let names resolve to lists of addresses, one list after the other; the names asked for."""
    asked: list[str] = []
    system = socket.getaddrinfo

    def getaddrinfo(host: str, port: int, *args: int, **kwargs: int) -> list[object]:
        if host not in names:
            return list(system(host, port, *args, **kwargs))
        asked.append(host)
        answers = names[host]
        addresses = answers.pop(0) if len(answers) > 1 else answers[0]
        if not addresses:
            raise socket.gaierror(socket.EAI_NONAME, "no such name")
        family = {False: socket.AF_INET, True: socket.AF_INET6}
        return [
            (family[":" in a], socket.SOCK_STREAM, 6, "", (a, port, 0, 0)[: 4 if ":" in a else 2])
            for a in addresses
        ]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    return asked


async def ask(url: str, folder: Path, settings: DownloadSettings) -> ItemError:
    async with Client(settings, places_named([url])) as client:
        with pytest.raises(ItemError) as caught:
            await client.fetch(url, folder / "target", Patience(settings))
    return caught.value


@pytest.mark.parametrize(
    "addresses",
    [
        ["127.0.0.1"],
        ["::1"],
        ["::ffff:127.0.0.1"],
        ["93.184.216.34", "10.0.0.1"],
        ["2606:4700:4700::1111", "fe80::1"],
    ],
)
async def test_name_with_one_address_that_is_not_public_is_blocked(
    addresses: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Origin({"/a.jpg": picture(DATA)}) as origin:
        port = origin.url.rpartition(":")[2]
        resolve_as(monkeypatch, {"sly.example": [addresses]})
        error = await ask(f"http://sly.example:{port}a.jpg", tmp_path, ONCE)
        assert not origin.hits
    assert isinstance(error, BlockedAddress)
    assert "not public" in str(error)


async def test_name_that_changes_its_mind_is_asked_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    public = "93.184.216.34"
    tried: list[object] = []

    async def start_connection(addr_infos: list[tuple[object, ...]], **_: object) -> None:
        tried.extend(info[4] for info in addr_infos)
        raise ConnectionRefusedError

    asked = resolve_as(monkeypatch, {"rebind.example": [[public], ["127.0.0.1"]]})
    monkeypatch.setattr("aiohappyeyeballs.start_connection", start_connection)
    error = await ask("http://rebind.example/a.jpg", tmp_path, ONCE)
    assert isinstance(error, Unreachable)
    assert tried == [(public, 80)]
    assert asked == ["rebind.example"]


async def test_peer_is_checked_whatever_the_resolver_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Origin({"/a.jpg": picture(DATA)}) as origin:
        port = origin.url.rpartition(":")[2]
        resolve_as(monkeypatch, {"sly.example": [["127.0.0.1"]]})
        monkeypatch.setattr(
            "portraitset.download.connection.GuardedResolver.resolve",
            lambda self, *args, **words: self._inner.resolve(*args, **words),
        )
        error = await ask(f"http://sly.example:{port}a.jpg", tmp_path, ONCE)
        assert not origin.hits, "the connection was closed before anything was sent"
    assert isinstance(error, BlockedAddress)


async def test_mirror_may_not_send_us_to_its_neighbour(tmp_path: Path) -> None:
    with Origin({"/b.jpg": picture(DATA)}) as neighbour:
        with Origin({"/a.jpg": redirect(neighbour.url + "b.jpg")}) as mirror:
            settings = replace(ONCE, mirror=mirror.url)
            error = await ask("https://cdna.gallery.example/a.jpg", tmp_path, settings)
        assert not neighbour.hits
    assert isinstance(error, BlockedAddress)


async def test_mirror_is_no_excuse_for_the_manifests_host(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    resolve_as(monkeypatch, {"cdna.gallery.example": [["10.0.0.1"]]})
    with Origin({"/a.jpg": redirect("https://cdna.gallery.example/b.jpg")}) as mirror:
        settings = replace(ONCE, mirror=mirror.url)
        error = await ask("https://cdna.gallery.example/a.jpg", tmp_path, settings)
    assert isinstance(error, BlockedAddress)


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/a.jpg",
        "http://2130706433/a.jpg",
        "http://[::1]/a.jpg",
        "http://localhost/a.jpg",
        "http://metadata.google.internal/a.jpg",
        "http://intranet/a.jpg",
        "http://sly.example/a.jpg",
    ],
)
async def test_proxy_is_not_asked_for_what_is_not_public(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names: dict[str, list[list[str]]] = {
        "sly.example": [["10.1.2.3"]],
        "metadata.google.internal": [[]],
        "intranet": [[]],
    }
    resolve_as(monkeypatch, names)
    with Origin({}) as proxy:
        error = await ask(url, tmp_path, replace(ONCE, proxy=proxy.url))
        assert not proxy.hits
    assert isinstance(error, BlockedAddress)


async def test_proxys_own_address_is_no_target(tmp_path: Path) -> None:
    with Origin({}) as proxy:
        error = await ask(proxy.url + "a.jpg", tmp_path, replace(ONCE, proxy=proxy.url))
        assert not proxy.hits
    assert isinstance(error, BlockedAddress)


async def test_redirect_through_a_proxy_is_checked_like_any_other(tmp_path: Path) -> None:
    with Origin({"http://site.example/a.jpg": redirect("http://127.0.0.1/")}) as proxy:
        error = await ask("http://site.example/a.jpg", tmp_path, replace(ONCE, proxy=proxy.url))
        assert [hit.headers["Host"] for hit in proxy.pictures] == ["site.example"]
    assert isinstance(error, BlockedAddress)


@pytest.mark.parametrize(
    "url",
    [
        "http://SLY.example./a.jpg",
        "http://sly%2eexample/a.jpg",
        "http://sly.example%2f.gallery.example/a.jpg",
        "http://h\u00f6st.example/a.jpg",
        "http://\uff53ly\u3002example/a.jpg",
        "http://sly.example?@gallery.example/a.jpg",
        "http://sly.example#@gallery.example/a.jpg",
        "http://sly.example/\\@gallery.example/a.jpg",
        "http://sly.example:80/@gallery.example:81/",
    ],
)
async def test_name_that_was_checked_is_the_name_that_is_resolved(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[str, int]] = []

    def getaddrinfo(host: str, port: int, *_: object, **__: object) -> list[object]:
        asked.append((host.rstrip("."), port))
        raise socket.gaierror(socket.EAI_NONAME, "no such name")

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    checked = place_of(url_of(url))
    await ask(url, tmp_path, ONCE)
    assert set(asked) == {(checked.host, checked.port)}


async def test_name_that_does_not_resolve_is_unreachable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    resolve_as(monkeypatch, {"nowhere.example": [[]]})
    error = await ask("http://nowhere.example/a.jpg", tmp_path, ONCE)
    assert isinstance(error, Unreachable)
