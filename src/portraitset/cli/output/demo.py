"""The demo, staged and told of."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from rich.table import Table
from rich.text import Text

from portraitset.cli.console import err, out, print_json, report_json, state_table
from portraitset.cli.output.progress import RunProgress
from portraitset.download.settings import DownloadSettings
from portraitset.errors import State
from portraitset.pipeline import run as pipeline
from portraitset.pipeline.recipe import Recipe
from portraitset.pipeline.run import Report
from portraitset.report.contact_sheet import write_contact_sheet
from portraitset.workspace.layout import folders_of, translated

_ON_LOOPBACK = DownloadSettings(
    rate=40.0, tries=3, backoff=0.2, idle_timeout=1.0, photo_timeout=8.0
)
"""On loopback a silence of a second is long; nothing is fetched from anybody else."""

_Planned = Mapping[str, tuple[State, str | None]]


def demo(workspace: Path, as_json: bool) -> int:
    """Do what `demo` is asked for; its exit code."""
    from portraitset.demo.origin import Origin
    from portraitset.demo.show import claim_folder, stage_show, write_show

    with translated(workspace):
        claim_folder(workspace)
    with err.status("drawing the portraits"):
        show = stage_show()
    with translated(workspace):
        manifest = write_show(show, workspace)
    with Origin(show.routes) as origin, RunProgress("building") as progress:
        recipe = Recipe(replace(_ON_LOOPBACK, mirror=origin.url))
        report = pipeline.run("build", manifest, folders_of(workspace), recipe, observer=progress)
    write_contact_sheet(folders_of(workspace), workspace / "teaser.png", faces=400)
    surprises = _surprises(report, show.planned)
    if as_json:
        print_json(report_json(report))
    else:
        _print(report, surprises, workspace)
    return 1 if surprises else 0


def _surprises(report: Report, planned: _Planned) -> list[str]:
    """The entries that did not end as planned."""
    return [
        f"{standing.name} ended {standing.state} {standing.reason or ''}, not as planned"
        for standing in report.standings
        if (standing.state, standing.reason) != planned.get(standing.name)
    ]


def _print(report: Report, surprises: list[str], workspace: Path) -> None:
    out.print(state_table(report))
    out.print()
    for surprise in surprises:
        out.print(surprise, style="red", markup=False)
    if not surprises:
        out.print("Every entry ended as planned, the faults too.", style="green")
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(style="dim")
    table.add_column(overflow="fold")
    for what, name in (
        ("crops", "aligned"),
        ("originals", "raw"),
        ("contact sheet", "teaser.png"),
        ("terms", "NOTICE"),
    ):
        table.add_row(what, Text(str(workspace / name)))
    for word, command in (("next", "status --list"), ("", "curate"), ("", "review")):
        table.add_row(word, Text(f"portraitset {command} -w {workspace}"))
    table.add_row("", Text(f"portraitset report -w {workspace} -o {workspace / 'report.html'}"))
    out.print(table)
