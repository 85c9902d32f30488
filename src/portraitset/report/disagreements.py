"""What the report says of points that disagree with a detector, as `check-landmarks` left it."""

from collections.abc import Collection, Sequence
from typing import Protocol

from portraitset.curate.holdings import HeldFace, Holdings
from portraitset.detect.comparison import Judgement
from portraitset.detect.findings import Finding
from portraitset.report.content import Disagreement, PointsCheck
from portraitset.report.pictures import SmallPicture

MOST = 200
"""Faces that are shown; the others are counted."""


class Copies(Protocol):
    """Where pictures of faces come from that are large enough to compare."""

    def copies(self, faces: Sequence[HeldFace], /) -> Sequence[SmallPicture | None]:
        """One for each face; None for each without pictures."""
        ...


def points_check(
    holdings: Holdings, findings: Sequence[Finding], named: Collection[str], pictures: Copies
) -> PointsCheck | None:
    """The page's section; None where nothing was compared.

    Args:
        findings: those that still hold.
        named: the faces that the page may name.
    """
    told = [each for each in findings if each.face in named]
    if not told:
        return None
    judged = [each.judgement for each in told]
    wrong = [each for each in told if each.disagrees][:MOST]
    held = {each.name: each for each in holdings.faces}
    cut = [held[each.face] for each in wrong if each.face in held]
    made = dict(zip((each.name for each in cut), pictures.copies(cut), strict=True))
    photos = {face.photo.raw_name for face in holdings.manifest if face.name in named}
    return PointsCheck(
        compared=len(judged),
        agreeing=judged.count(Judgement.AGREES),
        unsure=judged.count(Judgement.UNSURE),
        disagreeing=judged.count(Judgement.DISAGREES),
        shown=tuple(
            Disagreement(
                each.face,
                each.cause,
                each.words,
                each.other if each.other in photos else None,  # it may have been removed
                made.get(each.face),
            )
            for each in wrong
        ),
    )
