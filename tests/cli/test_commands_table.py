"""The quick door: what stands in the help is loaded without the work."""

import os
import re
import subprocess
import sys

import click
import pytest

from portraitset.cli import cli, run
from portraitset.cli.commands import SECTIONS
from portraitset.cli.sections import OUTPUT, section_of

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


def test_help_of_each_command_loads_no_work() -> None:
    source = (
        "import sys\n"
        "from portraitset.cli import run\n"
        f"for name in {list(ENTRIES)}:\n"
        "    assert run([name, '--help']) == 0\n"
        f"    assert not [m for m in {HEAVY} if m in sys.modules], name\n"
    )
    subprocess.run([sys.executable, "-c", source], check=True, capture_output=True)


def test_flags_are_completed_without_loading_the_work() -> None:
    words = {"COMP_WORDS": "portraitset build --qual", "COMP_CWORD": "2"}
    done = subprocess.run(
        [sys.executable, "-c", LOADED],
        check=True,
        capture_output=True,
        text=True,
        env=os.environ | words | {"_PORTRAITSET_COMPLETE": "bash_complete"},
    )
    assert "plain,--quality" in done.stdout
    assert "loaded: []" in done.stdout


@pytest.mark.parametrize("name", ["build", "download", "align", "retry", "plan"])
def test_long_help_shows_every_flag_once_in_its_section(name: str) -> None:
    command = cli.get_command(CONTEXT, name)
    assert command is not None
    context = click.Context(command, info_name=name)
    shown: list[tuple[str, str]] = []
    section = ""
    for line in command.get_help(context).splitlines():
        if re.fullmatch(r"\w.*:", line):
            section = line.removesuffix(":")
        elif flag := re.match(r"  (?:-\w, )?(--[\w-]+)", line):
            shown.append((flag[1], section))
    options = [p for p in command.get_params(context) if isinstance(p, click.Option)]
    longest = [(max(param.opts, key=len), section_of(param)) for param in options]
    assert sorted(shown) == sorted(longest)


def test_every_shared_flag_has_a_section_of_its_own() -> None:
    build = cli.get_command(CONTEXT, "build")
    assert build is not None
    rest = [
        p.name for p in build.params if p.param_type_name == "option" and section_of(p) == OUTPUT
    ]
    assert rest == ["as_json"]


def test_misspelt_command_is_answered_with_the_one_that_was_meant(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run(["biuld"]) == 2
    assert "No such command 'biuld'. Did you mean 'build'?" in capsys.readouterr().err
    assert run(["zzzzzz"]) == 2
    assert "Did you mean" not in capsys.readouterr().err
