"""A model is fetched once, proven, and kept; without a network, a path will do."""

from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest

from portraitset.demo.origin import Origin, picture
from portraitset.detect import weights as module
from portraitset.detect.weights import YUNET, weights
from portraitset.errors import InputError

CONTENT = b"a model" * 1000


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(module, "user_cache_path", lambda _: tmp_path / "cache")
    return tmp_path / "cache"


def pin(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    pinned = replace(YUNET, url=url, digest=sha256(CONTENT).hexdigest())
    monkeypatch.setattr(module, "YUNET", pinned)


def test_pin_is_the_published_file() -> None:
    assert YUNET.digest == "beb05bf2378aee45cd7c41056da07265b7bb91041ed1b06f923819a9c744ec36"
    assert "/0047ac24afb1a50a0c6105001c89d1b5b805dbf1/onnx/yunet_s_320_320.onnx" in YUNET.url
    assert YUNET.url.startswith("https://")


def test_copies_for_tests_are_the_pinned_file(shared: Path) -> None:
    found = weights(shared / "models" / "yunet_s_320_320.onnx")
    assert found.sha256 == YUNET.digest


def test_model_is_fetched_once_and_then_read_from_the_cache(
    monkeypatch: pytest.MonkeyPatch, cache: Path
) -> None:
    with Origin({"/model.onnx": picture(CONTENT, "application/octet-stream")}) as origin:
        pin(monkeypatch, f"{origin.url}model.onnx")
        assert weights(None).content == CONTENT
        assert len(origin.hits) == 1
    assert weights(None).sha256 == sha256(CONTENT).hexdigest()  # the server is gone
    assert len(list(cache.iterdir())) == 1


def test_another_file_at_its_address_is_refused_and_not_kept(
    monkeypatch: pytest.MonkeyPatch, cache: Path
) -> None:
    with Origin({"/model.onnx": picture(b"another", "application/octet-stream")}) as origin:
        pin(monkeypatch, f"{origin.url}model.onnx")
        with pytest.raises(InputError, match="is not the detector's model that this version"):
            weights(None)
    assert not cache.exists()


def test_without_network_and_cache_the_way_out_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    with Origin({}) as origin:
        pin(monkeypatch, f"{origin.url}model.onnx")
    with pytest.raises(InputError, match="give its path with --model"):
        weights(None)
