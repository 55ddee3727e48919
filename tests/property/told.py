"""Generated traffic through a Reporter under virtual time, and the truth beside it."""

import random
from collections.abc import Iterator, Mapping
from typing import Any

from playhead.base.settings import DEFAULT_SETTINGS
from playhead.events.delivery import Delivery
from playhead.reporting.outputs import Judged, SessionRecord
from playhead.viewers.dice import Dice
from playhead.viewers.network import Request
from playhead.viewers.notebook import Truth
from playhead.viewers.requests import STARTS, body_of, route_of
from playhead.viewers.traffic import Plan, traffic
from playhead.wire.decode import deliveries
from playhead.wire.record import RECORD_VERSION, Minted, Record
from property.running import Ran

BEGIN_MS = 1_767_571_200_000
"""2026-01-05T00:00:00Z."""


def dice_of(seed: int, name: str) -> Dice:
    """Dice of a seed for a name."""
    return random.Random(f"{seed} {name}")


def said(plan: Plan, seed: int) -> tuple[list[Request], dict[str, Truth]]:
    """All requests that are not broken, in order, and the truth by session."""
    requests, truths = [], {}
    for item in traffic(plan, lambda name: dice_of(seed, name)):
        if isinstance(item, Truth):
            truths[session_of(item.viewing)] = item
        elif not item.refused:
            requests.append(item)
    return requests, truths


def session_of(viewing: int) -> str:
    """The name of the session of a viewing."""
    return f"s{viewing}"


def delivered(request: Request) -> list[Delivery]:
    """What the processor reads of a request."""
    session = session_of(request.viewing)
    minted = (Minted(0, session, request.viewer.ecid or "made"),) if request.action in STARTS else ()
    record = Record(
        version=RECORD_VERSION,
        received_ms=request.at_ms,
        route=route_of(request),
        base="ee",
        datastream_id="ds",
        request_id=request.request_id,
        body=body_of(request, session),
        minted=minted,
    )
    return deliveries(record)


def counted(requests: list[Request]) -> tuple[dict[str, SessionRecord], int]:
    """The last record of each session once all are closed, and how many deliveries were dropped."""
    ran = Ran(DEFAULT_SETTINGS)
    ran.take(delivery for request in requests for delivery in delivered(request))
    ran.close()
    records = {output.session_id: output for output in ran.outputs if isinstance(output, SessionRecord)}
    dropped = sum(isinstance(output, Judged) and output.outcome == "dropped" for output in ran.outputs)
    return {str(session): record for session, record in records.items()}, dropped


def differences(truth: Truth, record: SessionRecord) -> Iterator[tuple[str, Any, Any]]:
    """Field, what it should be, what it is."""
    expected, actual = _of_truth(truth), _of_record(record)
    for name in sorted({*expected, *actual}):
        if expected.get(name) != actual.get(name):
            yield name, expected.get(name), actual.get(name)


def _of_truth(truth: Truth) -> dict[str, Any]:
    return {
        "close cause": truth.close_cause,
        "started": truth.started_at_ms,
        "last event": truth.last_event_at_ms,
        **_prefixed("sd", truth.session_details),
        **_prefixed("q", truth.quality),
        "states": truth.states,
        "ads": truth.ads,
        "chapters": truth.chapters,
        "custom": truth.custom_metadata,
        "viewed": truth.viewed,
        "viewed, downloaded": (truth.is_viewed, truth.is_downloaded),
        "counts": (truth.accepted, truth.duplicate, 0),
    }


def _of_record(record: SessionRecord) -> dict[str, Any]:
    details = {name: value for name, value in record.session_details.items() if name != "ID"}
    plays = ("startedAtMs", "closedAtMs", "advertisingDetails", "advertisingPodDetails", "chapterDetails")
    return {
        "close cause": record.close_cause,
        "started": record.started_at_ms,
        "last event": record.last_at_ms,
        **_prefixed("sd", details),
        **_prefixed("q", record.qoe),
        "states": list(record.states),
        "ads": [{name: ad[name] for name in plays if name in ad} for ad in record.ads],
        "chapters": [{name: chapter[name] for name in plays if name in chapter} for chapter in record.chapters],
        "custom": dict(record.custom_metadata),
        "viewed": [tuple(piece) for piece in record.viewed_s],
        "viewed, downloaded": (record.is_viewed, record.is_downloaded),
        "counts": (record.accepted, record.duplicate, record.dropped),
    }


def _prefixed(prefix: str, fields: Mapping[str, Any]) -> dict[str, Any]:
    return {f"{prefix}.{name}": value for name, value in fields.items()}
