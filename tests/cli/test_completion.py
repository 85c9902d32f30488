"""Shell completion, asked for in the shells themselves."""

import os
import pty
import select
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

PATIENCE = 60.0
"""Seconds after which a shell that says nothing has failed."""

SETUP = {
    "bash": 'eval "$(_PORTRAITSET_COMPLETE=bash_source portraitset)"',
    "zsh": "autoload -Uz compinit && compinit -D -u;"
    ' eval "$(_PORTRAITSET_COMPLETE=zsh_source portraitset)"',
    "fish": "_PORTRAITSET_COMPLETE=fish_source portraitset | source",
}
"""What the README says to put into the shell's start-up file."""

TYPED = [
    ("portraitset verify-re", "portraitset verify-removed"),
    ("portraitset build --qual", "portraitset build --quality"),
    ("portraitset build m.json --quality refe", "--quality reference"),
    ("portraitset build paint", "portraitset build paintings.jsonl"),
    ("portraitset verify --lock paint", "--lock paintings.jsonl"),
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("completion")
    (folder / "paintings.jsonl").touch()
    return folder


def environment(folder: Path) -> dict[str, str]:
    own = Path(sys.executable).parent
    keep = {"PATH": f"{own}{os.pathsep}{os.environ['PATH']}", "HOME": str(folder)}
    return keep | {"TERM": "dumb", "LC_ALL": "C.UTF-8", "PS1": "$ ", "ZDOTDIR": str(folder)}


def needs(shell: str) -> None:
    if shutil.which(shell) is None:
        pytest.skip(f"needs {shell} (apt-get install {shell})")


class Terminal:
    """A shell at the other end of a pseudo-terminal."""

    def __init__(self, end: int) -> None:
        self._end = end

    def type(self, text: str) -> None:
        os.write(self._end, text.encode())

    def shows(self, expected: str) -> str:
        """Read on until it stands there; what was read."""
        seen, stop = "", time.monotonic() + PATIENCE
        while expected not in seen:
            ready, _, _ = select.select([self._end], [], [], max(stop - time.monotonic(), 0))
            assert ready, f"{expected!r} never came: {seen!r}"
            seen += os.read(self._end, 4096).decode(errors="replace")
        return seen


@contextmanager
def terminal(command: list[str], folder: Path) -> Iterator[Terminal]:
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        command,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        cwd=folder,
        env=environment(folder),
        start_new_session=True,
    ) as shell:
        os.close(theirs)
        try:
            yield Terminal(ours)
        finally:
            shell.kill()
            shell.wait()
            os.close(ours)


@pytest.mark.parametrize(
    "command", [["bash", "--norc", "--noprofile", "-i"], ["zsh", "-f", "-i"]], ids=["bash", "zsh"]
)
def test_tab_completes_commands_flags_values_and_files(command: list[str], folder: Path) -> None:
    needs(command[0])
    with terminal(command, folder) as shell:
        shell.type(f"{SETUP[command[0]]}; echo rea''dy\n")
        shell.shows("ready")
        for typed, expected in TYPED:
            shell.type(f"{typed}\t")
            shell.shows(expected)
            shell.type("\x15")  # clears the line


@pytest.mark.parametrize(("typed", "expected"), TYPED, ids=[typed for typed, _ in TYPED])
def test_fish_completes_commands_flags_values_and_files(
    typed: str, expected: str, folder: Path
) -> None:
    needs("fish")
    done = subprocess.run(
        ["fish", "--no-config", "-c", f"{SETUP['fish']}; complete -C '{typed}'"],
        cwd=folder,
        env=environment(folder),
        capture_output=True,
        text=True,
        check=True,
        timeout=PATIENCE,
    )
    words = [line.split("\t")[0] for line in done.stdout.splitlines()]
    assert expected.rsplit(" ", maxsplit=1)[-1] in words, done.stderr


@pytest.mark.parametrize("shell", SETUP)
def test_readme_says_how(shell: str) -> None:
    readme = Path(__file__).parents[2] / "README.md"
    assert SETUP[shell].split(";")[-1].strip() in readme.read_text(encoding="utf-8")
