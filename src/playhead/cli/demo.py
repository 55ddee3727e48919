"""`playhead demo`."""

import os
import sys
import threading
import webbrowser
from collections.abc import Mapping
from typing import Annotated

from cyclopts import Parameter

from playhead.cli.options import ConfigFile, DataDirectory, help_of, settings_for

LOOPBACK = "127.0.0.1"


def demo(
    *,
    data_dir: DataDirectory = None,
    port: Annotated[int | None, Parameter(help=help_of("collector.port"))] = None,
    console_port: Annotated[int | None, Parameter(help=help_of("console.port"))] = None,
    browser: Annotated[bool, Parameter(help="Open the page in a browser.")] = True,
    config: ConfigFile = None,
) -> int:
    """
    Watch a video and the session it makes, side by side.

    Starts everything as `serve` does, for this machine only, with a page at /demo: a player that reports to the collector
    as any player would, beside what Playhead makes of it.
    """
    found = settings_for(
        {
            "data_dir": data_dir,
            "collector.host": LOOPBACK,
            "collector.port": port,
            "console.host": LOOPBACK,
            "console.port": console_port,
        },
        config,
    )
    from playhead.app.banner import Doors  # noqa: PLC0415
    from playhead.app.serve import serve  # noqa: PLC0415 - heavy: everything is behind it

    def announce(doors: Doors, _: bool) -> None:
        url = f"{doors.console_url}/demo"
        sys.stdout.write(f"The demo is at {url}\nCtrl-C ends it. What was watched stays in {doors.data_dir}\n")
        sys.stdout.flush()
        if browser and has_screen(os.environ):
            threading.Thread(target=webbrowser.open, args=(url,), daemon=True).start()

    return serve(found, announce=announce, demo=True)


def has_screen(environ: Mapping[str, str], platform: str = sys.platform) -> bool:
    """Whether a browser with windows can be expected; one in the terminal would be of no use."""
    return platform == "darwin" or bool(environ.get("DISPLAY") or environ.get("WAYLAND_DISPLAY"))
