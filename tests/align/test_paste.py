"""Paste-back as laws: nothing edited, nothing changed; what is pasted is what is cut again."""

import numpy as np
import pytest

from portraitset.align.face import cut_crop
from portraitset.align.geometry import crop_geometry, moved
from portraitset.align.paste import FEATHER, feather_mask, paste
from portraitset.align.settings import CropSettings, Quality
from portraitset.bench.align import Case, draw_photo
from portraitset.picture.decode import Pixels

CASES = (
    Case("as it is", 640, 560, (320, 280), 256, 0),
    Case("enlarged", 300, 280, (150, 140), 110, 17),
    Case("reduced", 900, 800, (450, 400), 500, -33),
    Case("shrunk first", 1500, 1400, (750, 700), 1100, 12),
    Case("padded", 420, 400, (160, 150), 320, 21),
)
IDS = [case.name for case in CASES]


def soft_edit(crop: Pixels) -> Pixels:
    """Colours moved by a soft pattern, within what bytes hold."""
    at = np.linspace(0, 4 * np.pi, crop.shape[0])
    pattern = 20 * np.outer(np.sin(at), np.cos(at))[:, :, np.newaxis] * [1, -1, 0.5]
    edited: Pixels = np.clip(crop + pattern, 0, 255).astype(np.uint8)
    return edited


def cut(photo: Pixels, case: Case, quality: Quality = "exact") -> Pixels:
    return cut_crop(photo, case.points(), CropSettings(size=256, quality=quality))


def pasted(
    photo: Pixels,
    case: Case,
    edited: Pixels,
    quality: Quality = "exact",
    feather: float = FEATHER,
) -> Pixels:
    settings = CropSettings(size=256, quality=quality)
    geometry = crop_geometry(case.points(), (case.width, case.height), settings, "PNG")
    out = photo.copy()
    paste(out, cut(photo, case, quality), edited, geometry, feather)
    return out


@pytest.fixture(scope="module", params=CASES, ids=IDS)
def case(request: pytest.FixtureRequest) -> Case:
    found: Case = request.param
    return found


@pytest.fixture(scope="module")
def photo(case: Case) -> Pixels:
    softened = draw_photo(case.width, case.height).astype(np.float32)
    return (softened * 0.6 + 50).astype(np.uint8)  # edits shall not meet black or white


def test_an_unedited_crop_changes_not_one_level(photo: Pixels, case: Case) -> None:
    assert np.array_equal(pasted(photo, case, cut(photo, case)), photo)


@pytest.mark.parametrize("quality", ["exact", "fast"])
def test_what_was_pasted_is_cut_again(photo: Pixels, case: Case, quality: Quality) -> None:
    edited = soft_edit(cut(photo, case, quality))
    again = cut(pasted(photo, case, edited, quality), case, quality)
    inner = (slice(20, -20), slice(20, -20))
    settings = CropSettings(size=256, quality=quality)
    geometry = crop_geometry(case.points(), (case.width, case.height), settings, "PNG")
    # Padding is made of the photo: what was edited there has no place to go.
    seen = geometry.padding_mask()[inner] == 0
    if case.name == "padded":
        seen &= np.indices(seen.shape).min(axis=0) > 60
    error = (again.astype(int) - edited)[inner][seen]
    assert np.sqrt((error**2).mean()) < 0.7  # 0.3 to 0.55 measured; the edit is up to 20
    assert np.abs(error).max() <= 3  # 2 measured


@pytest.mark.parametrize("feather", [0, FEATHER])
def test_nothing_outside_the_quad_is_touched(photo: Pixels, case: Case, feather: float) -> None:
    edited = 255 - cut(photo, case)
    changed = (pasted(photo, case, edited, feather=feather) != photo).any(axis=2)
    geometry = crop_geometry(
        case.points(), (case.width, case.height), CropSettings(size=256), "PNG"
    )
    y, x = np.nonzero(changed)
    at = moved(np.stack([x, y], axis=1).astype(np.float64), geometry.forward)
    assert at.min() > -0.5 - 1e-9
    assert at.max() < 255.5 + 1e-9
    assert changed.mean() > 0.02


def test_an_edit_stays_where_it_was_made(photo: Pixels, case: Case) -> None:
    crop = cut(photo, case)
    edited = crop.copy()
    edited[120:140, 100:130] = 255 - edited[120:140, 100:130]
    geometry = crop_geometry(
        case.points(), (case.width, case.height), CropSettings(size=256), "PNG"
    )
    y, x = np.nonzero((pasted(photo, case, edited) != photo).any(axis=2))
    at = moved(np.stack([x, y], axis=1).astype(np.float64), geometry.forward)
    reach = 3 * max(1 / geometry.scale, 1)
    assert at[:, 0].min() >= 100 - reach
    assert at[:, 0].max() <= 130 + reach
    assert at[:, 1].min() >= 120 - reach
    assert at[:, 1].max() <= 140 + reach


def test_the_feather_rises_from_the_edge_inwards() -> None:
    mask = feather_mask(128, 1 / 8)
    assert np.all(np.diff(mask[64, :17]) >= 0)
    assert mask[64, 0] < 0.01
    assert np.all(mask[16:-16, 16:-16] == 1)
    assert np.array_equal(mask, mask.T)
    assert np.array_equal(mask, mask[::-1, ::-1])
    assert np.all(feather_mask(8, 0) == 1)
