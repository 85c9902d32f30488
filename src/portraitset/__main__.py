"""The command `portraitset`, and `python -m portraitset`."""

import sys


def main() -> None:
    """Run the command line; Ctrl-C is heard while it is still being loaded, too."""
    try:
        from portraitset.cli import main as run
    except KeyboardInterrupt:
        sys.exit(130)
    run()


if __name__ == "__main__":
    main()
