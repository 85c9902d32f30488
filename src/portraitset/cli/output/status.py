"""Where every face stands, printed."""

from pathlib import Path

from portraitset.cli.console import (
    failure_table,
    out,
    plain,
    print_json,
    report_json,
    state_table,
)
from portraitset.detect.findings import undecided
from portraitset.errors import State
from portraitset.pipeline import run as pipeline
from portraitset.workspace.layout import folders_of


def status(workspace: Path, listed: bool, as_json: bool) -> int:
    """Do what `status` is asked for; its exit code."""
    folders = folders_of(workspace)
    report = pipeline.status(folders)
    disagreeing = len(undecided(folders))
    if as_json:
        print_json(report_json(report) | {"points_disagree": disagreeing})
        return 0
    out.print(state_table(report))
    rest = [s for s in report.standings if s.state != State.ALIGNED or s.detail]
    if listed and rest:
        out.print()
        out.print(failure_table(rest))
    for note in report.notes if listed else ():
        out.print(plain(f"note: {note.subject}: {note.text}"), markup=False)
    if disagreeing:
        out.print(f"{disagreeing:,} faces whose points disagree with a detector", style="dim")
    if report.notes and not listed:
        out.print(f"{len(report.notes):,} notes: portraitset status --list", style="dim")
    return 0
