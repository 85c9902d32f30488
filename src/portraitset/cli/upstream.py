"""AAHQ's two scripts, with their flags, defaults and file names, over this library.

They exit 0 when the run has finished, whatever became of single pictures, as upstream's do.
"""

import argparse
from collections.abc import Callable
from pathlib import Path

from portraitset.cli import exit_code_of
from portraitset.cli.console import out, state_table
from portraitset.cli.output.build import show_terms
from portraitset.cli.output.progress import RunProgress
from portraitset.download.settings import DownloadSettings
from portraitset.pipeline import run as pipeline
from portraitset.pipeline.recipe import Recipe, usable_cores
from portraitset.pipeline.survey import Goal
from portraitset.workspace.layout import STATE_FOLDER, Folders

_UPSTREAM_DELAY = 2.0
_JSON = "./AAHQ-dataset.json"


def download_script(arguments: list[str]) -> int:
    """`download.py`: the originals into `save_dir`."""
    parser = _Parser(prog="download.py", description="Download AAHQ's originals.")
    parser.add_argument("--json_dir", default=_JSON, help="the manifest")
    parser.add_argument("--save_dir", default="./raw", help="folder for the originals")
    parser.add_argument("--retries", type=int, default=4, help="tries for each photo in all")
    parser.add_argument(
        "--max_delay_second",
        type=float,
        default=_UPSTREAM_DELAY,
        help="above the default of 2 the pace slows down in proportion; it never quickens, as"
        " the pace is the site's to set",
    )
    parser.add_argument("--mirror", help="fetch from this address + the original path")
    given = parser.parse_args(arguments)

    def settings() -> Recipe:
        slower = max(given.max_delay_second / _UPSTREAM_DELAY, 1.0)
        rate = DownloadSettings().rate / slower
        return Recipe(DownloadSettings(tries=given.retries, mirror=given.mirror, rate=rate))

    raw = Path(given.save_dir)
    folders = Folders(raw.parent / STATE_FOLDER, raw, raw.parent / "aligned")
    return _finish("download", given.json_dir, folders, settings)


def align_script(arguments: list[str]) -> int:
    """`face_alignment.py`: the crops of `raw_dir` into `save_dir`."""
    parser = _Parser(prog="face_alignment.py", description="Align AAHQ's faces.")
    parser.add_argument("--json_dir", default=_JSON, help="the manifest")
    parser.add_argument("--raw_dir", default="./raw", help="folder of the originals")
    parser.add_argument("--save_dir", default="./aligned", help="folder for the crops")
    parser.add_argument(
        "--n_worker", type=int, default=8, help="processes; never more than there are cores"
    )
    given = parser.parse_args(arguments)

    def settings() -> Recipe:
        return Recipe(workers=min(given.n_worker, usable_cores()))

    aligned = Path(given.save_dir)
    folders = Folders(aligned.parent / STATE_FOLDER, Path(given.raw_dir), aligned)
    return _finish("align", given.json_dir, folders, settings)


class _Parser(argparse.ArgumentParser):
    """Shows defaults, and takes no abbreviations that a later flag could make ambiguous."""

    def __init__(self, prog: str, description: str) -> None:
        super().__init__(
            prog=prog,
            description=description,
            allow_abbrev=False,
            formatter_class=argparse.ArgumentDefaultsHelpFormatter,
        )


def _finish(goal: Goal, manifest: str, folders: Folders, settings: Callable[[], Recipe]) -> int:
    source = manifest if Path(manifest).is_file() or manifest != _JSON else "aahq"

    def work() -> int:
        with RunProgress(goal) as progress:
            report = pipeline.run(
                goal, source, folders, settings(), observer=progress, show_terms=show_terms
            )
        out.print(state_table(report))
        return 0

    return exit_code_of(work)
