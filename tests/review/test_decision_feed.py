"""The log as the server follows it: only what is new, whole lines, and anew if it was rewritten."""

import math
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from portraitset.review.decision_feed import DecisionFeed, Marks
from portraitset.workspace.decisions import (
    LATEST,
    LOG,
    Decisions,
    FaceDecision,
    append_decisions,
    decide,
    forget_decisions,
)


def verdicts(marks: Marks, since: int = 0) -> dict[str, str | None]:
    return {
        face: mark.decision.verdict.choice if mark.decision.verdict else None
        for face, mark in marks.since(since).items()
    }


def test_what_another_adds_is_seen_and_only_that_is_news(tmp_path: Path) -> None:
    book = DecisionFeed(tmp_path)
    book.append([decide("a", "keep", "Ada")])
    before = book.marks.revision
    append_decisions(tmp_path, [decide("b", "reject", "Ben")])
    book.refresh()
    assert verdicts(book.marks) == {"a": "keep", "b": "reject"}
    assert verdicts(book.marks, before) == {"b": "reject"}


def test_nothing_new_is_no_news(tmp_path: Path) -> None:
    book = DecisionFeed(tmp_path)
    for _ in range(2):
        book.refresh()
    assert book.marks.revision == 0
    book.append([decide("a", "keep", "Ada")])
    before = book.marks.revision
    book.refresh()
    assert book.marks.revision == before


def test_half_a_line_waits_for_its_end(tmp_path: Path) -> None:
    book = DecisionFeed(tmp_path)
    append_decisions(tmp_path, [decide("a", "keep", "Ada")])
    whole = (tmp_path / LOG).read_bytes()
    (tmp_path / LOG).write_bytes(whole[:20])
    book.refresh()
    assert verdicts(book.marks) == {}
    with (tmp_path / LOG).open("ab") as log:
        log.write(whole[20:])
    book.refresh()
    assert verdicts(book.marks) == {"a": "keep"}


def test_decision_that_was_struck_from_the_log_counts_no_more(tmp_path: Path) -> None:
    book = DecisionFeed(tmp_path)
    book.append([decide("a", "keep", "Ada"), decide("b", "keep", "Ada")])
    before = book.marks.revision
    forget_decisions(tmp_path, ["a"])
    book.refresh()
    assert verdicts(book.marks, before) == {"a": None, "b": "keep"}


def test_disagreement_is_marked_and_ends_with_a_change_of_mind(tmp_path: Path) -> None:
    book = DecisionFeed(tmp_path)
    book.append([decide("a", "keep", "Ada")])
    book.append([decide("a", "reject", "Ben")])
    assert book.marks.by_face["a"].disagreed
    book.append([decide("a", "keep", "Ben")])
    assert not book.marks.by_face["a"].disagreed


def test_who_looks_while_marks_are_made_sees_the_moment_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    book, seen, plain = DecisionFeed(tmp_path), [], Decisions.decided

    def looked_at(log: Decisions) -> Mapping[str, FaceDecision]:
        seen.append(book.marks)
        return plain(log)

    monkeypatch.setattr(Decisions, "decided", looked_at)
    book.append([decide("a", "keep", "Ben")])
    assert seen == [Marks()]
    assert verdicts(book.marks, since=seen[0].revision) == {"a": "keep"}


def test_word_of_a_clock_that_is_ahead_is_not_the_last_for_ever(tmp_path: Path) -> None:
    book = DecisionFeed(tmp_path)
    early = decide("a", "keep", "Ben")
    append_decisions(tmp_path, [replace(early, at=early.at + 3600)])
    book.append([decide("a", "reject", "Ada")])
    assert verdicts(book.marks) == {"a": "reject"}
    book.append([decide("a", "keep", "Ada")])
    assert verdicts(book.marks) == {"a": "keep"}


def test_forged_time_keeps_nobody_from_deciding(tmp_path: Path) -> None:
    book = DecisionFeed(tmp_path)
    last = math.nextafter(LATEST, 0)
    append_decisions(tmp_path, [replace(decide("a", "keep", "Ben"), at=last)])
    book.append([decide("a", "reject", "Ada")])
    assert len(book.marks.by_face) == 1


def test_word_that_was_sent_late_does_not_count_as_the_last(tmp_path: Path) -> None:
    book = DecisionFeed(tmp_path)
    early = decide("a", "keep", "Ben")
    book.append([decide("a", "reject", "Ada")])
    book.append([replace(early, at=early.at - 600)])
    assert verdicts(book.marks) == {"a": "reject"}
