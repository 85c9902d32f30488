"""Running counts: they add up to the manifest at any moment."""

import itertools

from hypothesis import given
from hypothesis import strategies as st

from portraitset.errors import REASONS, State
from portraitset.pipeline.standing import Standing
from portraitset.pipeline.tally import Tally

decided = st.sampled_from(sorted(REASONS.items())).map(
    lambda pair: Standing("a.png", pair[1], pair[0])
)
undecided = st.sampled_from([State.PENDING, State.FETCHED, State.ALIGNED]).map(
    lambda state: Standing("a.png", state)
)
standings = decided | undecided


@given(st.lists(st.lists(standings, min_size=4, max_size=4), min_size=1, max_size=8))
def test_counts_are_those_of_the_last_standings_after_any_moves(
    history: list[list[Standing]],
) -> None:
    tally, expected = Tally(), Tally()
    tally.add(history[0])
    for before, after in itertools.pairwise(history):
        tally.move(before, after)
        assert tally.total == 4
        assert min(tally.states.values()) >= 0
    expected.add(history[-1])
    assert +tally.states == expected.states
    assert +tally.reasons == expected.reasons


def test_nothing_counted_is_nothing() -> None:
    assert Tally().total == 0
