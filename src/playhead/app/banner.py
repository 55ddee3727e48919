"""What `playhead serve` says on stdout once everything answers: where to send events, where to see them."""

from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import Struct

from playhead import __version__

FIRST_EVENT: Mapping[str, Any] = {
    "events": [
        {
            "xdm": {
                "eventType": "media.sessionStart",
                "mediaCollection": {
                    "playhead": 0,
                    "sessionDetails": {
                        "name": "first-video",
                        "friendlyName": "My first video",
                        "length": 60,
                        "contentType": "vod",
                        "channel": "trial",
                        "playerName": "curl",
                    },
                },
            }
        }
    ]
}
"""A session start with every required field (protocol.md 1.3)."""


class Doors(Struct, frozen=True, kw_only=True):
    """
    What a person needs to know of a running server.

    Attributes:
        collector_url, console_url: Without a slash at the end.
        base_path: First one the collector answers.
        datastream_id: What players name.
        data_dir: Absolute.
        self_signed: The certificate is ours, so that clients must be told not to check it.
    """

    collector_url: str
    console_url: str
    base_path: str
    datastream_id: str
    data_dir: str
    self_signed: bool = False


def banner(doors: Doors, *, first_start: bool) -> str:
    """The text, ready to print. Of later starts it is short; the `curl` of both can be pasted as it is."""
    where = f"""\
Playhead {__version__} is running.

  Console      {doors.console_url}
  Collector    {doors.collector_url}
  Datastream   {doors.datastream_id}
  Data         {doors.data_dir}
"""
    if first_start:
        return f"""\
{where}
Start a first session: paste this into another terminal.

{curl(doors)}

It then shows up in the console. Ctrl-C stops the server; whatever was acknowledged is kept.
"""
    return f"{where}\n{curl(doors, short=True)}\n"


def curl(doors: Doors, *, short: bool = False) -> str:
    """The command that starts a session, for a POSIX shell."""
    insecure = " --insecure" if doors.self_signed else ""
    url = f"{doors.collector_url}/{doors.base_path}/va/v1/sessionStart?configId={doors.datastream_id}"
    body = msgspec.json.encode(FIRST_EVENT)
    if short:
        return f"curl{insecure} '{url}' -H 'Content-Type: application/json' -d '{body.decode()}'"
    pretty = msgspec.json.format(body, indent=2).decode()
    return f"curl{insecure} -X POST '{url}' \\\n  --header 'Content-Type: application/json' \\\n  --data-raw '{pretty}'"
