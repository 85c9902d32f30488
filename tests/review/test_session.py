"""What the server knows, while a removal and a reviewer are at work at the same moment."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from portraitset.cli import run
from portraitset.curate.holdings import HeldFace
from portraitset.errors import WorkspaceError
from portraitset.pages.thumbnails import Thumbnails
from portraitset.review.session import ReviewSession
from portraitset.workspace.decisions import Decision, decide, read_decisions
from portraitset.workspace.layout import folders_of

pytestmark = pytest.mark.asyncio


def take_out(workspace: Path, asset: int) -> None:
    assert run(["remove", "-w", str(workspace), "--asset", str(asset), "--no-looks"]) == 0


async def test_decision_that_is_written_just_after_its_face_was_removed_does_not_stay(
    workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone, stays = (decide(name, "keep", "Ada") for name in ("00003.png", "00004.png"))
    async with ReviewSession(folders_of(workspace), "Ada", 1) as session:
        append = session._book.append

        def too_late(decisions: Sequence[Decision]) -> None:
            take_out(workspace, 3)
            append(decisions)

        monkeypatch.setattr(session._book, "append", too_late)
        assert await session.decide([gone, stays]) == (gone.id,)
    assert read_decisions(workspace / ".portraitset").items == (stays,)


async def test_thumbnails_are_claimed_in_the_end_though_the_disk_refused_once(
    workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    claimed: list[int] = []

    def claim(_: Thumbnails, faces: Sequence[HeldFace]) -> None:
        claimed.append(len(faces))
        if len(claimed) == 1:
            raise WorkspaceError("the disk is full")

    async with ReviewSession(folders_of(workspace), "Ada", 1) as session:
        held = len(session.gallery.holdings.faces)
        take_out(workspace, 3)
        monkeypatch.setattr(Thumbnails, "claim", claim)
        with pytest.raises(WorkspaceError):
            await session.look()
        for _ in range(2):
            await session.look()
    assert claimed == [held - 1, held - 1]
