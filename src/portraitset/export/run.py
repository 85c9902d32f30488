"""Crops become what a trainer reads, and faces are taken out of that again."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path, PurePath
from typing import cast

from portraitset.align.encode import format_of
from portraitset.align.settings import ImageFormat
from portraitset.attribution.changes import Rendition
from portraitset.attribution.licence import LICENCE_FILES, licence_set
from portraitset.backends.event_loop import beside_loops
from portraitset.curate.holdings import HeldFace, Holdings, holdings_of, is_kept_back
from portraitset.errors import InputError
from portraitset.export.documents import (
    MARKER,
    documents_without,
    marker_text,
    read_documents,
    read_marker,
    write_documents,
)
from portraitset.export.folder import Folder
from portraitset.export.format import Format
from portraitset.export.imagefolder import ImageFolder
from portraitset.export.lmdb import Lmdb
from portraitset.export.names import file_names
from portraitset.export.parquet import Parquet
from portraitset.export.plan import (
    check_split,
    classes_of,
    fingerprint_of,
    prefix_of,
    shards_of,
    targets_of,
)
from portraitset.export.sample import Crop, ExportSettings, FormatName, Kept, Target
from portraitset.export.staging import Staging, remove_leftovers
from portraitset.export.stylegan import StyleGan, check_size, read_zip_marker
from portraitset.export.webdataset import WebDataset
from portraitset.export.writer import Job, Made, Observer, Workers, make
from portraitset.identity import SOFTWARE
from portraitset.landmarks import POINT_NAMES
from portraitset.manifest.addresses import artist_of
from portraitset.picture.memory import BYTES_PER_PIXEL, WORKER_ITSELF
from portraitset.sidecars.facts import GEOMETRY, rows_of, table_of
from portraitset.workspace.layout import Folders, leftover_of, translated
from portraitset.workspace.lineage import Lineage, Member, Output
from portraitset.workspace.removal_log import removals_of
from portraitset.workspace.run_lock import only_run

KIND = "export"
_DOCUMENTS = (*LICENCE_FILES, GEOMETRY, MARKER)
FORMATS: Mapping[FormatName, Format] = {
    "folder": Folder(),
    "imagefolder": ImageFolder(),
    "parquet": Parquet(),
    "webdataset": WebDataset(),
    "stylegan": StyleGan(),
    "lmdb": Lmdb(),
}


@dataclass(frozen=True, slots=True)
class Exported:
    """What an export handed on, and what it held back.

    Attributes:
        faces: how many were handed on, by split.
        sizes: sides of the pictures, in pixels.
        unchanged: pictures that are a crop's very bytes.
        byte_count: of all pictures.
        withheld: faces that the log of removals keeps back.
    """

    output: Path
    faces: Mapping[str, int]
    sizes: tuple[int, ...]
    unchanged: int
    byte_count: int
    withheld: int


def export(
    folders: Folders, output: Path, settings: ExportSettings, observer: Observer | None = None
) -> Exported:
    """Hand on the selected faces; without a selection, all that are aligned.

    Args:
        folders: the workspace.
        output: a folder, or a `.zip` for StyleGAN; replaced only if an export made it.
        settings: the format, and what goes into it.
        observer: told how far it is.

    Raises:
        InputError: there is nothing to hand on, or the format cannot take it.
        WorkspaceError: the disk refuses; the same call goes on from what is finished.
    """
    if not folders.state.is_dir():
        holdings_of(folders)  # says what is wrong

    def work() -> Exported:
        with only_run(folders.state):
            return export_holdings(holdings_of(folders), output, settings, observer)

    return beside_loops(work)


def export_holdings(
    holdings: Holdings, output: Path, settings: ExportSettings, observer: Observer | None = None
) -> Exported:
    """As `export`, for a workspace that was looked at and is held."""
    output = output.resolve() if output.is_symlink() else output.absolute()
    FORMATS[settings.format].check()
    _check_replaceable(output, holdings.folders)
    chosen, withheld = _chosen(holdings, settings)
    crops = _crops(chosen, settings)
    archive = _archive_of(output, settings)
    job = _job(holdings, output, settings, crops)

    @cache
    def documents() -> Mapping[str, bytes]:
        return _documents(holdings, settings, job.sizes, chosen)

    state = holdings.folders.state
    with Lineage.open(state) as lineage:
        lineage.begin(Output(job.staging.path, KIND, settings.format))
        made = make(job, documents, observer or _nobody)
        if archive is None:
            write_documents(job.staging.out, documents())
        members = list(_members(job, made, archive))
        known = {"sizes": list(job.sizes), "image_format": _format_in(settings)}
        lineage.begin(Output(output, KIND, settings.format, known))
        job.staging.move_to(output, archive)
        lineage.finish(output, members)
        lineage.forget(job.staging.path)
    splits = Counter(split for _, split in chosen)
    size = sum(item.byte_count for target in job.targets for item in made.of(target))
    return Exported(output, splits, job.sizes, made.unchanged, size, withheld)


def _job(
    holdings: Holdings, output: Path, settings: ExportSettings, crops: tuple[Crop, ...]
) -> Job:
    """Decide all of it.

    Raises:
        InputError: the format cannot take these sizes.
    """
    native, staging = holdings.settings.size, Staging(output)
    sizes = settings.sizes or (native,)
    _check_sizes(sizes, native, settings.format)
    archive = _archive_of(output, settings)
    memory = WORKER_ITSELF + native**2 * BYTES_PER_PIXEL["exact"]
    return Job(
        FORMATS[settings.format],
        staging,
        targets_of(staging.out, settings.format, sizes, archive, len(crops)),
        shards_of(crops, settings.shard_size),
        fingerprint_of(settings, crops, output.name),
        native,
        Workers(settings.workers, memory, holdings.folders.state / "workers.log"),
    )


def _archive_of(output: Path, settings: ExportSettings) -> str | None:
    """The output's own name, if it is one file and no folder."""
    is_file = settings.format == "stylegan" and output.suffix.lower() == ".zip"
    return output.name if is_file else None


def _documents(
    holdings: Holdings,
    settings: ExportSettings,
    sizes: Sequence[int],
    chosen: Sequence[tuple[HeldFace, str]],
) -> Mapping[str, bytes]:
    """The licence set, the geometry if it is wanted, and the marker."""
    marker = {
        "tool": SOFTWARE,
        "format": settings.format,
        "faces": len(chosen),
        "sizes": list(sizes),
        "labels": settings.labels,
    }
    rendition = Rendition(tuple(sizes), _format_in(settings))
    documents = licence_set(holdings, [held for held, _ in chosen], rendition)
    if settings.geometry:
        rows = rows_of((held for held, _ in chosen), holdings.settings, sizes)
        documents = dict(documents) | {GEOMETRY: table_of(rows)}
    return dict(documents) | {MARKER: marker_text(marker)}


def _members(job: Job, made: Made, archive: str | None) -> Iterator[Member]:
    """Where each picture lies within the output."""
    for target in job.targets:
        before = prefix_of(target.folder, job.staging.out)
        for item in made.of(target):
            place = item.place.removeprefix(f"{archive}/") if archive else item.place
            yield Member(item.face, f"{before}{place}", item.offset)


def _check_replaceable(output: Path, folders: Folders) -> None:
    """Only what an export made is replaced; nothing goes among a workspace's own files."""
    for own in (folders.state, folders.raw, folders.aligned):
        if output.resolve().is_relative_to(own.resolve()):
            raise InputError(f"{output} lies within the workspace's own {own.name}; choose another")
    if output.is_dir():
        with translated(output):
            strange = next(_strange_files(output), None)
    else:
        is_ours = not output.exists() or read_zip_marker(output) is not None
        strange = None if is_ours else output
    if strange is not None:
        raise InputError(
            f"{strange} was not made by `portraitset export` and is not replaced; choose another"
        )


def _strange_files(output: Path) -> Iterator[Path]:
    """What lies in a folder and was not made by the export that its marker tells of."""
    path = output / MARKER
    marker = read_marker(path.read_bytes()) if path.is_file() else None
    made = FORMATS.get(cast(FormatName, marker.get("format"))) if marker else None
    for file in output.rglob("*"):
        name = leftover_of(file.name) or file.name
        if not file.is_dir() and not (made and (name in _DOCUMENTS or made.makes(PurePath(name)))):
            yield file


def _chosen(holdings: Holdings, settings: ExportSettings) -> tuple[list[tuple[HeldFace, str]], int]:
    """The faces to hand on with their splits, "train" first; how many a removal keeps back."""
    log = removals_of(holdings.folders.state.parent)
    chosen, withheld = [], 0
    for held, split in holdings.selected():
        if settings.split not in (None, split):
            continue
        if is_kept_back(held, log):
            withheld += 1
        else:
            chosen.append((held, check_split(split)))
    if not chosen:
        which = f"of split {settings.split!r} " if settings.split else ""
        raise InputError(
            f"{holdings.folders.state.parent} has no aligned face {which}to hand on;"
            " `portraitset status` shows where each stands"
        )
    return sorted(chosen, key=lambda pair: (pair[1] != "train", pair[1])), withheld


def _crops(chosen: Sequence[tuple[HeldFace, str]], settings: ExportSettings) -> tuple[Crop, ...]:
    """What is handed on of each face."""
    wanted = _format_in(settings)
    formats = {held.name: wanted or format_of(held.crop.name) for held, _ in chosen}
    names = file_names(formats)
    labels: Mapping[str, int] = {}
    if settings.labels is not None:
        values = {held.name: _value(held, split, settings.labels) for held, split in chosen}
        labels = classes_of(values, settings.labels)
    return tuple(
        Crop(
            index,
            held.name,
            split,
            names[held.name],
            held.crop,
            held.photo.sha256 or "",
            f"{held.record.fingerprint} {held.record.byte_count} {held.record.mtime_ns}",
            formats[held.name],
            _facts(held, split) | ({"label": labels[held.name]} if labels else {}),
        )
        for index, (held, split) in enumerate(chosen)
    )


def _format_in(settings: ExportSettings) -> ImageFormat | None:
    """The pictures' file format; None: each as its crop is."""
    return "png" if settings.format == "stylegan" else settings.image_format


def _value(held: HeldFace, split: str, field: str) -> object:
    if field == "artist":
        return artist_of(held.face.photo.url)
    return split if field == "split" else held.face.extra.get(field)


def _facts(held: HeldFace, split: str) -> dict[str, object]:
    """What is said of a face beside its picture; landmarks are in pixels of the original."""
    url, points = held.face.photo.url, held.face.landmarks.points()
    return {
        "name": held.name,
        "split": split,
        "url": url,
        "artist_candidate": artist_of(url),
        "source_sha256": held.photo.sha256,
        "landmarks": {name: list(point) for name, point in zip(POINT_NAMES, points, strict=True)},
    }


def _check_sizes(sizes: Sequence[int], native: int, format_name: FormatName) -> None:
    for size in sizes:
        if format_name == "stylegan":
            check_size(size)
        if size > native:
            raise InputError(
                f"the crops have {native} pixels a side, and --size {size} would only blow them"
                f" up; cut larger ones with `portraitset align --size {size}`"
            )


def _nobody(_: int, __: int) -> None:
    """Nobody is watching."""


def without(holdings: Holdings, output: Output, faces: frozenset[str]) -> None:
    """Take faces out of an export: pictures, lines, labels, credits and counts.

    What does not hold them is not written again. A kill in between leaves an export that still
    lists them, and the same call completes it.

    Raises:
        WorkspaceError: the disk refuses.
    """
    with Lineage.open(holdings.folders.state) as lineage:
        if not output.path.exists():
            lineage.forget(output.path)
            return
        members = lineage.members(output.path)
        gone = faces & {member.face for member in members}
        if not gone:
            return
        stay = _Standing(output, members).without(gone, holdings)
        lineage.finish(output.path, stay)


class _Standing:
    """An export that is there, and where faces lie in it."""

    def __init__(self, output: Output, members: Sequence[Member]) -> None:
        self._archive = output.path.name if output.path.is_file() else None
        self._root = output.path.parent if self._archive else output.path
        name = next(known for known in FORMATS if known == output.format)
        sizes = output.settings["sizes"]
        if not isinstance(sizes, list):
            raise TypeError(f"the lineage knows no sizes of {output.path}")
        self._format = FORMATS[name]
        self._targets = targets_of(self._root, name, sizes, self._archive, 0)
        self._members = members
        self._rendition = Rendition(
            tuple(sizes), cast(ImageFormat | None, output.settings.get("image_format"))
        )

    def without(self, gone: frozenset[str], holdings: Holdings) -> list[Member]:
        """Take faces out of an export; the members that stay."""
        left = {member.face for member in self._members} - gone
        held = [held for held in holdings.known() if held.name in left]
        fresh = licence_set(holdings, held, self._rendition)
        if self._archive is None:
            remove_leftovers(self._root)
            old = read_documents(self._root, _DOCUMENTS)
            write_documents(self._root, documents_without(old, fresh, gone, len(left)))
        stay: list[Member] = []
        for target in self._targets:
            before = prefix_of(target.folder, self._root)
            old = self._format.documents(target, _DOCUMENTS)
            documents = documents_without(old, fresh, gone, len(left))
            its = list(self._of(target, before))
            stay += (
                Member(kept.face, before + self._told(kept.place), kept.offset)
                for kept in self._format.without(target, its, gone, documents)
            )
        return stay

    def _of(self, target: Target, before: str) -> Iterator[Kept]:
        """The members in one target, told from its folder."""
        for member in self._members:
            place = f"{self._archive}/{member.place}" if self._archive else member.place
            inner = place.removeprefix(before)
            if place.startswith(before) and inner.startswith(f"{target.archive}/".lstrip("/")):
                yield Kept(member.face, inner, member.offset)

    def _told(self, place: str) -> str:
        return place.removeprefix(f"{self._archive}/") if self._archive else place
