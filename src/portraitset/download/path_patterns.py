"""Path patterns, as robots.txt and what borrows from it have them, and whether they fit. Pure."""

import re
from collections.abc import Iterator

from portraitset.download.redirects import without_dot_segments
from portraitset.download.wire_address import escaped

_UNRESERVED = re.compile(r"[A-Za-z0-9._~-]")
_SPELT_TWO_WAYS = re.compile(r"%[0-9A-Fa-f]{2}|[^A-Za-z0-9._~/-]", re.DOTALL)
"""An escape, or a character that could be one."""

_DOT_SEGMENT = re.compile(r"/(?:\.|%2[Ee]){1,2}(?:/|\Z)")


def spellings_of(target: str) -> Iterator[str]:
    """A request target; and, if it has dot segments, the one that a server makes of it.

    A no to either counts: dots that are sent as they are written must not get around a rule.
    """
    yield target
    path, mark, query = target.partition("?")
    if _DOT_SEGMENT.search(path):
        yield without_dot_segments(re.sub("%2[Ee]", ".", path)) + mark + query


def comparable_path(target: str) -> str:
    """A request target in the one spelling in which it is compared.

    What is unreserved stands for itself, all else but `/` is an escape in upper case (RFC 9309,
    section 2.2.2); `%2F` is no `/`.
    """
    return _SPELT_TWO_WAYS.sub(_respelt, target)


def comparable_pattern(pattern: str) -> str:
    """A pattern in the same spelling; `*` and a final `$` keep their meaning."""
    end = "$" if pattern.endswith("$") else ""
    pieces = pattern.removesuffix("$").split("*")
    return "*".join(map(comparable_path, pieces)) + end


def fits(pattern: str, path: str) -> bool:
    """Whether a comparable pattern fits a comparable path: RFC 9309, section 2.2.3.

    In one pass: a pattern is a stranger's, and must not be able to keep us busy.
    """
    first, *parts = pattern.removesuffix("$").split("*")
    if not path.startswith(first):
        return False
    place = len(first)
    for part in parts[:-1] if pattern.endswith("$") else parts:
        if (found := path.find(part, place)) < 0:
            return False
        place = found + len(part)
    if not pattern.endswith("$"):
        return True
    return (
        path.endswith(parts[-1]) and place + len(parts[-1]) <= len(path)
        if parts
        else (place == len(path))
    )


def _respelt(found: re.Match[str]) -> str:
    text = found[0]
    if len(text) == 1:
        return escaped(text)
    meant = chr(int(text[1:], 16))
    return meant if _UNRESERVED.match(meant) else text.upper()
