"""Words in, report and exit code out."""

import gc
import io
import signal
import sys
import traceback
from collections.abc import Callable

import click

from portraitset.cli.commands import Commands
from portraitset.errors import InputError, WorkspaceError
from portraitset.identity import __version__

_OBJECTS_BETWEEN_COLLECTIONS = 50_000
"""A manifest is many objects that all stay: Python's 700 would look at them over and over again,
a tenth of the time of `remove` among 25,000 faces."""

EXIT_INPUT, EXIT_WORKSPACE, EXIT_BUG, EXIT_INTERRUPTED = 2, 3, 70, 130


@click.group(
    cls=Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog=(
        "Exit codes: 0 all well; 1 finished, but some faces did not reach the goal; 2 bad input or"
        " usage; 3 the workspace cannot go on; 130 interrupted."
    ),
)
@click.version_option(__version__, prog_name="portraitset")
def cli() -> None:
    """Build aligned artistic-face datasets from pictures, by address or file, and landmarks.

    MANIFEST is a file in the schema of AAHQ, FFHQ, MetFaces or the tool's own (JSON lines or
    Parquet, as `release` writes them), or `aahq` or `ffhq` for theirs. Begin with `portraitset
    demo`, which needs nothing, or `portraitset plan aahq`, which says what a build would take.
    """


def main() -> None:
    """Run the command line and end the process with its exit code."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    gc.set_threshold(_OBJECTS_BETWEEN_COLLECTIONS)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a name may be more than it can show
    try:
        code = run(sys.argv[1:])
    except Exception:  # noqa: BLE001 the process ends here; its exit code must not mean "finished"
        from portraitset.cli.console import err

        traceback.print_exc()
        err.print("This is a bug in portraitset: please report it with the lines above.")
        code = EXIT_BUG
    sys.exit(code)


def run(arguments: list[str]) -> int:
    """Run one command line; its exit code."""
    return exit_code_of(lambda: cli.main(arguments, prog_name="portraitset", standalone_mode=False))


def exit_code_of(command: Callable[[], object]) -> int:
    """Run a command that returns its exit code; say what went wrong where it raises instead."""
    # rich is loaded where something is to be said, not for --help
    try:
        code = command()
    except click.ClickException as error:
        error.show()
        return EXIT_INPUT
    except InputError as error:
        from portraitset.cli.console import print_error

        print_error("Cannot begin", error)
        return EXIT_INPUT
    except WorkspaceError as error:
        from portraitset.cli.console import print_error

        print_error("Stopped", error)
        return EXIT_WORKSPACE
    except (KeyboardInterrupt, click.Abort):
        from portraitset.cli.console import err

        err.print("Interrupted. What is finished is kept; the same command goes on from here.")
        return EXIT_INTERRUPTED
    except BrokenPipeError:  # the reader of our output has seen enough
        sys.stderr.close()
        return 0
    return code if isinstance(code, int) else 0
