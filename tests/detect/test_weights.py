"""A model is fetched once, proven, and kept; without a network, a path will do."""

import bz2
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest

from portraitset.demo.origin import Origin, picture
from portraitset.detect import weights as module
from portraitset.detect.weights import (
    DLIB68,
    YUNET,
    PublishedWeights,
    fetched_weights,
    local_weights,
)
from portraitset.errors import InputError

CONTENT = b"a model" * 1000


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(module, "user_cache_path", lambda _: tmp_path / "cache")
    return tmp_path / "cache"


def pinned(url: str, weights: PublishedWeights = YUNET) -> PublishedWeights:
    """The weights, as if `CONTENT` were published as them at an address."""
    return replace(
        weights, pinned=replace(weights.pinned, url=url, digest=sha256(CONTENT).hexdigest())
    )


def test_pins_are_the_published_files() -> None:
    yunet, dlib = YUNET.pinned, DLIB68.pinned
    assert yunet.digest == "beb05bf2378aee45cd7c41056da07265b7bb91041ed1b06f923819a9c744ec36"
    assert "/0047ac24afb1a50a0c6105001c89d1b5b805dbf1/onnx/yunet_s_320_320.onnx" in yunet.url
    assert dlib.digest == "fbdc2cb80eb9aa7a758672cbfdda32ba6300efe9b6e6c7a299ff7e736b11b92f"
    assert dlib.url.endswith("/shape_predictor_68_face_landmarks.dat.bz2")
    assert all(each.url.startswith("https://") for each in (yunet, dlib))
    assert all(each.pinned.digest[:16] in each.file for each in (YUNET, DLIB68))


def test_copies_for_tests_are_the_pinned_file(shared: Path) -> None:
    found = local_weights(shared / "models" / "yunet_s_320_320.onnx")
    assert found.sha256 == YUNET.pinned.digest


def test_model_is_fetched_once_and_then_read_from_the_cache(cache: Path) -> None:
    with Origin({"/model.onnx": picture(CONTENT, "application/octet-stream")}) as origin:
        weights = pinned(f"{origin.url}model.onnx")
        assert fetched_weights(weights).path.read_bytes() == CONTENT
        assert len(origin.hits) == 1
    found = fetched_weights(weights)  # the server is gone
    assert (found.path.parent, found.sha256) == (cache, sha256(CONTENT).hexdigest())
    assert len(list(cache.iterdir())) == 1


def test_packed_model_is_unpacked_and_its_terms_are_told_once(cache: Path) -> None:
    told: list[str] = []
    packed = bz2.compress(CONTENT)
    with Origin({"/model.bz2": picture(packed, "application/octet-stream")}) as origin:
        weights = pinned(f"{origin.url}model.bz2", DLIB68)
        for _ in range(2):
            assert fetched_weights(weights, announce=told.append).proven().read_bytes() == CONTENT
        assert len(origin.hits) == 1
    (terms,) = told
    assert "excludes commercial use" in terms


def test_bomb_in_place_of_a_packed_model_is_refused(
    cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_LARGEST", 1 << 20)
    bomb = bz2.compress(bytes(64 << 20))
    with (
        Origin({"/model.bz2": picture(bomb, "application/octet-stream")}) as origin,
        pytest.raises(InputError, match="is not the detector's model that this version"),
    ):
        fetched_weights(pinned(f"{origin.url}model.bz2", DLIB68))
    assert not cache.exists()


def test_another_file_at_its_address_is_refused_and_not_kept(cache: Path) -> None:
    with Origin({"/model.onnx": picture(b"another", "application/octet-stream")}) as origin:
        for weights in (YUNET, DLIB68):
            with pytest.raises(InputError, match="is not the detector's model that this version"):
                fetched_weights(pinned(f"{origin.url}model.onnx", weights))
    assert not cache.exists()


def test_without_network_and_cache_the_way_out_is_named() -> None:
    with Origin({}) as origin:
        url = f"{origin.url}model.onnx"
    with pytest.raises(InputError) as told:
        fetched_weights(pinned(url))
    words = str(told.value)
    assert words.startswith(f"the detector's model could not be fetched from {url} (")
    assert words.endswith(
        "). Try again later, or fetch the file yourself and give its path with --model."
    )


def test_cache_that_cannot_be_written_is_told(cache: Path) -> None:
    cache.write_text("a file where the folder should be")
    with (
        Origin({"/model.onnx": picture(CONTENT, "application/octet-stream")}) as origin,
        pytest.raises(InputError, match=r"cannot be kept as .* give its path with --model"),
    ):
        fetched_weights(pinned(f"{origin.url}model.onnx"))
