"""The log as the server follows it: only what is new, whole lines, and anew if it was rewritten."""

from pathlib import Path

from portraitset.curate.decisions import LOG, append_decisions, decide, forget_decisions
from portraitset.review.opinions import OpinionBook


def verdicts(book: OpinionBook, since: int = 0) -> dict[str, str | None]:
    marks = book.since(since).items()
    return {face: it.opinion.verdict.choice if it.opinion.verdict else None for face, it in marks}


def test_what_another_adds_is_seen_and_only_that_is_news(tmp_path: Path) -> None:
    book = OpinionBook(tmp_path)
    book.append([decide("a", "keep", "Ada")])
    before = book.revision
    append_decisions(tmp_path, [decide("b", "reject", "Ben")])
    book.refresh()
    assert verdicts(book) == {"a": "keep", "b": "reject"}
    assert verdicts(book, before) == {"b": "reject"}


def test_nothing_new_is_no_news(tmp_path: Path) -> None:
    book = OpinionBook(tmp_path)
    for _ in range(2):
        book.refresh()
    assert book.revision == 0
    book.append([decide("a", "keep", "Ada")])
    before = book.revision
    book.refresh()
    assert book.revision == before


def test_half_a_line_waits_for_its_end(tmp_path: Path) -> None:
    book = OpinionBook(tmp_path)
    append_decisions(tmp_path, [decide("a", "keep", "Ada")])
    whole = (tmp_path / LOG).read_bytes()
    (tmp_path / LOG).write_bytes(whole[:20])
    book.refresh()
    assert verdicts(book) == {}
    with (tmp_path / LOG).open("ab") as log:
        log.write(whole[20:])
    book.refresh()
    assert verdicts(book) == {"a": "keep"}


def test_decision_that_was_struck_from_the_log_counts_no_more(tmp_path: Path) -> None:
    book = OpinionBook(tmp_path)
    book.append([decide("a", "keep", "Ada"), decide("b", "keep", "Ada")])
    before = book.revision
    forget_decisions(tmp_path, ["a"])
    book.refresh()
    assert verdicts(book, before) == {"a": None, "b": "keep"}


def test_disagreement_is_marked_and_ends_with_a_change_of_mind(tmp_path: Path) -> None:
    book = OpinionBook(tmp_path)
    book.append([decide("a", "keep", "Ada")])
    book.append([decide("a", "reject", "Ben")])
    assert book.marks["a"].disagreed
    book.append([decide("a", "keep", "Ben")])
    assert not book.marks["a"].disagreed
