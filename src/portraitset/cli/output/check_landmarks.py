"""Which landmarks disagree with a detector, printed."""

from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from rich.table import Table
from rich.text import Text

from portraitset.cli.console import err, out, plain, print_json
from portraitset.cli.output.progress import CountProgress, RunProgress
from portraitset.detect.check import Checked
from portraitset.detect.check import check_landmarks as check
from portraitset.detect.comparison import Judgement
from portraitset.detect.findings import Finding
from portraitset.pipeline.recipe import Recipe, usable_cores
from portraitset.pipeline.run import take_up
from portraitset.workspace.layout import folders_of

_MOST_LISTED = 24

_STYLES = {Judgement.AGREES: "green", Judgement.UNSURE: "dim", Judgement.DISAGREES: "red"}


def check_landmarks(
    manifest: str | None,
    workspace: Path,
    *,
    detector: str,
    model: Path | None,
    proxy: str | None,
    workers: int | None,
    as_json: bool,
) -> int:
    """Do what `check-landmarks` is asked for; its exit code."""
    folders = folders_of(workspace)
    if manifest is not None:
        with RunProgress("placing") as progress:
            take_up(manifest, folders, Recipe(), progress)
    with CountProgress("looking", "pictures") as watched:
        done = check(
            folders,
            detector=detector,
            model=model,
            proxy=proxy,
            workers=workers or usable_cores(),
            observer=watched,
            announce=lambda terms: err.print(terms, soft_wrap=not err.is_terminal),
        )
    if as_json:
        print_json(_json(done))
    else:
        _print(done, workspace)
    return 1 if done.disagreeing else 0


def _json(done: Checked) -> dict[str, object]:
    return {
        "faces": [_row(each) for each in done.findings],
        "counts": {each.value: count for each, count in _counts(done).items()},
        "not_looked_at": [
            {"photo": each.photo, "reason": each.reason, "detail": each.detail}
            for each in done.unread
        ],
        "not_held": done.not_held,
    }


def _row(each: Finding) -> dict[str, object]:
    row: dict[str, object] = {
        "name": each.face,
        "photo": each.photo,
        "verdict": each.judgement.value,
        "distance": each.distance,
    }
    if each.cause:
        row |= {"cause": each.cause, "detail": each.words}
    return row | ({"other": each.other} if each.other else {})


def _counts(done: Checked) -> Mapping[Judgement, int]:
    found = Counter(each.judgement for each in done.findings)
    return {each: found[each] for each in Judgement}


def _print(done: Checked, workspace: Path) -> None:
    for judgement, count in _counts(done).items():
        out.print(Text.assemble((f"{judgement.value:12}", _STYLES[judgement]), f"{count:,} faces"))
    if done.disagreeing:
        out.print()
        out.print(_table(done))
        if len(done.disagreeing) > _MOST_LISTED:
            err.print(f"… and {len(done.disagreeing) - _MOST_LISTED:,} more: --json lists all")
        err.print(
            plain(f"To look at them: portraitset review -w {workspace}, ⚠ points disagree"),
            markup=False,
        )
    for unread in done.unread[:_MOST_LISTED]:
        words = f"not looked at: {unread.photo}: {unread.reason}: {unread.detail}"
        err.print(plain(words), markup=False)
    if done.not_held:
        err.print(f"{done.not_held:,} faces have no original here and were not compared.")


def _table(done: Checked) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("face", overflow="fold")
    table.add_column("cause", no_wrap=True)
    table.add_column("detail", overflow="fold")
    for each in done.disagreeing[:_MOST_LISTED]:
        other = f" {each.other}" if each.other else ""
        detail = Text(plain(each.words + other))
        table.add_row(Text(plain(each.face)), Text(each.cause, "red"), detail)
    return table
