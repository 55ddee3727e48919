"""
Events a second through what a processor does with them: journal record, deliveries, session life, fold.

Pings of many sessions in step, one every ten seconds each, as the browser library sends them; one event a request, and
a hundred. The reference of the same run is a bare msgspec decode of the same bodies: what any program must at least do.
"""

import argparse
import json
from collections.abc import Iterator

import msgspec

from decode import AROUND
from fold import DATASTREAM, START_MS, begin, reporter, seconds_of
from playhead.wire.decode import deliveries
from playhead.wire.record import RECORD_VERSION, Record, decode_record, encode_record
from playhead.wire.timestamps import write_timestamp

MANY = 100


def bodies(sessions: int, rounds: int, events: int) -> Iterator[tuple[int, bytes]]:
    """Requests of so many pings each, with their arrival; sessions take turns."""
    items = []
    for beat in range(1, rounds + 1):
        for number in range(sessions):
            at_ms = START_MS + beat * 10_000 + number * 10_000 // sessions
            collection = {"playhead": beat * 10, "sessionID": f"{number:064x}", "qoeDataDetails": {"bitrate": 800}}
            xdm = {"timestamp": write_timestamp(at_ms), "eventType": "media.ping", "mediaCollection": collection}
            items.append({"xdm": xdm})
            if len(items) == events:
                yield at_ms, json.dumps({"events": items, **AROUND}, separators=(",", ":")).encode()
                items = []


def measure(sessions: int, rounds: int, events: int) -> None:
    """One line: records of so many events each, decoded and folded, beside the bare decode."""
    requests = list(bodies(sessions, rounds, events))
    payloads = [
        encode_record(
            Record(RECORD_VERSION, at_ms, "va/v1/ping", "ee", DATASTREAM, f"4f1c8a39-0a3a-{number:012x}", body)
        )
        for number, (at_ms, body) in enumerate(requests)
    ]
    core = reporter()
    begin(core, sessions)
    taken = 0

    def decode() -> None:
        for payload in payloads:
            deliveries(decode_record(payload))

    def decode_and_fold() -> None:
        nonlocal taken
        take = core.take
        for payload in payloads:
            for delivery in deliveries(decode_record(payload)):
                take(delivery)
                taken += 1

    def bare() -> None:
        for _, body in requests:
            msgspec.json.decode(body)

    bare_s, decode_s, both_s = seconds_of(bare), seconds_of(decode), seconds_of(decode_and_fold)
    if taken != len(requests) * events:
        raise SystemExit(f"{len(requests) * events} events sent, {taken} taken")
    print(
        f"{events:>4} a record  decode+fold {taken / both_s:>10,.0f} events/s  decode alone {taken / decode_s:>10,.0f}"
        f"  bare decode {taken / bare_s:>10,.0f}  ratio {bare_s / both_s:.2f}"
    )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sessions", type=int, default=2_000)
    parser.add_argument("--rounds", type=int, default=50)
    options = parser.parse_args()
    for events in (1, MANY):
        measure(options.sessions, options.rounds, events)


if __name__ == "__main__":
    main()
