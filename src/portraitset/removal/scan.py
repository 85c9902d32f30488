"""`verify-removed`: whether any copy of what was taken out lies in a folder or an archive."""

import hashlib
import re
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path

from portraitset.download.settings import DownloadSettings
from portraitset.errors import ItemError
from portraitset.picture.decode import digest_of, read_picture
from portraitset.picture.perceptual_hash import look_of
from portraitset.removal.archives import files_of, items_of
from portraitset.removal.items import Item, Problem
from portraitset.removal.ways import Way
from portraitset.workspace.tombstones import Removals

_MOST_PIXELS = DownloadSettings().max_pixels
_WAITING = 4
"""Items in memory for each thread."""

_ADDRESS = re.compile(rb"https?:(?:\\?/){2}(?:\\/|[^\s\"'<>\\]){1,2048}", re.IGNORECASE)
"""In any text; JSON may write `/` as `\\/`."""

_MAY_END = re.compile(r"[,;|)\]}]")
"""May belong to an address, or to the table or the sentence that it stands in."""

_MOST_ENDS = 8


@dataclass(frozen=True, slots=True)
class Hit:
    """A copy of something that was taken out.

    Attributes:
        where, offset: as of an `Item`.
        way: what gave it away.
        sequence: the number of the tombstone.
    """

    where: str
    offset: int | None
    way: Way
    sequence: int


@dataclass(frozen=True, slots=True)
class Scan:
    """What a scan found, and how much it looked at."""

    hits: tuple[Hit, ...]
    problems: tuple[Problem, ...]
    files: int
    members: int
    byte_count: int


def scan_tree(tree: Path, removals: Removals, ways: frozenset[Way], workers: int) -> Scan:
    """Look at every file below a folder, and at every item of its archives.

    Raises:
        OSError: the folder itself cannot be read.
    """
    counts = {"files": 0, "members": 0, "bytes": 0}
    hits: list[Hit] = []
    problems: list[Problem] = []

    def items() -> Iterator[Item]:
        for path in files_of(tree):
            if isinstance(path, Problem):
                problems.append(path)
                continue
            counts["files"] += 1
            for found in items_of(path):
                if isinstance(found, Problem):
                    problems.append(found)
                else:
                    counts["members"] += 1
                    counts["bytes"] += len(found.data)
                    yield found

    with ThreadPoolExecutor(workers, "scan") as pool:
        waiting: deque[Future[tuple[Hit, ...]]] = deque()
        for item in items():
            waiting.append(pool.submit(judge, item, removals, ways))
            if len(waiting) > _WAITING * workers:
                hits.extend(waiting.popleft().result())
        hits.extend(chain.from_iterable(future.result() for future in waiting))
    return Scan(tuple(hits), tuple(problems), counts["files"], counts["members"], counts["bytes"])


def judge(item: Item, removals: Removals, ways: frozenset[Way]) -> tuple[Hit, ...]:
    """Whether an item is a copy, by the strongest of these ways; and whom its text names."""
    found = _by_content(item, removals, ways)
    hits = [] if found is None else [Hit(item.where, item.offset, *found)]
    if "names" in ways:
        hits += _by_names(item, removals)
    return tuple(hits)


def _by_content(item: Item, removals: Removals, ways: frozenset[Way]) -> tuple[Way, int] | None:
    if "bytes" in ways:
        sha256 = item.sha256 or hashlib.sha256(item.data).hexdigest()
        if (found := removals.refuses_content(sha256, None)) is not None:
            return "bytes", found
    if not item.data or ways.isdisjoint(("pixels", "look")):
        return None
    try:
        pixels = read_picture(item.data, _MOST_PIXELS).pixels
    except ItemError:
        return None
    if "pixels" in ways:
        found = removals.refuses_content(None, digest_of(pixels))
        if found is not None:
            return "pixels", found
    found = removals.refuses_look(look_of(pixels)) if "look" in ways else None
    return None if found is None else ("look", found)


def _by_names(item: Item, removals: Removals) -> Iterator[Hit]:
    """The tombstones that an item's name, or an address in its text, belongs to."""
    named = removals.refuses_name(item.name, others=True)
    seen = {named}
    if named is not None:
        yield Hit(item.where, item.offset, "names", named)
    for match in _ADDRESS.finditer(item.data):
        found = (removals.refuses_address(address) for address in _readings(match[0]))
        sequence = next((number for number in found if number is not None), None)
        if sequence is not None and sequence not in seen:
            seen.add(sequence)
            offset = None if item.offset is None else item.offset + match.start()
            yield Hit(item.where, offset, "names", sequence)


def _readings(match: bytes) -> Iterator[str]:
    """The addresses that such a text may be, the longest first."""
    text = match.replace(b"\\/", b"/").decode(errors="replace")
    ends = [end.start() for end in islice(_MAY_END.finditer(text), _MOST_ENDS)]
    whole = (text[:end] for end in (len(text), *reversed(ends)))
    yield from dict.fromkeys(chain.from_iterable((it, it.rstrip(".,:;!?")) for it in whole))
