"""What a person sees where nobody watches a terminal: a line now and then, with a true rate."""

import pytest

from portraitset.cli.output import progress as module
from portraitset.cli.output.progress import CountProgress, RunProgress
from portraitset.pipeline.tally import Tally


class Clock:
    """Time that tests move."""

    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(module, "time", clock)
    return clock


def test_line_comes_now_and_then_and_what_was_done_before_has_no_part_in_the_rate(
    clock: Clock, capsys: pytest.CaptureFixture[str]
) -> None:
    with CountProgress("looking", "pictures") as progress:
        progress(500, 1000)
        clock.now += 29
        progress(529, 1000)
        assert capsys.readouterr().err == ""
        clock.now += 2
        progress(562, 1000)
        assert capsys.readouterr().err == "562 of 1,000 pictures, 2.0/s\n"


def test_second_round_has_a_rate_of_its_own(
    clock: Clock, capsys: pytest.CaptureFixture[str]
) -> None:
    with CountProgress("looking", "pictures") as progress:
        progress(0, 1000)
        clock.now += 10
        progress(1000, 1000)
        progress(0, 20)
        clock.now += 40
        progress(10, 20)
        assert capsys.readouterr().err == "10 of 20 pictures, 0.2/s\n"


def test_run_tells_its_counts_behind_the_rate(
    clock: Clock, capsys: pytest.CaptureFixture[str]
) -> None:
    tally = Tally()
    tally.due = 4
    with RunProgress("building") as progress:
        progress(tally)
        clock.now += 40
        tally.finished = 2
        progress(tally)
    assert capsys.readouterr().err.startswith("2 of 4 photos, 0.1/s: ")
