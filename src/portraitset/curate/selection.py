"""From measures, copies, rules and people's decisions to a selection. Pure.

A person's decision comes first, then the rules in order, then the copies. Whatever nothing speaks
against is kept.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from portraitset.curate.duplicates import Group
from portraitset.curate.duplicates_file import Duplicates
from portraitset.curate.measure import Measures
from portraitset.curate.rules import CurateSettings, Preview, RuleCount, apply_rules
from portraitset.curate.splits import Tied, split_faces
from portraitset.handoffs import Face, Selection
from portraitset.manifest.addresses import artist_of
from portraitset.workspace.decisions import FaceDecision


@dataclass(frozen=True, slots=True)
class Choice:
    """A selection, and what each rule did for it."""

    selection: Selection
    counts: tuple[RuleCount, ...]


def select_faces(
    faces: Sequence[Face],
    measures: Mapping[str, Measures],
    failures: Mapping[str, str],
    found: Duplicates,
    decided: Mapping[str, FaceDecision],
    settings: CurateSettings,
) -> Choice:
    """Decide which of the faces held are handed on, and on which side.

    Args:
        faces: those that are held, in the manifest's order.
        measures: by name.
        failures: why a face was not measured; it is not handed on.
        found: the groups of copies.
        decided: what people decided.
        settings: the recipe's.
    """
    preview = apply_rules(settings.rules, measures)
    dropped = {face.name: why for face in faces if (why := failures.get(face.name)) is not None}
    kept_for_good: set[str] = set()
    for face in faces:
        if face.name in dropped:
            continue
        keep, why = _word_on(face.name, decided, preview)
        if keep:
            kept_for_good.add(face.name)
        elif why:
            dropped[face.name] = why
    if settings.duplicates == "keep-best":
        dropped |= dict(_spare_copies(faces, found, dropped, kept_for_good))
    splits = split_faces(_tied(faces, found), settings.splits, settings.seed)
    kept = {face.name: splits[face.name] for face in faces if face.name not in dropped}
    return Choice(Selection(kept, dropped), preview.counts)


def _word_on(
    name: str, decided: Mapping[str, FaceDecision], preview: Preview
) -> tuple[bool, str | None]:
    """Whether a face is kept for good, and otherwise why it is dropped, if it is."""
    verdict = decided[name].verdict if name in decided else None
    if verdict is not None:
        word = "deleted" if verdict.choice == "delete" else "rejected"
        why = f"{word}: by {verdict.who}" + (f": {verdict.why}" if verdict.why else "")
        return verdict.choice == "keep", why
    rule = preview.decided.get(name)
    if rule is not None:
        return rule.action == "keep", rule.reason
    return False, None


def _spare_copies(
    faces: Sequence[Face],
    found: Duplicates,
    dropped: Mapping[str, str],
    kept: set[str],
) -> Iterator[tuple[str, str]]:
    """The faces of all but the best copy that is left of each group, and why."""
    by_photo: dict[str, list[str]] = {}
    for face in faces:
        if face.name not in dropped:
            by_photo.setdefault(face.photo.raw_name, []).append(face.name)
    left = {name for names in by_photo.values() for name in names}
    for group in found.works:
        for photo, why in _spare(group, "work", by_photo):
            for name in sorted(set(by_photo[photo]) - kept):
                left.discard(name)
                yield name, why
    for group in found.faces:
        yield from ((name, why) for name, why in _spare(group, "face", left) if name not in kept)


def _spare(group: Group, what: str, left: Collection[str]) -> Iterator[tuple[str, str]]:
    """All copies that are left but the best of them, and why."""
    names = [copy.name for copy in group.copies if copy.name in left]
    for name in names[1:]:
        why = group.reason if names[0] == group.best else "the best of those that are left"
        yield name, f"a copy of the same {what}: {names[0]} is kept, {why}"


def _tied(faces: Iterable[Face], found: Duplicates) -> Iterator[Tied]:
    works = {name: f"work {group.medoid}" for group in found.works for name in group.names}
    copies = {name: f"face {group.medoid}" for group in found.faces for name in group.names}
    for face in faces:
        photo, url = face.photo.raw_name, face.photo.url
        groups = (works.get(photo), copies.get(face.name))
        yield Tied(face.name, photo, artist_of(url), tuple(filter(None, groups)))
