"""The command that measures this machine."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from portraitset.cli.console import err, out
from portraitset.workspace.layout import translated

if TYPE_CHECKING:
    from portraitset.bench.align import AlignReport
    from portraitset.bench.download_report import DownloadReport
    from portraitset.bench.export import ExportReport
    from portraitset.bench.job import JobReport


@click.group()
def bench() -> None:
    """Measure this machine."""


_output_option = click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("bench-output"),
    show_default=True,
    help="Folder for the table and the plot.",
)


@bench.command("align")
@_output_option
@click.option("--quick", is_flag=True, help="Fewer rounds and no largest picture: about a minute.")
def bench_align(output: Path, quick: bool) -> int:
    """Compare reference, exact and fast alignment, stage by stage, in one run."""
    from portraitset.bench.align import (
        run_align,  # a measurement's imports cost nobody else anything
    )

    return _measure(lambda: run_align(output, quick), output)


@bench.command("download")
@_output_option
@click.option("--quick", is_flag=True, help="A tenth of the files, once: about a minute.")
def bench_download(output: Path, quick: bool) -> int:
    """Compare downloads with img2dataset and a plain loop, against nginx on loopback.

    img2dataset is installed into an environment of its own, in the user's cache folder.
    """
    from portraitset.bench.download import run_download

    return _measure(lambda: run_download(output, quick), output)


@bench.command("export")
@_output_option
@click.option("--quick", is_flag=True, help="A tenth of the files, twice.")
def bench_export(output: Path, quick: bool) -> int:
    """Compare handing bytes on with encoding each picture anew, in one run."""
    from portraitset.bench.export import run_export

    return _measure(lambda: run_export(output, quick), output)


@bench.command("job")
@_output_option
@click.option("--quick", is_flag=True, help="A fifth of the photos, once: about two minutes.")
def bench_job(output: Path, quick: bool) -> int:
    """Compare the whole job, build and align, with upstream's two scripts.

    Drawn photos of 1 MB from a web server on loopback; upstream's method without its pauses.
    """
    from portraitset.bench.job import run_job

    return _measure(lambda: run_job(output, quick), output)


def _measure(
    run: "Callable[[], AlignReport | DownloadReport | ExportReport | JobReport]", output: Path
) -> int:
    with translated(output):
        output.mkdir(parents=True, exist_ok=True)
    with err.status("measuring; anything else that runs meanwhile spoils the figures"):
        report = run()
    out.print(report.as_markdown(), markup=False, soft_wrap=True)
    return 0
