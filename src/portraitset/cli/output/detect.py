"""Looking for faces, watched and told of."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.text import Text

from portraitset.cli.choices import choices
from portraitset.cli.console import err, out, plain, print_json
from portraitset.cli.output.progress import CountProgress, RunProgress
from portraitset.detect.run import Detected, Fetching
from portraitset.detect.run import detect as look
from portraitset.detect.settings import DetectSettings

_MOST_LISTED = 12


def detect(pictures: Sequence[str], **flags: Any) -> int:
    """Do what `detect` is asked for; its exit code."""
    chosen = choices(flags)
    names = ("faces", "min_size", "threshold", "thorough")
    settings = DetectSettings(
        **{name: flags[name] for name in names},
        max_pixels=chosen.recipe.download.max_pixels,
    )
    output: Path = flags["output"]
    with CountProgress("looking", "pictures") as watched:
        done = look(
            pictures,
            output,
            settings,
            originals=flags["originals"],
            column=flags["url_column"],
            fetching=Fetching(
                chosen.folders, chosen.recipe, flags["space"], lambda: RunProgress("fetching")
            ),
            detector=flags["detector"],
            model=flags["model"],
            workers=chosen.recipe.workers,
            observer=watched,
            announce=lambda terms: err.print(terms, soft_wrap=not err.is_terminal),
        )
    if flags["as_json"]:
        print_json(asdict(done) | {"manifest": None if done.manifest is None else str(output)})
    else:
        _print(done)
    return 0 if done.succeeded else 1


def _print(done: Detected) -> None:
    if done.manifest is None:
        err.print("No face was found, and nothing was written.")
    else:
        out.print(plain(str(done.manifest)), markup=False)
    without = f", {len(done.without):,} without a face" if done.without else ""
    out.print(f"{done.faces:,} faces in {done.pictures:,} pictures{without}", style="dim")
    _list("no face", [(path, "") for path in done.without])
    _list("a copy", [(path, f"the same file as {first}") for path, first in done.copies.items()])
    _list("not looked at", [(each.path, _why(each.reason, each.detail)) for each in done.failures])
    if done.has_failing_detector:
        err.print("The detector failed on every picture that it was given; it is to be mended.")
    if done.others:
        err.print(f"passed over, as they are no pictures: {done.others:,} files in the folders")


def _why(reason: str, detail: str) -> str:
    return f"{reason}: {detail}" if detail else reason


def _list(what: str, items: Sequence[tuple[str, str]]) -> None:
    for path, why in items[:_MOST_LISTED]:
        words = f"{path}: {why}" if why else path
        err.print(Text.assemble((f"{what}: ", "dim"), plain(words)))
    if len(items) > _MOST_LISTED:
        err.print(f"… and {len(items) - _MOST_LISTED:,} more: --json lists all")
