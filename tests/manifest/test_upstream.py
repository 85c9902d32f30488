"""AAHQ's own manifest: proven by its blob id whatever server, cache or disk it came by."""

import hashlib
import shutil
import socket
import subprocess
from pathlib import Path

import pytest

from portraitset.demo.origin import (
    Behaviour,
    Origin,
    picture,
    plain_status,
    stalling,
    truncated,
)
from portraitset.errors import InputError
from portraitset.identity import user_agent
from portraitset.manifest import upstream
from portraitset.manifest.upstream import fetch_ffhq, fetch_pinned, git_blob_id

CONTENT = b'{"a.png": {"raw_name": "a"}}' * 1000
BLOB_ID = hashlib.sha1(b"blob 28000\0" + CONTENT, usedforsecurity=False).hexdigest()
MD5 = hashlib.md5(CONTENT, usedforsecurity=False).hexdigest()
HEALTHY = {"/faces.json": picture(CONTENT, "application/json")}


def test_blob_id_is_gits() -> None:
    assert git_blob_id(b"") == "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391"
    assert git_blob_id(b"hello\n") == "ce013625030ba8dba906f756967f9e9ca394464a"
    assert git_blob_id(CONTENT) == BLOB_ID


@pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")
def test_blob_id_agrees_with_git_itself() -> None:
    command = ["git", "hash-object", "--stdin"]
    found = subprocess.run(command, input=CONTENT, capture_output=True, check=True).stdout
    assert found.decode().strip() == BLOB_ID


def test_pin_is_upstreams() -> None:
    assert upstream.BLOB_ID == "b748db7ca75128e55a8da8bc5c6cfb2e3da46ba4"
    assert upstream.COMMIT == "2c3b85ade5dcf46db0aa162b5324842828d5de35"
    assert upstream.COMMIT in upstream.URL
    assert upstream.URL.startswith("https://")


def test_ffhqs_pin_is_the_published_one() -> None:
    assert upstream.FFHQ_MD5 == "425ae20f06a4da1d4dc0f46d40ba5fd6"
    assert upstream.FFHQ_URL.startswith("https://")
    assert upstream._LARGEST > 267_793_842


def test_ffhqs_metadata_are_proven_by_their_md5(tmp_path: Path) -> None:
    cache = tmp_path / "ffhq.json"
    page = picture(b"<html>Quota exceeded</html>", "text/html")
    with Origin(HEALTHY | {"/page": page}) as origin:
        with pytest.raises(InputError, match=r"its md5 is .* give its path instead of the name"):
            fetch_ffhq(cache, origin.url + "page", MD5)
        assert not cache.exists()
        assert fetch_ffhq(cache, origin.url + "faces.json", MD5) == CONTENT
    assert fetch_ffhq(cache, "http://nowhere.invalid/", MD5) == CONTENT


def test_manifest_is_fetched_once_and_then_read_from_the_cache(tmp_path: Path) -> None:
    cache = tmp_path / "deep" / "faces.json"
    with Origin(HEALTHY) as origin:
        url = origin.url + "faces.json"
        assert fetch_pinned(cache, url, BLOB_ID) == CONTENT
        assert fetch_pinned(cache, url, BLOB_ID) == CONTENT
    assert [hit.headers["User-Agent"] for hit in origin.hits] == [user_agent()]
    assert fetch_pinned(cache, url, BLOB_ID) == CONTENT  # the server is gone
    assert [path.name for path in cache.parent.iterdir()] == ["faces.json"]


def test_damaged_cache_is_fetched_anew(tmp_path: Path) -> None:
    cache = tmp_path / "faces.json"
    cache.write_bytes(CONTENT[:-1])
    with Origin(HEALTHY) as origin:
        assert fetch_pinned(cache, origin.url + "faces.json", BLOB_ID) == CONTENT
    assert cache.read_bytes() == CONTENT


def test_other_content_is_refused_and_not_kept(tmp_path: Path) -> None:
    cache = tmp_path / "faces.json"
    other = CONTENT.replace(b"a.png", b"b.png", 1)
    with Origin({"/faces.json": picture(other)}) as origin, pytest.raises(InputError) as caught:
        fetch_pinned(cache, origin.url + "faces.json", BLOB_ID)
    assert git_blob_id(other) in str(caught.value)
    assert BLOB_ID in str(caught.value)
    assert not any(tmp_path.iterdir())


@pytest.mark.parametrize(
    "behaviour",
    [plain_status(404), plain_status(500), plain_status(403, "no"), truncated(CONTENT)],
    ids=["404", "500", "403", "truncated"],
)
def test_failing_server_is_an_input_error_and_leaves_nothing(
    tmp_path: Path, behaviour: Behaviour
) -> None:
    with Origin({"/faces.json": behaviour}) as origin, pytest.raises(InputError, match="give"):
        fetch_pinned(tmp_path / "faces.json", origin.url + "faces.json", BLOB_ID)
    assert not any(tmp_path.iterdir())


def test_silent_server_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upstream, "_TIMEOUT", 0.2)
    routes = {"/faces.json": stalling(CONTENT)}
    with Origin(routes) as origin, pytest.raises(InputError, match="Try again later"):
        fetch_pinned(tmp_path / "faces.json", origin.url + "faces.json", BLOB_ID)


def test_server_that_is_not_there_is_an_input_error(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with pytest.raises(InputError, match="Try again later"):
        fetch_pinned(tmp_path / "faces.json", f"http://127.0.0.1:{port}/faces.json", BLOB_ID)


def test_answer_without_end_is_cut_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upstream, "_LARGEST", len(CONTENT) - 1)
    with Origin(HEALTHY) as origin, pytest.raises(InputError, match="larger than a manifest"):
        fetch_pinned(tmp_path / "faces.json", origin.url + "faces.json", BLOB_ID)


def test_proxy_is_asked_instead(tmp_path: Path) -> None:
    url = "http://upstream.invalid/faces.json"
    with Origin({url: picture(CONTENT), "/faces.json": picture(CONTENT)}) as proxy:
        assert fetch_pinned(tmp_path / "faces.json", url, BLOB_ID, proxy.url) == CONTENT
    assert len(proxy.hits) == 1


def test_environment_chooses_no_proxy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9/")
    with Origin(HEALTHY) as origin:
        assert fetch_pinned(tmp_path / "faces.json", origin.url + "faces.json", BLOB_ID) == CONTENT


def test_cache_that_cannot_be_written_stops_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with Origin(HEALTHY) as origin:
        cache = tmp_path / "file" / "faces.json"
        assert fetch_pinned(cache, origin.url + "faces.json", BLOB_ID) == CONTENT
