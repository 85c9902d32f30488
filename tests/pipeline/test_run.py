"""The main job, end to end: a real server on loopback, real files, real worker processes."""

import asyncio
import hashlib
import io
import json
import os
import time
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from aiohttp import web
from PIL import Image, ImageCms

import portraitset as ps
from datasets import POINTS, Dataset, contents, draw, encoded, plain_dataset, quick
from old_masters import OldMasters
from portraitset.align.settings import CropSettings
from portraitset.demo.origin import Origin, first, picture, plain_status, throttled, truncated
from portraitset.download.settings import DownloadSettings
from portraitset.errors import InputError, State, WorkspaceError
from portraitset.pipeline import run as pipeline
from portraitset.pipeline.recipe import Recipe
from portraitset.pipeline.run import Report
from portraitset.pipeline.survey import Goal
from portraitset.workspace.layout import folders_of


def go(
    dataset: Dataset,
    origin: Origin,
    folder: Path,
    goal: Goal = "build",
    recipe: Recipe | None = None,
) -> Report:
    manifest = dataset.write(folder)
    return pipeline.run(goal, manifest, folders_of(folder / "w"), recipe or quick(origin.url))


def states(report: Report) -> dict[str, tuple[str, str | None]]:
    return {s.name: (s.state.value, s.reason) for s in report.standings}


def test_old_masters_become_upstreams_very_pixels(old_masters: OldMasters, tmp_path: Path) -> None:
    with Origin(old_masters.routes) as origin:
        recipe = Recipe(ps.DownloadSettings(mirror=origin.url))
        report = ps.build(old_masters.manifest, workspace=tmp_path, recipe=recipe)
        assert report.succeeded
        assert len(origin.pictures) == 7
        old_masters.check(tmp_path / "aligned")
        before = contents(tmp_path / "raw"), contents(tmp_path / "aligned")
        again = ps.build(old_masters.manifest, workspace=tmp_path, recipe=recipe)
        assert again.succeeded
        assert len(origin.pictures) == 7
    assert before == (contents(tmp_path / "raw"), contents(tmp_path / "aligned"))


def test_server_learns_who_asks(tmp_path: Path) -> None:
    dataset = plain_dataset(1)
    with Origin(dataset.routes) as origin:
        go(dataset, origin, tmp_path, recipe=quick(origin.url, contact="me@lab.example"))
        agent = origin.pictures[0].headers["User-Agent"]
    assert agent.startswith(f"portraitset/{ps.__version__} (+http")
    assert "me@lab.example" in agent


def test_second_run_asks_nothing_and_changes_nothing(tmp_path: Path) -> None:
    dataset = plain_dataset(3)
    with Origin(dataset.routes) as origin:
        assert go(dataset, origin, tmp_path).succeeded
        before = contents(tmp_path / "w" / "raw"), contents(tmp_path / "w" / "aligned")
        report = go(dataset, origin, tmp_path)
        assert len(origin.pictures) == 3
    assert report.tally.due == 0
    assert before == (contents(tmp_path / "w" / "raw"), contents(tmp_path / "w" / "aligned"))


def test_photo_with_many_faces_is_fetched_once(tmp_path: Path) -> None:
    dataset = Dataset()
    for shift in range(4):
        points = {name: [x + shift, y] for name, (x, y) in POINTS.items()}
        dataset.add("group", points=points)
    with Origin(dataset.routes) as origin:
        report = go(dataset, origin, tmp_path)
        assert len(origin.pictures) == 1
    assert report.tally.states[State.ALIGNED] == 4


def test_address_under_two_file_names_is_fetched_once(tmp_path: Path) -> None:
    dataset = Dataset()
    dataset.add("same")
    dataset.add("same", raw_name="another-name.jpg")
    with Origin(dataset.routes) as origin:
        report = go(dataset, origin, tmp_path)
        assert len(origin.pictures) == 1
    assert report.succeeded
    assert len(list((tmp_path / "w" / "raw").iterdir())) == 2


def test_bad_entries_do_not_stop_the_others(tmp_path: Path) -> None:
    dataset = plain_dataset(1)
    nan = dataset.add("nan", points=POINTS | {"eye_left": [float("nan"), 1.0]})
    unsafe = dataset.add("unsafe", raw_name="../../escape.jpg")
    rival = dataset.add("rival", raw_name=dataset.raw_name("00000.png"))
    far = dataset.add("far", points={name: [x + 9999, y] for name, (x, y) in POINTS.items()})
    with Origin(dataset.routes) as origin:
        report = go(dataset, origin, tmp_path)
    assert states(report) == {
        "00000.png": ("aligned", None),
        nan: ("invalid", "bad-entry"),
        unsafe: ("invalid", "unsafe-name"),
        rival: ("invalid", "bad-entry"),
        far: ("failed", "degenerate-face"),
    }
    assert not (tmp_path / "escape.jpg").exists()
    assert not report.succeeded


def test_one_faces_failure_leaves_its_neighbour_alone(tmp_path: Path) -> None:
    dataset = Dataset()
    good = dataset.add("pair")
    bad = dataset.add("pair", points={name: [x, y - 9999] for name, (x, y) in POINTS.items()})
    with Origin(dataset.routes) as origin:
        report = go(dataset, origin, tmp_path)
    assert states(report) == {good: ("aligned", None), bad: ("failed", "degenerate-face")}


def test_refused_once_is_served_when_asked_again_later(tmp_path: Path) -> None:
    dataset = Dataset()
    dataset.add("busy", first(1, throttled("1"), picture(encoded(draw(1)))))
    with Origin(dataset.routes) as origin:
        assert go(dataset, origin, tmp_path).succeeded
        first_hit, second_hit = origin.pictures
    assert second_hit.at - first_hit.at >= 1.0


def test_transient_failures_are_asked_again_and_refusals_are_not(tmp_path: Path) -> None:
    dataset = Dataset()
    healthy = picture(encoded(draw(1)))
    cut = dataset.add("cut", first(3, truncated(encoded(draw(1))), healthy))
    gone = dataset.add("gone", first(1, plain_status(404), healthy))
    with Origin(dataset.routes) as origin:
        report = go(dataset, origin, tmp_path)
        assert states(report) == {cut: ("failed", "truncated"), gone: ("unavailable", "gone")}
        report = go(dataset, origin, tmp_path)
        assert states(report) == {cut: ("aligned", None), gone: ("unavailable", "gone")}
        assert sum(hit.path == dataset.route(gone) for hit in origin.hits) == 1
        folders = folders_of(tmp_path / "w")
        report = pipeline.retry(frozenset(["gone"]), folders, quick(origin.url))
    assert report.succeeded


def test_originals_already_there_are_adopted(tmp_path: Path) -> None:
    dataset = plain_dataset(2)
    raw = tmp_path / "w" / "raw"
    raw.mkdir(parents=True)
    mine = raw / dataset.raw_name("00000.png")
    mine.write_bytes(encoded(draw(77)))
    with Origin(dataset.routes) as origin:
        assert go(dataset, origin, tmp_path).succeeded
        assert len(origin.pictures) == 1
    assert mine.read_bytes() == encoded(draw(77))


def test_half_an_original_is_fetched_anew_and_kept_aside(tmp_path: Path) -> None:
    dataset = plain_dataset(1)
    raw = tmp_path / "w" / "raw"
    raw.mkdir(parents=True)
    half = encoded(draw(5, 400, 500))[:-2000]
    (raw / dataset.raw_name("00000.png")).write_bytes(half)
    with Origin(dataset.routes) as origin:
        report = go(dataset, origin, tmp_path)
    assert report.succeeded
    aside = list((tmp_path / "w" / ".portraitset" / "aside").rglob("*.jpg"))
    assert [path.read_bytes() for path in aside] == [half]
    assert any("moved to" in note.text for note in report.notes)


def test_align_reports_half_an_original_and_leaves_it(tmp_path: Path) -> None:
    dataset = plain_dataset(1)
    raw = tmp_path / "w" / "raw"
    raw.mkdir(parents=True)
    half = raw / dataset.raw_name("00000.png")
    half.write_bytes(encoded(draw(5, 400, 500))[:-2000])
    with Origin(dataset.routes) as origin:
        report = go(dataset, origin, tmp_path, "align")
        assert not origin.pictures
        assert states(report) == {"00000.png": ("failed", "truncated")}
        assert half.exists()
        assert go(dataset, origin, tmp_path).succeeded, "build may ask for it"


def test_strange_crop_is_kept_aside_and_an_equal_one_adopted(tmp_path: Path) -> None:
    dataset = plain_dataset(2)
    with Origin(dataset.routes) as origin:
        assert go(dataset, origin, tmp_path / ".").succeeded
        other = tmp_path / "other"
        other.mkdir()
        aligned = other / "w" / "aligned"
        aligned.mkdir(parents=True)
        with Image.open(tmp_path / "w" / "aligned" / "00000.png") as crop:
            crop.save(aligned / "00000.png", compress_level=1)  # equal pixels, other bytes
        draw(9, 64, 64).save(aligned / "00001.png")
        mine = (aligned / "00000.png").read_bytes()
        strange = (aligned / "00001.png").read_bytes()
        report = go(dataset, origin, other)
    assert report.succeeded
    assert (aligned / "00000.png").read_bytes() == mine
    assert (aligned / "00001.png").read_bytes() != strange
    kept = list((other / "w" / ".portraitset" / "aside" / "aligned").iterdir())
    assert [path.read_bytes() for path in kept] == [strange]


def test_deleted_original_is_fetched_again_without_cutting_again(tmp_path: Path) -> None:
    dataset = plain_dataset(2)
    with Origin(dataset.routes) as origin:
        go(dataset, origin, tmp_path)
        before = contents(tmp_path / "w" / "aligned")
        (tmp_path / "w" / "raw" / dataset.raw_name("00001.png")).unlink()
        report = go(dataset, origin, tmp_path)
        assert len(origin.pictures) == 3
    assert report.succeeded
    assert contents(tmp_path / "w" / "aligned") == before


def test_crop_outlives_an_original_that_cannot_be_had_again(tmp_path: Path) -> None:
    dataset = plain_dataset(1)
    with Origin(dataset.routes) as origin:
        go(dataset, origin, tmp_path)
        (tmp_path / "w" / "raw" / dataset.raw_name("00000.png")).unlink()
        origin.routes[dataset.route("00000.png")] = plain_status(404)
        report = go(dataset, origin, tmp_path)
    assert states(report) == {"00000.png": ("aligned", None)}


def test_altered_original_is_fetched_again(tmp_path: Path) -> None:
    dataset = plain_dataset(1)
    with Origin(dataset.routes) as origin:
        go(dataset, origin, tmp_path)
        raw = tmp_path / "w" / "raw" / dataset.raw_name("00000.png")
        genuine = raw.read_bytes()
        raw.write_bytes(encoded(draw(123)))
        report = go(dataset, origin, tmp_path)
    assert report.succeeded
    assert raw.read_bytes() == genuine


def test_touched_original_is_neither_fetched_nor_cut_again(tmp_path: Path) -> None:
    dataset = plain_dataset(1)
    with Origin(dataset.routes) as origin:
        go(dataset, origin, tmp_path)
        before = contents(tmp_path / "w" / "aligned")
        os.utime(tmp_path / "w" / "raw" / dataset.raw_name("00000.png"))
        assert go(dataset, origin, tmp_path).succeeded
        assert len(origin.pictures) == 1
    assert contents(tmp_path / "w" / "aligned") == before


def test_changed_settings_cut_again_but_fetch_nothing(tmp_path: Path) -> None:
    dataset = plain_dataset(2)
    with Origin(dataset.routes) as origin:
        go(dataset, origin, tmp_path)
        smaller = quick(origin.url, crop=CropSettings(size=32))
        report = go(dataset, origin, tmp_path, recipe=smaller)
        assert len(origin.pictures) == 2
    assert report.tally.cut == 2
    with Image.open(tmp_path / "w" / "aligned" / "00000.png") as crop:
        assert crop.size == (32, 32)
    assert not (tmp_path / "w" / ".portraitset" / "aside").exists(), "the ledger knew those crops"


def test_changed_format_replaces_the_crops_and_loses_none(tmp_path: Path) -> None:
    dataset = plain_dataset(1)
    dataset.entries["00000.webp"] = dataset.entries["00000.png"] | {"landmarks": POINTS}
    aligned = tmp_path / "w" / "aligned"
    with Origin(dataset.routes) as origin:
        assert go(dataset, origin, tmp_path).succeeded
        kinds = {path.name: _format(path) for path in aligned.iterdir()}
        assert kinds == {"00000.png": "PNG", "00000.webp": "WEBP"}
        as_jpeg = quick(origin.url, crop=CropSettings(size=64, image_format="jpeg"))
        assert go(dataset, origin, tmp_path, recipe=as_jpeg).succeeded
        assert [_format(path) for path in aligned.iterdir()] == ["JPEG", "JPEG"]
        assert go(dataset, origin, tmp_path, recipe=as_jpeg).tally.due == 0
        assert len(origin.pictures) == 1


def test_crop_says_what_made_it_and_keeps_the_colour_profile(tmp_path: Path) -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    buffer = io.BytesIO()
    draw(3).save(buffer, "JPEG", icc_profile=profile)
    dataset = Dataset()
    edge = {name: [x - 30, y] for name, (x, y) in POINTS.items()}
    dataset.add("profiled", picture(buffer.getvalue()), points=edge)  # this one is padded
    with Origin(dataset.routes) as origin:
        go(dataset, origin, tmp_path)
    with Image.open(tmp_path / "w" / "aligned" / "00000.png") as crop:
        assert crop.info["icc_profile"] == profile
        assert crop.info["Software"] == f"portraitset {ps.__version__}"
        assert hashlib.sha256(buffer.getvalue()).hexdigest() in crop.info["Source"]


def test_fast_decodes_a_huge_face_small_and_lands_on_the_same_spot(tmp_path: Path) -> None:
    dataset = Dataset()
    big = draw(3, 1300, 1600)
    points = {name: [x * 10, y * 10] for name, (x, y) in POINTS.items()}
    dataset.add("huge", picture(encoded(big)), points=points)
    with Origin(dataset.routes) as origin:
        settings = CropSettings(size=64, quality="fast")
        assert go(dataset, origin, tmp_path, recipe=quick(origin.url, crop=settings)).succeeded
    with Image.open(tmp_path / "w" / "raw" / dataset.raw_name("00000.png")) as original:
        whole = np.asarray(original.convert("RGB"))
    landmarks = ps.Landmarks(**{name: (x, y) for name, (x, y) in points.items()})
    expected = ps.align_face(whole, landmarks, size=64, quality="fast").astype(float)
    with Image.open(tmp_path / "w" / "aligned" / "00000.png") as crop:
        noise = np.mean((np.asarray(crop).astype(float) - expected) ** 2)
    assert noise > 0, "it was decoded small"
    assert 10 * np.log10(255**2 / noise) > 50


def _format(path: Path) -> str | None:
    with Image.open(path) as image:
        return image.format


def test_reference_and_exact_share_their_crops(tmp_path: Path) -> None:
    dataset = plain_dataset(1)
    with Origin(dataset.routes) as origin:
        go(dataset, origin, tmp_path)
        slow = quick(origin.url, crop=CropSettings(size=64, quality="reference"))
        assert go(dataset, origin, tmp_path, recipe=slow).tally.cut == 0


def test_changed_landmarks_cut_only_that_face_again(tmp_path: Path) -> None:
    dataset = plain_dataset(2)
    with Origin(dataset.routes) as origin:
        go(dataset, origin, tmp_path)
        dataset.entries["00001.png"]["landmarks"] = POINTS | {"eye_left": [48.0, 60.0]}
        report = go(dataset, origin, tmp_path)
        assert len(origin.pictures) == 2
    assert report.tally.cut == 1


def test_face_that_becomes_degenerate_leaves_no_stale_crop(tmp_path: Path) -> None:
    dataset = plain_dataset(1)
    with Origin(dataset.routes) as origin:
        go(dataset, origin, tmp_path)
        moved = {name: [x, y + 9999] for name, (x, y) in POINTS.items()}
        dataset.entries["00000.png"]["landmarks"] = moved
        report = go(dataset, origin, tmp_path)
    assert states(report) == {"00000.png": ("failed", "degenerate-face")}
    assert not list((tmp_path / "w" / "aligned").iterdir())


def test_new_address_for_a_file_is_fetched_and_the_old_file_kept_aside(tmp_path: Path) -> None:
    dataset = plain_dataset(1)
    with Origin(dataset.routes) as origin:
        go(dataset, origin, tmp_path)
        raw = tmp_path / "w" / "raw" / dataset.raw_name("00000.png")
        old = raw.read_bytes()
        other = Dataset()
        other.add("moved", raw_name=dataset.raw_name("00000.png"))
        origin.routes.update(other.routes)
        report = go(other, origin, tmp_path)
    assert report.succeeded
    assert raw.read_bytes() != old
    aside = list((tmp_path / "w" / ".portraitset" / "aside" / "raw").iterdir())
    assert [path.read_bytes() for path in aside] == [old]


def test_file_of_another_address_is_never_taken_for_the_new_one(tmp_path: Path) -> None:
    dataset = plain_dataset(1)
    with Origin(dataset.routes) as origin:
        go(dataset, origin, tmp_path)
        other = Dataset()
        name = other.add("moved", plain_status(404), raw_name=dataset.raw_name("00000.png"))
        origin.routes.update(other.routes)
        for _ in range(3):
            assert states(go(other, origin, tmp_path)) == {name: ("unavailable", "gone")}


def test_verdict_of_the_server_outlives_a_bad_file_on_disk(tmp_path: Path) -> None:
    dataset = plain_dataset(1)
    with Origin(dataset.routes) as origin:
        go(dataset, origin, tmp_path)
        raw = tmp_path / "w" / "raw" / dataset.raw_name("00000.png")
        raw.write_bytes(raw.read_bytes() + b"!")
        (tmp_path / "w" / "aligned" / "00000.png").unlink()
        origin.routes[dataset.route("00000.png")] = plain_status(404)
        for _ in range(4):
            assert states(go(dataset, origin, tmp_path)) == {"00000.png": ("unavailable", "gone")}
        assert len(origin.pictures) == 2


def test_limit_that_is_lifted_lifts_the_failure_of_a_crop(tmp_path: Path) -> None:
    dataset = plain_dataset(1)
    aligned = tmp_path / "w" / "aligned"
    with Origin(dataset.routes) as origin:
        go(dataset, origin, tmp_path)
        smaller = CropSettings(size=32)
        report = go(
            dataset, origin, tmp_path, recipe=quick(origin.url, crop=smaller, max_pixels=100)
        )
        assert states(report) == {"00000.png": ("failed", "too-large")}
        assert not list(aligned.iterdir()), "the crop of other settings does not stay"
        assert go(dataset, origin, tmp_path, recipe=quick(origin.url, crop=smaller)).succeeded


def test_final_counts_are_those_of_the_final_faces(tmp_path: Path) -> None:
    dataset = plain_dataset(2)
    crop = tmp_path / "w" / "aligned" / "00000.png"
    with Origin(dataset.routes) as origin:
        manifest = dataset.write(tmp_path)
        report = pipeline.run(
            "build",
            manifest,
            folders_of(tmp_path / "w"),
            quick(origin.url),
            observer=lambda tally: crop.unlink(missing_ok=True),
        )
    counts = Counter(standing.state for standing in report.standings)
    assert {state: count for state, count in report.tally.states.items() if count} == counts


def test_notice_of_somebody_else_stays(tmp_path: Path) -> None:
    dataset = plain_dataset(1)
    (tmp_path / "w").mkdir()
    (tmp_path / "w" / "NOTICE").write_text("mine")
    with Origin(dataset.routes) as origin:
        go(dataset, origin, tmp_path)
        go(dataset, origin, tmp_path)
    assert (tmp_path / "w" / "NOTICE").read_text() == "mine"
    assert "biases" in (tmp_path / "w" / "NOTICE.portraitset").read_text()


def test_enormous_colour_profile_does_not_make_an_unreadable_crop(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    draw(3).save(buffer, "JPEG", icc_profile=bytes(1_500_000))
    dataset = Dataset()
    dataset.add("profiled", picture(buffer.getvalue()))
    with Origin(dataset.routes) as origin:
        assert go(dataset, origin, tmp_path).succeeded
    with Image.open(tmp_path / "w" / "aligned" / "00000.png") as crop:
        crop.load()


def test_header_of_any_bytes_does_no_harm(tmp_path: Path) -> None:
    dataset = Dataset()
    data = encoded(draw(1))

    async def answer(request: web.Request, _asked: int) -> web.StreamResponse:
        head = b'HTTP/1.1 200 OK\r\nETag: "\xff\xfe"\r\nContent-Length: %d\r\n\r\n'
        if request.transport is not None:
            request.transport.write(head % len(data) + data)
            request.transport.close()
        return web.Response()

    dataset.add("odd", answer)
    with Origin(dataset.routes) as origin:
        assert go(dataset, origin, tmp_path).succeeded


@pytest.mark.parametrize("host", ["a..b", "x" * 300 + ".example", "....."])
def test_host_that_cannot_be_one_stops_nobody_else(host: str, tmp_path: Path) -> None:
    dataset = Dataset()
    bad = dataset.add("bad", host=f"http://{host}")
    manifest = dataset.write(tmp_path)
    recipe = Recipe(DownloadSettings(backoff=0.01))
    report = pipeline.run("build", manifest, folders_of(tmp_path / "w"), recipe)
    assert states(report)[bad][0] in ("refused", "invalid", "failed")


def test_entry_that_leaves_the_manifest_no_longer_counts_but_stays(tmp_path: Path) -> None:
    dataset = plain_dataset(2)
    with Origin(dataset.routes) as origin:
        go(dataset, origin, tmp_path)
        del dataset.entries["00001.png"]
        report = go(dataset, origin, tmp_path)
    assert [standing.name for standing in report.standings] == ["00000.png"]
    assert (tmp_path / "w" / "aligned" / "00001.png").exists()
    assert any(note.subject == "00001.png" for note in report.notes)


def test_download_then_align_equals_build(tmp_path: Path) -> None:
    dataset = plain_dataset(2)
    with Origin(dataset.routes) as origin:
        assert go(dataset, origin, tmp_path, "download").tally.states[State.FETCHED] == 2
        assert not (tmp_path / "w" / "aligned").exists()
        assert go(dataset, origin, tmp_path, "align").succeeded
        assert len(origin.pictures) == 2
        other = tmp_path / "other"
        other.mkdir()
        go(dataset, origin, other)
    crops = [
        {name: data for name, (data, _) in contents(folder / "w" / "aligned").items()}
        for folder in (tmp_path, other)
    ]
    assert crops[0] == crops[1]


def test_status_agrees_with_the_files(tmp_path: Path) -> None:
    dataset = plain_dataset(3)
    with Origin(dataset.routes) as origin:
        go(dataset, origin, tmp_path)
    aligned = tmp_path / "w" / "aligned"
    (aligned / "00001.png").unlink()
    (tmp_path / "w" / "raw" / dataset.raw_name("00002.png")).unlink()
    (aligned / "00002.png").unlink()
    report = pipeline.status(folders_of(tmp_path / "w"))
    assert [standing.state for standing in report.standings] == ["aligned", "fetched", "pending"]


def test_states_add_up_at_every_moment(tmp_path: Path) -> None:
    dataset = plain_dataset(4)
    dataset.add("gone", plain_status(404))
    totals: list[int] = []
    with Origin(dataset.routes) as origin:
        manifest = dataset.write(tmp_path)
        pipeline.run(
            "build",
            manifest,
            folders_of(tmp_path / "w"),
            quick(origin.url),
            observer=lambda tally: totals.append(tally.total),
        )
    assert totals
    assert set(totals) == {5}


def test_build_works_inside_a_running_event_loop(tmp_path: Path) -> None:
    dataset = plain_dataset(1)
    with Origin(dataset.routes) as origin:

        async def notebook() -> Report:
            return go(dataset, origin, tmp_path)

        assert asyncio.run(notebook()).succeeded


def test_nothing_is_begun_when_the_disk_is_too_small(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dataset = plain_dataset(1)
    monkeypatch.setattr("portraitset.workspace.layout.Workspace.free_bytes", lambda _: 1_000_000)
    with Origin(dataset.routes) as origin:
        with pytest.raises(WorkspaceError, match="free and this run needs"):
            go(dataset, origin, tmp_path)
        assert not origin.pictures


def test_terms_are_shown_once_and_written_beside_the_pictures(tmp_path: Path) -> None:
    dataset = plain_dataset(1)
    shown: list[str] = []
    with Origin(dataset.routes) as origin:
        manifest = dataset.write(tmp_path)
        for _ in range(2):
            pipeline.run(
                "build",
                manifest,
                folders_of(tmp_path / "w"),
                quick(origin.url),
                show_terms=lambda terms: shown.append(terms.name),
            )
    assert shown == ["Artstation-Artistic-face-HQ (AAHQ)"]
    notice = (tmp_path / "w" / "NOTICE").read_text()
    assert "biases" in notice
    assert "liumcong@gmail.com" in notice


def test_own_description_replaces_the_terms(tmp_path: Path) -> None:
    dataset = plain_dataset(1)
    keys = ("name", "terms", "caution", "contact", "citation")
    lines = [f'{key} = "our own {key}"' for key in keys]
    (tmp_path / "dataset.toml").write_text("[dataset]\n" + "\n".join(lines))
    with Origin(dataset.routes) as origin:
        go(dataset, origin, tmp_path)
        pipeline.retry(frozenset(["gone"]), folders_of(tmp_path / "w"), quick(origin.url))
    notice = (tmp_path / "w" / "NOTICE").read_text()
    assert "our own terms" in notice
    assert "AAHQ" not in notice


def test_manifest_that_makes_no_sense_begins_nothing(tmp_path: Path) -> None:
    manifest = tmp_path / "dataset.json"
    manifest.write_text(json.dumps([1, 2]))
    with pytest.raises(InputError):
        ps.build(manifest, workspace=tmp_path / "w")
    assert not (tmp_path / "w").exists()


def test_long_names_and_odd_letters_end_up_on_disk(tmp_path: Path) -> None:
    dataset = Dataset()
    dataset.add("long", raw_name="ü" * 200 + ".jpg?1234")
    dataset.add("upper", raw_name="Same Name.JPG")
    dataset.add("lower", raw_name="same name.jpg")
    with Origin(dataset.routes) as origin:
        assert go(dataset, origin, tmp_path).succeeded
    names = [path.name for path in (tmp_path / "w" / "raw").iterdir()]
    assert len(names) == 3
    assert max(len(name.encode()) for name in names) <= 255


def test_pace_is_kept_over_two_hosts_of_one_operator(tmp_path: Path) -> None:
    dataset = Dataset()
    for number in range(14):
        dataset.add(f"paced-{number}", host=f"https://cdn{'ab'[number % 2]}.artstation.com")
    with Origin(dataset.routes) as origin:
        recipe = quick(origin.url, rate=5.0)
        started = time.monotonic()
        assert go(dataset, origin, tmp_path, "download", recipe).succeeded
        assert time.monotonic() - started >= 13 / 5
        times = [hit.at for hit in origin.hits]
    assert max(sum(start <= at < start + 1.0 for at in times) for start in times) <= 5
