"""The command line: data on stdout, everything else on stderr."""

import sys
from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """
    Run `playhead` with these arguments, by default those of the process.

    Returns:
        Exit status: 0 done, 1 failed, 2 wrong usage.
    """
    words = list(sys.argv[1:] if arguments is None else arguments)
    from playhead.cli.program import run  # noqa: PLC0415 - the package itself stays light for collector processes

    return run(words)
