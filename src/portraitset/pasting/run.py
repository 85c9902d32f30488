"""`paste-back`: edited crops into copies of their photos, and such copies taken away again."""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import get_args

from portraitset.align.paste import FEATHER
from portraitset.backends.event_loop import beside_loops, complete
from portraitset.backends.local import WorkerDied, WorkerPool
from portraitset.curate.holdings import Holdings, holdings_of, is_kept_back
from portraitset.download.settings import DownloadSettings
from portraitset.errors import InputError
from portraitset.pasting.attempt import (
    EditTask,
    Likeness,
    Pasted,
    PasteTask,
    Refusal,
    paste_photo,
)
from portraitset.pasting.edits import Edit, edits_of
from portraitset.pasting.journal import (
    JOURNAL,
    Entry,
    add_entry,
    read_journal,
    write_journal,
)
from portraitset.picture.memory import BYTES_PER_PIXEL, WORKER_ITSELF, MemoryBudget
from portraitset.workspace.layout import Folders, leftover_of, place, stamp_of, translated
from portraitset.workspace.ledger import Ledger
from portraitset.workspace.lineage import Lineage, Member, Output
from portraitset.workspace.removal_log import removals_of
from portraitset.workspace.run_lock import only_run

KIND = "paste-back"

Observer = Callable[[int, int], None]
"""Told now and then how many photos are done, of how many."""

_MOST_PIXELS = DownloadSettings().max_pixels
_EACH_PIXEL = BYTES_PER_PIXEL["exact"]


@dataclass(frozen=True, slots=True)
class PasteSettings:
    """How edits are pasted.

    Attributes:
        feather: of the crop's side, 0 to 0.5: the border over which an edit fades out.
        likeness: whether an edit that looks like another face is refused.
        workers: processes that paste.

    Raises:
        InputError: a value makes no sense.
    """

    feather: float = FEATHER
    likeness: Likeness = "check"
    workers: int = 1

    def __post_init__(self) -> None:
        if not 0 <= self.feather <= 0.5:
            raise InputError(f"feather must lie in 0..0.5 of the crop's side: {self.feather}")
        if self.likeness not in get_args(Likeness):
            raise InputError(f"likeness must be one of {get_args(Likeness)}: {self.likeness!r}")
        if not 1 <= self.workers <= 1024:
            raise InputError(f"workers must lie in 1..1024: {self.workers}")


@dataclass(frozen=True, slots=True)
class PastedBack:
    """What `paste-back` came to.

    Attributes:
        output: the folder of the results.
        written: names of the photos that were written now.
        kept: names of those that an earlier run had written of the same edits.
        faces: whose edits are in one or the other.
        unedited: those of them that were written now and whose crop is as it was cut.
        refusals: edited files that were not pasted.
    """

    output: Path
    written: tuple[str, ...]
    kept: tuple[str, ...]
    faces: tuple[str, ...]
    unedited: tuple[str, ...]
    refusals: tuple[Refusal, ...]

    @property
    def succeeded(self) -> bool:
        """Whether each edit was pasted whose picture was not removed."""
        return all(refusal.reason == "removed" for refusal in self.refusals)


def paste_back(
    folders: Folders,
    edited: Sequence[Path],
    output: Path,
    settings: PasteSettings | None = None,
    observer: Observer | None = None,
) -> PastedBack:
    """Paste edited crops into copies of their photos; the originals stay as they are.

    A photo whose edits are the same as in an earlier run into this folder is not made again.

    Args:
        folders: the workspace.
        edited: files named like the crops, and folders of such.
        output: a folder for the results, named like the originals; nothing of anybody else's is
            replaced in it.
        settings: see `PasteSettings`.
        observer: told how far it is.

    Raises:
        InputError: a path is not there, nothing is to be done, or a stranger's file is in the way.
        WorkspaceError: another run is at work, or the disk refuses; the same call goes on.
    """
    with Ledger.open_to_look(folders.state):
        pass  # not a folder that `only_run` would litter
    output = output.absolute()
    settings = settings or PasteSettings()

    def work() -> PastedBack:
        with only_run(folders.state):
            job = _Job(holdings_of(folders), edited, output, settings, observer)
            return job.run()

    return beside_loops(work)


def without(holdings: Holdings, output: Output, faces: frozenset[str]) -> None:
    """Delete the results that show one of these faces.

    Raises:
        WorkspaceError: the disk refuses.
    """
    with translated(output.path), Lineage.open(holdings.folders.state) as lineage:
        members = lineage.members(output.path)
        gone = {member.place for member in members if member.face in faces}
        for name in gone:
            (output.path / name).unlink(missing_ok=True)
        entries = read_journal(output.path).values()
        write_journal(output.path, (each for each in entries if each.place not in gone))
        lineage.finish(output.path, (each for each in members if each.place not in gone))


@dataclass(slots=True)
class _Tally:
    """What has become of the photos so far, by name."""

    done: dict[str, Pasted] = field(default_factory=dict)
    refusals: list[Refusal] = field(default_factory=list)


class _Job:
    """One run, in the workspace that it holds."""

    def __init__(
        self,
        holdings: Holdings,
        edited: Sequence[Path],
        output: Path,
        settings: PasteSettings,
        observer: Observer | None,
    ) -> None:
        self._holdings = holdings
        self._output = output
        self._settings = settings
        self._observer = observer
        _check_apart(output, holdings.folders)
        self._journal = read_journal(output)
        self._shown = _faces_by_photo(holdings)
        self._edits = edits_of(edited, holdings.known())
        self._tally = _Tally()

    def run(self) -> PastedBack:
        """Paste all of it."""
        self._refuse_unknown()
        chosen = self._not_lapsed(self._not_removed())
        tasks = {name: self._task(edits) for name, edits in chosen.items()}
        self._check_places(tasks)
        if tasks:
            self._register(tasks)
            complete(self._paste_all(tasks))
        return self._result()

    def _refuse_unknown(self) -> None:
        why = "no crop here has this name, and its text names no photo from which one face was cut"
        self._tally.refusals += [Refusal(p, "other-face", why) for p in self._edits.unknown]

    def _not_removed(self) -> Mapping[str, Sequence[Edit]]:
        log = removals_of(self._holdings.folders.state.parent)
        chosen = {}
        for name, edits in self._edits.by_photo.items():
            if is_kept_back(edits[0].held, log):
                why = "its picture is on the log of removals"
                self._tally.refusals += [Refusal(edit.path, "removed", why) for edit in edits]
            else:
                chosen[name] = edits
        return chosen

    def _not_lapsed(self, chosen: Mapping[str, Sequence[Edit]]) -> Mapping[str, Sequence[Edit]]:
        """The edits whose crop is what the ledger and the settings say."""
        aligned = {held.name for held in self._holdings.faces}
        left = {}
        for name, edits in chosen.items():
            self._tally.refusals += (
                _lapse(edit) for edit in edits if edit.held.name not in aligned
            )
            if whole := [edit for edit in edits if edit.held.name in aligned]:
                left[name] = whole
        return left

    def _task(self, edits: Sequence[Edit]) -> PasteTask:
        held = edits[0].held
        target = self._output / held.original.name
        entry = self._journal.get(target.name)
        rescued = held.photo.rescue_scale or 1.0
        return PasteTask(
            held.original,
            held.photo.sha256 or "",
            _MOST_PIXELS,
            tuple(
                EditTask(
                    edit.held.name,
                    edit.path,
                    edit.held.crop,
                    edit.held.record.sha256_rgb or "",
                    edit.held.face.landmarks.shrunk(1 / rescued),
                    edit.held.face.draw,
                )
                for edit in sorted(edits, key=lambda edit: edit.held.name)
            ),
            self._holdings.settings,
            self._settings.feather,
            self._settings.likeness,
            target,
            (entry.fingerprint, entry.sha256) if entry else None,
        )

    def _check_places(self, tasks: Mapping[str, PasteTask]) -> None:
        for task in tasks.values():
            if task.target.exists() and task.target.name not in self._journal:
                raise InputError(
                    f"{task.target} was not made by `portraitset paste-back` and is not replaced;"
                    " choose another folder with -o"
                )

    def _register(self, tasks: Mapping[str, PasteTask]) -> None:
        """Every face that a result may show, before its first byte."""
        with translated(self._output):
            self._output.mkdir(parents=True, exist_ok=True)
            for path in self._output.iterdir():
                if leftover_of(path.name) is not None:  # of a run that was killed
                    path.unlink()
        places = {task.target.name: self._shown[name] for name, task in tasks.items()}
        members = {Member(face, name) for name, faces in places.items() for face in faces}
        with Lineage.open(self._holdings.folders.state) as lineage:
            members |= set(lineage.members(self._output))
            if all(known.path != self._output for known in lineage.outputs(KIND)):
                lineage.begin(Output(self._output, KIND))
            lineage.finish(self._output, members)

    async def _paste_all(self, tasks: Mapping[str, PasteTask]) -> None:
        queue, memory = iter(tasks.items()), MemoryBudget.of_this_machine()
        log = self._holdings.folders.state / "workers.log"
        most = WORKER_ITSELF + _MOST_PIXELS * _EACH_PIXEL
        pixels = {name: self._pixels_of(name) for name in tasks}

        async def take_turns() -> None:
            for name, task in queue:
                async with memory.hold(pixels[name] * _EACH_PIXEL):
                    self._keep(name, await _ask(pool, task))

        workers = self._settings.workers
        async with WorkerPool(workers, log, most) as pool, asyncio.TaskGroup() as group:
            for _ in range(workers):
                group.create_task(take_turns())

    def _pixels_of(self, name: str) -> int:
        photo = self._edits.by_photo[name][0].held.photo
        return min((photo.width or 0) * (photo.height or 0), _MOST_PIXELS)

    def _keep(self, name: str, pasted: Pasted) -> None:
        """Note a result, and then put it in its place."""
        self._tally.refusals += pasted.refusals
        if pasted.faces:
            self._tally.done[name] = pasted
        if pasted.temporary is not None:
            target = self._output / (leftover_of(pasted.temporary.name) or "")
            entry = Entry(target.name, pasted.fingerprint, pasted.sha256, pasted.faces)
            add_entry(self._output, entry)
            place(pasted.temporary, target)
        if self._observer is not None:
            self._observer(len(self._tally.done), len(self._edits.by_photo))

    def _result(self) -> PastedBack:
        done = sorted(self._tally.done.items())
        return PastedBack(
            self._output,
            tuple(name for name, pasted in done if pasted.temporary is not None),
            tuple(name for name, pasted in done if pasted.temporary is None),
            tuple(sorted(face for _, pasted in done for face in pasted.faces)),
            tuple(sorted(face for _, pasted in done for face in pasted.unedited)),
            tuple(sorted(self._tally.refusals, key=lambda refusal: str(refusal.path))),
        )


def _lapse(edit: Edit) -> Refusal:
    """Why an edit has nothing to be pasted by."""
    held, photo = edit.held, edit.held.photo
    stamp = stamp_of(held.original)
    if stamp is None or (stamp.byte_count, stamp.mtime_ns) != (photo.byte_count, photo.mtime_ns):
        why = f"the photo is gone, or not the one that was cut: {held.original}"
        return Refusal(edit.path, "changed", why)
    why = f"{held.crop} is not there, or not the crop that was cut; `portraitset align` cuts it"
    return Refusal(edit.path, "no-crop", why)


async def _ask(pool: WorkerPool, task: PasteTask) -> Pasted:
    try:
        return await pool.run(paste_photo, task)
    except (WorkerDied, MemoryError) as end:
        why = f"pasting it failed: {str(end) or 'out of memory'}"
        return Pasted(refusals=tuple(Refusal(each.path, "bad-picture", why) for each in task.edits))


def _faces_by_photo(holdings: Holdings) -> Mapping[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for face in holdings.manifest:
        found[face.photo.raw_name].append(face.name)
    return found


def _check_apart(output: Path, folders: Folders) -> None:
    """Nothing goes among a workspace's own files, nor where somebody else's lie.

    Raises:
        InputError: it would.
    """
    for own in (folders.state, folders.raw, folders.aligned):
        if output.resolve().is_relative_to(own.resolve()):
            raise InputError(f"{output} lies within the workspace's own {own.name}; choose another")
    if output.exists() and not output.is_dir():
        raise InputError(f"{output} is a file; -o names a folder")
    strange = next(_others_in(output), None) if output.is_dir() else None
    if strange is not None and not (output / JOURNAL).is_file():
        raise InputError(
            f"{output} holds {strange.name}, which `portraitset paste-back` did not make; choose"
            " an empty folder, or a new one"
        )


def _others_in(output: Path) -> Iterator[Path]:
    return (path for path in output.iterdir() if leftover_of(path.name) is None)
