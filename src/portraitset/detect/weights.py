"""A detector's weights: fetched once from where its makers publish them, proven, and kept."""

import bz2
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from platformdirs import user_cache_path

from portraitset.detect.choice import ModelFile
from portraitset.errors import InputError
from portraitset.manifest.upstream import Pinned, fetch_proven

Announce = Callable[[str], None]
"""Told a sentence that a user must read."""

_LARGEST = 512 << 20
_BY_PATH = "give its path with --model"


@dataclass(frozen=True, slots=True)
class PublishedWeights:
    """Weights that somebody publishes.

    Attributes:
        pinned: where, and the sha256 of the file that is kept.
        file: what the kept file is called.
        terms: what whoever fetches them must know.
        is_packed: whether they are published as bzip2.
    """

    pinned: Pinned
    file: str
    terms: str | None = None
    is_packed: bool = False


_YUNET_COMMIT = "0047ac24afb1a50a0c6105001c89d1b5b805dbf1"
_YUNET_FOLDER = (
    f"https://raw.githubusercontent.com/ShiqiYu/libfacedetection.train/{_YUNET_COMMIT}/onnx"
)
YUNET = PublishedWeights(
    Pinned(
        "detector's model",
        f"{_YUNET_FOLDER}/yunet_s_320_320.onnx",
        "sha256",
        "beb05bf2378aee45cd7c41056da07265b7bb91041ed1b06f923819a9c744ec36",
        _BY_PATH,
    ),
    "yunet-beb05bf2378aee45.onnx",
)
"""The smaller of the two models: on paintings it is the more exact, and twice as quick."""

_DLIB_COMMIT = "fd81b6308a6a73d4ce08859eb2f4b628a21e27a2"
_DLIB_FOLDER = f"https://raw.githubusercontent.com/davisking/dlib-models/{_DLIB_COMMIT}"
DLIB68 = PublishedWeights(
    Pinned(
        "detector's model",
        f"{_DLIB_FOLDER}/shape_predictor_68_face_landmarks.dat.bz2",
        "sha256",
        "fbdc2cb80eb9aa7a758672cbfdda32ba6300efe9b6e6c7a299ff7e736b11b92f",
        f"{_BY_PATH}, unpacked",
    ),
    "dlib-68-fbdc2cb80eb9aa7a.dat",
    "dlib's model of 68 points was trained on iBUG 300-W, whose licence excludes commercial use;"
    " its maker says that the model cannot be used in a commercial product.",
    is_packed=True,
)
"""The digest is that of the unpacked file, which FFHQ's own script and many others use."""


def fetched_weights(
    weights: PublishedWeights, proxy: str | None = None, announce: Announce | None = None
) -> ModelFile:
    """Published weights, from the cache or from their address.

    Args:
        announce: told of their terms, if they are not in the cache.

    Raises:
        InputError: they cannot be fetched or kept, or are not those that they should be.
    """
    cache = user_cache_path("portraitset") / weights.file
    if weights.terms and announce and not cache.exists():
        announce(weights.terms)
    unpack = _unpacked if weights.is_packed else bytes
    fetch_proven(cache, weights.pinned, _sha256, proxy, unpack)
    if not cache.is_file():
        raise InputError(
            f"the {weights.pinned.what} was fetched but cannot be kept as {cache}; fetch"
            f" {weights.pinned.url} yourself and {weights.pinned.otherwise}"
        )
    return ModelFile(cache, weights.pinned.digest)


def local_weights(path: Path) -> ModelFile:
    """The weights of a local file.

    Raises:
        InputError: it cannot be read, or is too large.
    """
    try:
        if path.exists() and not path.is_file():
            raise InputError(f"the model {path} is no file")
        if path.stat().st_size > _LARGEST:
            raise InputError(f"the model {path} is larger than {_LARGEST >> 20} MiB")
        with path.open("rb") as file:
            return ModelFile(path.absolute(), hashlib.file_digest(file, "sha256").hexdigest())
    except OSError as error:
        raise InputError(f"the model {path} cannot be read: {error.strerror or error}") from error


def _unpacked(content: bytes) -> bytes:
    """A bzip2 file's content; what is none stays as it is, for its digest to be told."""
    try:
        return bz2.BZ2Decompressor().decompress(content, _LARGEST)
    except OSError:
        return content


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
