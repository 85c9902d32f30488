"""The quick door: what stands in the help is loaded without the work."""

import os
import subprocess
import sys

import click
import pytest

from portraitset.cli import cli
from portraitset.cli.commands import SECTIONS

HEAVY = ("numpy", "numba", "scipy", "PIL", "aiohttp", "sqlite3", "pyarrow", "rich")
ENTRIES = {name: entry for entries in SECTIONS.values() for name, entry in entries.items()}
CONTEXT = click.Context(cli)
LOADED = (
    "import atexit, sys\n"
    f"atexit.register(lambda: print('loaded:', [m for m in {HEAVY} if m in sys.modules]))\n"
    "from portraitset.__main__ import main\n"
    "main()"
)


@pytest.mark.parametrize("name", ENTRIES)
def test_sentence_is_the_commands_own(name: str) -> None:
    command = cli.get_command(CONTEXT, name)
    assert command is not None
    assert (command.help or "").splitlines()[0] == ENTRIES[name].sentence


def test_help_shows_every_command_with_its_whole_sentence() -> None:
    shown = " ".join(cli.get_help(CONTEXT).split())
    for name, entry in ENTRIES.items():
        assert f"{name} {entry.sentence}" in shown


@pytest.mark.parametrize(
    ("arguments", "environment", "expected"),
    [
        (["--help"], {}, "Take out:"),
        (["--version"], {}, "version"),
        ([], {"COMP_WORDS": "portraitset ver", "COMP_CWORD": "1"}, "plain,verify-removed"),
    ],
)
def test_door_opens_without_loading_the_work(
    arguments: list[str], environment: dict[str, str], expected: str
) -> None:
    completing = {"_PORTRAITSET_COMPLETE": "bash_complete"} if environment else {}
    done = subprocess.run(
        [sys.executable, "-c", LOADED, *arguments],
        check=True,
        capture_output=True,
        text=True,
        env=os.environ | environment | completing,
    )
    assert expected in done.stdout
    assert "loaded: []" in done.stdout


def test_unknown_command_is_bad_usage() -> None:
    assert cli.get_command(CONTEXT, "biuld") is None
