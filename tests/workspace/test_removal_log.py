"""`removals.jsonl` as a file: what is added stays, what is damaged is refused."""

import hashlib
import json
import resource
from pathlib import Path

import pytest

from portraitset.errors import InputError, WorkspaceError
from portraitset.handoffs import Photo
from portraitset.workspace.layout import STATE_FOLDER
from portraitset.workspace.removal_log import (
    append_applied,
    append_tombstones,
    begin_log,
    parse_removals,
    removals_of,
)
from portraitset.workspace.tombstones import LOG, Traits, tombstone_of

SALT = "0f" * 16
URL = "https://cdna.gallery.example/p/assets/images/images/000/000/002/large/anna-karen-lamp.jpg"


def test_log_survives_reading_back(tmp_path: Path) -> None:
    log = begin_log(tmp_path)
    for asset in ("000000001", "000000002"):
        wanted = Traits(assets=frozenset([asset]), artists=frozenset(["anna-karen"]))
        stones = append_tombstones(tmp_path, [tombstone_of(wanted, log.salt, "asset", "why")])
    append_applied(tmp_path, stones, "2.0.0")
    read = removals_of(tmp_path)
    assert read is not None
    assert [item.sequence for item in read.tombstones] == [1, 2]
    assert [item.sequence for item in read.unfinished] == [1]
    assert read.refuses(Photo(URL, "x")) == 2


def test_full_disk_leaves_no_half_line(tmp_path: Path) -> None:
    log = begin_log(tmp_path)
    request = tombstone_of(Traits(assets=frozenset(["000000001"])), log.salt, "asset", "")
    before = (tmp_path / LOG).read_bytes()
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(before) + 10, limits[1]))
    try:
        with pytest.raises(WorkspaceError, match="larger than is allowed"):
            append_tombstones(tmp_path, [request])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert (tmp_path / LOG).read_bytes() == before
    assert append_tombstones(tmp_path, [request])[0].sequence == 1


@pytest.mark.parametrize("lines", [0, 1, 2])
def test_log_whose_last_lines_are_gone_is_refused(tmp_path: Path, lines: int) -> None:
    """A whole log, cut where a line ends, has an unbroken chain."""
    (tmp_path / STATE_FOLDER).mkdir()
    log = begin_log(tmp_path)
    for asset in ("000000001", "000000002"):
        wanted = Traits(assets=frozenset([asset]))
        append_tombstones(tmp_path, [tombstone_of(wanted, log.salt, "asset", "")])
    path = tmp_path / LOG
    whole = path.read_bytes()
    if lines:
        path.write_bytes(b"".join(whole.splitlines(keepends=True)[:lines]))
    else:
        path.unlink()
    with pytest.raises(InputError, match="gone"):
        removals_of(tmp_path)
    path.write_bytes(whole)
    assert removals_of(tmp_path) is not None


def test_what_a_kill_left_of_a_line_is_no_broken_chain(tmp_path: Path) -> None:
    """Nothing was done yet that such a line says; nothing else can be behind the end that is kept.

    Without that end, or if it is not where the half line begins, the log is refused.
    """
    (tmp_path / STATE_FOLDER).mkdir()
    log = begin_log(tmp_path)
    request = tombstone_of(Traits(assets=frozenset(["000000001"])), log.salt, "asset", "")
    append_tombstones(tmp_path, [request])
    whole = (tmp_path / LOG).read_bytes()
    (tmp_path / LOG).write_bytes(whole + b'{"sequence":2,"previous":"0')
    read = removals_of(tmp_path)
    assert read is not None
    assert len(read.tombstones) == 1
    assert append_tombstones(tmp_path, [request])[0].sequence == 2
    assert (tmp_path / LOG).read_bytes().startswith(whole)
    read = removals_of(tmp_path)
    assert read is not None
    assert len(read.tombstones) == 2
    (tmp_path / LOG).write_bytes(whole + b'{"sequence":2,"previous":"0')
    with pytest.raises(InputError, match="line 3"):
        removals_of(tmp_path)


def test_many_entries_are_added_in_one_go(tmp_path: Path) -> None:
    salt = begin_log(tmp_path).salt
    requests = [
        tombstone_of(Traits(assets=frozenset([f"{number:09d}"])), salt, "asset", "")
        for number in range(3000)
    ]
    placed = append_tombstones(tmp_path, requests)
    append_applied(tmp_path, placed, "2.0.0")
    read = removals_of(tmp_path)
    assert read is not None
    assert [item.sequence for item in read.tombstones] == list(range(1, 3001))
    assert [item.line for item in read.tombstones] == [item.line for item in placed]
    assert read.unfinished == ()


HEAD = f'{{"portraitset-removals":1,"salt":"{SALT}"}}\n'


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "line 1"),
        ("[]\n", "line 1"),
        ("{}\n", "no log of removals"),
        ('{\n "00000.png": {}\n}', "no log of removals"),
        ('{"portraitset-removals":2,"salt":"00"}\n', "known here: 1"),
        ('{"portraitset-removals":1,"salt":"xyz"}\n', "line 1"),
        (HEAD + '{"sequence":1,"previous":"0"}\n', "line 2"),
        (HEAD + '{"sequence":2}\n', "line 2"),
        (HEAD + "{\n", "line 2"),
        (HEAD + '{"sequence":1', "line 2: the chain is broken here: it does not end"),
        (HEAD.replace("}", ',"x":' + "[" * 100_000 + "}"), "line 1"),
    ],
)
def test_log_that_is_none_or_broken_says_where(text: str, words: str) -> None:
    with pytest.raises(InputError, match=words):
        parse_removals(text.encode(), LOG)


def chained(row: dict[str, object]) -> str:
    """A log of one line that nobody but its maker can tell from the tool's own."""
    previous = hashlib.sha256(HEAD.rstrip().encode()).hexdigest()
    return HEAD + json.dumps({"sequence": 1, "previous": previous} | row) + "\n"


REMOVAL: dict[str, object] = {"kind": "removal", "hashes": {}, "looks": []}


@pytest.mark.parametrize(
    "row",
    [
        {"kind": "applied", "of": [1]},
        {"kind": "applied", "of": {}},
        {"kind": "applied", "of": 1},
        REMOVAL | {"sequence": 1.0},
        REMOVAL | {"sequence": True},
        REMOVAL | {"hashes": {"artist": ["1" * 5000 + " " + "0" * 64]}},
        REMOVAL | {"hashes": {"artist": ["0 " + "0" * 64]}},
        REMOVAL | {"hashes": {"bytes": [["0" * 64]]}},
        REMOVAL | {"hashes": {"shoe": []}},
        REMOVAL | {"looks": ["0" * 63]},
        REMOVAL | {"salt": None},
        {"kind": "shoe"},
    ],
)
def test_forged_line_is_bad_input(row: dict[str, object]) -> None:
    parse_removals(chained(REMOVAL).encode(), LOG)
    with pytest.raises(InputError, match="line 2"):
        parse_removals(chained(row).encode(), LOG)
