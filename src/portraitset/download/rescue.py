"""Where else a picture may be had once its exact address is dead. Pure.

Landmarks belong to one size variant. What comes from elsewhere is only used where its size can be
compared with that of the exact picture, and is recorded as rescued, always.
"""

from collections.abc import Mapping

from portraitset.download.wire_address import split_address, url_of
from portraitset.errors import BlockedAddress, InputError
from portraitset.manifest.addresses import SIZES

ASPECT_TOLERANCE = 0.005
"""How far the two ratios between sides may be apart: the rounding of a side of 200 pixels.

What was cropped differs by more, and landmarks cannot be carried over to it.
"""


def other_sizes(url: str) -> tuple[str, ...]:
    """The addresses of a picture's other size variants: the larger ones first, nearest first.

    All but the segment that names the size stays as it is written.
    """
    try:
        url_of(url)
    except BlockedAddress:
        return ()
    root, target = split_address(url)
    path, mark, query = target.partition("?")
    segments = path.split("/")
    if len(segments) < 3 or segments[-2] not in SIZES:
        return ()
    own = SIZES.index(segments[-2])
    others = (*SIZES[own + 1 :], *reversed(SIZES[:own]))
    paths = ("/".join((*segments[:-2], size, segments[-1])) for size in others)
    return tuple(root + path + mark + query for path in paths)


def scale_between(found: tuple[int, int], exact: tuple[int, int]) -> float | None:
    """How many pixels of the one make one of the other, along a side; None for another shape.

    Args:
        found: width and height of what was found instead.
        exact: width and height of the picture that the landmarks belong to.
    """
    across, down = found[0] / exact[0], found[1] / exact[1]
    if abs(across - down) > ASPECT_TOLERANCE * max(across, down):
        return None
    return across


def read_substitutes(text: str, source: str) -> Mapping[str, str]:
    """Read a list of substitutes: on each line an address, blanks, and where to ask instead.

    Empty lines and those that begin with `#` do not count.

    Raises:
        InputError: a line makes no sense, or an address has two substitutes.
    """
    substitutes: dict[str, str] = {}
    for number, line in enumerate(text.splitlines(), 1):
        words = line.split()
        if not words or words[0].startswith("#"):
            continue
        if len(words) != 2 or not all(word.startswith(("http://", "https://")) for word in words):
            raise InputError(f"{source}, line {number}: not two addresses: {line!r:.100}")
        if words[0] in substitutes:
            raise InputError(f"{source}, line {number}: {words[0]!r:.100} has a substitute already")
        substitutes[words[0]] = words[1]
    return substitutes
