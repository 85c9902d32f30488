"""The detectors that there are: two built in, installed ones, and those that a file maps."""

import re
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path

from portraitset.detect.calibration import NAME as CALIBRATION
from portraitset.detect.choice import DetectorChoice, ModelFile
from portraitset.detect.mapping import read_mapping
from portraitset.detect.pyramid import SIDES, THOROUGH_SIDES
from portraitset.detect.weights import DLIB68, YUNET, Announce, fetched_weights, local_weights
from portraitset.errors import InputError

DEFAULT = "yunet"
BUILT_IN = (DEFAULT, "dlib")
GROUP = "portraitset.detectors"
"""The entry points by which a package offers detectors."""

_DLIB_SIDES = (1280,)
_DLIB_THOROUGH_SIDES = (1280, 1920)
_OPENCV = "cv2", "OpenCV", "detect"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


def choose(
    name: str = DEFAULT,
    model: Path | None = None,
    proxy: str | None = None,
    announce: Announce | None = None,
) -> DetectorChoice:
    """A detector by its name, or by the path of a TOML file that maps a model's outputs.

    Args:
        model: its weights; None for its own, which are fetched once.
        announce: told of a model's terms before it is fetched.

    Raises:
        InputError: there is no such detector, or its library or model cannot be had.
    """
    if name == "yunet":
        return _yunet(model, proxy, announce)
    if name == "dlib":
        return _dlib(model, proxy, announce)
    if name.lower().endswith(".toml"):
        return _mapped(Path(name), model)
    return _installed(name, model)


def _yunet(model: Path | None, proxy: str | None, announce: Announce | None) -> DetectorChoice:
    library = _library(*_OPENCV)
    weights = local_weights(model) if model else fetched_weights(YUNET, proxy, announce)
    return DetectorChoice(
        "yunet",
        library,
        "portraitset.detect.yunet:YuNet",
        model=weights,
        calibration=CALIBRATION if weights.sha256 == YUNET.pinned.digest else None,
        looks_closer=True,
        sides=SIDES,
        thorough=THOROUGH_SIDES,
    )


def _dlib(model: Path | None, proxy: str | None, announce: Announce | None) -> DetectorChoice:
    library = _library("dlib", "dlib", "dlib")
    return DetectorChoice(
        "dlib",
        library,
        "portraitset.detect.dlib68:Dlib68",
        model=local_weights(model) if model else fetched_weights(DLIB68, proxy, announce),
        sides=_DLIB_SIDES,
        thorough=_DLIB_THOROUGH_SIDES,
    )


def _mapped(file: Path, model: Path | None) -> DetectorChoice:
    library = _library(*_OPENCV)
    mapping = read_mapping(file)
    weights = local_weights(model or file.parent / mapping.model)
    if mapping.sha256 and weights.sha256 != mapping.sha256:
        raise InputError(
            f"{weights.path} is not the model that {file} is for: its sha256 is {weights.sha256},"
            f" not {mapping.sha256}"
        )
    return DetectorChoice(
        mapping.name,
        library,
        "portraitset.detect.mapped:MappedModel",
        settings=(mapping.network,),
        model=weights,
        version=mapping.version,
        sides=mapping.sides,
        thorough=mapping.thorough or mapping.sides,
    )


def _installed(name: str, model: Path | None) -> DetectorChoice:
    found = {(each.value, _package(each)): each for each in entry_points(group=GROUP, name=name)}
    if not found:
        others = sorted({each.name for each in entry_points(group=GROUP)} - set(BUILT_IN))
        raise InputError(
            f"there is no detector {name!r:.80}: choose {', '.join([*BUILT_IN, *others])}, or give"
            " a file that maps a model's outputs, which ends in .toml"
        )
    if len(found) > 1:
        owners = " and ".join(sorted(_package(each) for each in found.values()))
        raise InputError(
            f"several packages offer a detector {name!r}: {owners}; remove all but one"
        )
    (entry,) = found.values()
    if not _NAME.fullmatch(name):
        raise InputError(f"a detector's name is letters, digits, '.', '_' and '-': {name!r:.80}")
    weights: ModelFile | None = local_weights(model) if model else None
    maker = f"{entry.module}:{entry.attr}"
    return DetectorChoice(
        name, _package(entry), "portraitset.detect.installed:started", (maker,), weights
    )


def _package(entry: EntryPoint) -> str:
    return f"{entry.dist.name} {entry.dist.version}" if entry.dist else "an unknown package"


def _library(module: str, title: str, extra: str) -> str:
    """What a library calls itself, with its version."""
    try:
        return f"{title} {import_module(module).__version__}"
    except ImportError as error:
        raise InputError(
            f"this detector needs {title}: pip install 'portraitset[{extra}]' ({error})"
        ) from error
