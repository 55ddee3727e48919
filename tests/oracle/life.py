"""What becomes of each delivery, and when and why the session closes (metrics.md 1.1, 4 and 5)."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from playhead.base.settings import SessionSettings
from playhead.events.delivery import Delivery
from playhead.events.event import Event
from playhead.events.session import Downloaded, SessionComplete, SessionEnd, SessionStart

DAY_MS = 86_400_000


@dataclass(frozen=True)
class Heard:
    """
    One accepted event.

    Attributes:
        event: What the player said.
        ts: Its timestamp, the arrival where it had none that may be believed.
        replaced: Whether it is the arrival.
        arr: Server arrival.
    """

    event: Event
    ts: int
    replaced: bool
    arr: int


@dataclass
class Life:
    """
    The life of one session.

    Attributes:
        outcomes: `accepted`, `duplicate` or `dropped`, one a delivery.
        settled: One a delivery: whether the session was closed when it came. Then `duplicate` and `dropped` say the
            same: it changes nothing (4.1, 4.3).
        history: `(cause, close instant, provisional)` of each close and `None` of each reopening, in order.
        heard: The accepted events in order of arrival.
        start: The delivery that began it; None if none did.
        moments: Arrival and event of each accepted one, and instant and None of each close but a sessionEnd's; in order.
        last_arrival, changed: Arrival of the latest accepted event; arrival of the last one that changed the playhead.
    """

    outcomes: list[str] = field(default_factory=list)
    settled: list[bool] = field(default_factory=list)
    history: list[tuple[str, int, bool] | None] = field(default_factory=list)
    heard: list[Heard] = field(default_factory=list)
    moments: list[tuple[int, Heard | None]] = field(default_factory=list)
    start: Delivery | None = None
    last_arrival: int = 0
    changed: int = 0
    playhead: int | None = None
    kept: list[tuple[Delivery, Heard]] = field(default_factory=list)

    @property
    def closed(self) -> tuple[str, int, bool] | None:
        """How it stands closed; None while it is open."""
        return self.history[-1] if self.history else None

    @property
    def downloaded(self) -> bool:
        """Whether it came as one batch."""
        return self.start is not None and isinstance(self.start.event, Downloaded)


def ms(seconds: float) -> int:
    """A setting in ms."""
    return round(seconds * 1000)


def heard(event: Event, arr: int, *, downloaded: bool = False) -> Heard:
    """1.1: a missing timestamp, or one more than 24 h away (not for downloaded), is replaced by the arrival."""
    if event.at_ms is None:
        return Heard(event, arr, replaced=True, arr=arr)
    if abs(event.at_ms - arr) > DAY_MS and not downloaded:
        return Heard(event, arr, replaced=True, arr=arr)
    return Heard(event, event.at_ms, replaced=False, arr=arr)


def value(content: bytes) -> str:
    """JSON content without the accidents of its writing: order of members, blanks, `1.0` for 1."""
    return json.dumps(json.loads(content, parse_int=float), sort_keys=True)


def same(one: tuple[Delivery, Heard], other: tuple[Delivery, Heard]) -> bool:
    """4.3: the same `_id`, or requestId and index, or eventType, ts and content."""
    (a, a_heard), (b, b_heard) = one, other
    if a.client_id is not None and a.client_id == b.client_id:
        return True
    if a.request_id is not None and (a.request_id, a.index) == (b.request_id, b.index):
        return True
    return (
        type(a.event) is type(b.event)
        and not a_heard.replaced
        and not b_heard.replaced
        and a_heard.ts == b_heard.ts
        and value(a.media_collection) == value(b.media_collection)
    )


def deadlines(life: Life, settings: SessionSettings) -> dict[str, int]:
    """4.1: the instant at which each cause would close the session as it stands."""
    assert life.start is not None
    found = {
        "stuck": life.changed + ms(settings.playhead_timeout_s),
        "age": life.start.received_ms + ms(settings.max_session_s),
        "idle": life.last_arrival + ms(settings.idle_timeout_s),
    }
    if any(isinstance(one.event, SessionComplete) for one in life.heard):
        found["complete"] = life.last_arrival + ms(settings.complete_linger_s)
    return found


def next_close(life: Life, settings: SessionSettings) -> tuple[str, int, bool]:
    """4.1: the earliest deadline wins, on a tie a final one."""
    choices = [(at, cause in {"idle", "complete"}, cause) for cause, at in deadlines(life, settings).items()]
    at, provisional, cause = min(choices, key=lambda choice: choice[:2])
    return cause, at, provisional


def late_flush(life: Life, one: Heard, settings: SessionSettings) -> bool:
    """4.1: an event of the session's own time that arrives within 24 h of the start."""
    largest = max(known.ts for known in life.heard)
    return one.ts < largest + ms(settings.idle_timeout_s) and one.arr < deadlines(life, settings)["age"]


def reopening(life: Life, one: Heard, settings: SessionSettings) -> str:
    """
    4.1: whether an event reopens a provisionally closed session.

    Returns:
        "no", "yes", or "afresh" where the playhead timer restarts too.
    """
    assert life.closed is not None
    cause = life.closed[0]
    if cause == "idle":
        return "afresh" if late_flush(life, one, settings) else "no"
    due = deadlines(life, settings)
    if one.arr < min(due["idle"], due["stuck"], due["age"]):
        return "yes"
    if due["idle"] < min(due["stuck"], due["age"]) and late_flush(life, one, settings):
        return "afresh"
    return "no"


def accept(life: Life, delivery: Delivery, one: Heard) -> None:
    """An accepted event restarts the idle timer, and the playhead timer if it has another playhead."""
    life.kept.append((delivery, one))
    life.heard.append(one)
    life.moments.append((one.arr, one))
    life.last_arrival = one.arr
    playhead = one.event.playhead_s
    if playhead is not None and playhead != life.playhead:
        life.changed = one.arr
        life.playhead = playhead
    if isinstance(one.event, SessionEnd):
        life.history.append(("end", one.arr, False))


def judge(life: Life, delivery: Delivery, settings: SessionSettings) -> str:
    """The outcome of one delivery of a session that has begun."""
    one = heard(delivery.event, delivery.received_ms)
    if any(same((delivery, one), known) for known in life.kept):
        return "duplicate"
    if life.closed is None:
        accept(life, delivery, one)
        return "accepted"
    cause, at, provisional = life.closed
    if provisional:
        how = reopening(life, one, settings)
        if how == "no":
            return "dropped"
        life.history.append(None)
        if how == "afresh":
            life.changed = one.arr
        accept(life, delivery, one)
        return "accepted"
    if cause == "end" and not isinstance(delivery.event, SessionEnd):
        end = next(known for known in life.heard if isinstance(known.event, SessionEnd))
        if one.ts <= end.ts and one.arr < at + ms(settings.reorder_window_s):
            accept(life, delivery, one)
            return "accepted"
    return "dropped"


def once(items: list[Heard]) -> list[Heard]:
    """4.3 in a batch, where type, ts and content alone tell a duplicate."""
    kept: list[Heard] = []
    for item in items:
        if item.replaced or not any(item.event == known.event and not known.replaced for known in kept):
            kept.append(item)
    return kept


def begin(life: Life, delivery: Delivery) -> str:
    """The first delivery that can begin a session does."""
    event, arr = delivery.event, delivery.received_ms
    if isinstance(event, Downloaded):
        items = [heard(item, arr, downloaded=True) for item in event.events]
        ends = [number for number, item in enumerate(items) if isinstance(item.event, SessionEnd)]
        life.start = delivery
        life.heard = once(items[: ends[0] + 1] if ends else items)
        life.kept = [(delivery, replace(items[0], replaced=True))]
        life.history.append(("downloaded", arr, False))
    elif isinstance(event, SessionStart):
        life.start = delivery
        life.changed = arr
        life.playhead = event.playhead_s
        accept(life, delivery, heard(event, arr))
    else:
        return "dropped"
    life.last_arrival = arr
    return "accepted"


def live(deliveries: Sequence[Delivery], settings: SessionSettings, until_ms: int) -> Life:
    """
    The life of one session up to an instant.

    Args:
        deliveries: All that name it, in order of arrival.
        settings: Of its datastream.
        until_ms: The instant, included.
    """
    life = Life()
    for delivery in deliveries:
        if life.start is None:
            life.settled.append(False)
            life.outcomes.append(begin(life, delivery))
            continue
        close_if_due(life, settings, delivery.received_ms)
        life.settled.append(settled(life, settings, delivery.received_ms))
        life.outcomes.append(judge(life, delivery, settings))
    if life.start is not None:
        close_if_due(life, settings, until_ms)
    return life


def settled(life: Life, settings: SessionSettings, now_ms: int) -> bool:
    """Whether the session is closed, other than by a sessionEnd whose stragglers may still come."""
    if life.closed is None:
        return False
    return life.closed[0] != "end" or now_ms >= life.closed[1] + ms(settings.reorder_window_s)


def close_if_due(life: Life, settings: SessionSettings, now_ms: int) -> None:
    """An event whose arrival is at or after a deadline is after the close."""
    if life.closed is None:
        due = next_close(life, settings)
        if due[1] <= now_ms:
            life.history.append(due)
            life.moments.append((due[1], None))
