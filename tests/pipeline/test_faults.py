"""The faulty origin, end to end: each fault ends in its state and reason, and every run ends."""

import io
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from aiohttp import web
from PIL import Image

from datasets import Dataset, draw, encoded, plain_dataset, quick
from portraitset import build
from portraitset.demo.origin import (
    Behaviour,
    Origin,
    challenge,
    dripping,
    gzip_bomb,
    hanging_up,
    in_turn,
    mismeasured,
    picture,
    plain_status,
    redirect,
    stalling,
    throttled,
    truncated,
    web_page,
)
from portraitset.errors import State
from portraitset.pipeline import run as pipeline
from portraitset.pipeline.recipe import Recipe
from portraitset.pipeline.run import Report
from portraitset.workspace.layout import folders_of

DATA = encoded(draw(1))
End = tuple[str, str | None]


def pixel_bomb() -> bytes:
    """Few bytes, and 121 million pixels."""
    buffer = io.BytesIO()
    Image.new("1", (11_000, 11_000)).save(buffer, "PNG")
    return buffer.getvalue()


def recoded() -> bytes:
    """The same pixels in other bytes."""
    buffer = io.BytesIO()
    draw(1).save(buffer, "PNG", compress_level=1)
    return buffer.getvalue()


def raw(data: bytes) -> Behaviour:
    """Any bytes instead of an answer, and a closed connection."""

    async def answer(request: web.Request, _asked: int) -> web.StreamResponse:
        if request.transport is not None:
            request.transport.write(data)
            request.transport.close()
        return web.Response()

    return answer


PNG = encoded(draw(1), "PNG")
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: image/jpeg\r\n"
FAULTS: Mapping[str, tuple[Behaviour, End]] = {
    "healthy": (picture(DATA), ("aligned", None)),
    "storm": (throttled("0"), ("failed", "throttled")),
    "overloaded": (plain_status(503), ("failed", "throttled")),
    "slow-drip": (dripping(DATA), ("failed", "timeout")),
    "silent": (stalling(DATA), ("failed", "timeout")),
    "truncated": (truncated(DATA), ("failed", "truncated")),
    "too-long-a-promise": (mismeasured(DATA, len(DATA) + 999), ("failed", "truncated")),
    "too-short-a-promise": (mismeasured(DATA, len(DATA) // 2), ("failed", "server-error")),
    "no-http": (raw(b"\xff\xfb\x01 login:"), ("failed", "server-error")),
    "endless-header": (raw(HEAD + b"A: " + b"x" * 100_000), ("failed", "server-error")),
    "ten-thousand-headers": (raw(HEAD + b"A: x\r\n" * 10_000), ("failed", "server-error")),
    "hangs-up": (hanging_up(), ("failed", "unreachable")),
    "pixel-bomb": (picture(pixel_bomb(), "image/png"), ("failed", "too-large")),
    "gzip-bomb": (gzip_bomb(16 << 20, DATA), ("failed", "too-large")),
    "to-a-private-address": (redirect("http://10.0.0.1/"), ("refused", "blocked-address")),
    "to-this-machine": (redirect("http://[::1]:8080/a"), ("refused", "blocked-address")),
    "to-another-scheme": (redirect("ftp://site.example/a"), ("refused", "blocked-address")),
    "page-in-a-200": (web_page(), ("failed", "not-an-image")),
    "damaged": (picture(DATA[:400] + bytes(len(DATA) - 400)), ("failed", "bad-picture")),
    "challenge": (challenge(), ("refused", "challenge")),
    "no-ai": (picture(DATA, headers={"X-Robots-Tag": "noai"}), ("refused", "opted-out")),
    "flapping": (
        in_turn(plain_status(500), truncated(DATA), picture(DATA)),
        ("aligned", None),
    ),
    "broken": (plain_status(500), ("failed", "server-error")),
    "gone": (plain_status(404), ("unavailable", "gone")),
    "no-such-file": (plain_status(403, "<Code>AccessDenied</Code>"), ("unavailable", "gone")),
    "members-only": (plain_status(403), ("unavailable", "denied")),
}
"""What an address answers, and how its face must end when nobody else shares its operator."""


def hasty(mirror: str, rate: float = 200.0) -> Recipe:
    return quick(mirror, rate=rate, idle_timeout=0.5, photo_timeout=2.0, max_bytes=8 << 20)


def faulty_dataset(count: int) -> tuple[Dataset, dict[str, End]]:
    """So many entries of every fault in turn, each fault on an operator of its own; their ends."""
    dataset, ends = Dataset(), {}
    faults = list(FAULTS.items())
    for number in range(count):
        fault, (behaviour, end) = faults[number % len(faults)]
        name = dataset.add(f"{fault}-{number}", behaviour, host=f"https://{fault}.example")
        ends[name] = end
    circle = dataset.add("circle", host="https://circle.example")
    dataset.routes[dataset.route(circle)] = redirect(dataset.route(circle))
    return dataset, ends | {circle: ("failed", "redirects")}


def run(dataset: Dataset, folder: Path, recipe: Recipe) -> Report:
    return pipeline.run("build", dataset.write(folder), folders_of(folder / "w"), recipe)


def states(report: Report) -> dict[str, End]:
    return {s.name: (s.state.value, s.reason) for s in report.standings}


def test_each_fault_ends_in_its_state_and_reason(tmp_path: Path) -> None:
    dataset, ends = faulty_dataset(len(FAULTS))
    with Origin(dataset.routes) as origin:
        report = run(dataset, tmp_path, hasty(origin.url))
    assert states(report) == ends
    assert not list((tmp_path / "w" / ".portraitset" / "tmp").iterdir())


ODD = b"\xff\xfe\x80"


def test_redirect_to_a_path_of_any_bytes_is_followed(tmp_path: Path) -> None:
    dataset = Dataset()
    odd = dataset.add("odd", raw(b"HTTP/1.1 302 -\r\nLocation: /" + ODD + b"\r\n\r\n"))
    with Origin(dataset.routes | {"/%FF%FE%80": picture(DATA)}) as origin:
        assert states(run(dataset, tmp_path, hasty(origin.url))) == {odd: ("aligned", None)}


@pytest.mark.parametrize(
    "head",
    [
        b"HTTP/1.1 302 -\r\nLocation: http://" + ODD + b"/",
        b"HTTP/1.1 200 OK\r\nX-Robots-Tag: noai, " + ODD,
        b"HTTP/1.1 200 OK\r\nX-Robots-Tag: " + ODD,
        b"HTTP/1.1 200 OK\r\ntdm-reservation: " + ODD,
        b"HTTP/1.1 200 OK\r\nContent-Encoding: " + ODD,
        b"HTTP/1.1 429 " + ODD + b"\r\nRetry-After: " + ODD,
    ],
)
def test_no_bytes_of_a_header_stop_the_run(head: bytes, tmp_path: Path) -> None:
    dataset = Dataset()
    dataset.add("odd", raw(head + b"\r\nContent-Length: %d\r\n\r\n" % len(DATA) + DATA))
    healthy = dataset.add("healthy", host="https://elsewhere.example")
    with Origin(dataset.routes) as origin:
        report = run(dataset, tmp_path, hasty(origin.url))
    assert states(report)[healthy] == ("aligned", None)
    assert len(report.standings) == 2


@pytest.mark.parametrize(
    ("now", "end"),
    [
        (picture(recoded(), "image/png"), ("aligned", None)),
        (picture(encoded(draw(1)), "image/jpeg"), ("failed", "changed")),
        (picture(encoded(draw(2), "PNG"), "image/png"), ("failed", "changed")),
    ],
    ids=["other bytes of the same pixels", "compressed anew", "another picture"],
)
def test_changed_bytes_are_measured_by_the_lock(now: Behaviour, end: End, tmp_path: Path) -> None:
    from portraitset.pipeline.verification import make_lock

    dataset = Dataset()
    name = dataset.add("one", picture(PNG, "image/png"))
    (tmp_path / "other").mkdir()
    with Origin(dataset.routes) as origin:
        assert run(dataset, tmp_path, quick(origin.url)).succeeded
        lock = make_lock(folders_of(tmp_path / "w"), 1)
        origin.routes[dataset.route(name)] = now
        locked = replace(quick(origin.url), lock=lock)
        assert states(run(dataset, tmp_path / "other", locked)) == {name: end}
    kept = list((tmp_path / "other" / "w" / "raw").iterdir())
    assert len(kept) == (end[0] == "aligned"), "what is not the picture is not kept"


def test_storm_of_429s_slows_down_pauses_and_leaves_the_operator_alone(tmp_path: Path) -> None:
    dataset = Dataset()
    for number in range(40):
        dataset.add(f"storm-{number}", throttled("0"))
    with Origin(dataset.routes) as origin:
        recipe = quick(origin.url, connections=2, most_refusals=4, refusal_pause=0.2, tries=1)
        report = run(dataset, tmp_path, recipe)
        assert len(origin.pictures) <= 4 + 2 + 2, "a run of refusals, and a probe for each pause"
    assert set(states(report).values()) == {("failed", "throttled"), ("pending", None)}
    assert report.tally.total == 40
    assert any("left alone" in note.text for note in report.notes)


def _ends_by_its_deadline(count: int, deadline: float, folder: Path) -> None:
    dataset, ends = faulty_dataset(count)
    with Origin(dataset.routes) as origin:
        recipe = replace(hasty(origin.url, rate=20.0), deadline=deadline)
        started = time.monotonic()
        report = run(dataset, folder, recipe)
        took = time.monotonic() - started
    assert took < deadline + 30, "dropping what is under way takes no longer than this"
    found = states(report)
    assert len(found) == sum(report.tally.states.values()) == len(dataset.entries)
    for name, end in found.items():
        assert end in (ends[name], ("pending", None), ("fetched", None)), dataset.route(name)
    assert any("deadline" in note.text for note in report.notes)
    assert not list((folder / "w" / ".portraitset" / "tmp").iterdir())
    assert len(list((folder / "w" / "aligned").iterdir())) == report.tally.states[State.ALIGNED]


def test_run_at_its_worst_ends_by_its_deadline_with_every_entry_accounted_for(
    tmp_path: Path,
) -> None:
    _ends_by_its_deadline(5 * len(FAULTS), 4.0, tmp_path)


@pytest.mark.soak
def test_thousand_at_their_worst_end_by_the_deadline(tmp_path: Path) -> None:
    _ends_by_its_deadline(999, 30.0, tmp_path)


def test_file_that_lost_its_end_and_has_an_end_marker_is_truncated(tmp_path: Path) -> None:
    """As a proxy or a repair tool puts it; a decoder shows grey below, and says nothing."""
    dataset = plain_dataset(2)
    path = next(iter(dataset.routes))
    whole = encoded(draw(0))
    dataset.routes[path] = picture(whole[: len(whole) * 2 // 3] + b"\xff\xd9")
    with Origin(dataset.routes) as origin:
        report = build(dataset.write(tmp_path), tmp_path / "w", recipe=quick(origin.url, tries=1))
    ends = {standing.name: standing.reason for standing in report.standings}
    assert sorted(map(str, ends.values())) == ["None", "truncated"]
    assert len(list((tmp_path / "w" / "aligned").iterdir())) == 1


def test_harmless_oddity_of_a_file_becomes_a_note(tmp_path: Path) -> None:
    dataset = plain_dataset(1)
    path = next(iter(dataset.routes))
    whole = encoded(draw(0))
    dataset.routes[path] = picture(whole[:20] + b"\0\1\2" + whole[20:])
    with Origin(dataset.routes) as origin:
        report = build(dataset.write(tmp_path), tmp_path / "w", recipe=quick(origin.url))
    assert report.succeeded
    assert any("belong" in note.text or "extraneous" in note.text for note in report.notes)
