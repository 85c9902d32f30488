"""The command that measures this machine."""

from pathlib import Path

import click


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
    from portraitset.cli.output.bench import measure_align

    return measure_align(output, quick)


@bench.command("download")
@_output_option
@click.option("--quick", is_flag=True, help="A tenth of the files, once: about a minute.")
def bench_download(output: Path, quick: bool) -> int:
    """Compare downloads with img2dataset and a plain loop, against nginx on loopback.

    img2dataset is installed into an environment of its own, in the user's cache folder.
    """
    from portraitset.cli.output.bench import measure_download

    return measure_download(output, quick)


@bench.command("export")
@_output_option
@click.option("--quick", is_flag=True, help="A tenth of the files, twice.")
def bench_export(output: Path, quick: bool) -> int:
    """Compare handing bytes on with encoding each picture anew, in one run."""
    from portraitset.cli.output.bench import measure_export

    return measure_export(output, quick)


@bench.command("job")
@_output_option
@click.option("--quick", is_flag=True, help="A fifth of the photos, once: about two minutes.")
def bench_job(output: Path, quick: bool) -> int:
    """Compare the whole job, build and align, with upstream's two scripts.

    Drawn photos of 1 MB from a web server on loopback; upstream's method without its pauses.
    """
    from portraitset.cli.output.bench import measure_job

    return measure_job(output, quick)
