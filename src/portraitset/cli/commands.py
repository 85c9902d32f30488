"""The commands by what a user wants, each with its sentence; loaded when it is called.

`--help`, `--version` and the completion of a command's name import nothing but click and this. A
command's own module holds its flags, for its help and their completion; what it does and prints
lies in `output` and is loaded when it is called.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from importlib import import_module

import click
from click.shell_completion import CompletionItem


@dataclass(frozen=True, slots=True)
class Entry:
    """Where a command is to be found, and what it is for.

    Attributes:
        place: `module:name` within `portraitset.cli`.
        sentence: the first line of the command's own help; a test compares the two.
    """

    place: str
    sentence: str


SECTIONS: Mapping[str, Mapping[str, Entry]] = {
    "Start": {
        "demo": Entry(
            "demo:demo",
            "Draw portraits, serve them on loopback with realistic faults, and build the dataset.",
        ),
        "detect": Entry(
            "detect:detect",
            "Find faces in pictures, and write a manifest with their landmarks.",
        ),
        "convert": Entry(
            "convert:convert",
            "Read landmarks in another tool's format and write them in yet another.",
        ),
        "agreement": Entry(
            "agreement:agreement",
            "Compare several people's landmarks of the same pictures, point by point.",
        ),
        "plan": Entry(
            "plan:plan",
            "Say what a build would take: requests, disk space, time, opt-outs."
            " Asks for no picture.",
        ),
    },
    "Build": {
        "build": Entry("build:build", "Download originals and align their faces, both at once."),
        "download": Entry("build:download", "Fetch and verify the originals into raw/."),
        "align": Entry("build:align", "Cut the aligned crops from the originals in raw/."),
        "retry": Entry(
            "build:retry",
            "Try again what ended for the given reasons, and build the rest as the last run would.",
        ),
    },
    "Look": {
        "status": Entry(
            "status:status",
            "Show where every face stands: each in exactly one state, adding up to the manifest.",
        ),
        "report": Entry(
            "report:report",
            "Write one HTML file that shows the dataset: numbers, plots, failures, copies,"
            " every face.",
        ),
        "check-landmarks": Entry(
            "check_landmarks:check_landmarks",
            "Compare the landmarks with what a detector finds, and list those that disagree.",
        ),
        "teaser": Entry("teaser:teaser", "Lay aligned faces out on one contact sheet."),
        "rot": Entry(
            "rot:rot",
            "Report link rot: what became of the addresses, by host, by year of upload,"
            " by outcome.",
        ),
    },
    "Select": {
        "curate": Entry(
            "curate:curate",
            "Measure the faces held, find copies, apply rules and decisions, and write the"
            " selection.",
        ),
        "review": Entry(
            "review:review",
            "Keep and reject faces by eye, on a page in your browser. Ctrl-C ends it.",
        ),
    },
    "Hand on": {
        "export": Entry("export:export", "Write the aligned faces as a trainer reads them."),
        "sidecars": Entry(
            "sidecars:sidecars",
            "Write where each crop lies in its photo: quad, matrices, landmarks, scale, padding.",
        ),
        "paste-back": Entry(
            "paste_back:paste_back",
            "Paste edited crops back into copies of their photos.",
        ),
        "release": Entry(
            "release:release",
            "Write what can be published of a dataset: manifest, digests, licence set, no picture.",
        ),
        "lock": Entry(
            "lock:lock",
            "Write a lock file: the digests of every original and crop, and one fingerprint"
            " for all.",
        ),
        "verify": Entry(
            "verify:verify", "Read every file and compare it with a lock file, or with the ledger."
        ),
    },
    "Take out": {
        "remove": Entry(
            "remove:remove_command",
            "Take pictures out of a workspace and of all that was made from it, and keep them out.",
        ),
        "verify-removed": Entry(
            "verify_removed:verify_removed",
            "Look for what was taken out, in any folder or archive; also in somebody else's copy.",
        ),
    },
    "Measure": {
        "bench": Entry("bench:bench", "Measure this machine."),
    },
}


class Commands(click.Group):
    """A group whose commands are imported when they are called, and listed by section."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 click's signature
        """Every name, in the order of the help."""
        return [name for entries in SECTIONS.values() for name in entries]

    def get_command(
        self,
        ctx: click.Context,  # noqa: ARG002 click's signature
        cmd_name: str,
    ) -> click.Command | None:
        """Import a command; None if there is none of this name."""
        for entries in SECTIONS.values():
            if cmd_name in entries:
                module, name = entries[cmd_name].place.split(":")
                found = getattr(import_module(f"portraitset.cli.{module}"), name)
                return found if isinstance(found, click.Command) else None
        return None

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command that is called; where there is none, name the one that was meant."""
        name, known = args[0], self.list_commands(ctx)
        near = get_close_matches(name, known, n=1)
        if near and name not in known and not ctx.resilient_parsing:
            ctx.fail(f"No such command {name!r}. Did you mean {near[0]!r}?")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands by section, each with its whole sentence."""
        width = max(len(name) for name in self.list_commands(ctx))
        for title, entries in SECTIONS.items():
            with formatter.section(title):
                rows = [(name.ljust(width), entry.sentence) for name, entry in entries.items()]
                formatter.write_dl(rows)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Complete a command's name without importing any command."""
        named = [
            CompletionItem(name, help=entry.sentence)
            for entries in SECTIONS.values()
            for name, entry in entries.items()
            if name.startswith(incomplete)
        ]
        return named + click.Command.shell_complete(self, ctx, incomplete)
