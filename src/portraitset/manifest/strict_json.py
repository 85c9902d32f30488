"""JSON in which no object has a key twice. Pure."""

import json
import re

from portraitset.errors import InputError


class DuplicateKeyError(Exception):
    """An object somewhere has a key twice."""


def parse_strictly(text: str) -> object:
    """Decode JSON; objects with a key twice, and NaN, are errors.

    Raises:
        DuplicateKeyError: an object has a key twice.
        ValueError, RecursionError: as `json.loads`.
    """
    return json.loads(text, object_pairs_hook=_unique)


def read_json(data: bytes, source: str) -> object:
    """Decode a whole file of JSON; `source` is what messages call it.

    Raises:
        InputError: it is no UTF-8, no JSON, or has a key twice; with the place.
    """
    try:
        return parse_strictly(data.decode("utf-8-sig"))
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


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    content = dict(pairs)
    if len(content) != len(pairs):
        raise DuplicateKeyError
    return content


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
