"""Runs that end: by a deadline, and when an operator says that it has had enough."""

import time
from pathlib import Path

from datasets import Dataset, draw, encoded, plain_dataset, quick
from portraitset.demo.origin import Origin, first, picture, plain_status, stalling, throttled
from portraitset.errors import State
from portraitset.pipeline import run as pipeline
from portraitset.pipeline.recipe import Recipe
from portraitset.pipeline.run import Report
from portraitset.workspace.layout import folders_of


def download(dataset: Dataset, folder: Path, recipe: Recipe) -> Report:
    return pipeline.run("download", dataset.write(folder), folders_of(folder / "w"), recipe)


def test_run_ends_by_its_deadline_with_every_face_accounted_for(tmp_path: Path) -> None:
    dataset = plain_dataset(3)
    for number in range(5):
        dataset.add(f"silent-{number}", stalling(encoded(draw(1))))
    with Origin(dataset.routes) as origin:
        patient = quick(origin.url, idle_timeout=60.0, photo_timeout=60.0)
        recipe = Recipe(patient.download, patient.crop, 1, deadline=3.0)
        started = time.monotonic()
        report = download(dataset, tmp_path, recipe)
        assert time.monotonic() - started < 30, "half of what one silence may take"
    assert report.tally.states[State.FETCHED] == 3
    assert report.tally.states[State.PENDING] == 5
    assert not report.succeeded
    assert any("deadline" in note.text for note in report.notes)
    assert not list((tmp_path / "w" / ".portraitset" / "tmp").iterdir())


def test_challenge_stops_the_operator_and_says_so(tmp_path: Path) -> None:
    dataset = Dataset()
    challenge = plain_status(403, "are you human?", {"cf-mitigated": "challenge"})
    for number in range(30):
        dataset.add(f"guarded-{number}", challenge)
    other = dataset.add("elsewhere", host="https://other.example")
    with Origin(dataset.routes) as origin:
        report = download(dataset, tmp_path, quick(origin.url, connections=2))
        asked = sum("guarded" in hit.path for hit in origin.hits)
    assert asked <= 2, "those that were under way"
    states = {standing.name: standing.state for standing in report.standings}
    assert states[other] == State.FETCHED, "another operator is not to blame"
    assert report.tally.reasons[State.REFUSED, "challenge"] == asked
    assert report.tally.states[State.PENDING] == 30 - asked
    assert any("human" in note.text for note in report.notes)


def test_run_of_refusals_gets_a_pause_and_the_rest_goes_on(tmp_path: Path) -> None:
    dataset = Dataset()
    for number in range(8):
        healthy = picture(encoded(draw(number)))
        moody = first(1, throttled("0"), healthy)
        dataset.add(f"photo-{number}", moody if number < 3 else healthy)
    with Origin(dataset.routes) as origin:
        recipe = quick(origin.url, connections=1, most_refusals=3, refusal_pause=0.5, tries=9)
        started = time.monotonic()
        report = download(dataset, tmp_path, recipe)
        assert time.monotonic() - started >= 0.5
    assert report.succeeded


def test_operator_that_only_refuses_is_left_alone(tmp_path: Path) -> None:
    dataset = Dataset()
    for number in range(60):
        dataset.add(f"closed-{number}", plain_status(403))
    with Origin(dataset.routes) as origin:
        recipe = quick(origin.url, connections=2, most_refusals=5, refusal_pause=0.2)
        report = download(dataset, tmp_path, recipe)
        assert len(origin.pictures) <= 5 + 2 + 2
    assert report.tally.states[State.PENDING] >= 50
    assert report.tally.total == 60


def test_404s_are_answers_and_open_nothing(tmp_path: Path) -> None:
    dataset = Dataset()
    for number in range(40):
        denied = plain_status(403, "<Code>AccessDenied</Code>")
        dataset.add(f"gone-{number}", plain_status(404) if number % 2 else denied)
    with Origin(dataset.routes) as origin:
        report = download(dataset, tmp_path, quick(origin.url, most_refusals=5))
    assert report.tally.reasons[State.UNAVAILABLE, "gone"] == 40
