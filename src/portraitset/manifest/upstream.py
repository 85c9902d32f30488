"""Upstream's own manifests: AAHQ's from its repository, proven by its blob id; FFHQ's by its md5.

FFHQ's lies on Google Drive; its md5 is published in NVIDIA's repository. No digest of MetFaces' is
published, so it cannot be proven, and has no name here.
"""

import hashlib
import http.client
import urllib.error
import urllib.request
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from portraitset.errors import InputError
from portraitset.identity import user_agent

COMMIT = "2c3b85ade5dcf46db0aa162b5324842828d5de35"
BLOB_ID = "b748db7ca75128e55a8da8bc5c6cfb2e3da46ba4"
URL = f"https://raw.githubusercontent.com/onion-liu/aahq-dataset/{COMMIT}/AAHQ-dataset.json"
NEWEST_URL = "https://raw.githubusercontent.com/onion-liu/aahq-dataset/HEAD/AAHQ-dataset.json"
"""What the repository's default branch holds today; nothing but removals is read from it."""

FFHQ_COMMIT = "193deb624543e54d93b54a296fcfc9a68a3ed8ce"
FFHQ_MD5 = "425ae20f06a4da1d4dc0f46d40ba5fd6"
"""As download_ffhq.py of that commit states it, with 267,793,842 bytes."""

FFHQ_URL = (
    "https://drive.usercontent.google.com/download"
    "?id=16N0RV4fHI6joBuKbQAoG34V_cQk7vxSA&export=download&confirm=t"
)

_LARGEST = 256 << 20
_TIMEOUT = 60.0
_MANIFEST_BY_PATH = "give its path instead of the name"


def git_blob_id(content: bytes) -> str:
    """The id that git gives a file of this content: sha1 of a header and the bytes, hex."""
    header = b"blob %d\0" % len(content)
    return hashlib.sha1(header + content, usedforsecurity=False).hexdigest()


def fetch_pinned(
    cache: Path, url: str = URL, blob_id: str = BLOB_ID, proxy: str | None = None
) -> bytes:
    """The bytes whose git blob id is `blob_id`, from `cache` (a file) or from `url`.

    Raises:
        InputError: `url` cannot be read, or holds something else.
    """
    pinned = Pinned("manifest", url, "git blob id", blob_id, _MANIFEST_BY_PATH)
    return fetch_proven(cache, pinned, git_blob_id, proxy)


def fetch_ffhq(
    cache: Path, url: str = FFHQ_URL, md5: str = FFHQ_MD5, proxy: str | None = None
) -> bytes:
    """The bytes of `ffhq-dataset-v2.json`, whose md5 is `md5`, from `cache` (a file) or from `url`.

    Raises:
        InputError: `url` cannot be read, or holds something else, such as Drive's page on quotas.
    """
    pinned = Pinned("manifest", url, "md5", md5, _MANIFEST_BY_PATH)
    return fetch_proven(cache, pinned, _md5, proxy)


def _md5(content: bytes) -> str:
    return hashlib.md5(content, usedforsecurity=False).hexdigest()


@dataclass(frozen=True, slots=True)
class Pinned:
    """A file of somebody else's that this version of the tool was made for.

    Attributes:
        what: what messages call it.
        kind, digest: which digest of its bytes proves it, and that digest, hex.
        otherwise: what a user can do without it.
    """

    what: str
    url: str
    kind: str
    digest: str
    otherwise: str


def fetch_proven(
    cache: Path,
    pinned: Pinned,
    digest_of: Callable[[bytes], str],
    proxy: str | None = None,
    unpack: Callable[[bytes], bytes] = bytes,
) -> bytes:
    """A pinned file's bytes, from `cache` (a file) or from its address.

    Args:
        unpack: makes the pinned bytes of those that its address gives.

    Raises:
        InputError: its address cannot be read, or holds something else.
    """
    content = _cached(cache)
    if digest_of(content) == pinned.digest:
        return content
    content = unpack(_get(pinned, proxy))
    if (found := digest_of(content)) != pinned.digest:
        raise InputError(
            f"{pinned.url} is not the {pinned.what} that this version was made for: its"
            f" {pinned.kind} is {found}, not {pinned.digest}. Nothing was kept. If you trust"
            f" another copy, {pinned.otherwise}."
        )
    with suppress(OSError):  # without a cache, the next run fetches it again
        cache.parent.mkdir(parents=True, exist_ok=True)
        part = cache.with_suffix(".part")
        part.write_bytes(content)
        part.replace(cache)
    return content


def fetch_newest(url: str = NEWEST_URL, proxy: str | None = None) -> bytes:
    """The bytes of the manifest as it is published today; nothing proves them.

    Raises:
        InputError: they cannot be read.
    """
    newest = Pinned("manifest", url, "", "", _MANIFEST_BY_PATH)
    return _get(newest, proxy)


def _cached(cache: Path) -> bytes:
    try:
        return cache.read_bytes()
    except OSError:
        return b""


def _get(pinned: Pinned, proxy: str | None) -> bytes:
    opener = urllib.request.build_opener(
        urllib.request.ProxyHandler({"http": proxy, "https": proxy} if proxy else {})
    )
    request = urllib.request.Request(pinned.url, headers={"User-Agent": user_agent()})  # noqa: S310
    try:
        with opener.open(request, timeout=_TIMEOUT) as response:
            content: bytes = response.read(_LARGEST + 1)
    except (urllib.error.URLError, OSError, http.client.HTTPException) as error:
        raise InputError(
            f"the {pinned.what} could not be fetched from {pinned.url} ({error}). Try again"
            f" later, or fetch the file yourself and {pinned.otherwise}."
        ) from error
    if len(content) > _LARGEST:
        raise InputError(
            f"{pinned.url} is larger than a {pinned.what} can be ({_LARGEST >> 20} MiB)"
        )
    return content
