"""The octets that reach a server are those of the address: seen from the server's side."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from datasets import HOST, POINTS, draw, encoded
from portraitset.cli import run
from portraitset.download.client import Client
from portraitset.download.guard import places_named
from portraitset.download.retry import Patience
from portraitset.download.settings import DownloadSettings
from portraitset.errors import BlockedAddress, ItemError
from portraitset.handoffs import Evidence, Response
from portraitset.manifest.aahq import raw_name_of
from raw_origin import Answer, RawOrigin

DATA = encoded(draw(1))
ONCE = DownloadSettings(tries=1, rate=1000.0)
SPELLINGS = [
    "/par%28en%29.jpg",
    "/par(en).jpg",
    "/colon%3A.jpg",
    "/colon:.jpg",
    "/til%7Ede.jpg",
    "/low%c3%a9.jpg",
    "/upper%C3%A9.jpg",
    "/signed.jpg?sig=a%2Bb%2Fc%3D&x=%40",
    "/signed.jpg?sig=a+b/c=&x=@",
    "/plus+%2b.jpg",
    "/a%2Fb.jpg",
    "/dots/./x/../a.jpg",
    "/dots/%2e%2e/a.jpg",
    "//doubled//slashes.jpg",
    "/nothing-asked.jpg?",
    "/percent%25.jpg",
    "/latin%E9.jpg",
    "/zero%00.jpg",
    "/[brackets].jpg?a[]=1",
    "/view?u=https://x.example/?y",
]
ESCAPED = {
    "/caf\u00e9.jpg": "/caf%C3%A9.jpg",
    "/%e2%82%ac-\u20ac.jpg": "/%e2%82%ac-%E2%82%AC.jpg",
    "/100%.jpg": "/100%25.jpg",
    "/{id}|x.jpg": "/%7Bid%7D%7Cx.jpg",
    "/part.jpg#x": "/part.jpg",
    "?7": "/?7",
}


async def ask(
    url: str,
    folder: Path,
    settings: DownloadSettings,
    evidence: list[Evidence] | None = None,
) -> Response:
    async with Client(settings, places_named([url])) as client:
        return await client.fetch(url, folder / "target", Patience(settings), evidence)


def healthy(*targets: str) -> dict[bytes, Answer]:
    return {target.encode(): Answer(DATA) for target in targets}


@pytest.mark.parametrize("target", SPELLINGS)
async def test_address_is_asked_for_and_recorded_as_it_is_written(
    target: str, tmp_path: Path
) -> None:
    evidence: list[Evidence] = []
    with RawOrigin(healthy("/cache" + target), otherwise=403) as origin:
        settings = replace(ONCE, mirror=origin.url + "cache/")
        response = await ask(HOST + target, tmp_path, settings, evidence)
    assert origin.targets == [b"/cache" + target.encode()]
    assert response.final_url == f"{origin.url}cache{target}"
    assert evidence[-1].url == response.final_url


@pytest.mark.parametrize("target", SPELLINGS)
async def test_proxy_is_asked_for_the_whole_address_as_it_is_written(
    target: str, tmp_path: Path
) -> None:
    url = f"http://site.example{target}"
    with RawOrigin(healthy(url), otherwise=403) as proxy:
        await ask(url, tmp_path, replace(ONCE, proxy=proxy.url))
    assert proxy.targets == [url.encode()]


@pytest.mark.parametrize(("written", "sent"), ESCAPED.items())
async def test_only_what_may_not_stand_in_a_request_line_is_escaped(
    written: str, sent: str, tmp_path: Path
) -> None:
    with RawOrigin(healthy(sent), otherwise=403) as origin:
        response = await ask(HOST + written, tmp_path, replace(ONCE, mirror=origin.url))
    assert origin.targets == [sent.encode()]
    assert response.final_url == origin.url.rstrip("/") + sent


@pytest.mark.parametrize(
    ("root", "target"),
    [
        (root, target)
        for root in ("", "http://127.0.0.1:{port}", "//127.0.0.1:{port}")
        for target in SPELLINGS
        if root or not (target.startswith("//") or "/./" in target)  # resolved: test_redirects
    ],
)
async def test_redirect_is_followed_as_it_is_written(
    root: str, target: str, tmp_path: Path
) -> None:
    location = root + target
    answers: dict[bytes, Answer] = {}
    with RawOrigin(answers, otherwise=403) as origin:
        there = location.format(port=origin.port).encode()
        answers |= {b"/old.jpg": Answer(status=302, location=there), **healthy(target)}
        response = await ask(HOST + "/old.jpg", tmp_path, replace(ONCE, mirror=origin.url))
    assert origin.targets == [b"/old.jpg", target.encode()]
    assert response.final_url == origin.url.rstrip("/") + target


@pytest.mark.parametrize(
    ("location", "asked"),
    [
        ("/caf\u00e9.jpg".encode(), b"/caf%C3%A9.jpg"),
        (b"/caf\xe9.jpg", b"/caf%E9.jpg"),
        (b"/a b.jpg", b"/a%20b.jpg"),
        (b" /a.jpg ", b"/a.jpg"),
        (b"/a\tb.jpg", b"/a%09b.jpg"),
        (b"../x/%28.jpg?", b"/x/%28.jpg?"),
        (b"?q=%2b", b"/p/old.jpg?q=%2b"),
        (b"/a.jpg#%28", b"/a.jpg"),
    ],
)
async def test_locations_own_octets_are_kept(location: bytes, asked: bytes, tmp_path: Path) -> None:
    answers = {b"/p/old.jpg": Answer(status=307, location=location), asked: Answer(DATA)}
    with RawOrigin(answers, otherwise=403) as origin:
        await ask(HOST + "/p/old.jpg", tmp_path, replace(ONCE, mirror=origin.url))
    assert origin.targets == [b"/p/old.jpg", asked]


@pytest.mark.parametrize(
    "location",
    [
        b"http://127.0.0.1:{port}\\@evil.example/",
        b"http://evil.example\\@127.0.0.1:{port}/",
        b"http://evil.example@127.0.0.1:{port}/",
        b"http://127.0.0.1:{port}@evil.example/",
        b"http://evil.example%40127.0.0.1:{port}/",
        b"http://127%2e0.0.1:{port}/",
        b"http://127.0.0.1%00.evil.example:{port}/",
        b"http://127.0.0.1\t:{port}/",
        b"http://[::ffff:127.0.0.1]:{port}/",
        b"http://[::1%25lo]:{port}/",
        b"http://127.0.0.1.:{port}/",
        b"http://localhost.:{port}/",
        b"http://\xef\xbc\x91\xef\xbc\x92\xef\xbc\x97.0.0.1:{port}/",
        b"http://127\xe3\x80\x820\xe3\x80\x820\xe3\x80\x821:{port}/",
        b"http://017700000001:{port}/",
        b"http:\\\\127.0.0.1:{port}\\",
        b"http:127.0.0.1:{port}/",
        b"\\\\127.0.0.1:{port}/",
        b"/\\127.0.0.1:{port}/",
        b"http://127.0.0.1:{port}#@mirror/",
    ],
)
async def test_no_spelling_of_a_host_leads_to_a_neighbour(location: bytes, tmp_path: Path) -> None:
    answers: dict[bytes, Answer] = {}
    with RawOrigin({}) as neighbour, RawOrigin(answers) as mirror:
        there = location.replace(b"{port}", b"%d" % neighbour.port)
        answers[b"/a.jpg"] = Answer(status=302, location=there)
        with pytest.raises(ItemError):
            await ask(HOST + "/a.jpg", tmp_path, replace(ONCE, mirror=mirror.url))
    assert not neighbour.lines


async def test_address_that_is_none_is_blocked_not_raised(tmp_path: Path) -> None:
    for url in ("http://[half/a.jpg", "nonsense", "http://a\\b/", "http://h.example:99999/"):
        with pytest.raises(BlockedAddress):
            await ask(url, tmp_path, ONCE)


def manifest_of(targets: list[str], folder: Path) -> Path:
    entries = {
        f"{number:05d}.png": {
            "image_url": HOST + target,
            "raw_name": raw_name_of(HOST + target),
            "landmarks": POINTS,
        }
        for number, target in enumerate(targets)
    }
    path = folder / "dataset.json"
    path.write_text(json.dumps(entries), encoding="utf-8")
    return path


def test_build_gets_every_picture_of_a_server_that_compares_octets(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    manifest = manifest_of([*SPELLINGS, *ESCAPED], tmp_path)
    sent = [*SPELLINGS, *ESCAPED.values()]
    with RawOrigin(healthy(*sent), otherwise=403) as origin:
        where = ["-w", str(tmp_path / "w"), "--mirror", origin.url]
        hasty = ["--rate", "1000", "--tries", "1", "--size", "64", "--workers", "1"]
        assert run(["build", str(manifest), *where, *hasty]) == 0
    assert sorted(origin.targets) == sorted(target.encode() for target in sent)
    capsys.readouterr()
    assert run(["status", "-w", str(tmp_path / "w"), "--json"]) == 0
    states = json.loads(capsys.readouterr().out)["states"]
    assert states == {"aligned": len(sent)}


def test_rescue_asks_for_substitutes_and_sizes_as_they_are_written(tmp_path: Path) -> None:
    gone = ["/p/large/b%28%29.jpg?sig=%2b", "/gone.jpg"]
    rescues = ["/p/4k/b%28%29.jpg?sig=%2b", "/new/til%7Ede.jpg?"]
    manifest = manifest_of(gone, tmp_path)
    listed = tmp_path / "substitutes.txt"
    lines = [f"{HOST}{gone[1]} {HOST}{rescues[1]}", f"{HOST}/x.jpg http://[half/x.jpg"]
    listed.write_text("\n".join(lines), encoding="utf-8")
    with RawOrigin(healthy(*rescues)) as origin:
        where = ["-w", str(tmp_path / "w"), "--mirror", origin.url]
        more = ["--rate", "1000", "--tries", "1", "--rescue", "sizes", "--rescue-from", str(listed)]
        run(["download", str(manifest), *where, *more])
    assert {target.encode() for target in [*gone, *rescues]} <= set(origin.targets)


def test_substitute_that_is_no_address_leaves_the_photo_gone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    manifest = manifest_of(["/gone.jpg"], tmp_path)
    listed = tmp_path / "substitutes.txt"
    listed.write_text(f"{HOST}/gone.jpg http://[half\\x/a.jpg", encoding="utf-8")
    with RawOrigin({}) as origin:
        where = ["-w", str(tmp_path / "w"), "--mirror", origin.url]
        assert run(["download", str(manifest), *where, "--rescue-from", str(listed)]) == 1
    assert "gone" in capsys.readouterr().out
