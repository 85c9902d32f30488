"""What was measured, printed."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from portraitset.cli.console import err, out
from portraitset.workspace.layout import translated

if TYPE_CHECKING:
    from portraitset.bench.align import AlignReport
    from portraitset.bench.download_report import DownloadReport
    from portraitset.bench.export import ExportReport
    from portraitset.bench.job import JobReport

# A measurement's imports cost no other one anything.


def measure_align(output: Path, quick: bool) -> int:
    """Run `bench align`; its exit code."""
    from portraitset.bench.align import run_align

    return _measure(lambda: run_align(output, quick), output)


def measure_download(output: Path, quick: bool) -> int:
    """Run `bench download`; its exit code."""
    from portraitset.bench.download import run_download

    return _measure(lambda: run_download(output, quick), output)


def measure_export(output: Path, quick: bool) -> int:
    """Run `bench export`; its exit code."""
    from portraitset.bench.export import run_export

    return _measure(lambda: run_export(output, quick), output)


def measure_job(output: Path, quick: bool) -> int:
    """Run `bench job`; its exit code."""
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
