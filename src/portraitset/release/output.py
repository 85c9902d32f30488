"""The publishable release: what a dataset is, without its pictures; and taking faces out of it.

Equal holdings make equal bytes: no clock and no path goes into a file.
"""

import hashlib
import shutil
from collections.abc import Callable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import suppress
from dataclasses import dataclass, fields
from pathlib import Path

from portraitset.attribution.licence import licence_set
from portraitset.curate.holdings import HeldFace, Holdings, holdings_of, is_kept_back
from portraitset.errors import InputError
from portraitset.manifest.dataset import Note
from portraitset.manifest.terms import DESCRIPTION, Terms, description_text
from portraitset.release.card import card_text
from portraitset.release.contents import Selected, contents_of, lock_of
from portraitset.release.croissant import TABLE, PublishedFile, document, document_bytes
from portraitset.release.facts import facts_of, measure
from portraitset.release.owner_page import ListedPhoto, owner_page
from portraitset.release.profile import complaints
from portraitset.release.publishing import as_published, check_base
from portraitset.workspace.layout import Folders, leftover_of, translated, write_whole
from portraitset.workspace.ledger import Ledger
from portraitset.workspace.lineage import Lineage, Member, Output
from portraitset.workspace.removal_log import removals_of
from portraitset.workspace.run_lock import only_run
from portraitset.workspace.tombstones import LOG

KIND = "release"
SUMS = "SHA256SUMS"
"""Lists every other file of a release; what it does not list is not ours to replace."""

PICTURES = "pictures"
"""The folder of crops, in a release that was made with them."""

OWNER_PAGE = "owners.html"
_PICTURES_NOTE = "a release with pictures was made with --with-pictures"
_PICTURES_TEXT = (
    "\n## Pictures\n\nThe crops are part of this release, at the explicit wish of whoever made it"
    " (`--with-pictures`).\n"
)


@dataclass(frozen=True, slots=True)
class Released:
    """What `release` wrote.

    Attributes:
        path: the folder.
        faces, photos: how many it names.
        at_hand: photos among them that only their maker has.
        files: the names of its files, sorted; crops are counted apart.
        pictures: crops that it holds.
        defaults: the fields of the description that nobody stated.
        complaints: what our profile misses; the release is valid Croissant all the same.
        fingerprint: of its lock.
    """

    path: Path
    faces: int
    photos: int
    files: tuple[str, ...]
    at_hand: int
    pictures: int
    defaults: tuple[str, ...]
    complaints: tuple[str, ...]
    fingerprint: str


def release(
    folders: Folders, out: Path, pictures: bool = False, base_url: str | None = None
) -> Released:
    """Write the release of a workspace's selected faces.

    Args:
        out: a folder that is not there yet, is empty, or is an earlier release.
        pictures: hand on the crops as well; noted in the ledger and in the release.
        base_url: below which originals at hand will be published, by their paths; None if they
            will not.

    Raises:
        InputError: the folder is no workspace, holds no aligned face, or `out` holds something
            that the tool did not write.
        WorkspaceError: it cannot be written, or another run is at work.
    """
    _check_apart(out, folders)
    _check_replaceable(out)
    if base_url is not None:
        check_base(base_url)
    Ledger.open_to_look(folders.state).close()  # what is no workspace gets no lock file either
    with only_run(folders.state):
        holdings = holdings_of(folders)
        chosen = _chosen(holdings, holdings.faces)
        if not chosen:
            raise InputError(
                f"{folders.state.parent} holds no face to release: nothing is aligned, or the"
                " selection kept nothing. `portraitset status` says where each face stands."
            )
        if pictures:
            with Ledger.open_existing(folders.state) as ledger:
                ledger.write_note(Note(str(out), _PICTURES_NOTE))
        crops = {f"{PICTURES}/{held.crop.name}": held.crop for held, _ in chosen if pictures}
        made = _Release(holdings, chosen, crops, base_url)
        with Lineage.open(folders.state) as lineage:
            part, before = (
                out.with_name(f".{out.name}.portraitset-{what}").absolute()
                for what in ("part", "old")
            )
            for passing in (part, before):  # a kill may leave either
                lineage.begin(Output(passing, KIND))
            _write(part, made.files, made.crops)
            settings = {"pictures": pictures} | ({"base_url": base_url} if base_url else {})
            lineage.begin(Output(out.absolute(), KIND, settings=settings))
            _put_in_place(part, out, before)
            lineage.finish(out.absolute(), made.members())
            for passing in (part, before):
                lineage.forget(passing)
    return made.report(out)


def without(holdings: Holdings, output: Output, faces: frozenset[str]) -> None:
    """Write a release again from what is known, without these faces and with no others.

    A face whose crop was deleted or touched since stays as the ledger knows it, with the picture
    that the release has. A release that none of its faces would be left of is deleted. Files beside
    it that are not the tool's stay. After a kill in between, the same call completes it.
    """
    with Lineage.open(holdings.folders.state) as lineage:
        named = {member.face for member in lineage.members(output.path)} - faces
        known = (held for held in holdings.known() if held.name in named)
        chosen = _chosen(holdings, known)
        if not output.path.is_dir():
            lineage.forget(output.path)
            return
        before = _listed(output.path)
        if not chosen:
            _delete(output.path, before)
            lineage.forget(output.path)
            return
        crops = _crops_again(holdings, chosen, output) if output.settings.get("pictures") else {}
        base_url = output.settings.get("base_url")
        made = _Release(holdings, chosen, crops, base_url if isinstance(base_url, str) else None)
        _delete(output.path, before - made.files.keys() - made.crops.keys())
        for name, crop in made.crops.items():
            with translated(crop):
                write_whole(output.path / name, crop.read_bytes())
        for name, data in made.files.items():
            write_whole(output.path / name, data)
        lineage.finish(output.path, made.members())


def _crops_again(holdings: Holdings, chosen: Selected, output: Output) -> Mapping[str, Path]:
    """Where the pictures of a release that is written again are: in it, if they lapsed."""
    held_now = {held.name for held in holdings.faces}
    crops = {}
    for held, _ in chosen:
        name = f"{PICTURES}/{held.crop.name}"
        crops[name] = held.crop if held.name in held_now else output.path / name
    return {name: crop for name, crop in crops.items() if crop.is_file()}


class _Release:
    """All that a release holds, before any of it is written.

    Attributes:
        files: each file's bytes, by name.
        crops: where each picture's bytes are now, by name; empty without pictures.
    """

    def __init__(
        self,
        holdings: Holdings,
        chosen: Selected,
        crops: Mapping[str, Path],
        base_url: str | None,
    ) -> None:
        if base_url is not None:
            holdings, chosen = as_published(holdings, chosen, base_url)
        self._holdings, self.crops, pictures = holdings, crops, bool(crops)
        self._held = tuple(held for held, _ in chosen)
        self._lock = lock_of(holdings, self._held)
        files = _described(contents_of(holdings, chosen, self._lock))
        splits = [split for _, split in chosen]
        found = measure(holdings, self._held, splits)
        facts = facts_of(holdings, found)
        papers = _papers(holdings, self._held, pictures)
        published = (*files, *_described(papers))
        croissant = document(facts, published, tuple(found.splits))
        self._complaints = complaints(croissant, facts)
        self._at_hand = found.at_hand
        card = card_text(holdings.terms, found, facts, published, pictures)
        self.files = {file.name: file.data for file in published}
        self.files |= {"croissant.json": document_bytes(croissant), "README.md": card.encode()}
        self.files[SUMS] = self._sums()

    def members(self) -> list[Member]:
        """Every face is in the release as a whole; its crop is a file."""
        whole = [Member(held.name, ".") for held in self._held]
        places = ((held.name, f"{PICTURES}/{held.crop.name}") for held in self._held)
        return whole + [Member(name, place) for name, place in places if place in self.crops]

    def report(self, path: Path) -> Released:
        """What `release` says of a finished output."""
        stated = self._holdings.stated
        return Released(
            path,
            len(self._held),
            len({held.face.photo for held in self._held}),
            tuple(sorted(self.files)),
            self._at_hand,
            len(self.crops),
            tuple(item.name for item in fields(Terms) if item.name not in stated),
            self._complaints,
            self._lock.fingerprint,
        )

    def _sums(self) -> bytes:
        """As `sha256sum -c` reads it."""
        sums = {name: hashlib.sha256(data).hexdigest() for name, data in self.files.items()}
        for name, crop in self.crops.items():
            with translated(crop):
                sums[name] = hashlib.sha256(crop.read_bytes()).hexdigest()
        return "".join(f"{digest}  {name}\n" for name, digest in sorted(sums.items())).encode()


_Part = Callable[[Holdings, Sequence[HeldFace]], Mapping[str, bytes]]
"""Makes further files of a release: their names and bytes."""


def _owner_page(holdings: Holdings, faces: Sequence[HeldFace]) -> Mapping[str, bytes]:
    by_photo: dict[str, list[HeldFace]] = {}
    for held in faces:
        by_photo.setdefault(held.face.photo.raw_name, []).append(held)
    photos = [
        ListedPhoto(
            group[0].face.photo.url,
            tuple(held.name for held in group),
            group[0].photo.sha256,
            group[0].photo.look,
        )
        for group in by_photo.values()
    ]
    removals = removals_of(holdings.folders.state.parent)
    return {OWNER_PAGE: owner_page(holdings.terms, holdings.version, photos, removals)}


def _removals_log(holdings: Holdings, _: Sequence[HeldFace]) -> Mapping[str, bytes]:
    """The log of removals, for others to follow; it names nobody and no picture."""
    path = holdings.folders.state.parent / LOG
    with translated(path):
        return {LOG: path.read_bytes()} if path.is_file() else {}


def _description(holdings: Holdings, _: Sequence[HeldFace]) -> Mapping[str, bytes]:
    """So that whoever builds from the release sees the same terms."""
    return {DESCRIPTION: description_text(holdings.terms).encode()}


_PARTS: tuple[_Part, ...] = (licence_set, _description, _owner_page, _removals_log)


def _papers(holdings: Holdings, faces: Sequence[HeldFace], pictures: bool) -> Mapping[str, bytes]:
    papers = {name: data for part in _PARTS for name, data in part(holdings, faces).items()}
    if pictures:
        papers["CHANGES.md"] += _PICTURES_TEXT.encode()
    return papers


def _chosen(holdings: Holdings, faces: Iterable[HeldFace]) -> Selected:
    """Those of these faces to publish; the log of removals has the last word."""
    log = removals_of(holdings.folders.state.parent)
    return tuple(pair for pair in holdings.split(faces) if not is_kept_back(pair[0], log))


_DESCRIBED: Mapping[str, tuple[str, str]] = {
    "manifest.jsonl": ("application/jsonlines", "The faces, an object a line; for build"),
    TABLE: ("application/x-parquet", "The same as a table; for build, too"),
    "AAHQ-dataset.json": ("application/json", "The faces in AAHQ's own schema"),
    "landmarks.csv": ("text/csv", "The four points of each face, in pixels of its original"),
    "digests.csv": ("text/csv", "Digests of each original and each crop"),
    "dataset.lock": ("application/jsonlines", "What every picture must be, for build and verify"),
    "recipe.toml": ("application/toml", "How the crops are cut, for build"),
    "LICENSE": ("text/plain", "What is under which licence"),
    "NOTICE": ("text/plain", "Terms, caution, whom to ask for a removal, what to cite"),
    "CITATION.cff": ("application/yaml", "What to cite, for programs"),
    "credits.csv": (
        "text/csv",
        "Address, author or candidate for one, and licence of each face",
    ),
    "CHANGES.md": ("text/markdown", "What differs from the manifest and from upstream"),
    DESCRIPTION: ("application/toml", "The dataset's description, all of it"),
    OWNER_PAGE: ("text/html", "For owners of pictures: is mine in it, and how to have it out"),
    LOG: ("application/jsonlines", "What was removed, as salted digests, for others to follow"),
}


def _described(contents: Mapping[str, bytes]) -> tuple[PublishedFile, ...]:
    return tuple(PublishedFile(name, *_DESCRIBED[name], data) for name, data in contents.items())


def _check_apart(out: Path, folders: Folders) -> None:
    """Refuse to write among originals, crops or the ledger.

    Raises:
        InputError: `out` lies there.
    """
    for folder in (folders.raw, folders.aligned, folders.state):
        if out.resolve().is_relative_to(folder.resolve()):
            raise InputError(f"{out} lies in the workspace's own {folder}; choose another folder")


def _check_replaceable(out: Path) -> None:
    """Refuse to replace what the tool did not write.

    Raises:
        InputError: `out` is a file, or holds one that no release lists.
    """
    if not out.exists() and not out.is_symlink():
        return
    if out.is_symlink() or not out.is_dir():
        raise InputError(f"{out} is there already and is no folder; it is left alone")
    with translated(out):
        found = {path.relative_to(out).as_posix() for path in out.rglob("*") if not path.is_dir()}
    listed = _listed(out)
    strange = sorted(name for name in found if {name, leftover_of(name)}.isdisjoint(listed))
    if strange:
        raise InputError(
            f"{out} holds {strange[0]!r:.100}, which no release of the tool's lists in {SUMS};"
            " it is left alone. Choose another folder."
        )


def _listed(out: Path) -> set[str]:
    """The files that a release says it holds."""
    path = out / SUMS
    if not path.is_file():
        return set()
    with translated(path):
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    return {SUMS} | {line.partition("  ")[2] for line in lines}


def _write(folder: Path, files: Mapping[str, bytes], crops: Mapping[str, Path]) -> None:
    """Write a release's files; what an earlier try left goes, and so does one that fails."""
    with translated(folder):
        shutil.rmtree(folder, ignore_errors=True)
        try:
            folder.mkdir(parents=True)
            _fill(folder, files, crops)
        except OSError:
            shutil.rmtree(folder, ignore_errors=True)
            raise


def _fill(folder: Path, files: Mapping[str, bytes], crops: Mapping[str, Path]) -> None:
    for name, data in files.items():
        (folder / name).write_bytes(data)
    for name, crop in crops.items():
        (folder / name).parent.mkdir(exist_ok=True)
        shutil.copyfile(crop, folder / name)


def _put_in_place(part: Path, out: Path, before: Path) -> None:
    """Rename a finished release to where it belongs; what was there goes, by way of `before`."""
    with translated(out):
        shutil.rmtree(before, ignore_errors=True)
        if out.exists():
            out.replace(before)
        part.replace(out)
        shutil.rmtree(before, ignore_errors=True)


def _delete(folder: Path, names: AbstractSet[str]) -> None:
    """Delete these files of a release, and the folder if nothing is left in it."""
    with translated(folder):
        for name in names:
            path = folder / name
            if path.resolve().is_relative_to(folder.resolve()):
                path.unlink(missing_ok=True)
        for place in (folder / PICTURES, folder):
            with suppress(OSError):  # not empty, or not there
                place.rmdir()
