"""
What the supervisor and a collector process say to each other.

Law: the supervisor writes one line, the orders, and then holds the pipe open: its end means "finish and go", whether the
supervisor closed it or died. The collector writes lines of reports to its stdout.
"""

from typing import Any

import msgspec
from msgspec import Struct

from playhead.collector.config import CollectorConfig
from playhead.collector.meters import MeterSnapshot

REPORT_INTERVAL_S = 1.0
LINE_BYTES_MAX = 4 * 1024 * 1024
"""Longest report line: counts by route, status and reason, all of closed sets."""


class Orders(Struct, frozen=True, kw_only=True):
    """
    What a collector process is to do.

    Attributes:
        worker: Its number, from 0.
        data_dir: The data directory, prepared.
        listener: Descriptor of the listening socket.
        config: Settings of the door.
        tls_cert, tls_key: PEM files; None without TLS.
        log_level: Least important message that is reported.
    """

    worker: int
    data_dir: str
    listener: int
    config: CollectorConfig
    tls_cert: str | None = None
    tls_key: str | None = None
    log_level: str = "info"


class Ready(Struct, frozen=True, tag="ready"):
    """The journal is open and requests are answered. `recovered`: what opening it found worth saying; else empty."""

    recovered: str = ""


class RequestCount(Struct, frozen=True, array_like=True):
    """Requests answered on a route with a status."""

    route: str
    status: int
    count: int


class Metered(Struct, frozen=True, tag="metered"):
    """Counts since the process began, and gauges of now; as `MeterSnapshot`, whose keys JSON cannot have."""

    requests: list[RequestCount]
    refusals: dict[str, int]
    latency_counts: list[int]
    latency_sum_s: float
    waiting: int
    waiting_bytes: int
    refused_records_lost: int
    journal_fault: str = ""


class Said(Struct, frozen=True, tag="said"):
    """A message for the operator: level of `logging`, text, and what else belongs to it."""

    level: str
    text: str
    fields: dict[str, Any] = {}


Report = Ready | Metered | Said

_ENCODER = msgspec.json.Encoder()
_DECODER: "msgspec.json.Decoder[Report]" = msgspec.json.Decoder(Report)


def report_line(report: Report) -> bytes:
    """A report as one line."""
    return _ENCODER.encode(report) + b"\n"


def read_report(line: bytes) -> Report:
    """
    The report of a line.

    Raises:
        msgspec.DecodeError: The line is none; both ends are ours, so that is our own mistake.
    """
    return _DECODER.decode(line)


def metered(snapshot: MeterSnapshot, journal_fault: str = "") -> Metered:
    """A snapshot as a report."""
    return Metered(
        requests=[RequestCount(route, status, count) for (route, status), count in snapshot.requests.items()],
        refusals=snapshot.refusals,
        latency_counts=list(snapshot.latency_counts),
        latency_sum_s=snapshot.latency_sum_s,
        waiting=snapshot.waiting,
        waiting_bytes=snapshot.waiting_bytes,
        refused_records_lost=snapshot.refused_records_lost,
        journal_fault=journal_fault,
    )
