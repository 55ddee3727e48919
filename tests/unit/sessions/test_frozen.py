"""Sessions as bytes. That they go on as they would have is shown in tests/property/test_freezing.py."""

from hashlib import sha256
from typing import Any

import msgspec

from playhead.base.settings import DEFAULT_SETTINGS
from playhead.base.units import DatastreamId, SessionId
from playhead.events.ads import AdBreakStart, AdStart
from playhead.events.chapters import ChapterStart
from playhead.events.delivery import Delivery
from playhead.events.event import Event, Quality
from playhead.events.names import ACTION_OF
from playhead.events.playback import Ping, Play
from playhead.events.quality import PlaybackError
from playhead.events.session import SessionComplete, SessionEnd, SessionStart
from playhead.events.states import StatesUpdate
from playhead.sessions.arrivals import no_past
from playhead.sessions.facts import AdClosed, AdStarted, ChapterClosed
from playhead.sessions.frozen import FORM, freeze, head_of, thaw
from playhead.sessions.machine import NEXT
from playhead.sessions.rules import rules_of
from playhead.sessions.session import Session

NAME = SessionId("S")
EVENTS: list[Event] = [
    Play(1000, 0, Quality(800, 3.5, 25, 900)),
    ChapterStart(1500, 0, details={"index": 1}),
    StatesUpdate(2000, 1, started=("mute",)),
    PlaybackError(2500, 1, name="E", source="external"),
    Ping(3000, 1),
    Ping(4100, 1, Quality(1600.5)),
    AdBreakStart(8000, 1),
    AdStart(9000, 1, details={"name": "a", "length": 5}, metadata=(("k", "v"),)),
    Ping(7000, 1),
    SessionComplete(9500, 1),
    SessionEnd(9800, 1),
]


def lived(events: list[Event]) -> Session:
    """A session that folds the first of these at once, and holds the last."""
    rules = rules_of(DEFAULT_SETTINGS)
    start = SessionStart(0, 0, Quality(100), "film", 100, "vod", {"channel": "c"})
    session = Session.of(Delivery(NAME, 0, start, DatastreamId("d"), "r", client_id="i"), 0, rules)
    for number, event in enumerate(events):
        delivery = Delivery(NAME, 9000, event, DatastreamId("d"), f"r{number}", xdm=b'{"mediaCollection":{}}')
        assert session.judge(delivery, 9000, no_past) is None
        session.hold(type(event), event, 9000)
        if number == len(events) - 4:
            session.release(20_000)
    session.news(session.fold.told)
    session.wake_ms, session.number = 77, 3
    return session


def test_a_session_is_thawed_as_it_was() -> None:
    """Whatever it holds, at every length of its life, and again to the same bytes."""
    for count in range(len(EVENTS) + 1):
        session = lived(EVENTS[:count])
        body = freeze(session)
        assert body is not None
        again = thaw(NAME, body)
        assert session == again
        assert repr(session) == repr(again)
        assert body == freeze(again)
        assert (77, 3) == head_of(body)
        assert (NAME, session.start, session.ecid) == (again.session_id, again.start, again.ecid)


def test_freezing_does_not_touch_the_session() -> None:
    """Not even its name, whether it can be frozen or not."""
    session = lived(EVENTS)
    assert (freeze(session), session) == (freeze(lived(EVENTS)), lived(EVENTS))
    session.fold.playhead_s = 1 << 64
    assert freeze(session) is None
    assert NAME == session.session_id


def test_a_thawed_session_shares_nothing() -> None:
    """What happens to one does not happen to the other."""
    body = freeze(lived(EVENTS)) or b""
    one, other = thaw(NAME, body), thaw(NAME, body)
    one.release(30_000)
    one.fold.finish()
    assert body == freeze(other)


def layout() -> str:
    """Fields and their order of everything a session holds, and the numbers that stand for something in it."""
    seen: set[type] = set()
    lines: list[str] = []

    def look(kind: type[msgspec.Struct]) -> None:
        if kind in seen:
            return
        seen.add(kind)
        lines.append(f"{kind.__name__}: " + ", ".join(f"{f.name} {f.type}" for f in msgspec.structs.fields(kind)))
        for other in (*kinds_in(kind), *((AdStarted, AdClosed, ChapterClosed) if kind is Session else ())):
            look(other)

    look(Session)
    lines.append(str([(kind.__name__, NEXT.get(kind)) for kind in ACTION_OF]))
    return "\n".join(sorted(lines))


def kinds_in(kind: Any) -> list[type[msgspec.Struct]]:
    """The structs in the types of a struct's fields, or in a type."""
    found: list[type[msgspec.Struct]] = []
    parts = [f.type for f in msgspec.structs.fields(kind)] if is_struct(kind) else getattr(kind, "__args__", ())
    for part in parts:
        found += [part] if is_struct(part) else kinds_in(part)
    return found


def is_struct(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, msgspec.Struct)


def test_the_form_goes_with_the_fields() -> None:
    """Who changes a field of anything that is frozen renews FORM, and then what is expected here."""
    assert ("16", "5dda12ce1484bc97") == (FORM, sha256(layout().encode()).hexdigest()[:16])
