"""A detector that another package offers by an entry point."""

from pkgutil import resolve_name

from portraitset.detect.choice import ModelFile
from portraitset.detect.detection import Detector
from portraitset.errors import InputError


def started(maker: str, model: ModelFile | None = None) -> Detector:
    """What the entry point's class or function makes.

    Args:
        maker: `package.module:name`; called with nothing, or with the model's path if there is one.

    Raises:
        InputError: what it makes finds no faces.
    """
    make = resolve_name(maker)
    detector: Detector = make() if model is None else make(model.proven())
    if not callable(getattr(detector, "find", None)):
        raise InputError(f"{maker} makes a {type(detector).__name__}, which has no method find")
    return detector
