"""
The commands and what every one of them has in common: exit status, errors in one line on stderr.

Law: a module behind a command is imported only when that command runs.
"""

import os
import sys
from collections.abc import Sequence

from cyclopts import App, CycloptsError
from rich.console import Console

from playhead import __version__
from playhead.base.errors import PlayheadError, UsageError

DONE = 0
FAILED = 1
WRONG_USAGE = 2

HELP = """\
Open, self-hosted media analytics that speaks the Media Edge API on the wire.

`playhead serve` starts everything on this machine; `playhead demo` shows it with a video.
"""

SERVE_HELP = """\
Run the whole system on this machine: collector, processor and console.

An empty data directory gets a datastream and its keys. What to send where is printed once everything answers.
Stop it with Ctrl-C or SIGTERM: whatever was acknowledged is kept.
"""


def build() -> App:
    """The program: every command by name, loaded when it is asked for."""
    app = App(
        name="playhead",
        help=HELP,
        version=__version__,
        help_format="markdown",
        result_action="return_value",
        exit_on_error=False,
        print_error=False,
        suppress_keyboard_interrupt=False,
    )
    app.command("playhead.cli.serve:serve", name="serve", help=SERVE_HELP)
    app.command("playhead.cli.demo:demo", name="demo", help="Watch a video and the session it makes, side by side.")
    datastream = App(name="datastream", help="Make and change datastreams: what a player's `configId` stands for.")
    for verb, meaning in {
        "create": "Make a datastream.",
        "list": "List the datastreams.",
        "show": "Show one datastream.",
        "update": "Change a datastream; what is not named stays.",
        "disable": "Make a datastream refuse requests.",
        "enable": "Make a disabled datastream take requests again.",
    }.items():
        function = "list_datastreams" if verb == "list" else f"{verb}_datastream"
        datastream.command(f"playhead.cli.datastream:{function}", name=verb, help=meaning)
    app.command(datastream)
    app.command("playhead.cli.replay:replay", name="replay", help="Run recorded events through the engine, offline.")
    app.command(
        "playhead.cli.simulate:simulate", name="simulate", help="Send realistic viewers through the public collector."
    )
    app.command("playhead.cli.query:query", name="query", help="Ask the store in SQL; nothing can be changed.")
    lookup = App(
        name="lookup", help="Keep tables of names and more beside what players send; reports show what they say."
    )
    for verb, meaning in {
        "import": "Take a table of CSV.",
        "export": "Write a lookup as CSV.",
        "list": "List the lookups.",
    }.items():
        function = "list_lookups" if verb == "list" else f"{verb}_lookup"
        lookup.command(f"playhead.cli.lookup:{function}", name=verb, help=meaning)
    app.command(lookup)
    app.command("playhead.cli.verify:verify", name="verify", help="Check the store against the log it was made from.")
    app.command("playhead.cli.rebuild:rebuild", name="rebuild", help="Recompute sessions by the settings of now.")
    config = App(name="config", help="Look at the settings.")
    config.command("playhead.cli.config:show_config", name="show", help="Show every setting and where it came from.")
    app.command(config)
    return app


def run(words: Sequence[str]) -> int:
    """Run one command; every error ends here."""
    try:
        result = build()(list(words))
        sys.stdout.flush()
    except CycloptsError as error:
        _complain(_in_one_line(error))
        _complain(f"try: {_command_of(words)} --help", prefix="")
        return WRONG_USAGE
    except UsageError as error:
        _complain(str(error))
        return WRONG_USAGE
    except PlayheadError as error:
        _complain(str(error))
        return FAILED
    except BrokenPipeError:  # the reader of our output went away, as `| head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    except KeyboardInterrupt:
        _complain("interrupted")
        return FAILED
    return result if isinstance(result, int) else DONE


def _command_of(words: Sequence[str]) -> str:
    """The command that was meant: the words before the first option, as far as they are commands."""
    known, app = ["playhead"], build()
    for word in words:
        if word.startswith("-") or word not in app:
            break
        known.append(word)
        app = app[word]
    return " ".join(known)


def _in_one_line(error: CycloptsError) -> str:
    return " ".join(str(error).split())


def _complain(message: str, prefix: str = "playhead: ") -> None:
    Console(stderr=True, highlight=False, markup=False, soft_wrap=True).print(f"{prefix}{message}")
