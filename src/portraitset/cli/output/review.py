"""The review server, run and announced."""

import getpass
import os
from pathlib import Path
from typing import TYPE_CHECKING

from portraitset.cli.console import err, out, print_json
from portraitset.cli.output.progress import RunProgress
from portraitset.errors import InputError
from portraitset.pipeline.recipe import Recipe
from portraitset.pipeline.run import take_up
from portraitset.workspace.decisions import LONGEST_WHO
from portraitset.workspace.layout import folders_of

if TYPE_CHECKING:
    from portraitset.review.server import Listening

_QUEUE = "state=look&sort=score"
"""What a review of a manifest lists at first: all that can be looked at, doubtful ones first."""


def review(
    workspace: Path,
    manifest: str | None,
    port: int,
    reviewer: str | None,
    workers: int | None,
    as_json: bool,
) -> int:
    """Do what `review` is asked for; its exit code."""
    who = (_account() if reviewer is None else reviewer).strip()
    if not (1 <= len(who) <= LONGEST_WHO and who.isprintable()):
        raise InputError(f"--reviewer must be a name of 1 to {LONGEST_WHO} letters: {who!r:.120}")
    try:
        from portraitset.review.server import serve
    except ModuleNotFoundError as error:
        raise InputError(f"review needs {error.name}: pip install 'portraitset[review]'") from error

    folders = folders_of(workspace)
    if manifest is not None:
        with RunProgress("placing") as progress:
            take_up(manifest, folders, Recipe(), progress)

    def announce(listening: "Listening") -> None:
        if as_json:
            print_json(
                {"url": listening.url, "port": listening.port, "reviewer": listening.reviewer}
            )
            return
        out.print(listening.url, markup=False)
        err.print("Open this address in a browser on this machine. Ctrl-C ends the review.")

    first_view = "" if manifest is None else _QUEUE
    serve(folders, port, who, workers or os.cpu_count() or 1, announce, first_view)
    return 0


def _account() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # an account without a name, as in some containers
        return "reviewer"
