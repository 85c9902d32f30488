"""Manifest files: what makes a whole file unreadable, with the place, and what survives a trip."""

import json
import math
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from entries import POINTS, URL, entry, parsed
from portraitset.errors import InputError
from portraitset.handoffs import Face
from portraitset.manifest import parse_manifest, read_manifest, write_manifest

GOOD = json.dumps({"a.png": entry()}, indent=1)


def refusal(data: bytes | str) -> str:
    """What the reader says of a file that it cannot read."""
    with pytest.raises(InputError) as caught:
        parse_manifest(data.encode() if isinstance(data, str) else data, "faces.json")
    message = str(caught.value)
    assert message.startswith("faces.json")
    assert message.isprintable()
    return message


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("", "line 1, column 1"),
        ("   \n ", "line 2, column 2"),
        ("{\n \"a\": }", "line 2, column 7"),
        (GOOD[:-1], "line "),
        (GOOD + "x", "line "),
        (GOOD.replace("50.0,", "50.0"), "line 8, column 5"),
        ("<!DOCTYPE html>", "line 1, column 1"),
        ('{"a": "\x01"}', "line 1, column 8"),
    ],
)  # fmt: skip
def test_text_that_is_not_json_is_refused_with_its_place(text: str, place: str) -> None:
    assert place in refusal(text)


def test_empty_object_is_refused() -> None:
    assert "empty JSON object" in refusal("{}")


@pytest.mark.parametrize(
    "text", ["[]", "[1]", "3", "null", "NaN", '"text"', '{"a": 3}', '{"a": {"b": 1}}']
)
def test_other_shapes_are_refused_by_what_they_are(text: str) -> None:
    assert "no known schema" in refusal(text)


def test_list_is_refused_with_its_length() -> None:
    assert "a JSON list of 2 entries" in refusal("[1, 2]")


def test_bytes_that_are_not_utf8_are_refused_with_their_place() -> None:
    assert "byte 3 is not UTF-8" in refusal(b'{"a\xff": {}}')
    assert "byte 0 is not UTF-8" in refusal(GOOD.encode("utf-16"))


def test_byte_order_mark_is_no_obstacle() -> None:
    assert len(parse_manifest(GOOD.encode("utf-8-sig"), "faces.json")) == 1


def test_name_that_stands_twice_is_refused_with_its_line() -> None:
    text = '{\n"a.png": {},\n"b.png": {},\n"a.png": {}\n}'
    assert "faces.json, line 4: the key 'a.png'" in refusal(text)


def test_field_that_stands_twice_is_refused_with_its_line() -> None:
    """Other entries have the field too, and a value looks like it; one object has it twice."""
    text = """{
        "a.png": {"image_url": "x", "raw_name": "image_url"},
        "b.png": {"image_url": "x", "raw_name": "\\"image_url\\": {"},
        "c.png": {"image_url": "x",
                  "landmarks": {"image_url": 1},
                  "image_url": "y"},
        "d.png": {"image_url": "x"}
    }"""
    assert "faces.json, line 6: the key 'image_url'" in refusal(text)


def test_point_that_stands_twice_is_refused_with_its_line() -> None:
    text = '{"a.png": {"landmarks": {\n"eye_left": [1, 2],\n"eye_left": [1, 2]}}}'
    assert "faces.json, line 3: the key 'eye_left'" in refusal(text)


def test_key_spelt_two_ways_stands_twice_all_the_same() -> None:
    assert "line 2: the key 'abc'" in refusal('{"abc": {},\n"\\u0061bc" : {}}')


def test_control_characters_of_a_doubled_key_do_not_reach_the_terminal() -> None:
    refusal('{"\\u001b[31m": {}, "\\u001b[31m": {}}')


@settings(deadline=None, max_examples=60)
@given(st.lists(st.sampled_from(["a", "b", "c", 'q"{', "é"]), min_size=2, max_size=6), st.data())
def test_line_of_a_doubled_key_is_that_of_its_second_place(
    keys: list[str], data: st.DataObject
) -> None:
    """At any depth, whatever stands around it."""
    value = '{"a": [{"b": "}"}, "{"], "c": {"a": 1}}'
    before = data.draw(st.integers(0, 3))
    lines = ["{", *(f'"x{number}": {value},' for number in range(before)), '"deep": [{']
    pairs = [f"{json.dumps(key)}: {value}" for key in keys]
    text = "\n".join(lines) + "\n" + ",\n".join(pairs) + "\n}]}"
    seen = [keys.index(key) for key in keys]
    doubled = next((place for place, first in enumerate(seen) if place != first), None)
    if doubled is None:
        assert "no known schema" in refusal(text)
    else:
        assert f"line {len(lines) + doubled + 1}: the key" in refusal(text)


def test_huge_and_special_numbers_spoil_only_their_entry() -> None:
    for number in ("NaN", "Infinity", "-Infinity", "1e999", "9" * 400, "-" + "9" * 400):
        text = json.dumps({"good.png": entry(), "bad.png": entry()})
        place = text.rindex("50.0")
        text = text[:place] + number + text[place + len("50.0") :]
        manifest = parse_manifest(text.encode(), "faces.json")
        assert [face.name for face in manifest] == ["good.png"]


def test_number_too_long_to_be_one_is_refused() -> None:
    refusal('{"a.png": {"image_url": ' + "9" * 100_000 + "}}")


def test_deep_nesting_is_refused_not_followed() -> None:
    refusal('{"a.png": {"raw_name": ' + "[" * 200_000 + "]" * 200_000 + "}}")


def test_nesting_of_any_depth_ends_in_faces_or_in_a_refusal(tmp_path: Path) -> None:
    around = sys.getrecursionlimit()
    for depth in (*range(10, around - 100, 90), *range(around - 100, around + 20, 3)):
        nested = "[" * depth + "]" * depth
        text = f'{{"a.png": {nested}, "b.png": {{"raw_name": {nested}}}, "c.png": {GOOD}}}'
        try:
            manifest = parse_manifest(text.encode(), "faces.json")
        except InputError:
            continue
        assert len(manifest) == 3


def test_missing_file_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"nowhere\.json cannot be read: No such file"):
        read_manifest(tmp_path / "nowhere.json")
    with pytest.raises(InputError, match="cannot be read: Is a directory"):
        read_manifest(tmp_path)


def test_file_called_like_the_dataset_is_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("aahq").write_text(GOOD)
    assert len(read_manifest("aahq")) == 1


STRANGE = {
    "a.png": entry(artist="Dürer", landmarks=POINTS | {"nose": [1, 2.5], "z": None}),
    "b.png": entry(tags=[1, {"x": [True, None, "\u2028"]}], other={"landmarks": {}}, empty={}),
    "no object": 3,
    "../up": entry(extra=1),
    "bad points": {"landmarks": {"eye_left": "?", "more": 1}, "unknown": [[]]},
    "half \ud800 pair": {"text": "\udfff", "\ud83d": 1},
    "": None,
}


def test_round_trip_keeps_everything_known_or_not_good_or_bad(tmp_path: Path) -> None:
    manifest = parsed(STRANGE)
    write_manifest(manifest, tmp_path / "faces.json")
    written = json.loads((tmp_path / "faces.json").read_bytes())
    assert written == STRANGE
    assert list(written) == list(STRANGE)
    again = read_manifest(tmp_path / "faces.json")
    assert list(again) == list(manifest)
    assert [bad.content for bad in again.invalid()] == [bad.content for bad in manifest.invalid()]


def test_round_trip_keeps_what_is_not_a_number(tmp_path: Path) -> None:
    write_manifest(parsed({"a.png": entry(score=math.nan, best=math.inf)}), tmp_path / "m.json")
    content = json.loads((tmp_path / "m.json").read_text())["a.png"]
    assert math.isnan(content["score"])
    assert content["best"] == math.inf


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=5,
)


@settings(deadline=None, max_examples=60)
@given(
    st.dictionaries(
        st.text(max_size=5),
        st.dictionaries(st.text(max_size=5), VALUES).map(lambda extra: entry() | extra) | VALUES,
        max_size=3,
    ),
    st.dictionaries(st.text(max_size=5), VALUES, max_size=3),
)
def test_round_trip_is_a_law(
    tmp_path_factory: pytest.TempPathFactory,
    content: dict[str, object],
    more_points: dict[str, object],
) -> None:
    content = {"first.png": entry(landmarks=more_points | dict(POINTS)), **content}
    path = tmp_path_factory.mktemp("trip") / "faces.json"
    write_manifest(parsed(content), path)
    assert json.loads(path.read_bytes()) == content


def test_twenty_five_thousand_entries_are_read_in_seconds() -> None:
    """AAHQ's own size; a quadratic step anywhere would take minutes."""
    content = {
        f"{number:05d}.png": entry(image_url=f"{URL}{number}", raw_name=f"{number}.jpg")
        for number in range(25_000)
    }
    data = json.dumps(content).encode()
    started = time.process_time()
    manifest = parse_manifest(data, "faces.json")
    assert time.process_time() - started < 10
    assert sum(isinstance(found, Face) for found in manifest.entries) == 25_000
