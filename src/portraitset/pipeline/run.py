"""The stages in order, from a manifest to a workspace: what the commands and `ps.build` call."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Literal

from portraitset.align.settings import OPTIONS, CropSettings
from portraitset.backends.event_loop import beside_loops, complete
from portraitset.errors import Deleted, OptedOut, Removed, State
from portraitset.handoffs import Photo
from portraitset.manifest import (
    NAMED,
    Manifest,
    Note,
    load_manifest,
    manifest_bytes,
    parse_manifest,
)
from portraitset.manifest.aahq import SCHEMA
from portraitset.manifest.known_terms import terms_of
from portraitset.manifest.local import is_local
from portraitset.manifest.lock import Identity, Lock, Setting, write_lock
from portraitset.manifest.terms import DESCRIPTION, Terms, find_description, notice_text
from portraitset.pipeline.crop import PIXEL_VERSION
from portraitset.pipeline.deadline import Deadline
from portraitset.pipeline.edited_faces import edited, set_crops_aside
from portraitset.pipeline.last_run import (
    GIVEN_COPY,
    LOCK_COPY,
    MANIFEST_COPY,
    NO_MANIFEST,
    ORIGINALS,
    given_path,
    last_draws,
    last_folders,
    last_lock,
    last_originals,
    last_settings,
    last_survey,
    layout_of,
    remember_decoders,
)
from portraitset.pipeline.recipe import Recipe
from portraitset.pipeline.replaying import with_replayed_draws
from portraitset.pipeline.revalidation import Revisitor, Visit
from portraitset.pipeline.runner import Observer, Runner
from portraitset.pipeline.space import check_space, estimate_space
from portraitset.pipeline.standing import Standing
from portraitset.pipeline.survey import Goal, Plan, Survey
from portraitset.pipeline.tally import Tally
from portraitset.workspace.edits import Edits, read_edits
from portraitset.workspace.layout import (
    Folders,
    Workspace,
    folders_of,
    place,
    translated,
)
from portraitset.workspace.ledger import Ledger
from portraitset.workspace.records import PhotoRecord
from portraitset.workspace.removal_log import removals_of
from portraitset.workspace.run_lock import only_run

Space = Literal["check", "ignore"]

_NO_FAILURES = (OptedOut.reason, Deleted.reason)
"""What is as it should be, though there is no crop."""

_LEFT = "is no longer in the manifest; its files stay, but do not count"


@dataclass(frozen=True, slots=True)
class Report:
    """What a run came to: standings, counts, notes.

    Attributes:
        standings: where each entry of the manifest stands now, in its order.
        tally: the counts, and what this run did.
        notes: what was odd, all runs together.
        succeeded: whether every face reached the goal, was opted out or was removed.
    """

    standings: tuple[Standing, ...]
    tally: Tally
    notes: tuple[Note, ...]
    succeeded: bool


def build(
    manifest: str | Path,
    workspace: str | Path = ".",
    *,
    workers: int | None = None,
    recipe: Recipe | None = None,
    observer: Observer | None = None,
) -> Report:
    """Download and align at once: the main job.

    Args:
        manifest: a path, `aahq` or `ffhq`.
        workspace: the folder that holds, or will hold, `raw/` and `aligned/`.
        workers: processes that decode and align; the recipe's count if None.
        recipe: the settings of each stage.
        observer: told of the counts whenever they change.

    Raises:
        InputError: the manifest or a setting makes no sense; no work has begun.
        WorkspaceError: the workspace cannot go on; what is done stays done.
    """
    recipe = recipe or Recipe()
    if workers is not None:
        recipe = replace(recipe, workers=workers)
    return run("build", manifest, folders_of(Path(workspace)), recipe, observer=observer)


def run(
    goal: Goal,
    source: str | Path,
    folders: Folders,
    recipe: Recipe,
    *,
    space: Space = "check",
    observer: Observer | None = None,
    show_terms: Callable[[Terms], None] | None = None,
) -> Report:
    """Take a manifest's faces to a goal; see `build`.

    `show_terms` gets the dataset's terms when this workspace sees them for the first time.
    """

    def work() -> Report:
        return _run_alone(goal, source, folders, recipe, space, observer, show_terms)

    return beside_loops(work)


def retry(
    reasons: frozenset[str],
    folders: Folders,
    recipe: Recipe,
    *,
    space: Space = "check",
    observer: Observer | None = None,
) -> Report:
    """Build again what ended for one of these reasons, with the last run's crop settings.

    Raises:
        InputError: the folder is no workspace.
        WorkspaceError: as for `build`.
    """
    with Ledger.open_existing(folders.state) as ledger, only_run(folders.state):
        ledger.forget(reasons - {Removed.reason})
        lock = recipe.lock or last_lock(folders)
        originals = recipe.originals or last_originals(folders, ledger)
        last = replace(recipe, crop=last_settings(ledger), lock=lock, originals=originals)
        folders = last_folders(folders, ledger)
    return run("build", given_path(folders), folders, last, space=space, observer=observer)


def status(folders: Folders) -> Report:
    """Where every face stands, by the manifest and settings of the last run.

    Raises:
        InputError: the folder is no workspace.
    """
    with Ledger.open_to_look(folders.state) as ledger:
        survey, _ = last_survey(folders, ledger)
        standings = tuple(survey.standings())
        notes = tuple(ledger.notes())
    tally = Tally()
    tally.add(standings)
    return Report(standings, tally, notes, _is_success("build", standings, last_lock(folders)))


def take_up(
    source: str | Path, folders: Folders, recipe: Recipe, observer: Observer | None = None
) -> None:
    """Make a manifest the workspace's, as a run would, and ask no server for its faces.

    Originals at hand are placed and verified. A workspace that had a run keeps its crop settings,
    its folders and its lock.

    Raises:
        InputError: the manifest makes no sense.
        WorkspaceError: another run is at work, or the disk refuses.
    """
    if (folders.state / "ledger.sqlite").is_file():
        with Ledger.open_to_look(folders.state) as ledger:
            recipe = replace(recipe, crop=last_settings(ledger), lock=last_lock(folders))
            folders = last_folders(folders, ledger)
    recipe = _with_originals(recipe, source)
    with _taken_up("download", source, folders, recipe, None) as (manifest, workspace, ledger):
        _run("download", manifest, workspace, ledger, recipe, "ignore", observer, only_at_hand=True)


def fetch_pictures(
    pictures: Sequence[Photo],
    folders: Folders,
    recipe: Recipe,
    *,
    space: Space = "check",
    observer: Observer | None = None,
) -> Mapping[Photo, tuple[Standing, Path]]:
    """Fetch and verify originals of which no face is known yet, as any others are.

    The workspace's manifest and its settings stay as they are.

    Returns:
        how each picture stands, and where it lies if it was fetched.

    Raises:
        WorkspaceError: another run is at work, or the disk refuses.
    """
    manifest = Manifest(SCHEMA, (), pictures=tuple(dict.fromkeys(pictures)))
    with translated(folders.state):
        folders.state.mkdir(parents=True, exist_ok=True)
    with only_run(folders.state), Ledger.open(folders.state) as ledger:
        folders = last_folders(folders, ledger)
        workspace = Workspace(folders)
        workspace.prepare(folders.raw)
        if not (folders.state / MANIFEST_COPY).is_file():
            _write_whole(workspace, folders.state / MANIFEST_COPY, NO_MANIFEST)
        report = _run("download", manifest, workspace, ledger, recipe, space, observer)
    layout = layout_of(folders, manifest, None)
    return {
        photo: (standing, layout.raw_path(photo.raw_name))
        for photo, standing in zip(manifest.pictures, report.standings, strict=True)
    }


def _run_alone(
    goal: Goal,
    source: str | Path,
    folders: Folders,
    recipe: Recipe,
    space: Space,
    observer: Observer | None,
    show_terms: Callable[[Terms], None] | None,
) -> Report:
    recipe = _with_originals(recipe, source)
    with _taken_up(goal, source, folders, recipe, show_terms) as (manifest, workspace, ledger):
        return _run(goal, manifest, workspace, ledger, recipe, space, observer)


def _with_originals(recipe: Recipe, source: str | Path) -> Recipe:
    """The recipe, with the manifest's own folder for originals at hand if it names no other."""
    return replace(recipe, originals=recipe.originals or Path(source).parent)


@contextmanager
def _taken_up(
    goal: Goal,
    source: str | Path,
    folders: Folders,
    recipe: Recipe,
    show_terms: Callable[[Terms], None] | None,
) -> Iterator[tuple[Manifest, Workspace, Ledger]]:
    """The manifest as people changed it, in a workspace that is this run's alone meanwhile."""
    data = load_manifest(source, recipe.download.proxy)
    manifest = parse_manifest(data, str(source))
    workspace = Workspace(folders)
    beside = () if str(source) in NAMED else (Path(source).parent,)
    description = find_description((workspace.root, *beside))
    terms = terms_of(description, manifest)
    artifacts = _artifacts(goal, folders)
    with translated(workspace.root):
        folders.state.mkdir(parents=True, exist_ok=True)
    with only_run(folders.state):
        workspace.prepare(*artifacts.values())
        edits = read_edits(folders.state)
        with Ledger.open(folders.state) as ledger:
            drawn = _with_draws(goal, manifest, folders, ledger, recipe.crop)
            manifest = _keep_manifest(workspace, manifest, drawn, data, edits)
            set_crops_aside(edits.deleted, workspace, ledger)
            if description is not None:
                _write_whole(workspace, folders.state / DESCRIPTION, description.read_bytes())
            else:
                (folders.state / DESCRIPTION).unlink(missing_ok=True)
            _remember(ledger, folders, artifacts, recipe)
            _give_notice(workspace, ledger, manifest, terms, show_terms)
            _note_oddities(manifest, ledger)
            _keep_lock(goal, workspace, manifest, ledger, recipe)
            yield manifest, workspace, ledger


def _with_draws(
    goal: Goal, manifest: Manifest, folders: Folders, ledger: Ledger, settings: CropSettings
) -> Manifest:
    """The manifest with each face's own shift, where upstream's sequence of them is replayed."""
    if settings.replay is None:
        return manifest
    before = last_draws(folders, ledger, settings)
    on_gap: Literal["stop", "leave"] = "leave" if goal == "download" else "stop"
    return with_replayed_draws(manifest, settings, ledger, before, on_gap)


def _keep_manifest(
    workspace: Workspace, given: Manifest, drawn: Manifest, data: bytes, edits: Edits
) -> Manifest:
    """Keep copies of the manifest as given and as it is gone by: with shifts and people's changes.

    Returns the latter, which is kept in AAHQ's schema: FFHQ's takes five times as long to read.
    """
    state = workspace.folders.state
    manifest = edited(drawn, edits) if edits else drawn
    if manifest.entries == given.entries and given.schema == SCHEMA:
        _write_whole(workspace, state / MANIFEST_COPY, data)
        (state / GIVEN_COPY).unlink(missing_ok=True)
    else:
        _write_whole(workspace, state / GIVEN_COPY, data)
        _write_whole(workspace, state / MANIFEST_COPY, manifest_bytes(manifest))
    return manifest


def _run(
    goal: Goal,
    manifest: Manifest,
    workspace: Workspace,
    ledger: Ledger,
    recipe: Recipe,
    space: Space,
    observer: Observer | None,
    *,
    only_at_hand: bool = False,
) -> Report:
    layout = layout_of(workspace.folders, manifest, recipe.crop.image_format)
    removals = removals_of(workspace.root)
    survey = Survey(manifest, layout, ledger, recipe.crop, recipe.lock, removals)
    plan = survey.plan(goal, recipe.download)
    due = tuple(photo for photo in plan.due if is_local(photo.url)) if only_at_hand else plan.due
    if space == "check":
        need = estimate_space(len(plan.fetches), plan.crops, recipe.crop)
        check_space(need, workspace.free_bytes())
    runner = Runner(workspace, layout, ledger, survey, recipe, observer or _no_observer)
    runner.tally.add(survey.standings())
    runner.tally.due = len(due)
    deadline = Deadline(recipe.deadline)
    complete(runner.run(goal, due, deadline))
    visits = tuple(_visits(survey, plan)) if recipe.revalidate else ()
    if visits:
        complete(Revisitor(workspace, layout, ledger, recipe).run(visits, deadline))
    standings = tuple(survey.standings())
    runner.tally.recount(standings)
    succeeded = _is_success(goal, standings, recipe.lock)
    return Report(standings, runner.tally, tuple(ledger.notes()), succeeded)


def _visits(survey: Survey, plan: Plan) -> Iterator[Visit]:
    """The originals to ask for again: all that are verified by now, but those fetched just now."""
    fetched = frozenset(plan.fetches)
    return (
        _visit(photo, record)
        for photo, record in survey.visits()
        if photo not in fetched and not is_local(photo.url)
    )


def _visit(photo: Photo, record: PhotoRecord) -> Visit:
    size = record.width or 0, record.height or 0
    identity = Identity(record.sha256 or "", *size, record.sha256_rgb, record.look)
    return Visit(photo, identity, None if record.rescued else record.response)


def _no_observer(_: Tally) -> None:
    """Nobody is watching."""


def _is_success(goal: Goal, standings: tuple[Standing, ...], lock: Lock | None) -> bool:
    """Whether all faces that count are where they should be: a lock's, or the manifest's."""
    reached = {State.ALIGNED, State.REMOVED} | ({State.FETCHED} if goal == "download" else set())
    well = (s.name for s in standings if s.state in reached or s.reason in _NO_FAILURES)
    if lock is None:
        return sum(1 for _ in well) == len(standings)
    return {face.name for face in lock.faces} <= set(well)


def _artifacts(goal: Goal, folders: Folders) -> Mapping[str, Path]:
    """The folders that a run to this goal fills."""
    raw, aligned = {"raw": folders.raw}, {"aligned": folders.aligned}
    return {"download": raw, "align": raw | aligned, "build": raw | aligned}[goal]


def _remember(
    ledger: Ledger, folders: Folders, artifacts: Mapping[str, Path], recipe: Recipe
) -> None:
    """Keep what later runs need to know; a workspace can be moved: folders are relative to it."""
    ledger.write_fact("align", json.dumps(asdict(recipe.crop)))
    remember_decoders(ledger)
    root = folders.state.parent.absolute()
    originals = () if recipe.originals is None else ((ORIGINALS, recipe.originals),)
    for name, folder in (*artifacts.items(), *originals):
        path = folder.absolute()
        ledger.write_fact(name, str(path.relative_to(root) if path.is_relative_to(root) else path))


def _give_notice(
    workspace: Workspace,
    ledger: Ledger,
    manifest: Manifest,
    terms: Terms,
    show_terms: Callable[[Terms], None] | None,
) -> None:
    """Write NOTICE beside the pictures, and show it where it was not yet seen."""
    text = notice_text(terms, manifest)
    notice = workspace.root / "NOTICE"
    with translated(notice):
        found = notice.read_bytes() if notice.is_file() else None
    if found is not None and found.decode(errors="replace") not in (text, ledger.fact("notice")):
        notice = workspace.root / "NOTICE.portraitset"  # somebody else's NOTICE stays theirs
    _write_whole(workspace, notice, text.encode())
    ledger.write_fact("notice", text)
    if show_terms is not None and ledger.fact("terms") != text:
        show_terms(terms)
        ledger.write_fact("terms", text)


def _note_oddities(manifest: Manifest, ledger: Ledger) -> None:
    with ledger.transaction():
        ledger.withdraw_notes(_LEFT)
        for note in manifest.notes:
            ledger.write_note(note)
        listed = {entry.name for entry in manifest.entries}
        for name in list(ledger.names()):
            if name not in listed:
                ledger.write_note(Note(name, _LEFT))


def _keep_lock(
    goal: Goal, workspace: Workspace, manifest: Manifest, ledger: Ledger, recipe: Recipe
) -> None:
    """Keep a copy of the lock for `retry` and `status`, and note where it and this run differ."""
    copy, lock = workspace.folders.state / LOCK_COPY, recipe.lock
    if lock is None:
        copy.unlink(missing_ok=True)
        return
    _write_whole(workspace, copy, write_lock(lock))
    for text in _differences(goal, manifest, lock, recipe.crop):
        ledger.write_note(Note("lock", text))


def _differences(
    goal: Goal, manifest: Manifest, lock: Lock, settings: CropSettings
) -> Iterator[str]:
    """What a reader should know of a lock that does not fit the manifest or the settings."""
    faces = {face.name for face in lock.faces}
    listed = {face.name for face in manifest}
    if left := len(listed - faces):
        yield f"it has {len(faces & listed):,} of the manifest's faces; {left:,} are outside of it"
    if strange := sorted(faces - listed):
        yield f"{len(strange):,} of its faces are not in the manifest, such as {strange[0]}"
    ours = {**OPTIONS, **lock_settings(settings)}
    theirs = {**OPTIONS, **lock.settings}
    for key in sorted(ours.keys() & theirs.keys()):
        if goal != "download" and ours[key] != theirs[key]:
            yield f"its crops have {key} {theirs[key]}, these {ours[key]}: they will differ"


def _write_whole(workspace: Workspace, path: Path, data: bytes) -> None:
    temporary = workspace.temporary(path)
    with translated(path):
        temporary.write_bytes(data)
    place(temporary, path)


def lock_settings(settings: CropSettings) -> Mapping[str, Setting]:
    """What decides a crop's pixels, as a lock says it; `reference` makes the pixels of `exact`."""
    return {
        "size": settings.size,
        "transform_size": settings.supersampled_size,
        "padding": settings.padding,
        "quality": "exact" if settings.quality == "reference" else settings.quality,
        "image_format": settings.image_format,
        "pixel_version": PIXEL_VERSION,
        **settings.options(),
    }
