"""Manifests: from a file or a name to faces. One module per schema."""

import gc
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from platformdirs import user_cache_path

from portraitset.errors import InputError
from portraitset.manifest import aahq, coco, dlib_xml, ffhq, metfaces, native, table, upstream
from portraitset.manifest.dataset import InvalidEntry, Manifest, Note
from portraitset.manifest.strict_json import read_json

__all__ = [
    "InvalidEntry",
    "Manifest",
    "Note",
    "load_manifest",
    "read_manifest",
    "write_manifest",
]

NAMED = ("aahq", "ffhq")
"""The datasets that can be given by name instead of a path."""


def read_manifest(source: str | Path, proxy: str | None = None) -> Manifest:
    """Read a manifest file, or `aahq` or `ffhq`: upstream's own, fetched once and checked.

    Raises:
        InputError: it cannot be read, is damaged, has a key twice, is of no known schema or is
            empty. An entry that makes no sense does not raise; it becomes an `InvalidEntry`.
    """
    return parse_manifest(load_manifest(source, proxy), str(source))


def load_manifest(source: str | Path, proxy: str | None = None) -> bytes:
    """The bytes of a manifest file, or of `aahq` or `ffhq`.

    Raises:
        InputError: it cannot be read.
    """
    if str(source) in NAMED and not Path(source).is_file():
        cache = user_cache_path("portraitset")
        if str(source) == "ffhq":
            return upstream.fetch_ffhq(cache / "ffhq-dataset-v2.json", proxy=proxy)
        return upstream.fetch_pinned(cache / "AAHQ-dataset.json", proxy=proxy)
    try:
        return Path(source).read_bytes()
    except OSError as error:
        raise InputError(
            f"the manifest {source} cannot be read: {error.strerror or error}"
        ) from error


@contextmanager
def _without_collector() -> Iterator[None]:
    """Make many objects without looking for circles among them again and again; there are none.

    Halves the time of reading FFHQ's metadata.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


@_without_collector()
def parse_manifest(data: bytes, source: str) -> Manifest:
    """Read a manifest's bytes; `source` is what messages call it.

    Raises:
        InputError: as for `read_manifest`.
    """
    if native.recognises(data):
        return native.read(data, source)
    if dlib_xml.recognises(data):
        raise _foreign("dlib's XML", source)
    if table.recognises(data):
        raise _foreign("a table", source)
    content = read_json(data, source)
    if coco.recognises(content):
        raise _foreign("a COCO file", source)
    if isinstance(content, list) and metfaces.recognises(content):
        return metfaces.read(content, source)
    if isinstance(content, dict) and ffhq.recognises(content):
        if not ffhq.states_digests(content):
            raise _foreign("in FFHQ's schema without checksums", source)
        return ffhq.read_as_manifest(content, source)
    if not aahq.recognises(content):
        raise InputError(
            f"{source}: of no known schema. AAHQ's is one JSON object,"
            ' {name: {"image_url", "raw_name", "landmarks"}}; FFHQ\'s and MetFaces\' are known as'
            " they are published; the tool's own is JSON lines or Parquet, as `portraitset release`"
            " writes them; this is " + _described(content)
        )
    return aahq.read(content)


def is_manifest(data: bytes) -> bool:
    """Whether bytes may be a manifest, and not some other JSON or Parquet; damage shows later."""
    if data.startswith(native.PARQUET):
        return native.is_own_parquet(data)
    if native.recognises(data):
        return True
    if not data.lstrip(b"\xef\xbb\xbf \t\r\n").startswith((b"{", b"[")):
        return False
    try:
        content = json.loads(data)
        return any(schema.recognises(content) for schema in (aahq, ffhq, metfaces))
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


def _foreign(what: str, source: str) -> InputError:
    return InputError(
        f"{source} is {what}, and no manifest: `portraitset convert {source} faces.jsonl` makes one"
        " of it"
    )


def _described(content: object) -> str:
    if isinstance(content, dict | list):
        kind = "object" if isinstance(content, dict) else "list"
        return f"a JSON {kind} of {len(content)} entries" if content else f"an empty JSON {kind}"
    return f"the JSON value {content!r:.60}"
