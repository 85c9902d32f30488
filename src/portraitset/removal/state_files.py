"""Taking names out of the state folder's texts: selection, groups, logs, manifest's copy.

The log of decisions is not rewritten here but by `forget_decisions`: under its lock, as a reviewer
may be writing, and decision by decision, as a line about another face may name one in its reason.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path

from portraitset.manifest import manifest_bytes, parse_manifest
from portraitset.manifest.aahq import without_entries
from portraitset.manifest.local import local_original
from portraitset.manifest.lock import read_lock, without, write_lock
from portraitset.pipeline.last_run import GIVEN_COPY, LOCK_COPY, MANIFEST_COPY
from portraitset.removal.search import Found
from portraitset.workspace.decisions import LOG as DECISIONS
from portraitset.workspace.layout import Folders, leftover_of, translated, write_whole


def naming(folders: Folders, found: Found) -> tuple[Path, ...]:
    """The texts in the state folder that name what was found."""
    terms = _terms(found)
    return tuple(path for path in _texts(folders) if _names_any(path, terms))


def rewrite(folders: Folders, found: Found) -> None:
    """Take it out of all but the decisions: line by line; out of the lock's copy face by face.

    What a kill left of one that was being written is deleted.

    The manifest's copy keeps the entries' names and that they were removed, nothing else, so that
    the states still add up.

    Raises:
        WorkspaceError: one cannot be written.
    """
    for path in naming(folders, found):
        if path.name == DECISIONS:
            continue
        if path.name == LOCK_COPY:
            lock = without(read_lock(path.read_bytes(), str(path)), found.faces)
            write_whole(path, write_lock(lock))
        elif path.name in (MANIFEST_COPY, GIVEN_COPY):
            manifest = without_entries(parse_manifest(path.read_bytes(), str(path)), found.faces)
            write_whole(path, manifest_bytes(manifest))
        elif leftover_of(path.name):
            with translated(path):
                path.unlink(missing_ok=True)
        else:
            terms = _terms(found)
            write_whole(path, b"".join(line for line in _lines(path) if not _is_named(line, terms)))


def _names_any(path: Path, terms: re.Pattern[bytes] | None) -> bool:
    return any(_is_named(line, terms) for line in _lines(path))


def _texts(folders: Folders) -> Iterator[Path]:
    for path in sorted(folders.state.iterdir()):
        suffix = Path(leftover_of(path.name) or path.name).suffix
        if path.is_file() and suffix in (".json", ".jsonl", ".log", ".lock", ".txt"):
            yield path


def _lines(path: Path) -> list[bytes]:
    with translated(path):
        return path.read_bytes().splitlines(keepends=True)


def _terms(found: Found) -> re.Pattern[bytes] | None:
    """What names the pictures, whole words, as text and as JSON writes it."""
    words = found.faces | {photo.raw_name for photo in found.photos}
    words |= {photo.url for photo in found.photos}
    words |= {local.path for photo in found.photos if (local := local_original(photo.url))}
    if not words:
        return None
    spelled = {word.encode(errors="replace") for word in words}
    spelled |= {json.dumps(word)[1:-1].encode() for word in words}
    ranked = sorted(spelled, key=len, reverse=True)
    return re.compile(rb"(?<![\w.-])(?:" + b"|".join(map(re.escape, ranked)) + rb")(?![\w-])")


def _is_named(line: bytes, terms: re.Pattern[bytes] | None) -> bool:
    return terms is not None and terms.search(line) is not None
