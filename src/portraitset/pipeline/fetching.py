"""Fetching one photo's original: asked for until it comes whole, and elsewhere where it is gone."""

import asyncio
import random
from dataclasses import replace
from urllib.parse import urlsplit

from portraitset.backends.outcome import Done, Failed
from portraitset.download.client import Client
from portraitset.download.etiquette import OperatorStopped
from portraitset.download.retry import Patience
from portraitset.errors import Gone, ItemError, Removed
from portraitset.handoffs import Evidence
from portraitset.manifest import Note
from portraitset.pipeline.attempt import PhotoOutcome, accept_whole
from portraitset.pipeline.original import Original
from portraitset.pipeline.recipe import Recipe
from portraitset.pipeline.survey import PhotoTask
from portraitset.pipeline.tally import Tally
from portraitset.pipeline.workers import Workers
from portraitset.workspace.layout import Layout, Workspace
from portraitset.workspace.removal_log import removals_of
from portraitset.workspace.tombstones import sentence_about


class Fetcher:
    """Asks for originals, and lets a worker verify what comes."""

    def __init__(
        self,
        workspace: Workspace,
        layout: Layout,
        recipe: Recipe,
        client: Client,
        workers: Workers,
        tally: Tally,
    ) -> None:
        self._workspace = workspace
        self._layout = layout
        self._recipe = recipe
        self._client = client
        self._workers = workers
        self._tally = tally
        self._removals = removals_of(workspace.root)
        self._dice = random.SystemRandom()

    async def fetch(self, task: PhotoTask) -> PhotoOutcome:
        """Ask until it comes whole, or until asking again is not worth it.

        Raises:
            OperatorStopped: nothing more may be asked of its operator in this run.
            WorkspaceError: the disk refuses.
        """
        patience = Patience(self._recipe.download)
        evidence: list[Evidence] = []
        while True:
            error: ItemError
            try:
                outcome = await self._fetch_once(task, patience, evidence)
                if isinstance(outcome.raw, Done):
                    return replace(outcome, evidence=tuple(evidence))
                error = outcome.raw.error
            except ItemError as caught:
                error = caught
            wait = patience.wait_after(error, self._dice.random())
            if wait is None and isinstance(error, Gone):
                return await self._rescue(task, error, patience, evidence)
            if wait is None:
                return PhotoOutcome(task.photo, Failed(error), evidence=tuple(evidence))
            patience.spent += wait
            await asyncio.sleep(wait)

    async def _rescue(
        self, task: PhotoTask, gone: Gone, patience: Patience, evidence: list[Evidence]
    ) -> PhotoOutcome:
        """Ask elsewhere, once each, where the recipe allows it; otherwise it is gone."""
        tried = []
        for url in self._recipe.substitutes_of(task.photo.url):
            found: list[Evidence] = []
            try:
                outcome = await self._fetch_once(task, patience, found, substitute=url)
                if isinstance(outcome.raw, Done):
                    note = Note(task.photo.raw_name, str(outcome.raw.value.rescued))
                    seen = (*evidence, *found)
                    return replace(outcome, evidence=seen, notes=(*outcome.notes, note))
                why = str(outcome.raw.error)
            except ItemError as error:
                why = str(error)
            except OperatorStopped as stop:
                why = stop.why
            evidence.extend(found)
            tried.append(f"; {url}: {why}")
        end = Gone(str(gone) + "".join(tried))
        return PhotoOutcome(task.photo, Failed(end), evidence=tuple(evidence))

    async def _fetch_once(
        self,
        task: PhotoTask,
        patience: Patience,
        evidence: list[Evidence],
        substitute: str | None = None,
    ) -> PhotoOutcome:
        """Ask once, at the exact address or at a substitute for it, and verify what comes."""
        target = self._layout.raw_path(task.photo.raw_name)
        temporary = self._workspace.temporary(target)
        self._check_not_removed(substitute)
        try:
            response = await self._client.fetch(
                substitute or self._address_of(task), temporary, patience, evidence
            )
            self._tally.received += temporary.stat().st_size
            self._check_not_removed(response.final_url)
            original = Original(
                task.photo,
                temporary,
                target,
                expected_sha256=task.local.sha256 if task.local else None,
                response=response,
                wanted=task.wanted,
                rescued_from=substitute,
                exact_size=task.exact_size,
                needs_size=substitute != self._recipe.rescue_from.get(task.photo.url),
            )
            if (sha256 := self._sufficient(task, original)) is not None:
                return accept_whole(original, sha256, self._workspace)
            return await self._workers.attempt(task, original)
        finally:
            self._tally.requests += 1
            temporary.unlink(missing_ok=True)

    def _address_of(self, task: PhotoTask) -> str:
        """What the client is to ask for; of an original at hand, its path on the mirror's host."""
        if task.local is None:
            return task.photo.url
        mirror = urlsplit(self._recipe.download.mirror or "")
        return task.local.published_at(f"{mirror.scheme}://{mirror.netloc}")

    def _check_not_removed(self, url: str | None) -> None:
        """Let pass what does not come from a removed picture's address.

        Raises:
            Removed: it does.
        """
        if self._removals is None or url is None:
            return
        if (found := self._removals.refuses_address(url)) is not None:
            raise Removed(sentence_about(found))

    def _sufficient(self, task: PhotoTask, original: Original) -> str | None:
        """The digest of bytes that need no decoding; None if only their pixels can tell.

        A substitute's landmarks rest on its size; under a lock, other bytes may be the same
        picture; what was removed may come back in other bytes; a manifest may state the pixels.
        """
        sha256 = original.response.sha256 if original.response else None
        is_exact = original.wanted is None or original.wanted.sha256 == sha256
        if task.decode or original.rescued_from is not None or self._removals is not None:
            return None
        if task.local is not None:
            return None
        return sha256 if is_exact else None
