"""Sessions as players make them: ads, chapters, states, seeks, stalls, pauses, buffers, live playheads."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import msgspec
from hypothesis import strategies as st
from msgspec import Struct

from playhead.base.units import DatastreamId, SessionId
from playhead.events import ads, chapters, playback, quality, session, states
from playhead.events.delivery import Delivery
from playhead.events.event import Event, Quality

BASE_MS = 1_767_232_800_000
SESSION = SessionId("S1")
DATASTREAM = DatastreamId("property")

_QUALITY = st.none() | st.builds(
    Quality,
    bitrate_kbps=st.none() | st.sampled_from([0.0, 35.0, 800.0, 1600.5]),
    dropped_frames=st.none() | st.sampled_from([0.0, 3.0, 7.0]),
    frames_per_second=st.none() | st.just(25.0),
    time_to_start_ms=st.none() | st.sampled_from([0.0, 12.0, 1499.0]),
)
_NAMES = st.lists(st.sampled_from(["mute", "fullScreen", "FULLSCREEN", "inFocus", "subs", "x1", "x2"]), max_size=3)


def _ad(draw: st.DrawFn) -> dict[str, Any]:
    return {"details": {"name": draw(st.sampled_from(["a1", "a2"])), "length": 5, "podPosition": 0, "playerName": "p"}}


def _pod(draw: st.DrawFn) -> dict[str, Any]:
    return {"index": draw(st.integers(0, 3)), "offset_s": draw(st.integers(0, 100))}


def _chapter(draw: st.DrawFn) -> dict[str, Any]:
    return {"details": {"index": draw(st.integers(1, 3)), "length": 20, "offset": 0}}


def _states(draw: st.DrawFn) -> dict[str, Any]:
    return {"started": tuple(draw(_NAMES)), "ended": tuple(draw(_NAMES))}


def _error(draw: st.DrawFn) -> dict[str, Any]:
    return {"name": draw(st.sampled_from(["E1", "E2"])), "source": draw(st.sampled_from(["player", "external"]))}


def _plain(_: st.DrawFn) -> dict[str, Any]:
    return {}


_KINDS: Sequence[tuple[type[Event], Callable[[st.DrawFn], dict[str, Any]], int]] = (
    (playback.Ping, _plain, 8),
    (playback.Play, _plain, 5),
    (playback.PauseStart, _plain, 2),
    (playback.BufferStart, _plain, 2),
    (ads.AdBreakStart, _pod, 2),
    (ads.AdStart, _ad, 3),
    (ads.AdComplete, _plain, 2),
    (ads.AdSkip, _plain, 1),
    (ads.AdBreakComplete, _plain, 2),
    (chapters.ChapterStart, _chapter, 2),
    (chapters.ChapterComplete, _plain, 1),
    (chapters.ChapterSkip, _plain, 1),
    (states.StatesUpdate, _states, 2),
    (quality.BitrateChange, _plain, 1),
    (quality.PlaybackError, _error, 1),
    (session.SessionComplete, _plain, 1),
)
_WEIGHTED = [(kind, fields) for kind, fields, weight in _KINDS for _ in range(weight)]
_STEPS_MS = st.sampled_from([1, 250, 999, 1000, 1001, 2000, 5000, 10_000, 10_001, 25_000])
_STAND_MS = st.sampled_from([1, 400, 1000, 1000, 2500, 9000])
_MOVES = st.sampled_from(["with", "with", "with", "stand", "back", "seek", "fast"])


class _Said(Struct, frozen=True):
    """One thing said: its type, how its fields are drawn, the time since the one before, what the playhead does."""

    kind: type[Event]
    fields: Callable[[st.DrawFn], dict[str, Any]] = _plain
    step_ms: st.SearchStrategy[int] = _STEPS_MS
    move: str | None = None


_FIELDS: Mapping[type[Event], Callable[[st.DrawFn], dict[str, Any]]] = {kind: fields for kind, fields, _ in _KINDS}


def _says(*kinds: type[Event], move: str | None = None, step_ms: st.SearchStrategy[int] = _STEPS_MS) -> list[_Said]:
    return [_Said(kind, _FIELDS[kind], step_ms, move) for kind in kinds]


_Kinds = Sequence[type[Event]]
_IN_A_STALL: _Kinds = (playback.Ping, playback.Ping, quality.PlaybackError)
_IN_AN_AD: _Kinds = (playback.Ping, playback.Play, playback.PauseStart, playback.BufferStart, quality.PlaybackError)
_AD_ENDS: Sequence[_Kinds] = ((ads.AdComplete,), (ads.AdComplete,), (ads.AdSkip,), ())
_BETWEEN_ADS: Sequence[_Kinds] = ((), (), (playback.Play, playback.Ping))
_BREAK_ENDS: Sequence[_Kinds] = ((ads.AdBreakComplete,), (ads.AdBreakComplete,), (playback.Play,), ())
_CHAPTER_ENDS: Sequence[_Kinds] = ((chapters.ChapterComplete,), (chapters.ChapterSkip,), ())


def _anything(draw: st.DrawFn) -> list[_Said]:
    return [_Said(kind, fields) for kind, fields in draw(st.lists(st.sampled_from(_WEIGHTED), min_size=1, max_size=8))]


def _watching(draw: st.DrawFn) -> list[_Said]:
    return _says(playback.Play) + _says(*(playback.Ping for _ in range(draw(st.integers(1, 4)))), move="with")


def _standing(draw: st.DrawFn) -> list[_Said]:
    inside = draw(st.lists(st.sampled_from(_IN_A_STALL), min_size=2, max_size=5))
    return _says(playback.Play) + _says(*inside, move="stand", step_ms=_STAND_MS)


def _ad_break(draw: st.DrawFn) -> list[_Said]:
    """A break of one or two ads, each closed in any way or none; `play` between them perhaps."""
    said = _says(ads.AdBreakStart, move="stand")
    for _ in range(draw(st.integers(1, 2))):
        said += _says(ads.AdStart, *draw(st.lists(st.sampled_from(_IN_AN_AD), max_size=3)), move="stand")
        said += _says(*draw(st.sampled_from(_AD_ENDS)), move="stand") + _says(*draw(st.sampled_from(_BETWEEN_ADS)))
    return said + _says(*draw(st.sampled_from(_BREAK_ENDS)))


def _chapter_block(draw: st.DrawFn) -> list[_Said]:
    inside = draw(st.sampled_from([_watching, _standing, _anything]))(draw)
    return [*_says(chapters.ChapterStart), *inside, *_says(*draw(st.sampled_from(_CHAPTER_ENDS)))]


def _stating(draw: st.DrawFn) -> list[_Said]:
    return _says(*(states.StatesUpdate for _ in range(draw(st.integers(2, 4)))))


def _at_the_end(_: st.DrawFn) -> list[_Said]:
    """The end of the content, or of the day: what is live goes on after it."""
    return _says(playback.Play) + _says(playback.Ping, move="end") + _says(playback.Ping, playback.Ping, move="with")


def _completing(draw: st.DrawFn) -> list[_Said]:
    return _says(session.SessionComplete) + _says(*draw(st.lists(st.sampled_from(_IN_AN_AD), max_size=3)))


_BLOCKS = (
    (_anything,) * 4
    + (_ad_break,) * 3
    + (_watching, _watching, _standing, _chapter_block, _stating, _at_the_end, _completing)
)


class Viewing(Struct, frozen=True):
    """One session: its events in order of distinct timestamps, the start first, without a sessionEnd."""

    start: session.SessionStart
    events: tuple[Event, ...]

    @property
    def last(self) -> Event:
        """The event with the largest timestamp."""
        return self.events[-1] if self.events else self.start


@st.composite
def viewings(draw: st.DrawFn, *, events_max: int = 40) -> Viewing:
    """A session short enough that no timeout falls into it, whatever the player does."""
    length = draw(st.sampled_from([0, 60, 99.5, 300, 86_400, 86_400]))
    playhead = draw(st.sampled_from([0, 0, 7, 86_390 if length == 86_400 else 50]))
    start = session.SessionStart(
        BASE_MS,
        playhead,
        draw(_QUALITY),
        "film",
        length,
        "VOD",
        {"channel": "c"},
        has_resume=draw(st.sampled_from([None, None, True, False])),
        metadata=(("plan", "free"),),
    )
    blocks = draw(st.lists(st.sampled_from(_BLOCKS), max_size=7))
    at_ms, made = BASE_MS, []
    for said in [said for block in blocks for said in block(draw)][:events_max]:
        step_ms = draw(said.step_ms)
        at_ms += step_ms
        playhead = _moved(playhead, said.move or draw(_MOVES), step_ms, int(length), draw)
        told = draw(st.sampled_from([True, True, True, True, False]))
        shown = playhead if told else None
        made.append(said.kind(at_ms=at_ms, playhead_s=shown, quality=draw(_QUALITY), **said.fields(draw)))
    return Viewing(start, tuple(made))


def _moved(playhead: int, move: str, step_ms: int, length: int, draw: st.DrawFn) -> int:
    match move:
        case "with":
            return (playhead + step_ms // 1000) % 86_400
        case "fast":
            return playhead + 2 * step_ms // 1000
        case "back":
            return max(0, playhead - 1)
        case "end":
            return max(0, length - draw(st.sampled_from([0, 1, 5])))
        case "seek":
            return draw(st.integers(0, 400))
    return playhead


class Journey(Struct, frozen=True):
    """
    How events reach the server: `delays_s` and `agains_s` of the one after the other, over and over.

    Attributes:
        delays_s: Seconds on the way; at most 20, so that no timeout falls into a session.
        agains_s: Seconds after which an event is delivered once more; None: not.
    """

    delays_s: tuple[int, ...] = (0,)
    agains_s: tuple[int | None, ...] = (None,)

    def deliver(self, events: Sequence[Event], said_ms: Callable[[Event], int] | None = None) -> list[Delivery]:
        """
        Deliveries in order of arrival: the start first and at once, a sessionEnd after all others.

        Args:
            events: Of one session, the start first.
            said_ms: When each is said by our clock; None: by the player's.
        """
        if said_ms is None:
            said_ms = _own
        arrivals = [said_ms(events[0])]
        for index, event in enumerate(events[1:], 1):
            arrivals.append(said_ms(event) + self.delays_s[index % len(self.delays_s)] * 1000)
        if isinstance(events[-1], session.SessionEnd):
            arrivals[-1] = max(arrivals)
        made = delivered(events, lambda index, _: arrivals[index])
        for index, delivery in enumerate(made[:]):
            again_s = self.agains_s[index % len(self.agains_s)]
            if again_s is not None:
                made.append(msgspec.structs.replace(delivery, received_ms=delivery.received_ms + again_s * 1000))
        return sorted(made, key=lambda delivery: delivery.received_ms)


def _own(event: Event) -> int:
    return event.at_ms or BASE_MS


journeys = st.builds(
    Journey,
    st.lists(st.sampled_from([0, 0, 0, 1, 3, 4, 7, 20]), min_size=1, max_size=7).map(tuple),
    st.lists(st.sampled_from([None, None, None, 0, 1, 6]), min_size=1, max_size=5).map(tuple),
)


def ended(viewing: Viewing) -> Event:
    """A sessionEnd at the last event's timestamp and playhead."""
    return session.SessionEnd(viewing.last.at_ms, None)


def delivered(
    events: Iterable[Event], received: Callable[[int, Event], int] = lambda _, event: event.at_ms or BASE_MS
) -> list[Delivery]:
    """One delivery an event, each with its own names; arrival as `received` says of (index, event)."""
    return [
        Delivery(
            SESSION,
            received(index, event),
            event,
            DATASTREAM,
            request_id=f"r{index}",
            client_id=f"id-{index}",
            ecid="123",
            xdm=json.dumps({"mediaCollection": {"said": str(event)}}).encode(),
        )
        for index, event in enumerate(events)
    ]


def shifted(event: Event, by_ms: int) -> Event:
    """The same event at another time of the player's clock."""
    assert event.at_ms is not None
    return msgspec.structs.replace(event, at_ms=event.at_ms + by_ms)
