"""The demo, staged and told of."""

from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path

from rich.table import Table
from rich.text import Text

from portraitset.cli.console import err, out, plain, print_json, report_json, state_table
from portraitset.cli.output.progress import CountProgress, RunProgress
from portraitset.demo.recall import Recall, recall
from portraitset.detect.run import detect
from portraitset.download.settings import DownloadSettings
from portraitset.errors import InputError, State
from portraitset.landmarks import Landmarks
from portraitset.manifest import read_manifest
from portraitset.manifest.local import local_original
from portraitset.pipeline import run as pipeline
from portraitset.pipeline.last_run import last_manifest
from portraitset.pipeline.recipe import Recipe, usable_cores
from portraitset.pipeline.run import Report
from portraitset.report.contact_sheet import write_contact_sheet
from portraitset.workspace.layout import folders_of, translated
from portraitset.workspace.ledger import Ledger

_ON_LOOPBACK = DownloadSettings(
    rate=40.0, tries=3, backoff=0.2, idle_timeout=1.0, photo_timeout=8.0
)
"""On loopback a silence of a second is long; nothing is fetched from anybody else."""

_DETECTED = "detected.jsonl"

_Planned = Mapping[str, tuple[State, str | None]]


def demo(workspace: Path, model: Path | None, as_json: bool) -> int:
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
    looked = _look(report, workspace, model)
    if as_json:
        found = {"left_out": looked} if isinstance(looked, str) else asdict(looked)
        print_json(report_json(report) | {"detect": found})
    else:
        _print(report, surprises, looked, workspace)
    return 1 if surprises else 0


def _look(report: Report, workspace: Path, model: Path | None) -> Recall | str:
    """Look for the faces that were drawn; why not, if the detector cannot be had."""
    folders, output = folders_of(workspace), workspace / _DETECTED
    try:
        with CountProgress("looking", "pictures") as progress:
            done = detect(
                [str(folders.raw)], output, model=model, workers=usable_cores(), observer=progress
            )
    except InputError as error:
        return str(error)
    aligned = {each.name for each in report.standings if each.state is State.ALIGNED}
    with Ledger.open_to_look(folders.state) as ledger:
        digests = {record.raw_name: record.sha256 for record in ledger.photos()}
    known: dict[str, list[Landmarks]] = {}
    for face in last_manifest(folders):
        if face.name in aligned:
            known.setdefault(digests[face.photo.raw_name] or "", []).append(face.landmarks)
    found: dict[str, list[Landmarks]] = {}
    for face in read_manifest(output) if done.manifest else ():
        original = local_original(face.photo.url)
        found.setdefault((original and original.sha256) or "", []).append(face.landmarks)
    return recall(known, found)


def _surprises(report: Report, planned: _Planned) -> list[str]:
    """The entries that did not end as planned."""
    return [
        f"{standing.name} ended {standing.state} {standing.reason or ''}, not as planned"
        for standing in report.standings
        if (standing.state, standing.reason) != planned.get(standing.name)
    ]


def _print(report: Report, surprises: list[str], looked: Recall | str, workspace: Path) -> None:
    out.print(state_table(report))
    out.print()
    for surprise in surprises:
        out.print(surprise, style="red", markup=False)
    if not surprises:
        out.print("Every entry ended as planned, the faults too.", style="green")
    out.print(_told(looked))
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(style="dim")
    table.add_column(overflow="fold")
    for what, name in (
        ("crops", "aligned"),
        ("originals", "raw"),
        ("contact sheet", "teaser.png"),
        ("what detect found", _DETECTED),
        ("terms", "NOTICE"),
    ):
        if (workspace / name).exists():
            table.add_row(what, Text(str(workspace / name)))
    for word, command in (("next", "status --list"), ("", "curate"), ("", "review")):
        table.add_row(word, Text(f"portraitset {command} -w {workspace}"))
    table.add_row("", Text(f"portraitset report -w {workspace} -o {workspace / 'report.html'}"))
    out.print(table)


def _told(looked: Recall | str) -> Text:
    if isinstance(looked, str):
        return Text(f"detect was left out: {plain(looked)}", "yellow")
    besides = f", and takes {looked.strangers} things for faces" if looked.strangers else ""
    return Text(
        f"By the pictures alone, detect finds {looked.found} of the {looked.known} faces{besides}."
        f" Their points are off by {looked.error:.2f} of the eyes' distance."
    )
