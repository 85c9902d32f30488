"""The runs of build, download, align and retry, watched and told of."""

from dataclasses import replace
from typing import Any

from rich.panel import Panel
from rich.text import Text

from portraitset.cli.choices import Choices, choices
from portraitset.cli.console import (
    err,
    failure_table,
    out,
    plain,
    print_json,
    report_json,
    state_table,
)
from portraitset.cli.output.progress import RunProgress
from portraitset.errors import REASONS, InputError, State
from portraitset.manifest.terms import Terms, paragraphs
from portraitset.pipeline import run as pipeline
from portraitset.pipeline.run import Report
from portraitset.pipeline.survey import Goal

_MOST_LISTED = 12


def build(manifest: str, **flags: Any) -> int:
    """Do what `build` is asked for; its exit code."""
    return _run("build", "building", manifest, flags)


def download(manifest: str, revalidate: bool, **flags: Any) -> int:
    """Do what `download` is asked for; its exit code."""
    return _run("download", "fetching", manifest, flags, revalidate=revalidate)


def align(manifest: str, **flags: Any) -> int:
    """Do what `align` is asked for; its exit code."""
    return _run("align", "aligning", manifest, flags)


def retry(only: str, **flags: Any) -> int:
    """Do what `retry` is asked for; its exit code."""
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
