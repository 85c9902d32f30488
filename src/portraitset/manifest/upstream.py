"""AAHQ's own manifest: fetched from its repository at a pinned commit, proven by its blob id."""

import hashlib
import http.client
import urllib.error
import urllib.request
from contextlib import suppress
from pathlib import Path

from portraitset.errors import InputError
from portraitset.identity import user_agent

COMMIT = "2c3b85ade5dcf46db0aa162b5324842828d5de35"
BLOB_ID = "b748db7ca75128e55a8da8bc5c6cfb2e3da46ba4"
URL = f"https://raw.githubusercontent.com/onion-liu/aahq-dataset/{COMMIT}/AAHQ-dataset.json"
NEWEST_URL = "https://raw.githubusercontent.com/onion-liu/aahq-dataset/HEAD/AAHQ-dataset.json"
"""What the repository's default branch holds today; nothing but removals is read from it."""

_LARGEST = 256 << 20
_TIMEOUT = 60.0


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
    content = _cached(cache)
    if git_blob_id(content) == blob_id:
        return content
    content = _get(url, proxy)
    if (found := git_blob_id(content)) != blob_id:
        raise InputError(
            f"{url} is not the manifest that this version was made for: its git blob id is"
            f" {found}, not {blob_id}. Nothing was kept. If you trust another copy of the"
            " manifest, give its path instead of the name."
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
    return _get(url, proxy)


def _cached(cache: Path) -> bytes:
    try:
        return cache.read_bytes()
    except OSError:
        return b""


def _get(url: str, proxy: str | None) -> bytes:
    opener = urllib.request.build_opener(
        urllib.request.ProxyHandler({"http": proxy, "https": proxy} if proxy else {})
    )
    request = urllib.request.Request(url, headers={"User-Agent": user_agent()})  # noqa: S310
    try:
        with opener.open(request, timeout=_TIMEOUT) as response:
            content: bytes = response.read(_LARGEST + 1)
    except (urllib.error.URLError, OSError, http.client.HTTPException) as error:
        raise InputError(
            f"the manifest could not be fetched from {url} ({error}). Try again later, or fetch"
            " the file yourself and give its path instead of the name."
        ) from error
    if len(content) > _LARGEST:
        raise InputError(f"{url} is larger than a manifest can be ({_LARGEST >> 20} MiB)")
    return content
