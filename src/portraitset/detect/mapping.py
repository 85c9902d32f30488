"""How anybody's ONNX model is fed, and what its outputs mean: read from a small TOML file.

docs/detecting.md shows one.
"""

import re
from dataclasses import dataclass
from pathlib import Path, PurePath

from portraitset.detect.toml_table import TomlTable
from portraitset.landmarks import POINT_NAMES

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_DIGEST = re.compile(r"[0-9a-f]{64}")
_LONGEST_SIDE = 4096
_MOST_COLUMNS = 10_000
_FARTHEST = 1e6


@dataclass(frozen=True, slots=True)
class NetworkInput:
    """What a model takes.

    Attributes:
        size: width and height in pixels; None for any.
        longest: of any size: the longer side is at most so long.
        multiple: of any size: both sides are multiples of it.
        is_stretched: whether a picture is stretched to the size, and not filled up.
        fill: the value of what fills it up, 0 to 255.
        has_channels_first: (3, height, width), and not (height, width, 3).
        is_bgr: whether blue comes first.
        mean, spread: of each channel, in the picture's own units, 0 to 255: the model takes
            (value - mean) / spread.
    """

    size: tuple[int, int] | None
    longest: int
    multiple: int
    is_stretched: bool
    fill: int
    has_channels_first: bool
    is_bgr: bool
    mean: tuple[float, ...]
    spread: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Columns:
    """Where in which output something is: a face has a row of numbers, and it begins at `first`.

    Attributes:
        is_turned: whether the output has a column for each face, and not a row.
        kind: how it is told: of boxes their form, of scores their scale.
        is_share: whether lengths are shares of the model's input, and not its pixels.
    """

    output: str
    first: int
    is_turned: bool
    kind: str = ""
    is_share: bool = False


@dataclass(frozen=True, slots=True)
class Network:
    """A model, as it is to be run.

    Attributes:
        step: how many numbers from a point to the next.
        named: for left eye, right eye, left and right corner of the mouth, as seen: of which points
            it is the mean.
        least_score: finds below it are dropped.
        overlap: of two finds that overlap by more, the fainter is dropped.
    """

    input: NetworkInput
    boxes: Columns
    scores: Columns
    points: Columns
    step: int
    named: tuple[tuple[int, ...], ...]
    least_score: float
    overlap: float


@dataclass(frozen=True, slots=True)
class Mapping:
    """A whole file.

    Attributes:
        model: the ONNX file, relative to this one's folder.
        sha256: the only digest that it may have; None for any.
        sides, thorough: longer sides of the views; see `DetectorChoice`.
    """

    name: str
    version: str | None
    model: str
    sha256: str | None
    sides: tuple[int, ...]
    thorough: tuple[int, ...]
    network: Network


def read_mapping(file: Path) -> Mapping:
    """Read a file that maps a model's outputs.

    Raises:
        InputError: it cannot be read, or something in it is missing, unknown or makes no sense.
    """
    table = TomlTable.read(file)
    name = table.text("name")
    if not _NAME.fullmatch(name):
        raise table.fault("name", "letters, digits, '.', '_' and '-', 64 at most", name)
    model = table.text("model")
    if PurePath(model).is_absolute() or ".." in PurePath(model).parts:
        raise table.fault("model", "a file beside this one or below (--model names others)", model)
    sha256 = table.text("sha256") if table.is_given("sha256") else None
    if sha256 is not None and not _DIGEST.fullmatch(sha256):
        raise table.fault("sha256", "64 hexadecimal digits in small letters", sha256)
    mapping = Mapping(
        name,
        table.text("version") if table.is_given("version") else None,
        model,
        sha256,
        table.wholes("views", 32, _LONGEST_SIDE, ()),
        table.wholes("thorough_views", 32, _LONGEST_SIDE, ()),
        _network(table),
    )
    table.end()
    return mapping


def _network(table: TomlTable) -> Network:
    boxes, scores, points = (table.table(key) for key in ("boxes", "scores", "points"))
    network = Network(
        _input(table.table("input")),
        _columns(boxes, kinds=("form", ("corner", "corners", "centre"), None), has_units=True),
        _columns(scores, kinds=("scale", ("share", "logit"), "share")),
        _columns(points, has_units=True),
        points.whole("step", 2, _MOST_COLUMNS, 2),
        tuple(points.wholes(name, 0, _MOST_COLUMNS) for name in POINT_NAMES),
        table.number("least_score", 0.001, 1, 0.3),
        table.number("overlap", 0, 1, 0.45),
    )
    for each in (boxes, scores, points):
        each.end()
    for name, numbers in zip(POINT_NAMES, network.named, strict=True):
        if not numbers:
            raise points.fault(name, "one number or several", [])
    return network


def _input(table: TomlTable) -> NetworkInput:
    size: tuple[int, int] | None = None
    if table.is_given("size"):
        given = table.wholes("size", 16, _LONGEST_SIDE)
        if len(given) != 2:
            raise table.fault("size", "width and height", list(given))
        size = given[0], given[1]
    found = NetworkInput(
        size,
        table.whole("longest", 16, _LONGEST_SIDE, 1280),
        table.whole("multiple", 1, 256, 32),
        table.word("fit", ("fill", "stretch"), "fill") == "stretch",
        table.whole("fill", 0, 255, 0),
        table.word("layout", ("nchw", "nhwc"), "nchw") == "nchw",
        table.word("channels", ("rgb", "bgr"), "rgb") == "bgr",
        table.channels("mean", -_FARTHEST, _FARTHEST, 0),
        table.channels("spread", 1e-6, _FARTHEST, 1),
    )
    table.end()
    return found


def _columns(
    table: TomlTable,
    kinds: tuple[str, tuple[str, ...], str | None] | None = None,
    has_units: bool = False,
) -> Columns:
    return Columns(
        table.text("output"),
        table.whole("first", 0, _MOST_COLUMNS, 0),
        table.word("faces", ("rows", "columns"), "rows") == "columns",
        table.word(*kinds) if kinds else "",
        has_units and table.word("units", ("pixels", "share"), "pixels") == "share",
    )
