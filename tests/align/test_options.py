"""Every option's crops are the oracle's, and do what the option says."""

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from align.crop_digests import OUTSIDE
from align.option_digests import ALL, OPTIONS, digests
from align.test_fast import decibels, face, soft_noise
from align.test_oracle import OF_ITS_DAY, environment, run_module
from portraitset.align.face import align_face
from portraitset.align.settings import CropSettings
from portraitset.errors import DegenerateFace, InputError

STORED = json.loads((Path(__file__).parents[1] / "data" / "option-crops.json").read_text())
SOME = 24
"""How many of `ALL` faces of each option the suite cuts."""


@pytest.mark.parametrize("option", OPTIONS)
@pytest.mark.parametrize("quality", ["exact", "reference"])
def test_stored_crops_are_made_here_too(quality: str, option: str) -> None:
    assert digests(quality, option, SOME) == STORED["digests"][option].split()[:SOME]


def test_stored_crops_are_of_the_libraries_of_its_day_and_few_are_missing() -> None:
    found = STORED["versions"]
    assert [found[name] for name in ("numpy", "scipy", "PIL")] == ["1.23.5", "1.9.3", "9.5.0"]
    assert STORED["digests"].keys() == OPTIONS.keys()
    for option, line in STORED["digests"].items():
        kept = line.split()
        assert len(kept) == ALL, option
        assert kept.count(OUTSIDE) <= 11, option
        assert len(set(kept)) >= 180, option


@pytest.mark.soak
def test_two_hundred_crops_of_each_option_equal_the_oracles(
    request: pytest.FixtureRequest,
) -> None:
    old = environment(request.config, "upstream", OF_ITS_DAY)
    assert run_module(old, "align.option_digests", "upstream") == STORED
    for quality in ("exact", "reference"):
        found = run_module(Path(sys.executable), "align.option_digests", quality)
        assert found["digests"] == STORED["digests"], quality


@pytest.mark.parametrize(
    "given",
    [
        {"rotation": "none"},
        {"scale": 1.3, "offset": (0.05, -0.1)},
        {"random_shift": 0.05, "name": "a"},
        {"border": "reflect"},
        {"border": "edge"},
        {"border": "constant", "border_colour": "#c04010"},
        {"border": "reject", "reject_above": 1.0},
    ],
    ids=str,
)
@pytest.mark.parametrize("at", [(200.3, 190.6), (60.0, 120.0)], ids=["inside", "at the edge"])
def test_fast_follows_exact(given: dict[str, Any], at: tuple[float, float]) -> None:
    pixels = soft_noise(400, 380, seed=4)
    for side, size in ((180.0, 160), (180.0, 64), (250.0, 30)):
        points = face(*at, side, 17)
        found = align_face(pixels, points, size, quality="fast", **given)
        wanted = align_face(pixels, points, size, **given)
        if side < 4 * size:
            assert decibels(found, wanted) >= 50, (side, size)
            continue
        # After a shrink `exact` is off by its half pixel, which a hard edge shows most.
        leeway = 6 if given.get("border") == "constant" else 2
        plain = align_face(pixels, points, size, quality="fast")
        slip = decibels(plain, align_face(pixels, points, size))
        assert decibels(found, wanted) >= slip - leeway, (side, size)


def test_constant_border_is_the_colour_and_edge_the_last_pixels() -> None:
    pixels = np.full((100, 100, 3), 50, np.uint8)
    pixels[:, 0] = (10, 20, 30)
    points = face(0, 50, 60, 0)
    for quality in ("exact", "fast", "reference"):
        constant = align_face(
            pixels, points, 64, quality=quality, border="constant", border_colour="#C04010"
        )
        assert np.all(constant[:, :28] == (0xC0, 0x40, 0x10))
        edge = align_face(pixels, points, 64, quality=quality, border="edge")
        assert np.abs(edge[:, :28].astype(int) - (10, 20, 30)).max() <= 1
        black = align_face(pixels, points, 64, quality=quality, border="constant")
        assert black[:, :28].max() == 0


def test_reject_keeps_upstreams_pixels_or_says_how_much_is_outside() -> None:
    pixels = soft_noise(200, 200)
    points = face(40, 100, 100, 0)  # a tenth of it is outside
    kept = align_face(pixels, points, 64, border="reject", reject_above=0.11)
    assert np.array_equal(kept, align_face(pixels, points, 64))
    with pytest.raises(DegenerateFace, match=r"10\.0% of the crop lies outside .* 9\.0%"):
        align_face(pixels, points, 64, border="reject", reject_above=0.09)
    inside = face(100, 100, 100, 0)
    assert align_face(pixels, inside, 64, border="reject").shape == (64, 64, 3)


def test_shift_depends_on_name_and_seed_and_on_nothing_else() -> None:
    pixels, points = soft_noise(200, 200), face(100, 100, 60, 0)

    def cut(name: str, seed: int = 0) -> bytes:
        options = {"random_shift": 0.2, "shift_seed": seed, "name": name}
        return align_face(pixels, points, 32, **options).tobytes()  # type: ignore[arg-type]

    first, second = cut("a.png"), cut("b.png")
    assert (cut("b.png"), cut("a.png")) == (second, first)
    assert len({first, second, cut("a.png", 1), cut("b.png", 1)}) == 4


def test_shift_that_never_lies_inside_is_a_degenerate_face() -> None:
    with pytest.raises(DegenerateFace, match=r"60 pixels a side .* 60 x 70 in 1,000 draws"):
        align_face(
            soft_noise(60, 70), face(30, 35, 60, 0), 32, random_shift=0.2, retry_crops=True, name=""
        )


def test_without_a_name_no_shift_can_be_drawn() -> None:
    with pytest.raises(InputError, match="needs name"):
        align_face(soft_noise(60, 70), face(30, 35, 20, 0), 32, random_shift=0.2)


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        ({"rotation": "some"}, "rotation must be one of"),
        ({"scale": 0.09}, "scale must lie in"),
        ({"scale": float("nan")}, "scale must lie in"),
        ({"scale": "wide"}, "scale must be a number"),
        ({"offset_x": 5.1}, "offset_x must lie in"),
        ({"offset_y": float("-inf")}, "offset_y must lie in"),
        ({"random_shift": -0.1}, "random_shift must lie in"),
        ({"random_shift": 0.1, "shift_seed": -1}, "shift_seed must lie in"),
        ({"retry_crops": True}, "needs random_shift"),
        ({"replay": "ffhq"}, "needs random_shift"),
        ({"replay": "celeba", "random_shift": 0.1}, "replay must be one of"),
        ({"replay": "ffhq", "random_shift": 0.1, "shift_seed": 1}, "exclude each other"),
        ({"border": "wrap"}, "border must be one of"),
        ({"border": "edge", "padding": False}, "exclude each other"),
        ({"border": "constant", "border_colour": "red"}, "like #rrggbb"),
        ({"border": "constant", "border_colour": "#12345\n"}, "like #rrggbb"),
        ({"border_colour": "#000000"}, "needs border = constant"),
        ({"border": "reject", "reject_above": 1.5}, "reject_above must lie in"),
        ({"reject_above": 0.1}, "needs border = reject"),
    ],
    ids=str,
)
def test_what_makes_no_sense_is_refused(given: dict[str, Any], complaint: str) -> None:
    with pytest.raises(InputError, match=complaint):
        CropSettings(**given)


def test_options_at_their_defaults_are_none() -> None:
    assert CropSettings(512, 2048, False, "fast", "webp").options() == {}
    assert CropSettings(scale=1, shift_seed=3).options() == {}
    found = CropSettings(border="constant", border_colour="#FFF000").options()
    assert found == CropSettings(border="constant", border_colour="#fff000").options()
    assert CropSettings(border="constant").options()["border_colour"] == "#000000"
    found = CropSettings(scale=2, random_shift=0.5, shift_seed=3).options()
    assert found == {"scale": 2.0, "random_shift": 0.5, "shift_seed": 3}
