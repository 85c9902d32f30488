"""AAHQ's download script, over portraitset: same flags, same files, safer and faster."""

import sys

from portraitset.cli.upstream import download_script

if __name__ == "__main__":
    sys.exit(download_script(sys.argv[1:]))
