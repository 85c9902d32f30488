"""A workspace's points checked: its originals looked at, compared, and what is found written down.

A picture in which not all points lie on a find that is certain is looked at once more, in more
sizes and in all four turns. Both looks are remembered in the state folder, so that the next check
asks for new pictures only.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from portraitset.detect.attempt import Look
from portraitset.detect.choice import DetectorChoice
from portraitset.detect.comparison import Comparison, Picture, Verdict
from portraitset.detect.detectors import DEFAULT, choose
from portraitset.detect.findings import Finding, write_findings
from portraitset.detect.looking import Observer, look_at_all, way_of
from portraitset.detect.pictures import PictureFile
from portraitset.detect.settings import DetectSettings
from portraitset.detect.swapping import swaps
from portraitset.detect.weights import Announce
from portraitset.detect.yunet import LEAST_SCORE
from portraitset.handoffs import Face, Photo
from portraitset.manifest import Manifest
from portraitset.manifest.addresses import size_of
from portraitset.pipeline.edited_faces import edited
from portraitset.pipeline.held_originals import Original, originals_of
from portraitset.pipeline.last_run import last_manifest
from portraitset.workspace.edits import read_edits
from portraitset.workspace.layout import Folders
from portraitset.workspace.ledger import Ledger
from portraitset.workspace.run_lock import only_run

QUICK = DetectSettings(threshold=LEAST_SCORE, min_size=0)
CLOSE = replace(QUICK, thorough=True, turned=True)
"""How all pictures are looked at, and those that this does not settle; a faint find is wanted as
well, as it may bear points out."""

JOURNALS = ("looks.jsonl", "close-looks.jsonl")

_WIDEST_LARGE = 1920
"""Pixels that ArtStation's "large" is wide at the most."""

_WIDEST = 1_000_000


@dataclass(frozen=True, slots=True)
class Unread:
    """An original that could not be looked at: its file name in the manifest, and why."""

    photo: str
    reason: str
    detail: str


@dataclass(frozen=True, slots=True)
class Checked:
    """What a check came to.

    Attributes:
        findings: one for each face whose original was looked at, in the manifest's order.
        unread: originals that could not be looked at.
        not_held: faces without an original here.
    """

    findings: tuple[Finding, ...]
    unread: tuple[Unread, ...]
    not_held: int

    @property
    def disagreeing(self) -> tuple[Finding, ...]:
        """Those that somebody should look at."""
        return tuple(each for each in self.findings if each.disagrees)


def check_landmarks(
    folders: Folders,
    *,
    detector: str = DEFAULT,
    model: Path | None = None,
    workers: int = 1,
    proxy: str | None = None,
    observer: Observer | None = None,
    announce: Announce | None = None,
) -> Checked:
    """Compare the points of a workspace's faces with what a detector finds on its originals.

    The points are the manifest's, as people's decisions changed them. Nothing but the findings is
    written; see `findings`.

    Args:
        detector: a name, or the path of a TOML file; see `detectors`.
        model: the detector's weights; its own if None, which are fetched once.
        observer: told of the progress, of the second look as well.
        announce: told of a model's terms before it is fetched.

    Raises:
        InputError: the folder is no workspace, or the detector cannot be had or started.
        WorkspaceError: another run is at work, or the disk refuses.
    """
    with Ledger.open_to_look(folders.state):  # else the lock would blame the disk
        pass
    chosen = choose(detector, model, proxy, announce)
    with only_run(folders.state):
        manifest = edited(last_manifest(folders), read_edits(folders.state))
        held = originals_of(folders, manifest)
        photos = {
            photo.raw_name: (photo, tuple(faces))
            for photo, faces in manifest.by_photo().items()
            if photo.raw_name in held
        }
        check = _Check(photos, held)
        check.look(QUICK, folders.state / JOURNALS[0], chosen, workers, observer)
        check.look(CLOSE, folders.state / JOURNALS[1], chosen, workers, observer)
        findings = tuple(check.findings(way_of(chosen, QUICK)))
        write_findings(folders.state, findings)
    return Checked(findings, tuple(check.unread()), _count(manifest, photos))


class _Check:
    def __init__(
        self,
        photos: Mapping[str, tuple[Photo, tuple[Face, ...]]],
        held: Mapping[str, Original],
    ) -> None:
        self._photos = photos
        self._held = held
        self._looks: dict[str, Look] = {}
        self._compared: dict[str, Comparison] = {}

    def look(
        self,
        settings: DetectSettings,
        journal: Path,
        detector: DetectorChoice,
        workers: int,
        observer: Observer | None,
    ) -> None:
        """Look at what is not settled yet, and compare; what was found before counts as well."""
        due = [name for name in self._photos if not self._is_settled(name)]
        files = [PictureFile(self._held[name].path, name, is_named=True) for name in due]
        if not files:
            return
        looks = look_at_all(files, journal, detector, settings, workers, observer)
        for name in due:
            look = looks[name]
            if (before := self._looks.get(name)) is not None:
                if look.sha256 != before.sha256 or look.reason is not None:
                    continue  # it came to nothing, or the file is another by now
                look = replace(look, faces=before.faces + look.faces)
            self._looks[name] = look
            if look.reason is None:
                self._compared[name] = Comparison(self._picture(name, look))

    def findings(self, way: str) -> Iterator[Finding]:
        """What is to be said of each face."""
        swapped = swaps(tuple(self._compared.values()))
        for name, comparison in self._compared.items():
            _, faces = self._photos[name]
            for face, verdict in zip(faces, comparison.verdicts(swapped.get(name)), strict=True):
                yield _finding(face, verdict, self._looks[name].sha256, way)

    def unread(self) -> Iterator[Unread]:
        """The pictures of which nothing can be said."""
        for name, look in self._looks.items():
            if look.reason is not None:
                yield Unread(name, look.reason, look.detail or "")

    def _is_settled(self, name: str) -> bool:
        if name in self._compared:
            return self._compared[name].is_settled
        return name in self._looks  # it could not be looked at

    def _picture(self, name: str, look: Look) -> Picture:
        photo, faces = self._photos[name]
        scale = self._held[name].scale
        points = tuple(face.landmarks.shrunk(1 / scale) for face in faces)
        width = _stated_width(photo, faces, look.width / scale)
        return Picture(
            name,
            points,
            look.faces,
            (look.width, look.height),
            look.orientation,
            None if width is None else width * scale,
        )


def _stated_width(photo: Photo, faces: Sequence[Face], width: float) -> float | None:
    """How wide the picture is that the points are for, by the manifest or the address."""
    stated = faces[0].extra.get("width")
    if isinstance(stated, int) and not isinstance(stated, bool) and 0 < stated <= _WIDEST:
        return float(stated)
    if size_of(photo.url) == "large" and width > _WIDEST_LARGE:
        return float(_WIDEST_LARGE)
    return None


def _finding(face: Face, verdict: Verdict, sha256: str, way: str) -> Finding:
    distance = None if verdict.distance is None else round(verdict.distance, 3)
    return Finding(
        face.name,
        face.photo.raw_name,
        sha256,
        face.landmarks,
        way,
        verdict.judgement,
        verdict.cause,
        verdict.words,
        distance,
        verdict.other,
    )


def _count(manifest: Manifest, held: Iterable[str]) -> int:
    there = set(held)
    return sum(face.photo.raw_name not in there for face in manifest)
