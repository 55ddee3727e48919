"""`python -m playhead` is `playhead`."""

import sys

from playhead.cli import main

if __name__ == "__main__":
    sys.exit(main())
