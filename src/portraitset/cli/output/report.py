"""Where the report lies, printed."""

from pathlib import Path

from portraitset.cli.console import err, out, print_json
from portraitset.pipeline.recipe import usable_cores
from portraitset.pipeline.space import in_words
from portraitset.report.output import Written, write_report
from portraitset.workspace.layout import folders_of


def report(workspace: Path, output: Path, public: bool, workers: int | None, as_json: bool) -> int:
    """Do what `report` is asked for; its exit code."""
    with err.status("looking") as line:
        written = write_report(
            folders_of(workspace),
            output,
            public=public,
            workers=workers or usable_cores(),
            observer=lambda done, total: line.update(f"measuring {done:,} of {total:,} faces"),
        )
    _print(written, as_json)
    return 0


def _print(written: Written, as_json: bool) -> None:
    if as_json:
        print_json(
            {
                "file": str(written.path),
                "bytes": written.byte_count,
                "total": written.total,
                "faces": written.faces,
                "picture_side": written.picture_side,
            }
        )
        return
    out.print(f"{written.path}", markup=False)
    size = in_words(written.byte_count)
    out.print(f"{written.faces:,} of {written.total:,} faces, {size}", style="dim")
