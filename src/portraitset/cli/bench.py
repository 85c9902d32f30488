"""The command that measures this machine."""

from pathlib import Path

import click

from portraitset.cli.console import err, out
from portraitset.workspace import translated


@click.group()
def bench() -> None:
    """Measure this machine."""


@bench.command("align")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("bench-output"),
    show_default=True,
    help="Folder for the table and the plot.",
)
@click.option("--quick", is_flag=True, help="Fewer rounds and no largest picture: about a minute.")
def bench_align(output: Path, quick: bool) -> int:
    """Compare reference, exact and fast alignment, stage by stage, in one run."""
    from portraitset.bench import run_align  # a measurement's imports cost nobody else anything

    with translated(output):
        output.mkdir(parents=True, exist_ok=True)
    with err.status("measuring; anything else that runs meanwhile spoils the figures"):
        report = run_align(output, quick)
    out.print(report.as_markdown(), markup=False)
    return 0
