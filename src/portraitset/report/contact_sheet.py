"""The contact sheet as an output: drawn from a workspace, registered, and drawn again."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from portraitset.align.encode import SUFFIXES, encode_image, format_of, made_by
from portraitset.curate.holdings import HeldFace, Holdings, holdings_of
from portraitset.errors import InputError
from portraitset.identity import SOFTWARE
from portraitset.report.teaser import choose_evenly, draw_teaser
from portraitset.workspace.layout import Folders, translated, write_whole
from portraitset.workspace.lineage import Lineage, Member, Output

KIND = "teaser"


def write_teaser(folders: Folders, output: Path, faces: int) -> None:
    """Draw the contact sheet of a workspace into a file.

    Raises:
        InputError: no face is aligned yet, the file name's format is unknown, or the file is there
            and not one of the tool's own.
        WorkspaceError: the file cannot be written.
    """
    if output.suffix.lower() not in SUFFIXES:
        raise InputError(f"{output}: a contact sheet is a {', '.join(SUFFIXES)} file")
    if output.exists() and made_by(output) is None:
        raise InputError(f"{output} is there already, and portraitset did not make it")
    held = holdings_of(folders).faces
    if not held:
        raise InputError(f"no face is aligned yet in {folders.state.parent}")
    drawn = Output(output.absolute(), KIND, settings={"faces": faces})
    with Lineage.open(folders.state) as lineage:
        lineage.begin(drawn)
    _write(folders, drawn, held)


def without(holdings: Holdings, output: Output, faces: frozenset[str]) -> None:
    """Draw a contact sheet again without these faces; delete it if there is no other.

    Raises:
        WorkspaceError: it cannot be written.
    """
    held = [item for item in holdings.faces if item.name not in faces]
    if held:
        _write(holdings.folders, output, held)
        return
    with translated(output.path):
        output.path.unlink(missing_ok=True)
    with Lineage.open(holdings.folders.state) as lineage:
        lineage.forget(output.path)


def _write(folders: Folders, output: Output, held: Sequence[HeldFace]) -> None:
    by_path = {item.crop: item.name for item in held}
    most = output.settings.get("faces")
    shown = choose_evenly(list(by_path), most if isinstance(most, int) else len(by_path))
    sheet = np.asarray(draw_teaser(shown))
    image_format = format_of(output.path.name)
    write_whole(output.path, encode_image(sheet, image_format, None, {"Software": SOFTWARE}))
    with Lineage.open(folders.state) as lineage:
        lineage.finish(output.path, (Member(by_path[path], ".") for path in shown))
