"""
How fast requests are checked and records decoded.

Operations a second, beside bare `msgspec.json.decode` of the same bytes in the same run: the ratio says what our rules
cost, whatever machine it runs on.
"""

import json
import timeit
from collections.abc import Callable
from typing import NamedTuple

import msgspec

from playhead.wire.check import Checked, check_media
from playhead.wire.decode import deliveries
from playhead.wire.envelope import read_envelope
from playhead.wire.record import RECORD_VERSION, Minted, Record, decode_record, encode_record

RECEIVED_MS = 1_767_232_815_120
SESSION_ID = "5c32e1a6ef6b58be5136ba8db2f79f1d251d3121a898bc8fb60123b8fdb9aa1c"
AROUND = {
    "query": {"identity": {"fetch": ["ECID"]}},
    "meta": {
        "queueTimeMillis": 1,
        "state": {
            "domain": "example.org",
            "cookiesEnabled": True,
            "entries": [
                {"key": "kndctr_ACME_AdobeOrg_cluster", "value": "va6"},
                {"key": "kndctr_ACME_AdobeOrg_identity", "value": "CiY0Mzg5NTEyNzMzNTUxMDc5MzgzMzU2MjU5NDY5MTY3Mzc3MTc2OFIOCI"},
            ],
        },
    },
}  # fmt: skip
SESSION_TEXTS = [
    "appVersion",
    "artist",
    "rating",
    "show",
    "episode",
    "originator",
    "firstAirDate",
    "authorized",
    "streamFormat",
    "station",
    "genre",
    "season",
    "showType",
    "friendlyName",
    "author",
    "album",
    "dayPart",
    "label",
    "mvpd",
    "feed",
    "assetID",
    "publisher",
    "firstDigitalDate",
    "network",
]


def request(action: str, members: dict[str, object]) -> bytes:
    """A request as alloy sends it."""
    xdm = {
        "timestamp": "2026-01-01T02:00:15.004Z",
        "eventType": f"media.{action}",
        "mediaCollection": {"playhead": 12, **members},
    }
    return json.dumps({"events": [{"xdm": xdm}], **AROUND}, separators=(",", ":")).encode()


PING = request("ping", {"qoeDataDetails": {"bitrate": 800}, "sessionID": SESSION_ID})
START = request(
    "sessionStart",
    {
        "sessionDetails": {
            "name": "clip-7",
            "playerName": "web-player",
            "length": 60,
            "channel": "site",
            "contentType": "VOD",
            **{name: f"some {name}" for name in SESSION_TEXTS},
            "streamType": "video",
            "hasResume": False,
        },
        "customMetadata": [{"name": f"name{n}", "value": "value"} for n in range(3)],
    },
)


class Measured(NamedTuple):
    """Seconds of one operation, the best of several runs."""

    name: str
    seconds: float


def measure(name: str, operation: Callable[[], object], number: int = 20_000) -> Measured:
    """The best of five runs: the others were disturbed."""
    return Measured(name, min(timeit.repeat(operation, number=number, repeat=5)) / number)


def report(bare: Measured, *measured: Measured) -> None:
    """One line each: operations a second, microseconds, ratio to the bare decode."""
    for name, seconds in (bare, *measured):
        print(f"{name:28} {1 / seconds:>12,.0f}/s {seconds * 1e6:8.2f} us {seconds / bare.seconds:6.2f}x")


def main() -> None:
    """Measure and print."""
    ping = Record(RECORD_VERSION, RECEIVED_MS, "va/v1/ping", "ee", "datastream", "request", PING)
    start = Record(
        RECORD_VERSION, RECEIVED_MS, "va/v1/sessionStart", "ee", "datastream", "request", START, (Minted(0, SESSION_ID, "1"),)
    )  # fmt: skip
    for record, action in ((ping, "ping"), (start, "sessionStart")):
        checked = check_media(record.body, action, RECEIVED_MS)
        if not isinstance(checked, Checked) or checked.events[0].errors or len(deliveries(record)) != 1:
            raise SystemExit(f"the {action} to measure is not valid: {checked}")
    stored = encode_record(ping)
    report(
        measure(f"bare decode, ping {len(PING)} B", lambda: msgspec.json.decode(PING)),
        measure("check_media, ping", lambda: check_media(PING, "ping", RECEIVED_MS)),
        measure("deliveries, ping", lambda: deliveries(ping)),
        measure("decode_record + deliveries", lambda: deliveries(decode_record(stored))),
        measure("read_envelope, ping", lambda: read_envelope(PING)),
    )
    report(
        measure(f"bare decode, start {len(START)} B", lambda: msgspec.json.decode(START)),
        measure("check_media, start", lambda: check_media(START, "sessionStart", RECEIVED_MS)),
        measure("deliveries, start", lambda: deliveries(start)),
    )


if __name__ == "__main__":
    main()
