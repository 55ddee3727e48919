"""Sessions as players make them: ads, chapters, states, seeks, stalls, pauses, buffers, live playheads."""

import json
from collections.abc import Callable, Iterable, Sequence
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


class Viewing(Struct, frozen=True):
    """One session: its events in order of distinct timestamps, the start first, without a sessionEnd."""

    start: session.SessionStart
    events: tuple[Event, ...]

    @property
    def last(self) -> Event:
        """The event with the largest timestamp."""
        return self.events[-1] if self.events else self.start


@st.composite
def viewings(draw: st.DrawFn, *, events_max: int = 30) -> Viewing:
    """A session short enough that no timeout falls into it, whatever the player does."""
    length = draw(st.sampled_from([0, 60, 99.5, 300, 86_400]))
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
    at_ms, made = BASE_MS, []
    for _ in range(draw(st.integers(0, events_max))):
        kind, fields = draw(st.sampled_from(_WEIGHTED))
        step_ms = draw(_STEPS_MS)
        at_ms += step_ms
        move = draw(st.sampled_from(["with", "with", "with", "stand", "back", "seek", "fast"]))
        playhead = _moved(playhead, move, step_ms, draw)
        told = draw(st.sampled_from([True, True, True, True, False]))
        made.append(kind(at_ms=at_ms, playhead_s=playhead if told else None, quality=draw(_QUALITY), **fields(draw)))
    return Viewing(start, tuple(made))


def _moved(playhead: int, move: str, step_ms: int, draw: st.DrawFn) -> int:
    if move == "with":
        return (playhead + step_ms // 1000) % 86_400
    if move == "fast":
        return playhead + 2 * step_ms // 1000
    if move == "back":
        return max(0, playhead - 1)
    return playhead if move == "stand" else draw(st.integers(0, 400))


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
            media_collection=json.dumps({"said": str(event)}).encode(),
        )
        for index, event in enumerate(events)
    ]


def shifted(event: Event, by_ms: int) -> Event:
    """The same event at another time of the player's clock."""
    assert event.at_ms is not None
    return msgspec.structs.replace(event, at_ms=event.at_ms + by_ms)
