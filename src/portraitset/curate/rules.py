"""Rules of a recipe: which faces to keep or drop, in order, with reasons. Pure.

[curate]
duplicates = "keep-best"
splits = {train = 0.9, test = 0.1}
[[rule]]
field = "native_size"
comparison = "<"
value = 128
action = "drop"
reason = "too few pixels"
"""

import math
import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any, Literal, get_args

from portraitset.curate.duplicates import SAME_FACE, SAME_WORK, Reach
from portraitset.curate.measure import OF_THE_FACE, OF_THE_FILE, Measures
from portraitset.errors import InputError
from portraitset.picture.perceptual_hash import BITS
from portraitset.pipeline.recipe import Tables

Action = Literal["keep", "drop"]
Duplicates = Literal["keep", "keep-best"]
"""Hand on every copy; of each group, the best one."""

NUMBERS = OF_THE_FACE + OF_THE_FILE
"""The measures that are numbers."""

TEXTS = ("format", "artist")
"""The measures that are texts."""

_ORDERED: Mapping[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_EQUAL: Mapping[str, Callable[[Any, Any], bool]] = {"=": operator.eq, "!=": operator.ne}
_AMONG: Mapping[str, Callable[[Any, Any], bool]] = {
    "in": lambda value, those: value in those,
    "not in": lambda value, those: value not in those,
}
COMPARISONS = {**_ORDERED, **_EQUAL, **_AMONG}

Value = float | str | tuple[float | str, ...]


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: a measure compared with a value, and what becomes of a face for which it holds.

    A measure that is not known, such as the compression of a PNG, compares with nothing.

    Raises:
        ValueError: a part makes no sense, or the parts do not go together.
    """

    field: str
    comparison: str
    value: Value
    action: Action
    reason: str

    def __post_init__(self) -> None:
        if self.field not in NUMBERS + TEXTS:
            raise ValueError(f"field {self.field!r:.60} is none of {', '.join(NUMBERS + TEXTS)}")
        if self.comparison not in COMPARISONS:
            raise ValueError(
                f"comparison {self.comparison!r:.60} is none of {', '.join(COMPARISONS)}"
            )
        if self.action not in get_args(Action):
            raise ValueError(f"action must be keep or drop: {self.action!r:.60}")
        if not isinstance(self.reason, str) or not self.reason.strip() or len(self.reason) > 200:
            raise ValueError(f"reason must be a text of 1 to 200 letters: {self.reason!r:.60}")
        self._check_value()

    def _check_value(self) -> None:
        many = self.comparison in _AMONG
        if many != isinstance(self.value, tuple):
            raise ValueError("a list of values goes with `in` and `not in`, and with nothing else")
        if self.comparison in _ORDERED and self.field in TEXTS:
            raise ValueError(f"{self.field} is a text, it is neither above nor below another")
        for value in self.value if isinstance(self.value, tuple) else (self.value,):
            fits = isinstance(value, str) if self.field in TEXTS else _is_number(value)
            if not fits:
                wanted = "a text" if self.field in TEXTS else "a finite number"
                raise ValueError(f"{self.field} compares with {wanted}: {value!r:.60}")

    def holds(self, measures: Measures) -> bool:
        """Whether this rule's condition is true of a face."""
        found = getattr(measures, self.field)
        return found is not None and COMPARISONS[self.comparison](found, self.value)

    def __str__(self) -> str:
        return f"{self.action} {self.field} {self.comparison} {self.value}: {self.reason}"


@dataclass(frozen=True, slots=True)
class CurateSettings:
    """How faces are selected: rules, treatment of copies, splits.

    Attributes:
        duplicates: whether the copies of a work or a face are all handed on.
        same_work, same_face: at most so many of 256 bits differ between copies.
        splits: each split's share, 1 in all.
        seed: another one, another split.
        rules: in the order in which they are asked; the first that holds decides.

    Raises:
        InputError: a value makes no sense.
    """

    duplicates: Duplicates = "keep"
    same_work: int = SAME_WORK
    same_face: int = SAME_FACE
    splits: Mapping[str, float] = field(default_factory=lambda: {"train": 1.0})
    seed: int = 0
    rules: tuple[Rule, ...] = ()

    def __post_init__(self) -> None:
        if self.duplicates not in get_args(Duplicates):
            raise InputError(f"duplicates must be keep or keep-best: {self.duplicates!r:.60}")
        for name in ("same_work", "same_face"):
            if type(bits := getattr(self, name)) is not int or not 0 <= bits <= BITS // 4:
                raise InputError(f"{name} must lie in 0..{BITS // 4} bits: {bits!r:.60}")
        if type(self.seed) is not int:
            raise InputError(f"seed must be a whole number: {self.seed!r:.60}")
        _check_splits(self.splits)

    @property
    def reach(self) -> Reach:
        """The largest distances at which pictures count as copies, of works and of faces."""
        return Reach(self.same_work, self.same_face)


@dataclass(frozen=True, slots=True)
class RuleCount:
    """What a rule does: faces for which it holds, and those of them that it decides.

    The others were decided by an earlier rule.
    """

    rule: Rule
    holds: int
    decides: int

    @property
    def overlap(self) -> int:
        """Faces for which it holds, but which an earlier rule has decided."""
        return self.holds - self.decides


@dataclass(frozen=True, slots=True)
class Preview:
    """What the rules come to: each one's counts, and by face the rule that decides."""

    counts: tuple[RuleCount, ...]
    decided: Mapping[str, Rule]


def apply_rules(rules: Sequence[Rule], measures: Mapping[str, Measures]) -> Preview:
    """Ask each rule about each face; the first that holds decides."""
    decided: dict[str, Rule] = {}
    counts = []
    for rule in rules:
        held = [name for name, found in measures.items() if rule.holds(found)]
        new = [name for name in held if name not in decided]
        decided |= dict.fromkeys(new, rule)
        counts.append(RuleCount(rule, len(held), len(new)))
    return Preview(tuple(counts), decided)


def settings_from(tables: Tables) -> CurateSettings:
    """The settings that a recipe's [curate] and [[rule]] tables make.

    Raises:
        InputError: a key is unknown, or a value makes no sense.
    """
    where = tables.where
    names = tuple(each.name for each in fields(CurateSettings) if each.name != "rules")
    given = _checked(tables.curate, names, f"{where}: [curate]")
    read = _rules_from(tables.rules, where)
    try:
        return CurateSettings(**given, rules=read)
    except InputError as error:
        raise InputError(f"{where}: {error}") from error


def _rules_from(rules: object, where: str) -> tuple[Rule, ...]:
    if not isinstance(rules, list | tuple):
        raise InputError(f"{where}: rules are written as [[rule]], each with its own lines")
    names = tuple(each.name for each in fields(Rule))
    found = []
    for number, each in enumerate(rules, 1):
        place = f"{where}: rule {number}"
        given = _checked(each, names, place)
        if missing := [name for name in names if name not in given]:
            raise InputError(f"{place} lacks {', '.join(missing)}")
        if isinstance(given["value"], list):
            given["value"] = tuple(given["value"])
        try:
            found.append(Rule(**given))
        except ValueError as error:
            raise InputError(f"{place}: {error}") from error
    return tuple(found)


def _checked(table: object, known: Sequence[str], where: str) -> dict[str, Any]:
    if not isinstance(table, dict):
        raise InputError(f"{where} must be a table: {table!r:.60}")
    if unknown := sorted(table.keys() - set(known)):
        raise InputError(f"{where}: unknown key {unknown[0]!r}; known are {', '.join(known)}")
    return dict(table)


def _check_splits(splits: object) -> None:
    if not isinstance(splits, Mapping) or not splits:
        raise InputError("splits must be a table such as {train = 0.9, test = 0.1}")
    for name, share in splits.items():
        if not name.isidentifier() or len(name) > 40:
            raise InputError(f"a split's name must be a word of letters and digits: {name!r:.60}")
        if not _is_number(share) or not 0 < share <= 1:
            raise InputError(f"split {name} must have a share above 0 and up to 1: {share!r:.60}")
    if not math.isclose(sum(splits.values()), 1.0, abs_tol=1e-6):
        raise InputError(f"splits must add up to 1: {sum(splits.values()):g}")


def _is_number(value: object) -> bool:
    return type(value) in (int, float) and math.isfinite(value)  # type: ignore[arg-type]
