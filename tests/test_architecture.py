"""The documents on the package's rooms say what the package is."""

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "src" / "portraitset"
ROOMS = sorted(path.parent.name for path in PACKAGE.glob("*/__init__.py"))
AT_THE_ROOT = {"__init__", "__main__", "errors", "handoffs", "identity", "landmarks"}
ARCHITECTURE = (ROOT / "docs" / "architecture.md").read_text()
MOST_FLOORS = 12


def layers() -> list[str]:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())
    contracts = settings["tool"]["importlinter"]["contracts"]
    (layered,) = (each for each in contracts if each["type"] == "layers")
    return list(layered["layers"])


def test_root_holds_only_what_every_room_uses() -> None:
    assert {path.stem for path in PACKAGE.glob("*.py")} == AT_THE_ROOT


def test_contract_is_short_and_names_whole_packages_once() -> None:
    floors = layers()
    assert len(floors) <= MOST_FLOORS
    named = [name for floor in floors for name in floor.split(" | ")]
    assert sorted(named) == sorted([*ROOMS, *(AT_THE_ROOT - {"__init__", "__main__"})])


def test_architecture_shows_the_contract_as_it_is() -> None:
    assert "```text\n" + "\n".join(layers()) + "\n```" in ARCHITECTURE


@pytest.mark.parametrize("room", ROOMS)
def test_each_room_has_its_paragraph_and_says_what_it_is(room: str) -> None:
    assert f"**{room}**" in ARCHITECTURE
    assert (PACKAGE / room / "__init__.py").read_text().startswith('"""')


def test_drawing_shows_every_room_that_data_goes_through() -> None:
    drawn = set(re.findall(r"\*\*(\w+)\*\*", (ROOT / "docs/images/rooms.mmd").read_text()))
    assert drawn == set(ROOMS) - {"cli", "bench", "demo"}


def test_every_place_that_contributing_points_to_is_there() -> None:
    table = (ROOT / "CONTRIBUTING.md").read_text().split("## Set-up")[0]
    places = re.findall(r"`([\w/]+(?:/|\.py))`", table.replace("`src/portraitset/`", ""))
    assert len(places) > 20
    assert [place for place in places if not (PACKAGE / place).exists()] == []


DOCUMENTS = [*sorted((ROOT / "docs").glob("*.md")), ROOT / "README.md", ROOT / "CONTRIBUTING.md"]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.name))
def test_every_module_that_a_document_names_is_there(document: Path) -> None:
    named = re.findall(r"`([\w./-]+\.py)`", document.read_text(encoding="utf-8"))
    homes = (ROOT, PACKAGE, ROOT / "tests", ROOT / "benchmarks")
    assert [name for name in named if not any((home / name).exists() for home in homes)] == []


def test_tests_mirror_the_rooms() -> None:
    folders = {path.name for path in (ROOT / "tests").iterdir() if path.is_dir()}
    assert folders - {"data", "contracts", "__pycache__"} <= set(ROOMS)
