"""Recipes: every key is known, every value of its kind, and a flag wins over the file."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from portraitset.align.settings import CropSettings
from portraitset.download.etiquette import operator_of
from portraitset.download.settings import DownloadSettings
from portraitset.errors import InputError
from portraitset.pipeline.recipe import Recipe, read_tables, recipe_from, usable_cores

GOOD = """
workers = 3
[download]
rate = 2
connections = 5
mirror = "http://cache.example/"
[align]
size = 512
transform_size = 1024
padding = false
quality = "reference"
"""


def written(folder: Path, text: str | bytes) -> Path:
    path = folder / "recipe.toml"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def refusal(path: Path | None, flags: Mapping[str, Mapping[str, object]]) -> str:
    with pytest.raises(InputError) as caught:
        recipe_from(read_tables(path), flags)
    return str(caught.value)


def test_no_recipe_and_no_flags_are_the_defaults() -> None:
    assert recipe_from(read_tables(None), {}) == Recipe(
        DownloadSettings(), CropSettings(), usable_cores()
    )


def test_file_sets_each_stages_settings(tmp_path: Path) -> None:
    recipe = recipe_from(read_tables(written(tmp_path, GOOD)), {})
    assert recipe.workers == 3
    assert (recipe.download.rate, recipe.download.connections) == (2, 5)
    assert recipe.download.mirror == "http://cache.example/"
    assert recipe.crop == CropSettings(512, 1024, padding=False, quality="reference")
    assert recipe.download.tries == DownloadSettings().tries


def test_file_says_which_hosts_share_one_budget(tmp_path: Path) -> None:
    text = '[download.operators]\n"img*.site.example" = "site.example"\n'
    settings = recipe_from(read_tables(written(tmp_path, text)), {}).download
    assert operator_of("img7.site.example", settings.operators) == "site.example"


def test_flags_win_and_none_is_no_flag(tmp_path: Path) -> None:
    flags: dict[str, dict[str, object]] = {
        "download": {"rate": 7.5, "connections": None},
        "align": {"size": 256, "padding": None, "quality": "exact"},
        "run": {"workers": 1},
    }
    recipe = recipe_from(read_tables(written(tmp_path, GOOD)), flags)
    assert (recipe.workers, recipe.download.rate, recipe.download.connections) == (1, 7.5, 5)
    assert recipe.crop == CropSettings(256, 1024, padding=False, quality="exact")


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("colour = 1", "unknown key 'colour'"),
        ("download = 1", "unknown key 'download'"),
        ("[[align]]\nsize = 1", "unknown key 'align'"),
        ("[downlaod]\nrate = 1", "unknown table [downlaod]"),
        ("[run]\nworkers = 1", "unknown table [run]"),
        ("[download]\nrtae = 1", "unknown key 'rtae'"),
        ("[align]\nworkers = 1", "unknown key 'workers'"),
        ("[align.size]\na = 1", "size cannot be"),
        ("workers = 1.0", "workers cannot be 1.0"),
        ("workers = true", "workers cannot be True"),
        ("[download]\nrate = '5'", "rate cannot be '5'"),
        ("[download]\nrate = true", "rate cannot be True"),
        ("[download]\ntries = 2.5", "tries cannot be 2.5"),
        ("[download]\nmirror = 5", "mirror cannot be 5"),
        ("[align]\nsize = [512]", "size cannot be [512]"),
        ("[align]\npadding = 1", "padding cannot be 1"),
        ("[align]\nquality = 'best'", "quality cannot be 'best'"),
        ("[align]\nquality = ['exact']", "quality cannot be ['exact']"),
        ("[align]\nsize = 1979-05-27", "size cannot be"),
        ("workers = ", "cannot be read"),
        ("workers = 1\nworkers = 2", "cannot be read"),
        (b"\xff", "cannot be read"),
        ("workers = 1" + "0" * 5000, "cannot be read"),
    ],
)
def test_fault_is_named_with_its_file(tmp_path: Path, text: str | bytes, complaint: str) -> None:
    path = written(tmp_path, text)
    words = refusal(path, {})
    assert str(path) in words
    assert complaint in words


def test_unknown_key_is_answered_with_the_known_ones(tmp_path: Path) -> None:
    words = refusal(written(tmp_path, "[align]\nsise = 1"), {})
    assert "size, transform_size, padding, quality" in words


def test_recipe_that_is_not_there_is_named(tmp_path: Path) -> None:
    path = tmp_path / "no.toml"
    assert str(path) in refusal(path, {})


def test_unknown_flag_is_an_error_too() -> None:
    assert "the flags: unknown key 'sise'" in refusal(None, {"align": {"sise": 1}})


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("workers = 0", "workers must lie in 1..1024"),
        ("workers = -1", "workers must lie"),
        ("workers = 1025", "workers must lie"),
        ("[align]\nsize = 0", "size must lie"),
        ("[align]\nsize = 100000", "size must lie"),
        ("[align]\nsize = 512\ntransform_size = 511", "transform size must lie"),
        ("[download]\nrate = 0", "rate must be above zero"),
        ("[download]\nrate = -1.5", "rate must be above zero"),
        ("[download]\nrate = nan", "rate must be above zero"),
        ("[download]\nrate = inf", "rate must be above zero and finite"),
        ("[download]\ntries = 0", "tries must be above zero"),
        ("[download]\nidle_timeout = 0.0", "idle_timeout must be above zero"),
        ("[download]\nmirror = 'ftp://x/'", "mirror must be an http or https address"),
        ("[download]\nmirror = 'cache.example'", "mirror must be an http"),
        ("[download]\nmirror = 'http://[::1'", "mirror must be an http"),
        ("[download]\nproxy = 'http://x:99999'", "proxy must be an http"),
        ('[download]\ncontact = "a\\r\\nX-Evil: 1"', "contact must be one line"),
    ],
)
def test_value_that_makes_no_sense_is_refused(tmp_path: Path, text: str, complaint: str) -> None:
    assert complaint in refusal(written(tmp_path, text), {})


def test_size_alone_takes_the_supersampled_square_along(tmp_path: Path) -> None:
    recipe = recipe_from(read_tables(written(tmp_path, "[align]\nsize = 256")), {})
    assert recipe.crop.supersampled_size == 1024
