"""The commands that do the work: build, download, align, retry."""

from dataclasses import replace
from typing import Any

import click
from rich.panel import Panel
from rich.text import Text

from portraitset.cli.console import (
    err,
    failure_table,
    out,
    plain,
    print_json,
    report_json,
    state_table,
)
from portraitset.cli.options import Choices, choices, manifest_argument, shared_options
from portraitset.cli.progress import RunProgress
from portraitset.errors import REASONS, InputError, State
from portraitset.manifest.terms import Terms, paragraphs
from portraitset.pipeline import run as pipeline
from portraitset.pipeline.run import Report
from portraitset.pipeline.survey import Goal

_MOST_LISTED = 12


@click.command()
@manifest_argument
@shared_options(download=True, align=True)
def build(manifest: str, **flags: Any) -> int:
    """Download originals and align their faces, both at once.

    Run it again to go on: what is verified is neither fetched nor cut a second time.
    """
    return _run("build", "building", manifest, flags)


@click.command()
@manifest_argument
@click.option(
    "--revalidate",
    is_flag=True,
    help="Ask again for originals that are verified: unchanged, changed or gone? None is replaced.",
)
@shared_options(download=True, align=False)
def download(manifest: str, revalidate: bool, **flags: Any) -> int:
    """Fetch and verify the originals into raw/."""
    return _run("download", "fetching", manifest, flags, revalidate=revalidate)


@click.command()
@manifest_argument
@shared_options(download=False, align=True)
def align(manifest: str, **flags: Any) -> int:
    """Cut the aligned crops from the originals in raw/.

    Originals from elsewhere, say from upstream's own script, are verified and adopted.
    """
    return _run("align", "aligning", manifest, flags)


@click.command()
@click.option(
    "--only",
    required=True,
    metavar="REASON,…",
    help="Reasons to try again, such as gone,timeout; `status` lists them.",
)
@shared_options(download=True, align=False)
def retry(only: str, **flags: Any) -> int:
    """Try again what ended for the given reasons, and build the rest as the last run would."""
    reasons = frozenset(filter(None, (reason.strip() for reason in only.split(","))))
    if unknown := sorted(reasons - REASONS.keys()):
        known = ", ".join(sorted(REASONS))
        raise InputError(f"no such reason: {', '.join(unknown)}. Known: {known}")
    chosen = choices(flags)
    with RunProgress("retrying") as progress:
        report = pipeline.retry(
            reasons, chosen.folders, chosen.recipe, space=flags["space"], observer=progress
        )
    return conclude(report, chosen)


def conclude(report: Report, chosen: Choices) -> int:
    """Print what a run came to; its exit code."""
    if chosen.as_json:
        print_json(report_json(report))
    else:
        out.print(state_table(report))
        _print_failures(report)
        _print_notes(report)
    return 0 if report.succeeded else 1


def _run(
    goal: Goal, verb: str, manifest: str, flags: dict[str, Any], *, revalidate: bool = False
) -> int:
    chosen = choices(flags)
    chosen = replace(chosen, recipe=replace(chosen.recipe, revalidate=revalidate))
    with RunProgress(verb) as progress:
        report = pipeline.run(
            goal,
            manifest,
            chosen.folders,
            chosen.recipe,
            space=flags["space"],
            observer=progress,
            show_terms=show_terms,
        )
    return conclude(report, chosen)


def show_terms(terms: Terms) -> None:
    """Show the dataset's terms, as a first run does."""
    text = Text("\n\n".join(paragraphs(terms)))
    err.print(Panel(text, title="the terms of this dataset", width=min(err.width, 96)))


def _print_failures(report: Report) -> None:
    wrong = [s for s in report.standings if s.reason and s.state is not State.ALIGNED]
    if not wrong:
        return
    out.print()
    out.print(failure_table(wrong[:_MOST_LISTED]))
    if len(wrong) > _MOST_LISTED:
        out.print(f"… and {len(wrong) - _MOST_LISTED:,} more: portraitset status --list")


def _print_notes(report: Report) -> None:
    for note in report.notes[-_MOST_LISTED:]:
        out.print(Text.assemble(("note: ", "dim"), plain(f"{note.subject}: {note.text}")))
