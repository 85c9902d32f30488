"""Pictures in, a manifest out."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path

from portraitset.backends.event_loop import beside_loops
from portraitset.detect import looking
from portraitset.detect.attempt import Look
from portraitset.detect.choice import DetectorChoice
from portraitset.detect.detectors import DEFAULT, choose
from portraitset.detect.journal import SUFFIX
from portraitset.detect.looking import look_at_all
from portraitset.detect.naming import faces_of
from portraitset.detect.pictures import PictureFile
from portraitset.detect.settings import DetectSettings
from portraitset.detect.sources import open_sources
from portraitset.detect.weights import Announce
from portraitset.errors import (
    Changed,
    DetectorFailed,
    ItemError,
    NotAnImage,
    OptedOut,
    Removed,
    State,
)
from portraitset.handoffs import Face, Photo
from portraitset.manifest import Manifest, manifest_bytes
from portraitset.manifest.aahq import SCHEMA
from portraitset.manifest.native import Row, write_jsonl, write_parquet
from portraitset.pipeline.recipe import Recipe
from portraitset.pipeline.run import Space, fetch_pictures
from portraitset.pipeline.runner import Observer
from portraitset.pipeline.standing import Standing
from portraitset.workspace.layout import Folders, folders_of, write_whole


@dataclass(frozen=True, slots=True)
class Failure:
    """A picture of which nothing can be said: its path, the reason's word, and a sentence."""

    path: str
    reason: str
    detail: str


@dataclass(frozen=True, slots=True)
class Detected:
    """What looking for faces came to.

    Attributes:
        manifest: the file; None if nothing was found to write.
        pictures: that were looked at, each content once.
        faces: in the manifest.
        without: paths of pictures in which no face was found.
        copies: paths whose content another path had before, and that path.
        failures: pictures that could not be looked at.
        others: files in folders that are no pictures.
    """

    manifest: Path | None
    pictures: int
    faces: int
    without: tuple[str, ...]
    copies: Mapping[str, str]
    failures: tuple[Failure, ...]
    others: int

    @property
    def succeeded(self) -> bool:
        """Whether there is a manifest, and each picture was looked at that its owner lets have."""
        refused = (OptedOut.reason, Removed.reason)
        return self.manifest is not None and all(each.reason in refused for each in self.failures)

    @property
    def has_failing_detector(self) -> bool:
        """Whether the detector failed on each picture that it was given."""
        failed = (each.reason == DetectorFailed.reason for each in self.failures)
        return not self.pictures and any(failed)


@dataclass(frozen=True, slots=True)
class Fetching:
    """How originals are fetched: into the workspace of `folders`, by `recipe`.

    `watch` makes the run's observer, as a context manager around the fetching.
    """

    folders: Folders = field(default_factory=lambda: folders_of(Path()))
    recipe: Recipe = field(default_factory=Recipe)
    space: Space = "check"
    watch: Callable[[], AbstractContextManager[Observer | None]] = nullcontext

    def fetch(self, photos: Sequence[Photo]) -> tuple[list[PictureFile], list[Failure]]:
        """Fetch these: the files that came, and what became of the others."""
        files: list[PictureFile] = []
        failures: list[Failure] = []
        for photo, (standing, path) in self._fetch(photos).items() if photos else ():
            if standing.state is State.FETCHED:
                files.append(PictureFile(path, photo.url, is_named=True, photo=photo))
            else:
                reason = standing.reason or str(standing.state)
                failures.append(Failure(photo.url, reason, standing.detail or ""))
        return files, failures

    def _fetch(self, photos: Sequence[Photo]) -> Mapping[Photo, tuple[Standing, Path]]:
        with self.watch() as observer:
            return beside_loops(
                lambda: fetch_pictures(
                    photos, self.folders, self.recipe, space=self.space, observer=observer
                )
            )


def detect(
    sources: Sequence[str],
    output: Path,
    settings: DetectSettings | None = None,
    *,
    originals: Path | None = None,
    column: str | None = None,
    fetching: Fetching | None = None,
    detector: str = DEFAULT,
    model: Path | None = None,
    workers: int = 1,
    observer: looking.Observer | None = None,
    announce: Announce | None = None,
) -> Detected:
    """Look for faces in pictures and write a manifest of them.

    What was looked at before is not looked at again: the journal beside `output` remembers it.

    Args:
        sources: files, folders, patterns; addresses, lists of them, manifests; `-` for a list on
            standard input.
        output: the manifest: AAHQ's schema if it ends with `.json`, Parquet if with `.parquet`,
            and else JSON lines.
        originals: the folder that its paths start from; its own folder if None.
        column: the column of a list that holds the addresses; `url` if None.
        fetching: where to and how originals are fetched that have addresses.
        detector: a name, or the path of a TOML file; see `detectors`.
        model: the detector's weights; its own if None, which are fetched once.
        workers: processes that look.
        observer: told how far looking has come.
        announce: told of a model's terms before it is fetched.

    Raises:
        InputError: a source is not there, or the detector cannot be had or started.
        WorkspaceError: the manifest or the workspace cannot be written.
    """
    settings, fetching = settings or DetectSettings(), fetching or Fetching()
    proxy = fetching.recipe.download.proxy
    wanted = open_sources(sources, originals or output.parent, column, proxy)
    chosen = choose(detector, model, proxy, announce)
    fetched, failures = fetching.fetch(wanted.photos)
    failures += (Failure(url, error.reason, str(error)) for url, error in wanted.refused)
    files = (*wanted.files, *fetched)
    journal = output.with_name(output.name + SUFFIX)
    looks = look_at_all(files, journal, chosen, settings, workers, observer)
    return _written(output, files, looks, chosen, failures)


def _written(
    output: Path,
    files: Sequence[PictureFile],
    looks: Mapping[str, Look],
    chosen: DetectorChoice,
    failures: Sequence[Failure],
) -> Detected:
    """Write the manifest of all that was found."""
    faces: list[Face] = []
    failed = list(failures)
    without: list[str] = []
    copies: dict[str, str] = {}
    first: dict[str, str] = {}
    others = 0
    for each in files:
        look = looks[each.path]
        if look.reason == NotAnImage.reason and not each.is_named:
            others += 1
        elif look.reason is not None:
            failed.append(Failure(each.path, look.reason, look.detail or ""))
        elif each.sha256 not in (None, look.sha256):
            failed.append(Failure(each.path, Changed.reason, "its manifest is of another file"))
        elif (known := first.setdefault(look.sha256, each.path)) != each.path:
            copies[each.path] = known
        elif not look.faces:
            without.append(each.path)
        else:
            try:
                faces.extend(faces_of(each, look, chosen))
            except ItemError as error:
                failed.append(Failure(each.path, error.reason, str(error)))
    if faces:
        write_whole(output, _manifest(output.suffix.lower(), faces))
    return Detected(
        output if faces else None,
        len(first),
        len(faces),
        tuple(without),
        copies,
        tuple(failed),
        others,
    )


def _manifest(ending: str, faces: Sequence[Face]) -> bytes:
    if ending == ".json":
        return manifest_bytes(Manifest(SCHEMA, tuple(faces)))
    write = write_parquet if ending == ".parquet" else write_jsonl
    return write(SCHEMA, [Row(face) for face in faces])
