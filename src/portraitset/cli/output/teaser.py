"""The contact sheet."""

from pathlib import Path

from portraitset.cli.console import (
    out,
)
from portraitset.report.contact_sheet import write_contact_sheet
from portraitset.workspace.layout import folders_of


def teaser(workspace: Path, output: Path, faces: int) -> int:
    """Do what `teaser` is asked for; its exit code."""
    write_contact_sheet(folders_of(workspace), output, faces)
    out.print(f"{output}", markup=False)
    return 0
