"""Points that fit another picture of the same manifest: swapped, or shifted by a row. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt
from scipy.spatial import cKDTree

from portraitset.detect.changes import MOST_FACES
from portraitset.detect.comparison import FITS, Comparison, Explanation, unit_of

_BOTH = "The points of another picture fit here, and this one's fit there: the two were swapped."
_ONE = "The points of another picture fit here."
_MOST_TRIED = 8
"""Other faces, the nearest, that are tried on one find."""


def swaps(pictures: Sequence[Comparison]) -> Mapping[str, Explanation]:
    """What others' points explain, by the picture's name.

    Only pictures are asked, and asked about, in which nothing agrees: among many thousands, some
    other's points fit anywhere by chance.
    """
    asked = [each for each in pictures if each.is_open]
    if len(asked) < 2:
        return {}
    owners = np.repeat(np.arange(len(asked)), [len(each.stated[:MOST_FACES]) for each in asked])
    tree = cKDTree(np.concatenate([each.stated[:MOST_FACES] for each in asked]).reshape(-1, 8))
    fits: dict[tuple[int, int], Explanation] = {}
    for at, picture in enumerate(asked):
        for owner in _near(picture, tree, owners) - {at}:
            other = asked[owner]
            faces = other.stated[:MOST_FACES]
            found = picture.explained("swapped", _ONE, faces, 1, other=other.picture.name)
            if found is not None:
                fits[at, owner] = found
    best: dict[str, Explanation] = {}
    for (at, owner), found in fits.items():
        name = asked[at].picture.name
        each = replace(found, words=_BOTH, fitted=0) if (owner, at) in fits else found
        if each.beats(best.get(name)):
            best[name] = each
    return best


def _near(picture: Comparison, tree: cKDTree, owners: npt.NDArray[np.intp]) -> set[int]:
    """The pictures whose points come near to a find of this one."""
    found: set[int] = set()
    for find in picture.picture.found[:MOST_FACES]:
        reach = 4 * FITS * unit_of(find.landmarks)  # their mean is FITS if one is this far off
        nearest = tree.query(find.points.reshape(1, 8), _MOST_TRIED, distance_upper_bound=reach)
        gaps, places = np.asarray(nearest[0])[0], np.asarray(nearest[1])[0]
        found |= {int(owners[place]) for place in places[gaps < reach]}
    return found
