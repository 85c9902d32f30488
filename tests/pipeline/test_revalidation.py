"""Asking again for what is verified: the answer is recorded, and no file changes."""

import io
import json
import os
import time
from dataclasses import replace
from pathlib import Path

import pytest
from aiohttp import web
from PIL import Image

from datasets import Dataset, contents, draw, encoded, quick
from portraitset.cli import run
from portraitset.demo.origin import Behaviour, Origin, picture, plain_status, stalling
from portraitset.errors import State
from portraitset.handoffs import Photo
from portraitset.pipeline.run import Report
from portraitset.pipeline.run import run as run_pipeline
from portraitset.workspace.layout import folders_of
from portraitset.workspace.ledger import Ledger

ETAG, DATE = '"first"', "Wed, 21 Oct 2015 07:28:00 GMT"


def tagged(data: bytes) -> Behaviour:
    """A picture with an ETag, whose server understands conditions."""

    async def answer(request: web.Request, _asked: int) -> web.StreamResponse:
        headers = {"ETag": ETAG, "Last-Modified": DATE}
        if request.headers.get("If-None-Match") == ETAG:
            assert request.headers["If-Modified-Since"] == DATE
            return web.Response(status=304, headers=headers)
        return web.Response(body=data, headers=headers, content_type="image/png")

    return answer


def recompressed(image: Image.Image, image_format: str, **options: int) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, image_format, **options)
    return buffer.getvalue()


def make() -> Dataset:
    dataset = Dataset()
    for number in range(5):
        dataset.add(f"p{number}", tagged(encoded(draw(number), "PNG")))
    return dataset


def go(dataset: Dataset, folder: Path, origin: Origin, revalidate: bool = False) -> Report:
    recipe = replace(quick(origin.url, tries=1), revalidate=revalidate)
    return run_pipeline("download", dataset.write(folder), folders_of(folder / "w"), recipe)


def outcomes(dataset: Dataset, folder: Path) -> list[str | None]:

    with Ledger.open(folder / "w" / ".portraitset") as ledger:
        photos = [
            Photo(str(entry["image_url"]), str(entry["raw_name"]))
            for entry in dataset.entries.values()
        ]
        found = [ledger.revisit(photo) for photo in photos]
    return [revisit.outcome if revisit else None for revisit in found]


def test_every_answer_is_recorded_and_no_file_changes(tmp_path: Path) -> None:
    dataset = make()
    with Origin(dataset.routes) as origin:
        go(dataset, tmp_path, origin)
        before = contents(tmp_path / "w" / "raw")
        assert outcomes(dataset, tmp_path) == [None] * 5
        answers = [
            None,
            picture(recompressed(draw(1), "PNG", compress_level=1)),
            picture(recompressed(draw(2), "JPEG", quality=75)),
            picture(encoded(draw(9))),
            plain_status(404),
        ]
        for name, behaviour in zip(dataset.entries, answers, strict=True):
            if behaviour is not None:
                origin.routes[dataset.route(name)] = behaviour
        report = go(dataset, tmp_path, origin, revalidate=True)
    assert outcomes(dataset, tmp_path) == [
        "unchanged", "unchanged", "looks alike", "changed", "gone"
    ]  # fmt: skip
    assert contents(tmp_path / "w" / "raw") == before
    assert [standing.state for standing in report.standings] == [State.FETCHED] * 5
    assert report.succeeded


def test_news_are_noted_and_what_is_as_it_was_is_not(tmp_path: Path) -> None:
    dataset = make()
    with Origin(dataset.routes) as origin:
        go(dataset, tmp_path, origin)
        origin.routes[dataset.route("00004.png")] = plain_status(404)
        origin.routes[dataset.route("00003.png")] = picture(encoded(draw(9)))
        go(dataset, tmp_path, origin, revalidate=True)
        report = go(dataset, tmp_path, origin)
    texts = {note.subject: note.text for note in report.notes}
    assert set(texts) == {dataset.raw_name("00003.png"), dataset.raw_name("00004.png")}
    assert "another picture" in texts[dataset.raw_name("00003.png")]
    assert "(gone)" in texts[dataset.raw_name("00004.png")]


def test_copy_without_its_times_is_asked_for_as_well(tmp_path: Path) -> None:
    dataset = make()
    with Origin(dataset.routes) as origin:
        go(dataset, tmp_path, origin)
        for path in (tmp_path / "w" / "raw").iterdir():
            os.utime(path, ns=(1, 1))
        go(dataset, tmp_path, origin, revalidate=True)
    assert outcomes(dataset, tmp_path) == ["unchanged"] * 5


def test_what_was_fetched_just_now_is_not_asked_for_again(tmp_path: Path) -> None:
    dataset = make()
    with Origin(dataset.routes) as origin:
        go(dataset, tmp_path, origin, revalidate=True)
    assert outcomes(dataset, tmp_path) == [None] * 5


def test_without_the_flag_nobody_is_asked_again(tmp_path: Path) -> None:
    dataset = make()
    with Origin(dataset.routes) as origin:
        go(dataset, tmp_path, origin)
        count = len(origin.hits)
        go(dataset, tmp_path, origin)
        assert len(origin.hits) == count
        go(dataset, tmp_path, origin, revalidate=True)
        assert sum(hit.path.startswith("/p/") for hit in origin.hits[count:]) == 5


def test_fresh_originals_are_not_asked_for_twice(tmp_path: Path) -> None:
    dataset = make()
    with Origin(dataset.routes) as origin:
        go(dataset, tmp_path, origin, revalidate=True)
        assert sum(hit.path.startswith("/p/") for hit in origin.hits) == 5


def test_flag_and_report_of_link_rot(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    dataset = make()
    dead = dataset.add("dead", plain_status(404))
    manifest = dataset.write(tmp_path)
    with Origin(dataset.routes) as origin:
        command = ["download", str(manifest), "-w", str(tmp_path / "w"), "--mirror", origin.url]
        command += ["--rate", "200", "--tries", "1", "--workers", "1", "--revalidate"]
        assert run(command) == 1
        origin.routes[dataset.route("00000.png")] = plain_status(410)
        assert run(command) == 1
    capsys.readouterr()
    assert run(["rot", "-w", str(tmp_path / "w"), "--json"]) == 0
    content = json.loads(capsys.readouterr().out)
    assert dead == "00005.png"
    assert content["total"] == 6
    assert content["hosts"] == {"cdna.gallery.example": {"held": 5, "gone": 1}}
    assert content["outcomes"] == {"held": 5, "gone": 1}
    assert content["since"] == {"unchanged": 4, "gone": 1}
    assert run(["rot", "-w", str(tmp_path / "w")]) == 0
    shown = capsys.readouterr().out
    assert "cdna.gallery.example" in shown
    assert "unknown" in shown
    assert run(["rot", "-w", str(tmp_path)]) == 2


def test_deadline_holds_for_asking_again_too(tmp_path: Path) -> None:
    dataset = make()
    with Origin(dataset.routes) as origin:
        go(dataset, tmp_path, origin)
        for name in list(dataset.entries)[1:]:
            origin.routes[dataset.route(name)] = stalling(encoded(draw(1)))
        patient = quick(origin.url, connections=5, idle_timeout=90.0, photo_timeout=90.0)
        recipe = replace(patient, revalidate=True, deadline=2.0)
        started = time.monotonic()
        report = run_pipeline(
            "download", dataset.write(tmp_path), folders_of(tmp_path / "w"), recipe
        )
        assert time.monotonic() - started < 30
    assert outcomes(dataset, tmp_path) == ["unchanged", None, None, None, None]
    assert any("deadline of 2 s" in note.text for note in report.notes)
    assert not list((tmp_path / "w" / ".portraitset" / "tmp").iterdir())


def test_same_pixels_under_a_new_tag_are_asked_for_by_the_new_one(tmp_path: Path) -> None:
    dataset = make()
    name = "00000.png"
    recoded = recompressed(draw(0), "PNG", compress_level=1)

    async def renewed(request: web.Request, _asked: int) -> web.StreamResponse:
        if request.headers.get("If-None-Match") == '"second"':
            assert "If-Modified-Since" not in request.headers, "the old date is forgotten"
            return web.Response(status=304)
        return web.Response(body=recoded, headers={"ETag": '"second"'}, content_type="image/png")

    with Origin(dataset.routes) as origin:
        go(dataset, tmp_path, origin)
        before = contents(tmp_path / "w" / "raw")
        origin.routes[dataset.route(name)] = renewed
        go(dataset, tmp_path, origin, revalidate=True)
        go(dataset, tmp_path, origin, revalidate=True)
        asked = [hit for hit in origin.hits if hit.path == dataset.route(name)]
    assert [hit.headers.get("If-None-Match") for hit in asked] == [None, ETAG, '"second"']
    assert outcomes(dataset, tmp_path) == ["unchanged"] * 5
    assert contents(tmp_path / "w" / "raw") == before


def test_another_picture_renews_no_tag(tmp_path: Path) -> None:
    dataset = make()
    with Origin(dataset.routes) as origin:
        go(dataset, tmp_path, origin)
        changed = picture(encoded(draw(9)), headers={"ETag": '"other"'})
        origin.routes[dataset.route("00000.png")] = changed
        for _ in range(2):
            go(dataset, tmp_path, origin, revalidate=True)
        asked = [hit for hit in origin.hits if hit.path == dataset.route("00000.png")]
    assert [hit.headers.get("If-None-Match") for hit in asked] == [None, ETAG, ETAG]
