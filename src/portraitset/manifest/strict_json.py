"""JSON in which no object has a key twice. Pure."""

import json


class DuplicateKeyError(Exception):
    """An object somewhere has a key twice."""


def parse_strictly(text: str) -> object:
    """Decode JSON; objects with a key twice, and NaN, are errors.

    Raises:
        DuplicateKeyError: an object has a key twice.
        ValueError, RecursionError: as `json.loads`.
    """
    return json.loads(text, object_pairs_hook=_unique)


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    content = dict(pairs)
    if len(content) != len(pairs):
        raise DuplicateKeyError
    return content
