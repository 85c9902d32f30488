"""Owners' wishes, end to end: read before the body, kept as evidence, overridden only on demand."""

import asyncio
from collections.abc import Mapping
from pathlib import Path

import pytest
from aiohttp import web

from datasets import HOST, Dataset, draw, encoded, plain_dataset, quick
from portraitset.demo.origin import (
    WELL_KNOWN,
    Behaviour,
    Origin,
    first,
    picture,
    plain_status,
    redirect,
)
from portraitset.handoffs import Evidence, Photo
from portraitset.pipeline import run as pipeline
from portraitset.pipeline.forecast import forecast_build
from portraitset.pipeline.recipe import Recipe
from portraitset.pipeline.run import Report
from portraitset.workspace.layout import folders_of
from portraitset.workspace.ledger import Ledger

ROBOTS, TDMREP = WELL_KNOWN
DATA = encoded(draw(1))


def go(dataset: Dataset, folder: Path, recipe: Recipe) -> Report:
    return pipeline.run("download", dataset.write(folder), folders_of(folder / "w"), recipe)


def states(report: Report) -> dict[str, tuple[str, str | None]]:
    return {s.name: (s.state.value, s.reason) for s in report.standings}


def evidence_on(dataset: Dataset, name: str, folder: Path) -> dict[str, Evidence]:
    entry = dataset.entries[name]
    photo = Photo(str(entry["image_url"]), str(entry["raw_name"]))
    with Ledger.open_existing(folders_of(folder / "w").state) as ledger:
        return {item.signal: item for item in ledger.evidence(photo)}


def text(content: str) -> Behaviour:
    return plain_status(200, content)


@pytest.mark.parametrize(
    ("headers", "signal"),
    [
        ({"X-Robots-Tag": "NoAI"}, "x-robots-tag"),
        ({"X-Robots-Tag": "portraitset: noimageai"}, "x-robots-tag"),
        ({"X-Robots-Tag": "nofollow, noindex"}, "x-robots-tag"),
        ({"tdm-reservation": "1"}, "tdm-reservation"),
        ({"Content-Usage": "train-ai=n"}, "content-usage"),
    ],
)
def test_header_that_says_no_ends_opted_out_with_its_evidence(
    headers: Mapping[str, str], signal: str, tmp_path: Path
) -> None:
    dataset = plain_dataset(1)
    name = dataset.add("mine", picture(DATA, headers=headers))
    with Origin(dataset.routes) as origin:
        report = go(dataset, tmp_path, quick(origin.url))
        again = go(dataset, tmp_path, quick(origin.url))
        assert sum(hit.path == dataset.route(name) for hit in origin.hits) == 1, "a no stands"
    assert states(report) == {"00000.png": ("fetched", None), name: ("refused", "opted-out")}
    assert again.succeeded, "an opted-out face is no failure"
    found = evidence_on(dataset, name, tmp_path)[signal]
    assert (found.value, found.decision) == (next(iter(headers.values())), "refused")
    assert found.url.endswith(dataset.route(name))
    assert found.at > 1_700_000_000
    assert len(list((tmp_path / "w" / "raw").iterdir())) == 1


def test_body_of_an_opted_out_picture_is_not_read(tmp_path: Path) -> None:
    sent = 0

    async def endless(request: web.Request, _asked: int) -> web.StreamResponse:
        nonlocal sent
        response = web.StreamResponse(headers={"X-Robots-Tag": "noai"})
        await response.prepare(request)
        for _ in range(1000):
            await response.write(bytes(1 << 20))
            sent += 1
            await asyncio.sleep(0)
        return response

    dataset = Dataset()
    dataset.add("mine", endless)
    with Origin(dataset.routes) as origin:
        report = go(dataset, tmp_path, quick(origin.url))
    assert set(states(report).values()) == {("refused", "opted-out")}
    assert sent < 20, "the connection was closed; what was sent lies in buffers"


@pytest.mark.parametrize(
    "rules", ["User-agent: *\nDisallow: /p/", "User-agent: *\nContent-Usage: train-ai=n"]
)
def test_robots_txt_that_says_no_is_heard_before_any_picture_is_asked_for(
    rules: str, tmp_path: Path
) -> None:
    dataset = plain_dataset(3)
    with Origin(dataset.routes | {ROBOTS: text(rules)}) as origin:
        report = go(dataset, tmp_path, quick(origin.url))
        assert not origin.pictures
    assert set(states(report).values()) == {("refused", "opted-out")}
    found = evidence_on(dataset, "00000.png", tmp_path)
    assert [item.decision for item in found.values() if item.decision == "refused"] == ["refused"]


def test_tdmrep_file_is_heard_before_any_picture_is_asked_for(tmp_path: Path) -> None:
    dataset = plain_dataset(2)
    rules = '[{"location": "/p/*", "tdm-reservation": 1}]'
    with Origin(dataset.routes | {TDMREP: text(rules)}) as origin:
        report = go(dataset, tmp_path, quick(origin.url))
        assert not origin.pictures
    assert set(states(report).values()) == {("refused", "opted-out")}
    assert evidence_on(dataset, "00001.png", tmp_path)["tdmrep.json"].decision == "refused"


def test_sites_texts_are_asked_for_once_a_run_and_only_if_a_picture_is(tmp_path: Path) -> None:
    dataset = plain_dataset(5)
    with Origin(dataset.routes) as origin:
        go(dataset, tmp_path, quick(origin.url))
        paths = [hit.path for hit in origin.hits]
        assert (paths.count(ROBOTS), paths.count(TDMREP)) == (1, 1)
        assert paths.index(ROBOTS) == 0
        go(dataset, tmp_path, quick(origin.url))
        assert len(origin.hits) == len(paths), "a run with nothing to fetch asks nobody"


def test_silence_is_unknown_and_never_more(tmp_path: Path) -> None:
    dataset = plain_dataset(1)
    with Origin(dataset.routes) as origin:
        assert go(dataset, tmp_path, quick(origin.url)).succeeded
    found = evidence_on(dataset, "00000.png", tmp_path)
    assert found["robots.txt"].decision == "allowed"
    assert found["project-page"].decision == "unknown"
    assert "NoAI" in found["project-page"].value


def test_overriding_takes_a_setting_and_leaves_its_mark(tmp_path: Path) -> None:
    dataset = Dataset()
    name = dataset.add("mine", picture(DATA, headers={"X-Robots-Tag": "noai"}))
    refusing = dataset.routes | {ROBOTS: text("User-agent: *\nDisallow: /")}
    with Origin(refusing) as origin:
        report = go(dataset, tmp_path, quick(origin.url, opt_outs="ignore"))
    assert report.succeeded
    assert any("opt-outs were ignored" in note.text for note in report.notes)
    found = evidence_on(dataset, name, tmp_path)
    assert found["robots.txt"].decision == found["x-robots-tag"].decision == "overridden"


@pytest.mark.parametrize("status", [500, 503])
def test_robots_txt_that_fails_is_a_complete_disallow_for_now(status: int, tmp_path: Path) -> None:
    dataset = plain_dataset(2)
    with Origin(dataset.routes | {ROBOTS: plain_status(status)}) as origin:
        report = go(dataset, tmp_path, quick(origin.url, tries=2))
        assert not origin.pictures
        assert set(states(report).values()) == {("failed", "server-error")}
        assert not report.succeeded, "nobody has said no"
        assert "complete disallow" in str(report.standings[0].detail)
        origin.routes[ROBOTS] = plain_status(404)
        assert go(dataset, tmp_path, quick(origin.url)).succeeded, "the next run asks again"


def test_robots_txt_that_recovers_within_its_tries_is_heard(tmp_path: Path) -> None:
    dataset = plain_dataset(2)
    flapping = first(2, plain_status(500), text("User-agent: *\nAllow: /"))
    with Origin(dataset.routes | {ROBOTS: flapping}) as origin:
        assert go(dataset, tmp_path, quick(origin.url)).succeeded


@pytest.mark.parametrize("status", [401, 403, 404, 410, 429])
def test_robots_txt_that_is_not_there_allows(status: int, tmp_path: Path) -> None:
    dataset = plain_dataset(1)
    with Origin(dataset.routes | {ROBOTS: plain_status(status)}) as origin:
        assert go(dataset, tmp_path, quick(origin.url)).succeeded


def test_robots_txt_behind_redirects_is_heard(tmp_path: Path) -> None:
    dataset = plain_dataset(1)
    routes = {ROBOTS: redirect("/r/1"), "/r/5": text("User-agent: *\nDisallow: /")}
    routes |= {f"/r/{n}": redirect(f"/r/{n + 1}") for n in range(1, 5)}
    with Origin(dataset.routes | routes) as origin:
        report = go(dataset, tmp_path, quick(origin.url))
        assert states(report) == {"00000.png": ("refused", "opted-out")}


def test_robots_txt_in_a_circle_is_as_if_there_were_none(tmp_path: Path) -> None:
    dataset = plain_dataset(1)
    with Origin(dataset.routes | {ROBOTS: redirect(ROBOTS)}) as origin:
        assert go(dataset, tmp_path, quick(origin.url)).succeeded


def test_robots_txt_at_a_private_address_is_not_fetched(tmp_path: Path) -> None:
    dataset = plain_dataset(1)
    with Origin({"/secret": text("")}) as neighbour:
        there = redirect(neighbour.url + "secret")
        with Origin(dataset.routes | {ROBOTS: there}) as origin:
            report = go(dataset, tmp_path, quick(origin.url))
            assert not origin.pictures
        assert not neighbour.hits
    assert states(report) == {"00000.png": ("refused", "blocked-address")}


def test_endless_robots_txt_is_read_as_far_as_it_counts(tmp_path: Path) -> None:
    async def endless(request: web.Request, _asked: int) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        await response.write(b"User-agent: *\nDisallow: /p/\n")
        while True:
            await response.write(b"#" * 65536)

    dataset = plain_dataset(1)
    with Origin(dataset.routes | {ROBOTS: endless}) as origin:
        report = go(dataset, tmp_path, quick(origin.url))
    assert states(report) == {"00000.png": ("refused", "opted-out")}


def test_redirect_to_another_path_is_asked_by_its_own_rules(tmp_path: Path) -> None:
    dataset = Dataset()
    dataset.add("moved", redirect("/private/a.jpg"))
    routes = {
        ROBOTS: text("User-agent: *\nDisallow: /private/"),
        "/private/a.jpg": picture(DATA),
    }
    with Origin(dataset.routes | routes) as origin:
        report = go(dataset, tmp_path, quick(origin.url))
        assert [hit.path for hit in origin.pictures] == [dataset.route("00000.png")]
    assert states(report) == {"00000.png": ("refused", "opted-out")}


def test_texts_count_in_the_operators_budget(tmp_path: Path) -> None:
    dataset = plain_dataset(8)
    with Origin(dataset.routes) as origin:
        assert go(dataset, tmp_path, quick(origin.url, rate=5.0)).succeeded
        times = [hit.at for hit in origin.hits]
    assert len(times) == 10
    assert max(sum(start <= at < start + 1.0 for at in times) for start in times) <= 5


def test_one_connection_is_enough_for_redirects_and_texts(tmp_path: Path) -> None:
    dataset = plain_dataset(3)
    dataset.add("moved", redirect(dataset.route("00000.png")))
    with Origin(dataset.routes) as origin:
        assert go(dataset, tmp_path, quick(origin.url, connections=1)).succeeded


def test_mirrors_texts_lie_below_the_mirrors_address(tmp_path: Path) -> None:
    dataset = Dataset()
    dataset.add("cached")
    route = dataset.route("00000.png")
    routes = {
        f"/cache{route}": picture(DATA),
        f"/cache{ROBOTS}": text(f"User-agent: *\nDisallow: {route}"),
    }
    with Origin(routes) as origin:
        report = go(dataset, tmp_path, quick(origin.url + "cache/"))
        assert not origin.pictures
    assert states(report) == {"00000.png": ("refused", "opted-out")}
    assert HOST.endswith(".example"), "nobody else was asked"


@pytest.mark.parametrize(
    ("texts", "verdict", "refused"),
    [
        ({ROBOTS: text("User-agent: *\nDisallow: /")}, "refused", 3),
        ({ROBOTS: text("User-agent: *\nDisallow: /*portrait-1")}, "partly refused", 1),
        ({TDMREP: text('[{"location": "/", "tdm-reservation": 1}]')}, "refused", 3),
        ({ROBOTS: plain_status(404)}, "no objection", 0),
        ({ROBOTS: plain_status(500)}, "unknown", 0),
    ],
)
def test_plan_tells_what_the_sites_say(
    texts: dict[str, Behaviour], verdict: str, refused: int, tmp_path: Path
) -> None:
    dataset = plain_dataset(3)
    manifest = dataset.write(tmp_path)
    with Origin(dataset.routes | texts) as origin:
        forecast = forecast_build(manifest, folders_of(tmp_path / "w"), quick(origin.url))
        assert not origin.pictures
    (policy,) = forecast.policies
    assert (policy.verdict, policy.refused) == (verdict, refused)
    assert bool(policy.detail) == (verdict != "no objection")
