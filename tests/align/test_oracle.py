"""`exact` and `reference` are upstream's pixels, whatever is installed here.

The oracle is upstream's method, written afresh, under the libraries of its day. Its digests of 60
faces and of `ODD` ones are stored, by `python -m align.crop_digests upstream 0 60` in that
environment, and of 200 faces as MetFaces has them, whose geometry is float32, by `… 0 200
metfaces`; `make soak` makes the environment and compares 2,000, also with `exact` on the oldest
libraries allowed.
"""

import json
import os
import shutil
import subprocess
import sys
import tomllib
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from align.crop_digests import OUTSIDE, crop_digest, digests, golden_face, portraitset
from align.random_faces import NAMED, RandomFace, random_face, random_metface
from portraitset.landmarks import single_landmarks_from_68

TESTS = Path(__file__).parents[1]
ROOT = TESTS.parent
STORED = json.loads((TESTS / "data" / "upstream-crops.json").read_text())
OF_METFACES = json.loads((TESTS / "data" / "metfaces-crops.json").read_text())
OF_ITS_DAY = ("numpy==1.23.5", "scipy==1.9.3", "pillow==9.5.0")
NEEDED = ("numpy", "scipy", "pillow", "numba", "deflate", "simplejpeg", "lazy-loader")
"""What cutting a crop imports."""

MANY = range(2_000)
DOUBLE = ("0", "6", "10", "11", "12", "16")
"""Where a quad in double precision makes other pixels of a MetFaces face; 83 of 240 are such."""

ODD = (*range(-len(NAMED), 0), 848, 926)
"""Where Pillow 13 shrinks in another order, and where later NumPys reflect otherwise."""


@pytest.mark.parametrize("quality", ["exact", "reference"])
def test_stored_crops_are_made_here_too(quality: str) -> None:
    numbers = [int(number) for number in STORED["digests"]]
    assert set(numbers) == {*range(60), *ODD}
    assert digests(portraitset(quality), numbers) == STORED["digests"]


@pytest.mark.parametrize(("quality", "count"), [("exact", 200), ("reference", 40)])
def test_stored_crops_of_metfaces_are_made_here_too(quality: str, count: int) -> None:
    wanted = OF_METFACES["digests"]
    assert len(wanted) == 200
    found = digests(portraitset(quality), range(count), random_metface)
    assert found == {number: wanted[number] for number in found}


def test_double_precision_would_be_noticed_in_metfaces() -> None:
    def in_double(face: RandomFace) -> RandomFace:
        assert face.of_68 is not None
        points = single_landmarks_from_68(*face.of_68).points()
        return face._replace(points=list(points), of_68=None)

    cut, wanted = portraitset("exact"), OF_METFACES["digests"]
    found = {number: crop_digest(cut, in_double(random_metface(int(number)))) for number in DOUBLE}
    assert not any(found[number] in wanted[number] for number in DOUBLE)


@pytest.mark.parametrize("stored", [STORED, OF_METFACES])
def test_stored_crops_are_of_the_libraries_of_its_day(stored: dict[str, dict[str, str]]) -> None:
    found = stored["versions"]
    assert [found[name] for name in ("numpy", "scipy", "PIL")] == ["1.23.5", "1.9.3", "9.5.0"]


def test_all_kinds_of_faces_are_among_them_in_equal_parts() -> None:
    kinds = Counter(random_face(number).kind for number in range(60))
    assert kinds == dict.fromkeys(("tall", "wide", "tiny", "turned", "shrunk", "padded"), 10)
    assert not any(OUTSIDE in digest for digest in STORED["digests"].values())


def test_changed_pixel_would_be_noticed() -> None:
    face = random_face(3)
    face.pixels[:, :, 0] ^= 1
    changed = crop_digest(portraitset("exact"), face)
    assert changed not in STORED["digests"]["3"]


@pytest.mark.soak
def test_two_thousand_crops_equal_the_oracles_on_current_and_on_oldest_libraries(
    request: pytest.FixtureRequest,
) -> None:
    old = environment(request.config, "upstream", OF_ITS_DAY)
    expected = run(old, "upstream")
    assert len(expected["digests"]) == len(MANY)
    assert run(Path(sys.executable), "exact")["digests"] == expected["digests"]
    assert run(Path(sys.executable), "reference")["digests"] == expected["digests"]
    oldest = run(environment(request.config, "oldest", lower_bounds()), "exact")
    assert oldest["digests"] == expected["digests"]
    assert oldest["versions"]["numpy"].startswith("1.26."), "the oldest ones did cut"


@pytest.mark.soak
def test_two_thousand_crops_of_metfaces_equal_the_oracles(request: pytest.FixtureRequest) -> None:
    faces = str(MANY.start), str(MANY.stop), "metfaces"
    expected = run(environment(request.config, "upstream", OF_ITS_DAY), "upstream", *faces)
    assert len(expected["digests"]) == len(MANY)
    assert run(Path(sys.executable), "exact", *faces)["digests"] == expected["digests"]
    oldest = run(environment(request.config, "oldest", lower_bounds()), "exact", *faces)
    assert oldest["digests"] == expected["digests"]


@pytest.mark.soak
def test_oracle_makes_the_golden_crops(request: pytest.FixtureRequest, shared: Path) -> None:
    cases = shared / "old-masters" / "golden" / "synthetic.json"
    python = environment(request.config, "upstream", OF_ITS_DAY)
    found = run(python, "upstream", str(cases))["digests"]
    for case in json.loads(cases.read_text())["cases"]:
        assert found[golden_face(case).kind] in json.dumps(case), case["name"]


def lower_bounds() -> tuple[str, ...]:
    """The oldest versions that pyproject.toml allows of what cutting a crop imports."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    bounds = dict(line.split(">=") for line in project["dependencies"])
    return tuple(f"{name}=={bounds[name]}" for name in NEEDED)


def environment(config: pytest.Config, name: str, packages: Iterable[str]) -> Path:
    """The Python of an environment with these packages, made once and kept in pytest's cache."""
    home = config.cache.mkdir(f"environment-{name}") if config.cache else pytest.skip("no cache")
    python, ready = home / "bin" / "python", home / "ready"
    wanted = " ".join(packages)
    if not ready.exists() or ready.read_text() != wanted:
        base = sys.executable if sys.version_info[:2] == (3, 11) else shutil.which("python3.11")
        if base is None:
            pytest.skip("NumPy 1.23 has wheels up to Python 3.11, which is not here")
        try:
            quietly([base, "-m", "venv", "--clear", str(home)])
            pip = [str(python), "-m", "pip", "--disable-pip-version-check", "install", "--quiet"]
            quietly([*pip, "--only-binary", ":all:", *wanted.split()])
        except subprocess.CalledProcessError as error:
            pytest.skip(f"{wanted} cannot be installed: {error.stderr.strip()[-300:]}")
        ready.write_text(wanted)
    return python


def quietly(command: list[str]) -> None:
    subprocess.run(command, check=True, capture_output=True, text=True, timeout=900)


def run(python: Path, *what: str) -> dict[str, dict[str, str]]:
    """What an environment makes of the random faces, or of the cases of a file."""
    numbers = what if len(what) > 1 else (*what, str(MANY.start), str(MANY.stop))
    found: dict[str, dict[str, str]] = run_module(python, "align.crop_digests", *numbers)
    return found


def run_module(python: Path, *module: str) -> Any:
    """The JSON that a module of the tests prints."""
    paths = os.pathsep.join((str(TESTS), str(ROOT / "src")))
    done = subprocess.run(
        [str(python), "-m", *module],
        env=os.environ | {"PYTHONPATH": paths},
        check=True,
        capture_output=True,
        text=True,
        timeout=3_000,
    )
    return json.loads(done.stdout)
