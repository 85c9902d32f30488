"""The error tree: each item's end has one state and one reason, and travels between processes."""

import pickle

import pytest

from portraitset import errors
from portraitset.errors import REASONS, ItemError, PortraitsetError, State, Transient

# The published table, written out once more: scripts rely on these words.
TABLE = {
    State.UNAVAILABLE: {"gone", "denied", "missing"},
    State.REFUSED: {"opted-out", "blocked-address", "challenge"},
    State.FAILED: {
        "throttled", "timeout", "truncated", "not-an-image", "too-large", "bad-picture",
        "degenerate-face", "changed", "redirects", "unreachable", "server-error",
        "detector-failed",
    },
    State.INVALID: {"bad-entry", "unsafe-name", "deleted"},
    State.REMOVED: {"removed"},
}  # fmt: skip
KINDS = sorted(
    {
        kind
        for kind in vars(errors).values()
        if isinstance(kind, type) and issubclass(kind, ItemError) and hasattr(kind, "reason")
    },
    key=lambda kind: kind.__name__,
)


def test_states_are_the_published_words() -> None:
    assert " ".join(State) == ("pending fetched aligned unavailable refused failed invalid removed")


def test_reasons_are_the_published_words() -> None:
    assert {reason: state for state, words in TABLE.items() for reason in words} == REASONS


def test_every_kind_has_a_reason_of_its_own() -> None:
    assert len({kind.reason for kind in KINDS}) == len(KINDS) == len(REASONS)


@pytest.mark.parametrize("kind", KINDS)
def test_every_item_error_survives_pickling(kind: type[ItemError]) -> None:
    error = kind("what went wrong — 猫")
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is kind
    assert (str(again), again.state, again.reason) == (str(error), error.state, error.reason)


@pytest.mark.parametrize("kind", Transient.__subclasses__())
def test_the_wait_that_was_asked_for_travels_along(kind: type[Transient]) -> None:
    again = pickle.loads(pickle.dumps(kind("slow down", 7.5)))
    assert (str(again), again.retry_after) == ("slow down", 7.5)
    assert kind("slow down").retry_after is None


def test_the_three_branches_stay_apart() -> None:
    branches = [errors.InputError, errors.WorkspaceError, errors.ItemError]
    assert all(issubclass(branch, PortraitsetError) for branch in branches)
    assert not any(issubclass(a, b) for a in branches for b in branches if a is not b)


def test_the_tree_at_the_top_is_the_tree_below() -> None:
    drawn = (errors.__doc__ or "").splitlines()
    for kind in KINDS:
        assert any(
            f" {kind.__name__} " in line
            and f" {kind.state} " in line
            and f" {kind.reason} " in line
            for line in drawn
        ), kind
