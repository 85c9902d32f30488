"""Where upstream's sequence of random shifts becomes each face's own, in the manifest of a run."""

from collections.abc import Mapping
from typing import Literal

from portraitset.align.replay import replayed_draws
from portraitset.align.settings import CropSettings
from portraitset.align.square import Draw
from portraitset.errors import InputError
from portraitset.handoffs import Face
from portraitset.landmarks import Landmarks
from portraitset.manifest import InvalidEntry, Manifest
from portraitset.workspace.ledger import Ledger


def with_replayed_draws(
    manifest: Manifest,
    settings: CropSettings,
    ledger: Ledger,
    before: Mapping[str, Draw],
    on_gap: Literal["stop", "leave"],
) -> Manifest:
    """The manifest in which every face has the draw of upstream's sequence.

    A manifest of which every face has one, such as a release's, is left as it is.

    Args:
        before: the draws that the last run went by, if under the same settings. They count where
            a face was removed since, as nothing is known of its picture any more.
        on_gap: what to do where a size is not known: stop, or leave faces without a draw, as one
            does that only fetches.

    Raises:
        InputError: a size is not known that decides how often was drawn.
    """
    if all(face.draw is not None for face in manifest):
        return manifest
    turns = [(_landmarks(entry), _size(entry, ledger)) for entry in manifest.entries]
    draws = list(replayed_draws(turns, settings))
    if None in draws:
        if on_gap == "stop":
            _check_kept(manifest, ledger, before)
        return manifest.with_draws(before)
    named = zip(manifest.entries, draws, strict=True)
    return manifest.with_draws({entry.name: draw for entry, draw in named if draw is not None})


def _landmarks(entry: Face | InvalidEntry) -> Landmarks | None:
    return entry.landmarks if isinstance(entry, Face) else None


def _size(entry: Face | InvalidEntry, ledger: Ledger) -> tuple[int, int] | None:
    """What the ledger knows of the size of an entry's picture."""
    if not isinstance(entry, Face):
        return None
    record = ledger.photo(entry.photo.raw_name)
    return None if record is None or record.url != entry.photo.url else record.exact_size


def _check_kept(manifest: Manifest, ledger: Ledger, before: Mapping[str, Draw]) -> None:
    """Whether the last run's draws are there for every face whose picture is known."""
    missing = [entry for entry in manifest.entries if _size(entry, ledger) is None]
    known = [face.name for face in manifest if _size(face, ledger) is not None]
    if not before or not before.keys() >= set(known):
        raise InputError(
            "replay draws in the manifest's order, and how often depends on each picture's size;"
            f" that of {missing[0].name} is not known ({len(missing):,} such entries):"
            " fetch all originals first (`portraitset download`), then `align`"
        )
