"""Edits pasted back, watched and told of."""

from collections.abc import Sequence
from pathlib import Path

from rich.table import Table
from rich.text import Text

from portraitset.align.paste import FEATHER
from portraitset.cli.console import err, out, plain, print_json
from portraitset.pasting.attempt import Likeness
from portraitset.pasting.run import PastedBack, PasteSettings
from portraitset.pasting.run import paste_back as paste
from portraitset.pipeline.recipe import usable_cores
from portraitset.workspace.layout import folders_of


def paste_back(
    edited: Sequence[Path],
    workspace: Path,
    output: Path,
    feather: float | None,
    likeness: Likeness,
    workers: int | None,
    as_json: bool,
) -> int:
    """Do what `paste-back` is asked for; its exit code."""
    settings = PasteSettings(
        FEATHER if feather is None else feather, likeness, workers or usable_cores()
    )
    with err.status("pasting back") as shown:

        def observe(done: int, total: int) -> None:
            shown.update(f"pasting back: {done:,} of {total:,} photos")

        done = paste(folders_of(workspace), edited, output, settings, observe)
    if as_json:
        print_json(_as_json(done))
    else:
        _print(done)
    return 0 if done.succeeded else 1


def _as_json(done: PastedBack) -> dict[str, object]:
    return {
        "output": str(done.output),
        "written": list(done.written),
        "kept": list(done.kept),
        "faces": list(done.faces),
        "unedited": list(done.unedited),
        "refused": [
            {"file": str(each.path), "reason": each.reason, "detail": each.detail}
            for each in done.refusals
        ],
    }


def _print(done: PastedBack) -> None:
    photos = len(done.written) + len(done.kept)
    before = f", {len(done.kept):,} of them by an earlier run" if done.kept else ""
    words = f"{done.output}: {len(done.faces):,} faces in {photos:,} photos{before}"
    out.print(plain(words), markup=False)
    if done.unedited:
        out.print(f"{len(done.unedited):,} of the crops are as they were cut", style="dim")
    if not done.refusals:
        return
    table = Table(box=None, pad_edge=False, header_style="dim")
    for column in ("not pasted", "reason", "detail"):
        table.add_column(column, overflow="fold")
    for each in done.refusals:
        table.add_row(
            Text(plain(str(each.path))), Text(each.reason, "red"), Text(plain(each.detail))
        )
    out.print(table)
