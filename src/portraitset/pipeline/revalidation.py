"""Ask again for originals that are verified already: what has become of their addresses?

Nothing on disk changes, whatever the answer. It is recorded, and noted where it is news.
"""

import asyncio
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from portraitset.backends.local import WorkerPool
from portraitset.download.client import Client
from portraitset.download.etiquette import OperatorStopped
from portraitset.download.guard import places_named
from portraitset.download.retry import Patience
from portraitset.errors import ItemError
from portraitset.handoffs import Photo, Response, Revisit
from portraitset.manifest import Note
from portraitset.manifest.lock import Identity, Verdict
from portraitset.pipeline.check import Finding, check_original
from portraitset.pipeline.check_pool import MOST_TO_READ, CheckPool
from portraitset.pipeline.deadline import Deadline
from portraitset.pipeline.recipe import Recipe
from portraitset.workspace.layout import Layout, Workspace
from portraitset.workspace.ledger import Ledger

UNCHANGED = "unchanged"
"""The address still gives what was verified: by the server's word, by bytes or by pixels."""


@dataclass(frozen=True, slots=True)
class Visit:
    """A verified original whose address is to be asked again.

    Attributes:
        identity: what was verified.
        response: what the server said then; None if the original was adopted.
    """

    photo: Photo
    identity: Identity
    response: Response | None


class Revisitor:
    """Asks for photos again; at most as many at once as there are connections."""

    def __init__(
        self, workspace: Workspace, layout: Layout, ledger: Ledger, recipe: Recipe
    ) -> None:
        self._workspace = workspace
        self._layout = layout
        self._ledger = ledger
        self._recipe = recipe
        self._dice = random.SystemRandom()
        self._client: Client
        self._inspector: CheckPool

    async def run(self, visits: Sequence[Visit], deadline: Deadline) -> None:
        """Ask for each; every answer is in the ledger before the next question of its turn.

        Raises:
            WorkspaceError: the workspace cannot go on.
        """
        named = places_named(visit.photo.url for visit in visits)
        log = self._workspace.folders.state / "workers.log"
        settings, queue = self._recipe.download, iter(visits)
        most = settings.decoder_memory or MOST_TO_READ
        async with (
            deadline.keep(self._ledger),
            Client(settings, named) as self._client,
            WorkerPool(self._recipe.workers, log, most) as pool,
            asyncio.TaskGroup() as group,
        ):
            self._inspector = CheckPool(pool, settings.max_pixels)
            for _ in range(self._recipe.download.connections):
                group.create_task(self._take_turns(queue))

    async def _take_turns(self, queue: Iterator[Visit]) -> None:
        for visit in queue:
            try:
                revisit, answer = await self._ask(visit)
            except OperatorStopped as stop:
                self._ledger.write_note(
                    Note(stop.operator, f"{stop.why}; it is left alone for now")
                )
                continue
            with self._ledger.transaction():
                self._ledger.write_revisit(visit.photo, revisit)
                if answer is not None:
                    self._ledger.write_answer(visit.photo, answer)
                if text := note_of(revisit):
                    self._ledger.write_note(Note(visit.photo.raw_name, text))

    async def _ask(self, visit: Visit) -> tuple[Revisit, Response | None]:
        """Ask until there is an answer, or until asking again is not worth it.

        With it, what the server now says of the picture, where that is news.
        """
        patience = Patience(self._recipe.download)
        while True:
            try:
                return await self._ask_once(visit, patience)
            except ItemError as error:
                wait = patience.wait_after(error, self._dice.random())
                if wait is None:
                    return Revisit(error.reason, str(error)), None
            patience.spent += wait
            await asyncio.sleep(wait)

    async def _ask_once(self, visit: Visit, patience: Patience) -> tuple[Revisit, Response | None]:
        temporary = self._workspace.temporary(self._layout.raw_path(visit.photo.raw_name))
        known = visit.response or Response(visit.photo.url)
        try:
            answer = await self._client.fetch(visit.photo.url, temporary, patience, known=known)
            if answer.not_modified:
                return Revisit(UNCHANGED, "the server says that it was not modified"), None
            found = await self._inspector.look(check_original, temporary, visit.identity)
            is_news = found.verdict.is_good and visit.response is not None
            return _revisit(found), answer if is_news else None
        finally:
            temporary.unlink(missing_ok=True)


def note_of(revisit: Revisit) -> str | None:
    """What is worth a note; what is as it was is not. Pure."""
    if revisit.outcome == UNCHANGED:
        return None
    if revisit.outcome in (Verdict.LOOKS_ALIKE, Verdict.CHANGED):
        like = "one that looks alike" if revisit.outcome == Verdict.LOOKS_ALIKE else "another one"
        return f"its address now gives another picture, {like}; the verified original is kept"
    return f"its address no longer gives it ({revisit.outcome}); the verified original is kept"


def _revisit(found: Finding) -> Revisit:
    """What a picture that came says about its address. Pure."""
    return Revisit(UNCHANGED if found.verdict.is_good else found.verdict, found.detail)
