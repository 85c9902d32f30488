"""What owners say by machine about the use of their pictures. Pure: texts in, evidence out.

Four signals are read, all before a picture's body is:

- robots.txt (RFC 9309), with the Content-Usage lines of draft-ietf-aipref-attach and the
  Content-Signal lines that some networks put there;
- X-Robots-Tag, as search engines read it, with the words that artists' sites added to it;
- TDMRep (W3C community group report, 10 May 2024): a header, and a file for a whole site;
- Content-Usage (draft-ietf-aipref-vocab) as a header.

A signal that is missing says nothing: whoever has none may still have said no elsewhere. ArtStation
keeps its NoAI mark on a project's page, which an image's answer does not show.
"""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from protego import Protego

from portraitset.download.path_patterns import (
    comparable_path,
    comparable_pattern,
    fits,
    spellings_of,
)
from portraitset.download.wire_address import split_address
from portraitset.handoffs import Evidence

PRODUCT = "portraitset"
"""The name that robots.txt and X-Robots-Tag may call this tool by."""

LONGEST_TEXT = 500 << 10
"""Bytes of a robots.txt that are read: RFC 9309, section 2.5, asks for 500 KiB at least."""

_NO_IN_ROBOTS_TAG = frozenset({"noai", "noimageai", "noindex", "noimageindex", "noml", "none"})
_VALUED_TAGS = frozenset(
    {"max-snippet", "max-image-preview", "max-video-preview", "unavailable_after"}
)
"""Rules of X-Robots-Tag with a colon of their own; any other word before a colon is an agent."""

_USES = frozenset({"ai", "train-ai", "genai", "train-genai", "ai-train", "bots", "tdm"})
"""Uses that making a training set is, in the drafts' and networks' vocabularies."""

_NOT_SEEN = "an image's answer does not carry the marks of its page, such as ArtStation's NoAI"


@dataclass(frozen=True, slots=True)
class Told:
    """What a site answered when asked for one of its own texts.

    Attributes:
        url: the address that answered.
        at: Unix seconds.
        status: of HTTP; 404 too where more redirects came than are followed.
    """

    url: str
    at: float
    status: int
    body: bytes = b""


class Robots:
    """One robots.txt, or what its absence means."""

    def __init__(self, told: Told) -> None:
        self._told = told
        text = told.body[:LONGEST_TEXT].decode("utf-8-sig", "replace") if _is_ok(told) else ""
        self._rules = Protego.parse(text)
        self._usages = _usages_for_us(text)

    def evidence_on(self, url: str) -> Iterator[Evidence]:
        """What it says of an address (its path and query count).

        Source: RFC 9309, section 2.3.1: 4xx means no rules, 5xx a complete disallow.
        """
        status = self._told.status
        if not _is_ok(self._told):
            decision = "refused" if status >= 500 else "allowed"
            yield self._evidence("robots.txt", f"status {status}", decision)
            return
        root, target = split_address(url)
        allowed = all(
            self._rules.can_fetch(root + spelling, PRODUCT) for spelling in spellings_of(target)
        )
        value, decision = ("Allow", "allowed") if allowed else ("Disallow", "refused")
        yield self._evidence("robots.txt", value, decision)
        if (usage := _said_of(self._usages, target)) is not None:
            decision = "refused" if refuses_usage(usage) else "allowed"
            yield self._evidence("robots.txt Content-Usage", usage, decision)

    def _evidence(self, signal: str, value: str, decision: str) -> Evidence:
        return Evidence(signal, value[:200], self._told.url, self._told.at, decision)


class Reservations:
    """One /.well-known/tdmrep.json, or nothing where there is none."""

    def __init__(self, told: Told) -> None:
        self._told = told
        self._rules = _tdm_rules(told.body) if _is_ok(told) else ()

    def evidence_on(self, url: str) -> Iterator[Evidence]:
        """What it says of an address: the longest location that fits; of equal ones, the no."""
        if self._rules is None:
            yield Evidence("tdmrep.json", "not readable", self._told.url, self._told.at, "unknown")
            return
        if self._told.status >= 500:
            value = f"status {self._told.status}"
            yield Evidence("tdmrep.json", value, self._told.url, self._told.at, "unknown")
        if (answer := _said_of(self._rules, split_address(url)[1])) is not None:
            value, decision = (
                _kept(f"tdm-reservation: {answer}"),
                "refused" if answer == "1" else "allowed",
            )
            yield Evidence("tdmrep.json", value, self._told.url, self._told.at, decision)


def header_evidence(
    headers: Iterable[tuple[str, str]], url: str, at: float
) -> tuple[Evidence, ...]:
    """What the headers of a picture's answer say; always something, if only that it is unknown.

    Args:
        headers: names and values, one pair for each line.
        url: the address that answered.
        at: Unix seconds.
    """
    found = [
        Evidence(name.lower(), _kept(value), url, at, "refused" if refuses(value) else "allowed")
        for name, value in headers
        if (refuses := _READERS.get(name.lower())) is not None
    ]
    return (*found, Evidence("project-page", _NOT_SEEN, url, at, "unknown"))


def _kept(value: str) -> str:
    """A header's value as it can be kept: servers may send any bytes, and any number of them."""
    return value.encode("utf-8", "replace").decode()[:200]


def refuses_indexing(value: str) -> bool:
    """Whether an X-Robots-Tag says no to this tool.

    A rule counts if no user agent stands before it, or `*`, or this tool's name.
    """
    agent = PRODUCT
    for part in value.lower().split(","):
        rule = part.strip()
        before, colon, after = rule.partition(":")
        if colon and before.strip() not in _VALUED_TAGS and re.fullmatch(r"[\w.*-]+\s*", before):
            agent, rule = before.strip(), after.strip()
        if agent in (PRODUCT, "*") and rule in _NO_IN_ROBOTS_TAG:
            return True
    return False


def refuses_mining(value: str) -> bool:
    """Whether a `tdm-reservation` header reserves the right: its value is 1."""
    return value.strip() == "1"


def refuses_usage(value: str) -> bool:
    """Whether a Content-Usage says no to a use that making a training set is.

    Such as `train-ai=n` or `bots=y, train-ai=n;note="..."` (a dictionary of RFC 9651).
    """
    for part in value.lower().split(","):
        use, _, answer = part.partition(";")[0].partition("=")
        if use.strip() in _USES and answer.strip().strip('"') in ("n", "no", "?0"):
            return True
    return False


_READERS = {
    "x-robots-tag": refuses_indexing,
    "tdm-reservation": refuses_mining,
    "content-usage": refuses_usage,
}


def _is_ok(told: Told) -> bool:
    return 200 <= told.status < 300


def _usages_for_us(text: str) -> tuple[tuple[str, str], ...]:
    """The (path, preferences) of the groups for this tool; of those for all if there are none."""
    groups: dict[str, list[tuple[str, str]]] = {}
    agents: list[str] = []
    in_heading = False
    for line in text.splitlines():
        name, colon, rest = line.partition("#")[0].partition(":")
        field, value = name.strip().lower(), rest.strip()
        if not colon:
            continue
        if field == "user-agent":
            agents = [*(agents if in_heading else ()), value.lower()]
            groups.setdefault(value.lower(), [])
        elif field in ("content-usage", "content-signal"):
            for agent in agents:
                groups[agent].append(_path_and_usage(value))
        in_heading = field == "user-agent"
    return tuple(groups.get(PRODUCT, groups.get("*", [])))


def _path_and_usage(value: str) -> tuple[str, str]:
    if not value.startswith("/"):
        return "/", value
    path, _, usage = value.partition(" ")
    return comparable_pattern(path), usage.strip()


def _tdm_rules(body: bytes) -> tuple[tuple[str, str], ...] | None:
    """The (location, reservation) of each rule; None for what is no list of rules."""
    try:
        content = json.loads(body[:LONGEST_TEXT])
    except (ValueError, RecursionError):
        return None
    if not isinstance(content, list):
        return None
    return tuple(
        (comparable_pattern(rule["location"]), str(rule.get("tdm-reservation", "")))
        for rule in content
        if isinstance(rule, dict) and isinstance(rule.get("location"), str)
    )


def _said_of(rules: Iterable[tuple[str, str]], target: str) -> str | None:
    """What rules say of a request target; of two spellings, the no."""
    found = (_fitting(rules, comparable_path(spelling)) for spelling in spellings_of(target))
    said = [value for value in found if value is not None]
    return next(filter(_is_no, said), said[0] if said else None)


def _fitting(rules: Iterable[tuple[str, str]], path: str) -> str | None:
    """What the longest pattern that fits a path says; of equally long ones, the strictest."""
    fitting = [
        (len(pattern), _is_no(value), value) for pattern, value in rules if fits(pattern, path)
    ]
    return max(fitting)[2] if fitting else None


def _is_no(value: str) -> bool:
    return value == "1" or refuses_usage(value)


def refusals(evidence: Iterable[Evidence]) -> tuple[Evidence, ...]:
    """The pieces of evidence that refuse."""
    return tuple(item for item in evidence if item.decision == "refused")


def overridden(evidence: Iterable[Evidence]) -> Iterator[Evidence]:
    """The same evidence where a setting says to go on in spite of it."""
    for item in evidence:
        yield replace(item, decision="overridden") if item.decision == "refused" else item


def sentence_of(evidence: Evidence) -> str:
    """A sentence that says which signal refuses, and where it stands."""
    return f"the owner says no: {evidence.signal} at {evidence.url} says {evidence.value!r}"
