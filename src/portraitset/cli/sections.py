"""Help that groups a command's flags by what they are about."""

from collections.abc import Callable
from typing import Any

import click

WHERE, FACES, PACE, PIXELS, PROOF, MANNERS = (
    "Where",
    "Faces",
    "Pace and limits",
    "Pixels",
    "Proof",
    "Manners",
)
OUTPUT = "Output"
"""Where flags without a section go, `--help` among them."""

SECTIONS = (WHERE, FACES, PACE, PIXELS, PROOF, MANNERS, OUTPUT)


class Flag(click.Option):
    """An option that knows its section of the help."""

    def __init__(self, *arguments: Any, section: str, **attributes: Any) -> None:
        super().__init__(*arguments, **attributes)
        self.section = section


class SectionedCommand(click.Command):
    """A command whose help shows its flags by section."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the sections, each with its flags in the order of their definition."""
        rows: dict[str, list[tuple[str, str]]] = {section: [] for section in SECTIONS}
        for param in self.get_params(ctx):
            record = param.get_help_record(ctx) if isinstance(param, click.Option) else None
            if record is not None:
                rows[section_of(param)].append(record)
        widest = max(len(flag) for found in rows.values() for flag, _ in found)
        column = min(widest, formatter.width // 3)
        for section, found in rows.items():
            if found:
                with formatter.section(section):
                    formatter.write_dl([(f.ljust(column), text) for f, text in found], column)


def section_of(param: click.Parameter) -> str:
    """The section that shows a parameter."""
    return param.section if isinstance(param, Flag) else OUTPUT


def flags_of(section: str) -> Callable[..., Callable[[Any], Any]]:
    """`click.option` for flags of one section."""

    def flag(*names: str, **attributes: Any) -> Callable[[Any], Any]:
        return click.option(*names, cls=Flag, section=section, **attributes)

    return flag
