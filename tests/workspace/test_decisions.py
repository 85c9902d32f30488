"""Decisions: none is lost, whoever writes at once, whatever tears; merged, all come to the same."""

import json
import random
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portraitset.errors import InputError
from portraitset.landmarks import Landmarks
from portraitset.workspace.decisions import (
    LOG,
    Decision,
    Decisions,
    add_face,
    append_decisions,
    decide,
    forget_decisions,
    merge_decisions,
    parse_decisions,
    read_decisions,
)
from portraitset.workspace.edits import Added, Edits, edits_of

POINTS = Landmarks((1.0, 2.0), (3.0, 2.0), (1.5, 4.0), (2.5, 4.25))


def made(number: int, face: str = "a.png", choice: str = "keep", who: str = "Ann") -> Decision:
    return Decision(f"{number:032x}", face, choice, who, float(number))  # type: ignore[arg-type]


def test_what_was_appended_is_read_again(tmp_path: Path) -> None:
    hostile = "</script>\n\u202e\x00'; DROP TABLE faces; --"
    first = decide(hostile, "reject", "Ann", hostile)
    moved = decide("b.png", "landmarks", "Bob", landmarks=POINTS)
    back = decide("b.png", "undo", "Bob", undoes=moved.id)
    append_decisions(tmp_path, [first])
    append_decisions(tmp_path, [moved, back])
    assert read_decisions(tmp_path).items == (first, moved, back)
    assert len((tmp_path / LOG).read_bytes().splitlines()) == 3


def test_face_of_a_very_long_name_can_be_decided_about(tmp_path: Path) -> None:
    word = decide("n" * 5000, "reject", "Ann")
    append_decisions(tmp_path, [word])
    assert read_decisions(tmp_path).items == (word,)


def test_without_a_log_nobody_decided_anything(tmp_path: Path) -> None:
    assert read_decisions(tmp_path) == Decisions()
    assert read_decisions(tmp_path).decided() == {}


def test_last_word_counts_and_landmarks_are_a_word_of_their_own(tmp_path: Path) -> None:
    moved = decide("a.png", "landmarks", "Ann", landmarks=POINTS)
    append_decisions(tmp_path, [made(1), moved, made(2, choice="reject")])
    opinion = read_decisions(tmp_path).decided()["a.png"]
    assert opinion.verdict == made(2, choice="reject")
    assert opinion.landmarks == moved


def test_undo_brings_back_what_was_before_and_can_itself_be_undone() -> None:
    keep, reject = made(1), made(2, choice="reject")
    undo = Decision(f"{3:032x}", "a.png", "undo", "Ann", 3.0, undoes=reject.id)
    redo = Decision(f"{4:032x}", "a.png", "undo", "Ann", 4.0, undoes=undo.id)

    def verdict(*items: Decision) -> Decision | None:
        return Decisions(items).decided()["a.png"].verdict

    assert verdict(keep, reject) == reject
    assert verdict(keep, reject, undo) == keep
    assert verdict(keep, reject, undo, redo) == reject
    assert (
        Decisions(
            (made(2), Decision("0" * 32, "a.png", "undo", "A", 9.0, undoes=made(2).id))
        ).decided()
        == {}
    )


@pytest.mark.parametrize("cut", [1, 5, 60])
def test_torn_last_line_costs_only_itself_and_the_next_one_is_whole(
    tmp_path: Path, cut: int
) -> None:
    append_decisions(tmp_path, [made(1), made(2), made(3)])
    path = tmp_path / LOG
    path.write_bytes(path.read_bytes()[: -1 - cut])
    torn = read_decisions(tmp_path)
    assert (torn.items, torn.damaged) == ((made(1), made(2)), (3,))
    append_decisions(tmp_path, [made(4)])
    assert read_decisions(tmp_path).items == (made(1), made(2), made(4))


def test_only_the_newline_is_missing_and_the_line_still_counts(tmp_path: Path) -> None:
    append_decisions(tmp_path, [made(1)])
    path = tmp_path / LOG
    path.write_bytes(path.read_bytes()[:-1])
    append_decisions(tmp_path, [made(2)])
    assert read_decisions(tmp_path) == Decisions((made(1), made(2)))


@pytest.mark.parametrize(
    "change",
    [
        {"id": "short"},
        {"id": 7},
        {"face": ""},
        {"face": ["a.png"]},
        {"face": "x" * 300_000},
        {"who": ""},
        {"who": None},
        {"why": "\ud800"},
        {"at": "noon"},
        {"at": True},
        {"at": -1},
        {"at": 1e300},
        {"at": float("nan")},
        {"decision": "burn"},
        {"decision": ["keep"]},
        {"decision": "undo"},
        {"undoes": "0" * 32},
        {"landmarks": {}},
        {"decision": "landmarks"},
        {"decision": "landmarks", "landmarks": {"eye_left": [0, 0]}},
    ],
)
def test_line_that_makes_no_sense_is_passed_over_and_counted(change: dict[str, object]) -> None:
    row = {"id": "0" * 32, "face": "a.png", "decision": "keep", "who": "Ann", "at": 1, "why": ""}
    assert len(parse_decisions(json.dumps(row).encode()).items) == 1
    lines = [json.dumps(row | change), "[" * 100_000, "null", "7", "\x00", json.dumps(row)]
    log = parse_decisions("\n".join(lines).encode())
    assert (len(log.items), log.damaged) == (1, (1, 2, 3, 4, 5))


REVIEWER = """
import sys, pathlib
from portraitset.workspace.decisions import append_decisions, decide
for number in range(40):
    append_decisions(pathlib.Path(sys.argv[1]), [decide(f"{number}.png", "keep", sys.argv[2])])
"""


def test_two_reviewers_at_once_lose_nothing(tmp_path: Path) -> None:
    people = [
        subprocess.Popen([sys.executable, "-c", REVIEWER, str(tmp_path), who])
        for who in ("Ann", "Bob")
    ]
    assert [person.wait(60) for person in people] == [0, 0]
    log = read_decisions(tmp_path)
    assert log.damaged == ()
    assert sorted(item.who for item in log.items) == ["Ann"] * 40 + ["Bob"] * 40


def test_merging_either_way_comes_to_the_same(tmp_path: Path) -> None:
    mine, theirs = tmp_path / "mine", tmp_path / "theirs"
    for folder, numbers, who in ((mine, (1, 4), "Ann"), (theirs, (2, 3), "Bob")):
        folder.mkdir()
        append_decisions(folder, [made(number, who=who) for number in numbers])
    append_decisions(theirs, [made(9, face="b.png")])
    merged = merge_decisions(mine, theirs / LOG)
    assert (merged.added, merged.known) == (3, 0)
    assert merge_decisions(mine, theirs / LOG).added == 0
    merge_decisions(theirs, mine / LOG)
    assert read_decisions(mine) == read_decisions(theirs)
    assert [item.at for item in read_decisions(mine).items] == [1, 2, 3, 4, 9]


@given(st.integers(0, 10_000))
@settings(max_examples=30)
def test_order_of_lines_does_not_matter(seed: int) -> None:
    shuffled = random.Random(seed)
    items = [
        made(shuffled.randrange(6), f"{shuffled.randrange(3)}.png", choice, who)
        for choice in ("keep", "reject")
        for who in ("Ann", "Bob", "Eve")
    ]
    lines = [
        json.dumps(
            {
                "id": item.id,
                "face": item.face,
                "decision": item.choice,
                "who": item.who,
                "at": item.at,
                "why": "",
            }
        )
        for item in items
    ]
    one = parse_decisions("\n".join(lines).encode())
    shuffled.shuffle(lines)
    other = parse_decisions("\n".join(lines).encode())
    assert one == other
    assert one.decided() == other.decided()


def test_conflict_is_listed_with_each_persons_last_word() -> None:
    ann, bob = made(1, who="Ann"), made(2, choice="reject", who="Bob")
    assert Decisions((ann, bob)).conflicts() == {"a.png": (ann, bob)}
    agreed = made(3, choice="reject", who="Ann")
    assert Decisions((ann, bob, agreed)).conflicts() == {}
    assert Decisions((ann, made(2, choice="reject", who="Ann"))).conflicts() == {}


def test_file_that_is_no_log_is_refused(tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.write_bytes(b"\x89PNG\r\n\x1a\n")
    with pytest.raises(InputError, match="no log of decisions"):
        merge_decisions(tmp_path, other)
    with pytest.raises(InputError, match="cannot be read"):
        merge_decisions(tmp_path, tmp_path / "missing")


def test_reason_that_names_a_removed_face_goes_and_its_decision_stays(tmp_path: Path) -> None:
    word = made(2, "stays.png", choice="reject")
    append_decisions(tmp_path, [made(1, "gone.png"), replace(word, why="as gone.png, but worse")])
    forget_decisions(tmp_path, frozenset({"gone.png"}))
    assert read_decisions(tmp_path).items == (replace(word, why=""),)


def test_reason_that_gives_a_removed_pictures_address_goes_likewise(tmp_path: Path) -> None:
    word = made(2, "stays.png", choice="reject")
    append_decisions(tmp_path, [replace(word, why="see https://a.example/gone.jpg")])
    forget_decisions(tmp_path, frozenset({"gone.png"}), {"https://a.example/gone.jpg"})
    assert read_decisions(tmp_path).items == (replace(word, why=""),)


def test_anothers_log_brings_no_removed_face_back(tmp_path: Path) -> None:
    mine, theirs = tmp_path / "mine", tmp_path / "theirs"
    mine.mkdir()
    theirs.mkdir()
    stays = replace(made(2, "stays.png"), why="better than gone.png")
    append_decisions(theirs, [made(1, "gone.png"), stays, made(3, "other.png")])
    for added, known in ((2, 0), (0, 2)):
        merged = merge_decisions(mine, theirs / LOG, {"gone.png"})
        assert (merged.added, merged.known, merged.removed) == (added, known, 1)
    assert read_decisions(mine).items == (replace(stays, why=""), made(3, "other.png"))


def test_removed_face_leaves_no_byte_behind(tmp_path: Path) -> None:
    append_decisions(tmp_path, [made(1, "gone.png"), made(2, "stays.png")])
    with (tmp_path / LOG).open("ab") as file:
        file.write(b'{"id": "0", "face": "gone.png"')
    forget_decisions(tmp_path, frozenset({"gone.png"}))
    assert read_decisions(tmp_path) == Decisions((made(2, "stays.png"),))
    assert not any(b"gone" in path.read_bytes() for path in tmp_path.iterdir())


def test_added_deleted_and_restored_faces_are_read_again(tmp_path: Path) -> None:
    new = add_face("a photo.jpg?123", POINTS, "Ann")
    gone, given = decide("b.png", "delete", "Ann"), decide("b.png", "given", "Ann")
    append_decisions(tmp_path, [new, gone, given])
    assert read_decisions(tmp_path).items == (new, gone, given)
    assert new.face == f"a photo-{new.id[:12]}.png"


def test_edits_are_what_the_last_words_come_to() -> None:
    new, other = add_face("a.jpg", POINTS, "Ann"), add_face("b.jpg", POINTS, "Ben")
    shifted = replace(POINTS, eye_left=(0.5, 2.0))
    log = (
        new,
        other,
        decide(new.face, "landmarks", "Ben", landmarks=shifted),
        decide("c.png", "landmarks", "Ann", landmarks=shifted),
        decide("c.png", "given", "Ben"),
        decide("d.png", "delete", "Ann"),
        decide("e.png", "delete", "Ann"),
        decide("e.png", "keep", "Ben"),
        decide(other.face, "undo", "Ann", undoes=other.id),
    )
    assert edits_of(Decisions(log)) == Edits(
        {new.face: shifted}, {new.face: Added("a.jpg", POINTS)}, frozenset({"d.png"})
    )
    assert set(Decisions(log).conflicts()) == {"e.png"}


def test_merged_both_ways_two_reviewers_come_to_the_same_faces(tmp_path: Path) -> None:
    ann, ben = tmp_path / "ann", tmp_path / "ben"
    for folder, who in ((ann, "Ann"), (ben, "Ben")):
        folder.mkdir()
        words = [add_face("a.jpg", POINTS, who), decide("b.png", "delete", who)]
        append_decisions(folder, words)
    append_decisions(ben, [decide("b.png", "keep", "Ben")])
    merge_decisions(ann, ben / LOG)
    merge_decisions(ben, ann / LOG)
    edits = edits_of(read_decisions(ann))
    assert edits == edits_of(read_decisions(ben))
    assert (len(edits.added), edits.deleted) == (2, frozenset())


@pytest.mark.parametrize(
    "change",
    [
        {"face": "b.png"},
        {"photo": None},
        {"photo": ""},
        {"landmarks": None},
        {"landmarks": Landmarks((1, 1), (1, 1), (1, 1), (1, 1))},
        {"choice": "delete"},
    ],
)
def test_new_face_that_makes_no_sense_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(ValueError):
        replace(add_face("a.jpg", POINTS, "Ann"), **change)  # type: ignore[arg-type]


def test_faces_added_to_a_photo_are_forgotten_with_it(tmp_path: Path) -> None:
    new, other = add_face("a.jpg", POINTS, "Ann"), add_face("b.jpg", POINTS, "Ann")
    append_decisions(tmp_path, [new, decide(new.face, "keep", "Ben"), other])
    forget_decisions(tmp_path, {"00000.png"}, {"a.jpg", "https://x.example/a.jpg"})
    assert read_decisions(tmp_path).items == (other,)
