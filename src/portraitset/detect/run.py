"""Pictures in, a manifest out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from portraitset.detect.attempt import Look
from portraitset.detect.choice import DetectorChoice
from portraitset.detect.detectors import DEFAULT, choose
from portraitset.detect.journal import SUFFIX
from portraitset.detect.looking import Observer, look_at_all
from portraitset.detect.naming import faces_of
from portraitset.detect.pictures import PictureFile, picture_files
from portraitset.detect.settings import DetectSettings
from portraitset.detect.weights import Announce
from portraitset.errors import DetectorFailed, ItemError, NotAnImage
from portraitset.handoffs import Face
from portraitset.manifest.native import Row, write_jsonl
from portraitset.workspace.layout import write_whole


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
    def has_failing_detector(self) -> bool:
        """Whether the detector failed on each picture that it was given."""
        failed = (each.reason == DetectorFailed.reason for each in self.failures)
        return not self.pictures and any(failed)


def detect(
    sources: Sequence[str],
    output: Path,
    settings: DetectSettings | None = None,
    *,
    originals: Path | None = None,
    detector: str = DEFAULT,
    model: Path | None = None,
    workers: int = 1,
    proxy: str | None = None,
    observer: Observer | None = None,
    announce: Announce | None = None,
) -> Detected:
    """Look for faces in files and write a manifest of them.

    What was looked at before is not looked at again: the journal beside `output` remembers it.

    Args:
        sources: files, folders and patterns.
        output: the manifest, JSON lines.
        originals: the folder that its paths start from; its own folder if None.
        detector: a name, or the path of a TOML file; see `detectors`.
        model: the detector's weights; its own if None, which are fetched once.
        observer: told of the progress.
        announce: told of a model's terms before it is fetched.

    Raises:
        InputError: a source is not there, or the detector cannot be had or started.
        WorkspaceError: the manifest cannot be written.
    """
    settings = settings or DetectSettings()
    files = picture_files(sources, originals or output.parent)
    chosen = choose(detector, model, proxy, announce)
    journal = output.with_name(output.name + SUFFIX)
    looks = look_at_all(files, journal, chosen, settings, workers, observer)
    return _written(output, files, looks, chosen)


def _written(
    output: Path, files: Sequence[PictureFile], looks: Mapping[str, Look], chosen: DetectorChoice
) -> Detected:
    """The manifest of all that was found."""
    faces: list[Face] = []
    failures: list[Failure] = []
    without: list[str] = []
    copies: dict[str, str] = {}
    first: dict[str, str] = {}
    others = 0
    for each in files:
        look = looks[each.path]
        if look.reason == NotAnImage.reason and not each.is_named:
            others += 1
        elif look.reason is not None:
            failures.append(Failure(each.path, look.reason, look.detail or ""))
        elif (known := first.setdefault(look.sha256, each.path)) != each.path:
            copies[each.path] = known
        elif not look.faces:
            without.append(each.path)
        else:
            try:
                faces.extend(faces_of(each.path, look, chosen))
            except ItemError as error:
                failures.append(Failure(each.path, error.reason, str(error)))
    if faces:
        write_whole(output, write_jsonl("aahq", [Row(face) for face in faces]))
    return Detected(
        output if faces else None,
        len(first),
        len(faces),
        tuple(without),
        copies,
        tuple(failures),
        others,
    )
