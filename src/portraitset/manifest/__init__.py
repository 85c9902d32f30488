"""Manifests: from a file or a name to faces. One module per schema."""

import json
import re
from pathlib import Path

from platformdirs import user_cache_path

from portraitset.errors import InputError
from portraitset.manifest import aahq, native, upstream
from portraitset.manifest.dataset import InvalidEntry, Manifest, Note
from portraitset.manifest.strict_json import DuplicateKeyError, parse_strictly

__all__ = [
    "InvalidEntry",
    "Manifest",
    "Note",
    "load_manifest",
    "read_manifest",
    "write_manifest",
]

NAMED = "aahq"
"""The dataset that can be given by name instead of a path."""


def read_manifest(source: str | Path, proxy: str | None = None) -> Manifest:
    """Read a manifest file, or `aahq`: upstream's own, fetched once and checked.

    Raises:
        InputError: it cannot be read, is damaged, has a key twice, is of no known schema or is
            empty. An entry that makes no sense does not raise; it becomes an `InvalidEntry`.
    """
    return parse_manifest(load_manifest(source, proxy), str(source))


def load_manifest(source: str | Path, proxy: str | None = None) -> bytes:
    """The bytes of a manifest file, or of `aahq`.

    Raises:
        InputError: it cannot be read.
    """
    if str(source) == NAMED and not Path(source).is_file():
        return upstream.fetch_pinned(
            user_cache_path("portraitset") / "AAHQ-dataset.json", proxy=proxy
        )
    try:
        return Path(source).read_bytes()
    except OSError as error:
        raise InputError(
            f"the manifest {source} cannot be read: {error.strerror or error}"
        ) from error


def parse_manifest(data: bytes, source: str) -> Manifest:
    """Read a manifest's bytes; `source` is what messages call it.

    Raises:
        InputError: as for `read_manifest`.
    """
    if native.recognises(data):
        return native.read(data, source)
    try:
        content = parse_strictly(data.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise InputError(
            f"{source}: byte {error.start} is not UTF-8; a manifest is JSON"
        ) from error
    except json.JSONDecodeError as error:
        raise InputError(
            f"{source}, line {error.lineno}, column {error.colno}: not JSON ({error.msg})"
        ) from error
    except DuplicateKeyError as error:
        line, key = _first_duplicate(data.decode("utf-8-sig"))
        raise InputError(
            f"{source}, line {line}: the key {key!r:.100} stands here for the second time"
        ) from error
    except (RecursionError, ValueError) as error:
        raise InputError(f"{source}: no sensible JSON ({error})") from error
    if not aahq.recognises(content):
        raise InputError(
            f"{source}: of no known schema. AAHQ's is one JSON object,"
            ' {name: {"image_url", "raw_name", "landmarks"}}; the tool\'s own is JSON lines or'
            " Parquet, as `portraitset release` writes them; this is " + _described(content)
        )
    return aahq.read(content)


def is_manifest(data: bytes) -> bool:
    """Whether bytes may be a manifest, and not some other JSON or Parquet; damage shows later."""
    if data.startswith(native.PARQUET):
        return native.is_own_parquet(data)
    if native.recognises(data):
        return True
    try:
        return data.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{") and aahq.recognises(
            json.loads(data)
        )
    except (ValueError, RecursionError):
        return False


def write_manifest(manifest: Manifest, path: Path) -> None:
    """Write a manifest in AAHQ's schema; unknown fields are as they were."""
    path.write_bytes(manifest_bytes(manifest))


def manifest_bytes(manifest: Manifest) -> bytes:
    """What `write_manifest` writes: a line for each entry."""
    encode = json.JSONEncoder(ensure_ascii=False).encode
    lines = (f"{encode(name)}: {encode(entry)}" for name, entry in aahq.write(manifest).items())
    text = "{\n" + ",\n".join(lines) + "\n}"
    # Half a surrogate pair is no UTF-8; Python's escape for it happens to be JSON's.
    return f"{text}\n".encode(errors="backslashreplace")


_TOKEN = re.compile(r'(?P<text>"(?:[^"\\]|\\.)*")(?P<colon>\s*:)?|[{}]')


def _first_duplicate(text: str) -> tuple[int, str]:
    """The 1-based line of the first key that its own object already has, and the key."""
    keys: list[set[str]] = []
    for token in _TOKEN.finditer(text):
        if token["colon"]:
            key: str = json.loads(token["text"])
            if key in keys[-1]:
                return text.count("\n", 0, token.start()) + 1, key
            keys[-1].add(key)
        elif token[0] == "{":
            keys.append(set())
        elif token[0] == "}":
            keys.pop()
    raise AssertionError("only called for a text with a duplicate key")


def _described(content: object) -> str:
    if isinstance(content, dict | list):
        kind = "object" if isinstance(content, dict) else "list"
        return f"a JSON {kind} of {len(content)} entries" if content else f"an empty JSON {kind}"
    return f"the JSON value {content!r:.60}"
