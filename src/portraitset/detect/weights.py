"""A detector's weights: fetched once from where its makers publish them, proven, and kept."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from platformdirs import user_cache_path

from portraitset.errors import InputError
from portraitset.manifest.upstream import Pinned, fetch_proven

_COMMIT = "0047ac24afb1a50a0c6105001c89d1b5b805dbf1"
_FOLDER = f"https://raw.githubusercontent.com/ShiqiYu/libfacedetection.train/{_COMMIT}/onnx"
YUNET = Pinned(
    "detector's model",
    f"{_FOLDER}/yunet_s_320_320.onnx",
    "sha256",
    "beb05bf2378aee45cd7c41056da07265b7bb91041ed1b06f923819a9c744ec36",
    "give its path with --model",
)
"""The smaller of the two models: on paintings it is the more exact, and twice as quick."""

_LARGEST = 64 << 20


@dataclass(frozen=True, slots=True)
class Weights:
    """A model's bytes, and their sha256, hex."""

    content: bytes
    sha256: str


def weights(path: Path | None, proxy: str | None = None) -> Weights:
    """The weights of a local file, or YuNet's.

    Raises:
        InputError: they cannot be read or fetched, or are not those that they should be.
    """
    if path is None:
        cache = user_cache_path("portraitset") / f"yunet-{YUNET.digest[:16]}.onnx"
        return _weights(fetch_proven(cache, YUNET, _sha256, proxy))
    try:
        if path.stat().st_size > _LARGEST:
            raise InputError(f"the model {path} is larger than {_LARGEST >> 20} MiB")
        return _weights(path.read_bytes())
    except OSError as error:
        raise InputError(f"the model {path} cannot be read: {error.strerror or error}") from error


def _weights(content: bytes) -> Weights:
    return Weights(content, _sha256(content))


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
