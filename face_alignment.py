"""AAHQ's alignment script, over portraitset: same flags, same files, same pixels, faster."""

import sys

from portraitset.cli.upstream import align_script

if __name__ == "__main__":
    sys.exit(align_script(sys.argv[1:]))
