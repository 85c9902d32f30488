"""The flags of `curate`."""

from pathlib import Path

import click

from portraitset.cli.options import json_option, workspace_option


@click.command()
@workspace_option
@click.option(
    "--recipe",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="TOML file with [curate] and [[rule]]. [default: keep all, report copies]",
)
@click.option("--dry-run", is_flag=True, help="Only say what would be selected.")
@click.option(
    "--merge-decisions",
    "others",
    metavar="FILE",
    type=click.Path(path_type=Path, dir_okay=False),
    multiple=True,
    help="Take over another person's decisions first. Repeatable.",
)
@click.option(
    "--workers", type=click.IntRange(1, 1024), help="Processes that read. [default: usable cores]"
)
@json_option
def curate(
    workspace: Path,
    recipe: Path | None,
    dry_run: bool,
    others: tuple[Path, ...],
    workers: int | None,
    as_json: bool,
) -> int:
    """Measure the faces held, find copies, apply rules and decisions, and write the selection.

    Without a recipe nothing is dropped but what a person rejected in `review` and what cannot be
    read. Export and release hand on what is selected.
    """
    from portraitset.cli.output.curate import curate as run

    return run(workspace, recipe, dry_run, others, workers, as_json)
