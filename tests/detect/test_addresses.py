"""`detect` of addresses: fetched with all manners, then looked at, and never fetched again."""

import gzip
import io
import json
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from datasets import draw, encoded
from portraitset.cli import run as cli
from portraitset.demo.origin import Origin, picture, plain_status
from portraitset.manifest import read_manifest
from portraitset.pipeline.run import status
from portraitset.workspace.layout import folders_of

HOST = "https://example.org"


@pytest.fixture
def model(shared: Path) -> Path:
    return shared / "models" / "yunet_s_320_320.onnx"


@pytest.fixture
def painting(shared: Path) -> bytes:
    found = (path for path in (shared / "old-masters" / "origin").rglob("*mona_lisa*"))
    return next(found).read_bytes()


@pytest.fixture
def origin(painting: bytes) -> Iterator[Origin]:
    routes = {
        "/a/mona.jpg?1": picture(painting),
        "/a/copy.jpg": picture(painting),
        "/a/plain.jpg": picture(encoded(draw(1))),
        "/a/gone.jpg": plain_status(404),
        "/a/no.jpg": picture(painting, headers={"X-Robots-Tag": "noai"}),
        "/robots.txt": plain_status(404),
    }
    with Origin(routes) as served:
        yield served


NAMES = ("mona.jpg?1", "copy.jpg", "plain.jpg", "gone.jpg", "no.jpg")


def detect(origin: Origin, model: Path, here: Path, *more: str) -> int:
    flags = ["-o", str(here / "mine.jsonl"), "-w", str(here / "w"), "--mirror", origin.url]
    return cli(["detect", *flags, "--model", str(model), "--workers", "2", *more])


def test_addresses_are_fetched_looked_at_and_told_of(
    origin: Origin, model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    table = "caption,URL\n" + "".join(f"x,{HOST}/a/{name}\n" for name in NAMES)
    (tmp_path / "list.csv.gz").write_bytes(gzip.compress(f"{table}y,ftp://e.org/a\n".encode()))
    code = detect(origin, model, tmp_path, str(tmp_path / "list.csv.gz"), "--json")
    told = json.loads(capsys.readouterr().out)
    assert code == 1
    assert {each["path"].rpartition("/")[2]: each["reason"] for each in told["failures"]} == {
        "gone.jpg": "gone",
        "no.jpg": "opted-out",
        "a": "bad-entry",
    }
    assert told["copies"] == {f"{HOST}/a/copy.jpg": f"{HOST}/a/mona.jpg?1"}
    assert told["without"] == [f"{HOST}/a/plain.jpg"]
    (face,) = read_manifest(tmp_path / "mine.jsonl")
    assert face.photo.url == f"{HOST}/a/mona.jpg?1"
    assert face.name.startswith("mona-")


def test_a_second_run_and_the_build_ask_no_server_again(
    origin: Origin, model: Path, tmp_path: Path
) -> None:
    (tmp_path / "list.txt").write_text(f"{HOST}/a/mona.jpg?1\n{HOST}/a/plain.jpg\n")
    assert detect(origin, model, tmp_path, str(tmp_path / "list.txt")) == 0
    manifest, asked = (tmp_path / "mine.jsonl").read_bytes(), len(origin.pictures)
    assert asked == 2
    assert status(folders_of(tmp_path / "w")).standings == ()
    assert detect(origin, model, tmp_path, str(tmp_path / "list.txt")) == 0
    assert (tmp_path / "mine.jsonl").read_bytes() == manifest
    build = ["build", str(tmp_path / "mine.jsonl"), "-w", str(tmp_path / "w"), "--size", "64"]
    assert cli([*build, "--mirror", origin.url, "--workers", "1"]) == 0
    assert len(origin.pictures) == asked
    # What was built stays what it is, whatever is looked for later.
    assert detect(origin, model, tmp_path, f"{HOST}/a/copy.jpg") == 0
    assert len(status(folders_of(tmp_path / "w")).standings) == 1


def test_an_owner_s_no_is_no_failure(origin: Origin, model: Path, tmp_path: Path) -> None:
    assert detect(origin, model, tmp_path, f"{HOST}/a/mona.jpg?1", f"{HOST}/a/no.jpg") == 0


def test_a_list_comes_from_standard_input(
    origin: Origin, model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stream = io.TextIOWrapper(io.BytesIO(f"{HOST}/a/mona.jpg?1\n".encode()))
    monkeypatch.setattr(sys, "stdin", stream)
    assert detect(origin, model, tmp_path, "-") == 0


def test_what_was_fetched_and_never_built_can_be_taken_out(
    origin: Origin, model: Path, tmp_path: Path
) -> None:
    url = f"{HOST}/a/mona.jpg?1"
    assert detect(origin, model, tmp_path, url) == 0
    assert any((tmp_path / "w" / "raw").iterdir())
    assert cli(["remove", "-w", str(tmp_path / "w"), "--url", url]) == 0
    assert not any((tmp_path / "w" / "raw").iterdir())
    asked = len(origin.pictures)
    (tmp_path / "mine.jsonl").unlink()
    assert detect(origin, model, tmp_path, url) == 1
    assert len(origin.pictures) == asked
    assert not (tmp_path / "mine.jsonl").exists()


@pytest.mark.parametrize("name", ["again.jsonl", "again.json", "again.parquet"])
def test_a_manifest_s_pictures_are_looked_at_anew(
    origin: Origin, model: Path, painting: bytes, tmp_path: Path, name: str
) -> None:
    (tmp_path / "p").mkdir()
    (tmp_path / "p" / "at hand.jpg").write_bytes(encoded(draw(2)))
    shutil.copy(tmp_path / "p" / "at hand.jpg", tmp_path / "p" / "other.jpg")
    (tmp_path / "p" / "mona.jpg").write_bytes(painting)
    assert detect(origin, model, tmp_path, str(tmp_path / "p"), f"{HOST}/a/mona.jpg?1") == 0
    first = list(read_manifest(tmp_path / "mine.jsonl"))
    flags = ["-o", str(tmp_path / name), "-w", str(tmp_path / "w"), "--model", str(model)]
    mirror = ["--mirror", origin.url]
    assert cli(["detect", str(tmp_path / "mine.jsonl"), *flags, *mirror]) == 0
    assert list(read_manifest(tmp_path / name)) == first
    (tmp_path / "p" / "mona.jpg").write_bytes(encoded(draw(3)))
    assert cli(["detect", str(tmp_path / "mine.jsonl"), *flags, *mirror]) == 1


def test_a_list_without_addresses_is_bad_input(
    origin: Origin, model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "list.csv").write_text("caption,link\na,https://example.org/a.jpg\n")
    assert detect(origin, model, tmp_path, str(tmp_path / "list.csv")) == 2
    words = " ".join(capsys.readouterr().err.split())
    assert "has no column 'url'" in words
    assert "--url-column" in words
