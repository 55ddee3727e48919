"""`playhead demo`."""

import os
import sys
import tempfile
import threading
import webbrowser
from collections.abc import Mapping
from contextlib import ExitStack
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from playhead.cli.options import ConfigFile, DataDirectory, help_of, settings_for

if TYPE_CHECKING:
    from playhead.app.banner import Doors

LOOPBACK = "127.0.0.1"


def demo(
    *,
    busy: Annotated[
        bool, Parameter(negative="", help="With a week of made-up viewers behind it, and more who watch now.")
    ] = False,
    data_dir: DataDirectory = None,
    port: Annotated[int | None, Parameter(help=help_of("collector.port"))] = None,
    console_port: Annotated[int | None, Parameter(help=help_of("console.port"))] = None,
    browser: Annotated[bool, Parameter(help="Open the page in a browser.")] = True,
    config: ConfigFile = None,
) -> int:
    """
    Watch a video and the session it makes, side by side.

    Starts everything as `serve` does, for this machine only, with a page at /demo: a player that reports to the collector
    as any player would, beside what Playhead makes of it. With --busy in an empty data directory, which is thrown away
    at the end unless --data-dir names one: made-up viewers do not mix with real ones.
    """
    with ExitStack() as stack:
        kept = not busy or data_dir is not None
        if not kept:
            data_dir = stack.enter_context(tempfile.TemporaryDirectory(prefix="playhead-demo-"))
        found = settings_for(
            {
                "data_dir": data_dir,
                "datastream": "demo" if busy else None,
                "collector.host": LOOPBACK,
                "collector.port": port,
                "console.host": LOOPBACK,
                "console.port": console_port,
            },
            config,
        )
        from playhead.app.serve import serve  # noqa: PLC0415 - heavy: everything is behind it

        audience = None
        if busy:
            from playhead.app.busy import make_past  # noqa: PLC0415 - only then
            from playhead.app.clock import SystemClock  # noqa: PLC0415

            sys.stderr.write("playhead: making up a week of viewers\n")
            audience = make_past(found.settings, SystemClock())

        def announce(doors: "Doors", _: bool) -> None:
            page = doors.console_url if busy else f"{doors.console_url}/demo"
            sys.stdout.write(busy_text(doors, kept=kept) if busy else demo_text(doors))
            sys.stdout.flush()
            if browser and has_screen(os.environ):
                threading.Thread(target=webbrowser.open, args=(page,), daemon=True).start()

        return serve(found, announce=announce, demo=True, alongside=audience.watch if audience else None)


def demo_text(doors: "Doors") -> str:
    """What is said once everything answers."""
    return f"The demo is at {doors.console_url}/demo\nCtrl-C ends it. What was watched stays in {doors.data_dir}\n"


def busy_text(doors: "Doors", *, kept: bool) -> str:
    """The same with an audience; `kept`: the data directory stays."""
    return f"""\
A made-up audience of a week is being read in, and goes on watching:

  Who watches now     {doors.console_url}/live
  The week            {doors.console_url}/
  A player to try     {doors.console_url}/demo

Ctrl-C ends it. What was watched {f"stays in {doors.data_dir}" if kept else "is thrown away then"}.
"""


def has_screen(environ: Mapping[str, str], platform: str = sys.platform) -> bool:
    """Whether a browser with windows can be expected; one in the terminal would be of no use."""
    return platform == "darwin" or bool(environ.get("DISPLAY") or environ.get("WAYLAND_DISPLAY"))
