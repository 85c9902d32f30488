"""How an operator's answers change the pace: laws of a pure state machine."""

from hypothesis import given
from hypothesis import strategies as st

from portraitset.download.pressure import Pressure
from portraitset.download.settings import DownloadSettings

SETTINGS = DownloadSettings(rate=10.0, most_refusals=3, refusal_pause=60.0, longest_pause=300.0)
ANSWERS = st.lists(st.sampled_from(["good", "slow", "refusal"]), max_size=200)


def press(pressure: Pressure, answers: list[str]) -> None:
    for now, answer in enumerate(answers):
        if answer == "refusal":
            pressure.refused(began=float(now), now=float(now), retry_after=None)
        else:
            pressure.answered(5.0 if answer == "slow" else 0.1)


@given(ANSWERS)
def test_rate_stays_above_nothing_and_below_what_is_configured(answers: list[str]) -> None:
    pressure = Pressure(SETTINGS)
    press(pressure, answers)
    assert 0 < pressure.rate <= SETTINGS.rate


def test_refusal_halves_the_rate_and_good_answers_regain_it_slowly() -> None:
    pressure = Pressure(SETTINGS)
    pressure.refused(0.0, 0.0, None)
    assert pressure.rate == 5.0
    press(pressure, ["good"] * 10)
    assert 5.0 < pressure.rate < 10.0
    press(pressure, ["good"] * 40)
    assert pressure.rate == 10.0


def test_rising_latency_slows_down_before_anything_is_refused() -> None:
    pressure = Pressure(SETTINGS)
    press(pressure, ["good"] * 20 + ["slow"] * 20)
    assert pressure.rate < 5.0


def test_steady_latency_however_long_does_not() -> None:
    pressure = Pressure(SETTINGS)
    for _ in range(50):
        pressure.answered(3.0)
    assert pressure.rate == 10.0


def test_retry_after_holds_everything_within_reason() -> None:
    pressure = Pressure(SETTINGS)
    pressure.refused(0.0, 100.0, retry_after=30.0)
    assert pressure.open_until == 130.0
    pressure.refused(1.0, 101.0, retry_after=1e9)
    assert pressure.open_until == 101.0 + SETTINGS.longest_pause


def test_run_of_refusals_opens_the_circuit_and_a_good_answer_closes_it() -> None:
    pressure = Pressure(SETTINGS)
    press(pressure, ["refusal", "refusal", "good", "refusal", "refusal"])
    assert pressure.open_until == 0.0, "never three in a row"
    pressure.refused(10.0, 10.0, None)
    assert pressure.open_until == 70.0
    assert pressure.is_probing
    pressure.answered(0.1)
    pressure.refused(80.0, 80.0, None)
    assert pressure.open_until == 70.0, "closed again: one refusal opens nothing"


def test_requests_under_way_when_it_opens_do_not_count_again() -> None:
    pressure = Pressure(SETTINGS)
    for _ in range(3):
        pressure.refused(1.0, 2.0, None)
    for _ in range(20):
        pressure.refused(1.9, 3.0, None)
    assert pressure.stopped is None
    assert pressure.open_until == 62.0


def test_operator_that_goes_on_refusing_is_left_alone() -> None:
    pressure = Pressure(SETTINGS)
    now = 0.0
    for _ in range(3):
        pressure.refused(now, now, None)
    for _ in range(2):
        now = pressure.open_until
        assert pressure.stopped is None
        pressure.refused(now, now, None)
    assert pressure.stopped is not None
    assert now == 180.0, "pauses of 60 and then 120 s"


def test_challenge_stops_at_once() -> None:
    pressure = Pressure(SETTINGS)
    pressure.challenged()
    assert "human" in (pressure.stopped or "")
