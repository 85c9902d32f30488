"""`python -m portraitset`."""

from portraitset.cli import main

if __name__ == "__main__":
    main()
