"""`remove`: what a request comes to, shown first, then done so that a crash can be made good.

The order of doing it: the dataset's new version, as outputs name it; the tombstone, so that nothing
comes back; the outputs; crops, originals and what lay aside; the state folder's texts and caches;
the ledger's rows last, as they say what is still to be found. At the end the log says that it is
finished. While an output cannot be rewritten, texts and rows stay, so that the next run finds it.
"""

import os
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from portraitset.curate.holdings import FIRST_VERSION, holdings_of
from portraitset.curate.run import forget_measures
from portraitset.errors import InputError, WorkspaceError
from portraitset.handoffs import Photo
from portraitset.pages.thumbnails import drop
from portraitset.removal.outputs import take_out
from portraitset.removal.requests import RemovalRequest
from portraitset.removal.search import Found, Search
from portraitset.removal.state_files import naming, rewrite
from portraitset.workspace.decisions import forget_decisions
from portraitset.workspace.layout import Folders, Workspace, translated
from portraitset.workspace.ledger import Ledger
from portraitset.workspace.lineage import Lineage
from portraitset.workspace.removal_log import (
    append_applied,
    append_tombstones,
    begin_log,
    removals_of,
)
from portraitset.workspace.run_lock import only_run
from portraitset.workspace.tombstones import (
    Removals,
    Tombstone,
    Traits,
    tombstone_of,
)

VERSION_FACT = "dataset_version"


@dataclass(frozen=True, slots=True)
class Trouble:
    """An output that still holds, shows or names what was taken out, and why."""

    path: Path
    why: str


@dataclass(frozen=True, slots=True)
class Removal:
    """What a removal request comes to.

    Attributes:
        found: every copy.
        texts: files of the state folder that name the pictures.
        sequence: the tombstone's number in the log; None in a dry run, and where a log was
            followed that held nothing new.
        version: of the dataset, afterwards; None in a dry run.
        troubles: outputs that could not be rewritten.
        missing: finished outputs that are not where they were written: deleted, or still whole, as
            they were moved or their disk is away; a later removal takes it out of the latter.
    """

    found: Found
    texts: tuple[Path, ...] = ()
    sequence: int | None = None
    version: str | None = None
    troubles: tuple[Trouble, ...] = ()
    missing: tuple[Path, ...] = ()


def plan_removal(folders: Folders, request: RemovalRequest) -> Removal:
    """Say what a request comes to; writes nothing.

    Raises:
        InputError: the folder is no workspace, or its log of removals is broken.
    """
    salt = secrets.token_hex(16)
    return _plan(
        folders, (tombstone_of(_seen(request), salt, request.scope, ""),), salt, request.looks
    )


def plan_following(folders: Folders, theirs: Removals) -> Removal:
    """Say what following somebody else's log comes to; writes nothing.

    Raises:
        InputError: as for `plan_removal`.
    """
    return _plan(folders, theirs.tombstones, secrets.token_hex(16), looks=True)


def remove(folders: Folders, request: RemovalRequest) -> Removal:
    """Take out every copy of what a request names, and keep it out.

    A removal that was cut short is finished on the way.

    Raises:
        InputError: the folder is no workspace, or its log of removals is broken.
        WorkspaceError: another run is at work, or something cannot be written; run it again.
    """
    with only_run(_checked(folders).state), Ledger.open_existing(folders.state) as ledger:
        salt = _log(folders).salt
        search = Search(folders, ledger)
        wanted = tombstone_of(_seen(request), salt, request.scope, request.reason)
        found = search.find((wanted, *_log(folders).unfinished), salt, looks=request.looks)
        traits = found.traits if request.looks else replace(found.traits, looks=frozenset())
        whole = tombstone_of(_seen(request).joined(traits), salt, request.scope, request.reason)
        _raise_version(ledger, found, _log(folders))
        (tombstone,) = append_tombstones(_root(folders), [whole])
        return _apply(folders, ledger, found, tombstone.sequence)


def follow(folders: Folders, theirs: Removals) -> Removal:
    """Take out what somebody else's log names, and keep it out.

    Its entries are kept with their own salt, and what was found here gets an entry of its own.

    Raises:
        InputError, WorkspaceError: as for `remove`.
    """
    with only_run(_checked(folders).state), Ledger.open_existing(folders.state) as ledger:
        salt = _log(folders).salt
        wanted = (*theirs.tombstones, *_log(folders).unfinished)
        found = Search(folders, ledger).find(wanted, salt, looks=True)
        _raise_version(ledger, found, _log(folders))
        led_here = bool(found.photos or found.spares)
        own = [tombstone_of(found.traits, salt, "followed", "")] if led_here else []
        added = append_tombstones(_root(folders), [*theirs.tombstones, *own])
        return _apply(folders, ledger, found, added[-1].sequence if led_here else None)


def _plan(folders: Folders, tombstones: tuple[Tombstone, ...], salt: str, looks: bool) -> Removal:
    with Ledger.open_to_look(folders.state) as ledger:
        known = removals_of(_root(folders))
        unfinished = known.unfinished if known else ()
        found = Search(folders, ledger).find((*tombstones, *unfinished), salt, looks=looks)
    return Removal(found, naming(folders, found), missing=_missing(found))


def _apply(folders: Folders, ledger: Ledger, found: Found, sequence: int | None) -> Removal:
    texts, missing = naming(folders, found), _missing(found)
    troubles = tuple(_rewritten(folders, found))
    Workspace(folders).prepare(*_artifact_folders(found))
    for path in _files(found):
        with translated(path):
            path.unlink(missing_ok=True)
    drop(folders, _fingerprints(ledger, found))
    words = {word for photo in found.photos for word in (photo.raw_name, photo.url)}
    forget_decisions(folders.state, found.faces, words)
    version = ledger.fact(VERSION_FACT) or FIRST_VERSION
    if troubles:
        return Removal(found, texts, sequence, version, troubles, missing)
    rewrite(folders, found)
    forget_measures(folders, found.faces)
    if found.outputs:
        with Lineage.open(folders.state) as lineage:
            lineage.scrub()
    ledger.erase(
        frozenset(photo.raw_name for photo in found.photos),
        found.faces,
        frozenset(photo.url for photo in found.photos),
    )
    append_applied(_root(folders), _log(folders).unfinished, version)
    return Removal(found, texts, sequence, version, missing=missing)


def _rewritten(folders: Folders, found: Found) -> Iterator[Trouble]:
    """Take the faces out of every output; what could not be done."""
    if not found.outputs:
        return
    holdings = holdings_of(folders)
    for shown in found.outputs:
        try:
            why = take_out(holdings, shown.output, found.faces | shown.faces)
        except (InputError, WorkspaceError) as error:
            why = str(error)
        if why is not None:
            yield Trouble(shown.output.path, why)


def _missing(found: Found) -> tuple[Path, ...]:
    outputs = (shown.output for shown in found.outputs if shown.faces & found.faces)
    return tuple(o.path for o in outputs if o.finished and not os.path.lexists(o.path))


def _files(found: Found) -> Iterator[Path]:
    for photo in found.photos:
        yield from (*photo.crops, *photo.originals)
    for spare in found.spares:
        yield spare.path


def _fingerprints(ledger: Ledger, found: Found) -> Iterator[str]:
    """Of the crops."""
    for record in map(ledger.face, sorted(found.faces)):
        if record is not None and record.fingerprint is not None:
            yield record.fingerprint


def _artifact_folders(found: Found) -> set[Path]:
    return {path.parent for photo in found.photos for path in (*photo.crops, *photo.originals)}


def _raise_version(ledger: Ledger, found: Found, log: Removals) -> None:
    """Make the dataset's version a major one higher if anything counts as removed only now."""
    photos = (Photo(photo.url, photo.raw_name) for photo in found.photos)
    if all(log.refuses(photo) is not None for photo in photos):
        return
    version = ledger.fact(VERSION_FACT) or FIRST_VERSION
    ledger.write_fact(VERSION_FACT, f"{int(version.split('.')[0]) + 1}.0.0")


def _seen(request: RemovalRequest) -> Traits:
    return request.traits if request.looks else replace(request.traits, looks=frozenset())


def _root(folders: Folders) -> Path:
    return folders.state.parent


def _log(folders: Folders) -> Removals:
    return removals_of(_root(folders)) or begin_log(_root(folders))


def _checked(folders: Folders) -> Folders:
    """The folders of a workspace that is there.

    Raises:
        InputError: it is not.
    """
    with Ledger.open_to_look(folders.state):
        return folders
