"""Rules: read from a recipe, asked in order, counted."""

from pathlib import Path

import pytest

from measured import measured
from portraitset.curate.rules import CurateSettings, Rule, apply_rules, settings_from
from portraitset.errors import InputError
from portraitset.pipeline.recipe import read_tables

SMALL = Rule("native_size", "<", 128, "drop", "too small")
WORN = Rule("compression_quality", "<=", 40, "drop", "artefacts")
OURS = Rule("artist", "in", ("ann-ink", "bob-oil"), "keep", "asked for")

FACES = {
    "ours.png": measured(native_size=100.0),
    "small.png": measured(native_size=100.0, artist="eve-x", compression_quality=30),
    "worn.png": measured(artist="eve-x", compression_quality=40),
    "lossless.png": measured(artist="eve-x", compression_quality=None, format="PNG"),
}


def test_first_rule_that_holds_decides_and_overlap_is_counted() -> None:
    preview = apply_rules((OURS, SMALL, WORN), FACES)
    assert preview.decided == {"ours.png": OURS, "small.png": SMALL, "worn.png": WORN}
    numbers = [(count.holds, count.decides, count.overlap) for count in preview.counts]
    assert numbers == [(1, 1, 0), (2, 1, 1), (2, 1, 1)]


def test_order_matters() -> None:
    assert apply_rules((SMALL, OURS), FACES).decided["ours.png"] == SMALL


def test_measure_that_is_not_known_compares_with_nothing() -> None:
    for comparison in ("<", "<=", ">", ">=", "=", "!="):
        rule = Rule("compression_quality", comparison, 50, "drop", "x")
        assert not rule.holds(FACES["lossless.png"])


RECIPE = """
workers = 1
[curate]
duplicates = "keep-best"
splits = {train = 0.75, test = 0.25}
[[rule]]
field = "native_size"
comparison = "<"
value = 128
action = "drop"
reason = "too small"
[[rule]]
field = "artist"
comparison = "in"
value = ["ann-ink", "bob-oil"]
action = "keep"
reason = "asked for"
"""


def test_recipe_is_read(tmp_path: Path) -> None:
    path = tmp_path / "recipe.toml"
    path.write_text(RECIPE)
    settings = settings_from(read_tables(path))
    assert settings.rules == (SMALL, OURS)
    assert settings.duplicates == "keep-best"
    assert settings.splits == {"train": 0.75, "test": 0.25}


def test_without_a_recipe_nothing_is_dropped() -> None:
    settings = settings_from(read_tables(None))
    assert settings == CurateSettings()
    assert (settings.duplicates, settings.rules) == ("keep", ())


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('"native_size"', '"nativ_size"', "rule 1: field 'nativ_size' is none of"),
        ('"native_size"', '"__class__"', "is none of"),
        ('"native_size"', '"look"', "is none of"),
        ('"<"', '"below"', "comparison 'below' is none of"),
        ("128", '"128"', "compares with a finite number"),
        ("128", "nan", "compares with a finite number"),
        ("128", "true", "compares with a finite number"),
        ("128", "[128]", "list of values"),
        ('"drop"', '"burn"', "action must be keep or drop"),
        ('reason = "too small"', "", "rule 1 lacks reason"),
        ('reason = "too small"', 'reason = " "', "reason must be a text"),
        ('reason = "too small"', 'reason = "x"\nnote = 1', "unknown key 'note'"),
        ('["ann-ink", "bob-oil"]', '"ann-ink"', "list of values"),
        ('"in"', '"<"', "rule 2"),
        ('"keep-best"', '"merge"', "duplicates must be"),
        ("0.25}", "0.35}", "add up to 1"),
        ("train = 0.75", "'../x' = 0.75", "split's name"),
        ("train = 0.75", "train = -1.0", "share above 0"),
        ("[curate]", "[curate]\nsame_face = 200", "same_face must lie in"),
        ("[curate]", "[curate]\nseed = 1.5", "seed must be"),
        ("[curate]", "[curate]\nthreshold = 3", "unknown key 'threshold'"),
    ],
)
def test_recipe_that_makes_no_sense_is_refused_in_words(
    tmp_path: Path, old: str, new: str, words: str
) -> None:
    path = tmp_path / "recipe.toml"
    assert old in RECIPE
    path.write_text(RECIPE.replace(old, new, 1))
    with pytest.raises(InputError, match=words) as refused:
        settings_from(read_tables(path))
    assert str(refused.value).count(str(path)) == 1


def test_rules_are_written_as_an_array_of_tables(tmp_path: Path) -> None:
    path = tmp_path / "recipe.toml"
    path.write_text("rule = 3")
    with pytest.raises(InputError, match="written as"):
        settings_from(read_tables(path))
