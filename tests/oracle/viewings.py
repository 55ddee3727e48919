"""
Nasty sessions for the oracle, made up by hypothesis and written apart from the strategies of the other tests.

A viewing is a list of steps of the player's clock; a step knows what is said, how long after the step before, what the
playhead does, how long the network takes, what is wrong with its clock, and whether it is delivered again. Then the
whole is disturbed: a queue that is flushed late, a skewed clock, settings other than the defaults.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
from hypothesis import strategies as st

from playhead.base.settings import SessionSettings
from playhead.base.units import DatastreamId, SessionId
from playhead.events import ads, chapters, playback, quality, session, states
from playhead.events.delivery import Delivery
from playhead.events.event import Event, Quality

T0 = 1_767_232_800_000
HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
SESSION = SessionId("S1")
STREAM = DatastreamId("oracle")


@dataclass(frozen=True)
class Step:
    """
    One thing said.

    Attributes:
        action: What is said.
        gap: ms of the player's clock since the step before.
        move: `clock`, `fast` (half as much again), `hold`, `none`, or seconds added to the playhead; `(n,)` sets it to n.
        variant: Chooses among the payloads of the action.
        lag: ms the network takes.
        clock: `right`, `missing`, `equal` (to the step before), or ms that it is off.
        again: How it is delivered a second time, None for not at all; and ms after the first time.
        report: QoE values that go with it.
    """

    action: str
    gap: int = 0
    move: str | int | tuple[int] = "clock"
    variant: int = 0
    lag: int = 0
    clock: str | int = "right"
    again: tuple[str, int] | None = None
    report: Quality | None = None


@dataclass(frozen=True)
class Viewing:
    """
    All deliveries of one session in order of arrival, and its settings.

    Attributes:
        ticks: Instants at which time is told and the session looked at.
        punctual: Whether time is told also whenever something is due.
    """

    settings: SessionSettings
    deliveries: tuple[Delivery, ...]
    ticks: tuple[int, ...]
    punctual: bool = False

    @property
    def until_ms(self) -> int:
        """An instant by which the session is closed for good."""
        return max(one.received_ms for one in self.deliveries) + 2 * DAY_MS


AD_METADATA = ((), (("plan", "paid"), ("slot", "1")), (("_acme.ad.slot", "2"),))
CHAPTER_METADATA = ((), (("mood", "dark"), ("plan", "chapter")), (("_acme.campaign.name", "chapter"),))
STATES: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...] = (
    (("mute",), ()),
    ((), ("MUTE",)),
    (("fullScreen",), ("fullscreen",)),
    (("closeCaption", "PictureInPicture"), ("unknown",)),
    (("closedCaptioning", "inFocus", "inFocus"), ()),
    ((), ("closedcaptioning", "fullscreen", "infocus")),
    (("loud", "Loud"), ("mute",)),
    (tuple(f"s{n}" for n in range(9)), ("loud",)),
    (("s8", "s9", "s10", "fullscreen"), ("s0", "s1", "nothing")),
)


def _ad(variant: int) -> Event:
    details: dict[str, str | int] = {
        "name": f"ad{variant}",
        "length": 15,
        "playerName": "p",
        "podPosition": variant % 2,
    }
    if variant % 3:
        details |= {"friendlyName": "An ad", "advertiser": "Ad Guys", "creativeID": "42"}
    return ads.AdStart(details=details, metadata=AD_METADATA[variant % 3])


def _chapter(variant: int) -> Event:
    details: dict[str, str | int] = {"index": variant % 3, "length": 20, "offset": 20 * (variant % 3)}
    if variant % 2:
        details["friendlyName"] = f"Chapter {variant}"
    return chapters.ChapterStart(details=details, metadata=CHAPTER_METADATA[variant % 3])


def _pod(variant: int) -> Event:
    return ads.AdBreakStart(index=variant % 3, offset_s=variant, friendly_name="Break" if variant % 2 else None)


def _said(action: str, variant: int) -> Event:
    match action:
        case "adBreakStart":
            return _pod(variant)
        case "adStart":
            return _ad(variant)
        case "chapterStart":
            return _chapter(variant)
        case "statesUpdate":
            started, ended = STATES[variant % len(STATES)]
            return states.StatesUpdate(started=started, ended=ended)
        case "error":
            return quality.PlaybackError(name=f"E-{variant % 3}", source=("player", "external")[variant % 2])
    return PLAIN[action]()


PLAIN: Mapping[str, type[Event]] = {
    "play": playback.Play,
    "pauseStart": playback.PauseStart,
    "bufferStart": playback.BufferStart,
    "ping": playback.Ping,
    "adBreakComplete": ads.AdBreakComplete,
    "adComplete": ads.AdComplete,
    "adSkip": ads.AdSkip,
    "chapterComplete": chapters.ChapterComplete,
    "chapterSkip": chapters.ChapterSkip,
    "bitrateChange": quality.BitrateChange,
    "sessionComplete": session.SessionComplete,
    "sessionEnd": session.SessionEnd,
}

# How a step looks


def mostly(often: st.SearchStrategy[Any], times: int, *seldom: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """The first `times` times as often as each of the others; `one_of` would count equal branches once."""
    return st.sampled_from((often,) * times + seldom).flatmap(lambda chosen: chosen)


small_gaps = st.sampled_from((10_000, 1_000, 0, 1, 400, 500, 999, 1_001, 2_500, 4_999, 7_300)) | st.integers(0, 30_000)
wide_gaps = st.sampled_from((30_000, 59_999, 60_000, 60_001, 120_000, 300_000, 599_999, 600_000, 600_001, 1_300_000))
gaps = mostly(small_gaps, 60, wide_gaps)
moves: st.SearchStrategy[Any] = st.one_of(
    st.sampled_from(("clock", "clock", "clock", "fast", "hold", "hold", "none")),
    st.sampled_from((1, -1, -2, 15, 21, 22, -30, 300)),
    st.tuples(st.integers(0, 130)),
)
lags = mostly(
    st.just(0), 9, st.integers(0, 900), st.integers(0, 6_000), st.sampled_from((4_999, 5_000, 5_001, 20_000, 70_000))
)
clocks: st.SearchStrategy[Any] = st.sampled_from(
    ("right",) * 200
    + ("missing", "equal", "equal", 2, -2, 700, -3_000, DAY_MS, -DAY_MS, DAY_MS + 1, -DAY_MS - 1, -9 * DAY_MS)
)
agains = mostly(
    st.none(),
    25,
    st.tuples(
        st.sampled_from(("id", "request", "content", "stamp", "almost")),
        st.sampled_from((0, 1, 400, 6_000, 100_000, 900_000, 5 * HOUR_MS)),
    ),
)
reports = mostly(
    st.none(),
    5,
    st.builds(
        Quality,
        st.sampled_from((None, None, 0, 0.25, 35, 800, 800.5, 1600)),
        st.sampled_from((None, 0, 3, 7, 5, 0.4, 2.5)),
        st.sampled_from((None, 0, 25, 50, 23.976, 0.3)),
        st.sampled_from((None, None, 0, 12, 499, 500, 1499, 2500.5)),
    ),
)


def step(action: st.SearchStrategy[str] | str, **fixed: Any) -> st.SearchStrategy[Step]:
    """A step of this action, or of one of these; what is fixed is a value or a strategy."""
    parts: dict[str, Any] = {
        "gap": gaps, "move": moves, "variant": st.integers(0, 8), "lag": lags, "clock": clocks, "again": agains,
        "report": reports,
    }  # fmt: skip
    for name, value in fixed.items():
        parts[name] = value if isinstance(value, st.SearchStrategy) else st.just(value)
    return st.builds(Step, st.just(action) if isinstance(action, str) else action, **parts)


anything = st.sampled_from(
    [action for action in PLAIN if not action.startswith("session")]
    + [
        "play",
        "play",
        "ping",
        "ping",
        "pauseStart",
        "adBreakStart",
        "adStart",
        "chapterStart",
        "error",
        "statesUpdate",
        "statesUpdate",
    ]
)
inside = st.sampled_from(("ping", "ping", "play", "pauseStart", "bufferStart", "error", "statesUpdate", "chapterStart"))


def flat(*parts: st.SearchStrategy[list[Step]]) -> st.SearchStrategy[list[Step]]:
    """One list after the other."""
    return st.tuples(*parts).map(lambda lists: [one for several in lists for one in several])


def some(one: st.SearchStrategy[Step], least: int, most: int) -> st.SearchStrategy[list[Step]]:
    """From `least` to `most` of these."""
    return st.lists(one, min_size=least, max_size=most)


def one_ad() -> st.SearchStrategy[list[Step]]:
    """An ad with what may go on in it, closed in any way or not at all."""
    return flat(
        some(step("adStart", move="hold"), 1, 1),
        some(step(inside, move="hold"), 0, 3),
        some(step(st.sampled_from(("adComplete", "adComplete", "adSkip")), move="hold"), 0, 1),
    )


def ad_break() -> st.SearchStrategy[list[Step]]:
    """A break with ads, with `play` between them perhaps, never completed perhaps."""
    return flat(
        some(step("adBreakStart", move="hold"), 1, 1),
        one_ad(),
        some(step(inside), 0, 2),
        one_ad() | st.just([]),
        some(step(st.sampled_from(("adBreakComplete", "play")), move="hold"), 0, 1),
    )


paces = mostly(
    st.just("clock"), 5, st.just("fast"), st.sampled_from((-1, -1, -2, 15, 20, -30)), st.tuples(st.integers(0, 130))
)
playing = flat(some(step("play"), 1, 1), some(step("ping", gap=small_gaps, move=paces), 1, 4))
standing = flat(some(step("play"), 1, 1), some(step("ping", gap=small_gaps, move="hold", again=None), 2, 6))
stuck = some(step("ping", gap=st.sampled_from((300_000, 590_000)), move="hold", lag=0, clock="right", again=None), 3, 8)
chapter = flat(
    some(step("chapterStart"), 1, 1),
    playing,
    some(step(anything), 0, 3),
    standing | st.just([]),
    some(step(st.sampled_from(("chapterComplete", "chapterSkip"))), 0, 1),
    some(step("ping", gap=small_gaps, move="hold"), 0, 3),
)
flushed = flat(
    some(step(anything, gap=st.sampled_from((700_000, 700_000, 1_500_000)), move="hold", lag=0, clock=-690_000), 1, 2),
    stuck | st.just([]),
)
late = st.sampled_from((6_000, 20_000, 70_000, 650_000))
retracted = flat(
    some(step("adBreakStart", move="hold"), 1, 1),
    one_ad() | st.just([]),
    some(step(st.sampled_from(("adBreakComplete", "adBreakComplete", "adBreakStart")), gap=small_gaps, lag=late), 1, 1),
    one_ad(),
    some(step("ping", gap=small_gaps), 1, 4),
)
after = st.sampled_from(("pauseStart", "bufferStart", "ping", "play")) | anything
complete = flat(some(step("sessionComplete"), 1, 1), some(step(after, gap=mostly(small_gaps, 3, wide_gaps)), 0, 5))
stated = some(step("statesUpdate", gap=small_gaps, variant=mostly(st.integers(0, 3), 3, st.integers(4, 8))), 2, 6)
silence = some(step("ping", gap=wide_gaps), 1, 2)
midnight = flat(  # of a playhead that is a second of the day
    some(step("play"), 1, 1),
    some(step("ping", gap=small_gaps, move=st.sampled_from(((92,), (99,))), lag=0, clock="right"), 1, 1),
    some(step("ping", gap=st.sampled_from((8_000, 20_000)), move="clock", lag=0, clock="right"), 1, 1),
)
mixed = some(step(anything), 1, 6)
blocks = st.sampled_from(
    (mixed, playing, ad_break(), standing, chapter, stated) * 5
    + (mixed, ad_break()) * 4
    + (complete, complete, complete, complete, silence, stuck, flushed, flushed)
    + (retracted,) * 4
    + (midnight, midnight, midnight)
).flatmap(lambda chosen: chosen)
endings: st.SearchStrategy[list[Step]] = st.one_of(
    st.just([]),
    some(step("sessionEnd"), 1, 1),
    flat(
        some(step("sessionEnd", lag=0), 1, 1),
        some(step(anything, gap=small_gaps, clock=st.sampled_from((-10_000, -40_000, "equal", "right"))), 1, 4),
        some(step("sessionEnd"), 0, 1),
    ),
)
scripts = flat(
    some(step("play", gap=small_gaps), 0, 1),
    st.one_of(st.lists(blocks, max_size=2), st.lists(blocks, min_size=3, max_size=9)).map(
        lambda lists: [one for several in lists for one in several]
    ),
    endings,
)

starts = st.builds(
    session.SessionStart,
    playhead_s=st.sampled_from((0, 0, 0, 5, 40)),
    quality=reports,
    name=st.sampled_from(("film", "Übung 1")),
    length_s=st.sampled_from((100, 60, 0, 60.33, 59.5, 20.1, 35.84, 7200, 86400, 86400, 86400, 128, 1)),
    content_type=st.sampled_from(("VOD", "", "live")),
    echo=st.sampled_from(({}, {"playerName": "p", "genre": "Drama, Action,, "}, {"friendlyName": "A", "show": "S"})),
    stream_type=st.sampled_from((None, "video", "audio")),
    has_resume=st.sampled_from((None, None, False, True)),
    is_downloaded=st.sampled_from((None, None, False, True)),
    metadata=st.sampled_from(
        ((), (("plan", "free"),), (("_acme.campaign.name", "spring"), ("_solo", "x"), ("plan", "free"), ("a.b", "y")))
    ),
    identity_map=st.sampled_from(
        (
            {},
            {"ECID": [{"id": "e1", "authenticatedState": "authenticated", "primary": True}]},
            {"CRM": [{"id": "c1", "primary": True}], "Email": [{"id": "m1", "authenticatedState": "loggedOut"}]},
            {"CRM": [{"id": "c1"}], "ECID": [{"id": "e1"}]},
        )
    ),
)
settings = st.just(SessionSettings()) | st.builds(
    SessionSettings,
    reorder_window_s=st.sampled_from((5, 5, 1, 30)),
    reorder_window_events=st.sampled_from((10, 10, 2, 0)),
    idle_timeout_s=st.sampled_from((600,) * 7 + (100,)),
    playhead_timeout_s=st.sampled_from((1800,) * 7 + (250,)),
    complete_linger_s=st.sampled_from((60, 60, 5, 450)),
    max_session_s=st.sampled_from((86_400,) * 7 + (3_000, 120, 60)),
    interval_cap_s=st.sampled_from((600, 600, 20)),
    stall_min_gap_s=st.sampled_from((1, 1, 2.5, 0)),
    max_playback_rate=st.sampled_from((2, 2, 1, 4)),
    max_states=st.sampled_from((10, 10, 2)),
    federated=st.booleans(),
    person_namespace=st.sampled_from((None, "CRM", "Email")),
)

# From steps to deliveries


def _xdm(event: Event) -> bytes:
    """An `xdm` with what its content would be: all but type and time."""
    content = {"said": repr(msgspec.structs.replace(event, at_ms=None))}
    return json.dumps({"mediaCollection": content, "mediaDownloadedEvents": content}).encode()


def spoken(steps: list[Step], origin: int, length: float) -> list[Event]:
    """The events of the steps, by a player whose clock reads `origin` when it starts."""
    events: list[Event] = []
    now, at, playhead = 0, origin, 86_390.0 if length == 86_400 else 0.0
    for one in steps:
        now += one.gap
        match one.move:
            case "clock":
                playhead += one.gap / 1000
            case "fast":
                playhead += one.gap * 1.5 / 1000
            case int():
                playhead += one.move
            case (to,):
                playhead = float(to) if length != 86400 else (86_300 + to) % 86_400
        playhead = max(0.0, playhead) if length != 86400 else playhead % 86_400
        match one.clock:
            case "right" | "missing":
                at = origin + now
            case int():
                at = origin + now + one.clock
        shown = None if one.move == "none" else int(playhead)
        told = None if one.clock == "missing" else at
        event = _said(one.action, one.variant)
        events.append(msgspec.structs.replace(event, at_ms=told, playhead_s=shown, quality=one.report))
    return events


def repeated(delivery: Delivery, again: tuple[str, int]) -> tuple[Delivery, Delivery]:
    """A delivery as it is first made, and as it is made again."""
    how, later = again
    tag = f"{delivery.received_ms}-{delivery.index}"
    first = delivery
    if how == "id":
        first = msgspec.structs.replace(delivery, client_id=f"id-{tag}", request_id=f"r-{tag}")
        second = msgspec.structs.replace(first, request_id=f"r2-{tag}")
    elif how == "request":
        first = msgspec.structs.replace(delivery, request_id=f"r-{tag}", index=1)
        second = msgspec.structs.replace(first, event=msgspec.structs.replace(first.event, at_ms=None))
    elif how == "content":
        second = msgspec.structs.replace(first, request_id=f"r3-{tag}")
    elif how == "stamp":  # not a duplicate: the arrival stands in for the timestamp of the first
        first = msgspec.structs.replace(delivery, event=msgspec.structs.replace(delivery.event, at_ms=None))
        second = msgspec.structs.replace(
            delivery, event=msgspec.structs.replace(delivery.event, at_ms=delivery.received_ms)
        )
    else:
        first = msgspec.structs.replace(delivery, client_id=f"id-{tag}", request_id=f"r-{tag}")
        event = msgspec.structs.replace(first.event, playhead_s=(first.event.playhead_s or 0) + 1)
        second = msgspec.structs.replace(
            first, client_id=None, index=2, event=event, xdm=_xdm(event)
        )  # fmt: skip
    return first, msgspec.structs.replace(second, received_ms=delivery.received_ms + later)


def delivered(steps: list[Step], events: list[Event], flush: tuple[int, int, int] | None) -> list[Delivery]:
    """The deliveries of the steps, `flush` = (first, last, ms) queued until so long after the last of them."""
    found: list[Delivery] = []
    said: list[int] = []
    now = T0
    for one in steps:
        now += one.gap
        said.append(now)
    for number, (one, event) in enumerate(zip(steps, events, strict=True)):
        arrival = said[number] + one.lag
        if flush is not None and flush[0] <= number <= flush[1]:
            arrival = said[min(flush[1], len(steps) - 1)] + flush[2] + 7 * number
        delivery = Delivery(SESSION, arrival, event, STREAM, index=0, xdm=_xdm(event))
        if one.again is None:
            found.append(delivery)
        else:
            found.extend(repeated(delivery, one.again))
    return found


flushes = mostly(
    st.none(),
    6,
    st.tuples(
        st.integers(0, 30),
        st.integers(0, 20),
        st.sampled_from((30_000, 30_000, 700_000, HOUR_MS, 5 * HOUR_MS, 23 * HOUR_MS, 25 * HOUR_MS)),
    ).map(lambda flush: (flush[0], flush[0] + flush[1], flush[2])),
)
skews = st.sampled_from((0,) * 9 + (1, -5_000, 90_000, -3 * HOUR_MS, DAY_MS - 20_000, -DAY_MS + 20_000, 40 * DAY_MS))
ticks = st.lists(st.integers(0, 3 * HOUR_MS) | st.integers(0, 40_000), max_size=2)
looks = st.lists(st.tuples(st.integers(0, 40), st.sampled_from((0, 1, 900, 1_000, 4_999, 5_000, 5_001))), max_size=3)


@st.composite
def viewings(draw: st.DrawFn) -> Viewing:
    """A session told event by event."""
    steps, start = draw(scripts), draw(starts)
    origin = T0 + draw(skews)
    told = draw(st.sampled_from((origin, origin, origin, origin, None, origin - 9 * DAY_MS, origin + 3_000)))
    start = msgspec.structs.replace(start, at_ms=told)
    first = Delivery(
        SESSION, T0, start, STREAM, request_id="r0", client_id=draw(st.sampled_from((None, "first"))),
        ecid=draw(st.sampled_from(("e1", "e1", None))), xdm=_xdm(start),
    )  # fmt: skip
    others = delivered(steps, spoken(steps, origin, start.length_s), draw(flushes))
    for later in draw(st.lists(st.sampled_from((0, 300, 40_000, 700_000, 5 * HOUR_MS)), max_size=1)):
        others.append(msgspec.structs.replace(first, received_ms=T0 + later))
    if draw(st.integers(0, 9)) == 0:
        early = msgspec.structs.replace(
            first, event=playback.Ping(at_ms=origin), received_ms=T0 - 1000, request_id="r-1"
        )
        others.append(msgspec.structs.replace(early, client_id=None, xdm=b'{"mediaCollection":{}}'))
    everything = sorted([first, *others], key=lambda one: one.received_ms)
    told = [T0 + tick for tick in draw(ticks)]
    told += [everything[number % len(everything)].received_ms + later for number, later in draw(looks)]
    return Viewing(draw(settings), tuple(everything), tuple(sorted(told)), draw(st.booleans()))


@st.composite
def downloads(draw: st.DrawFn) -> Viewing:
    """A session told in one batch, delivered again perhaps, with strays behind it."""
    steps, start = draw(scripts), draw(starts)
    origin = T0 - draw(st.sampled_from((HOUR_MS, 3 * DAY_MS)))
    start = msgspec.structs.replace(start, at_ms=origin)
    events = (start, *spoken(steps, origin, start.length_s))
    batch = session.Downloaded(events=events)
    first = Delivery(SESSION, T0, batch, STREAM, request_id="r0", client_id="first", ecid="e1", xdm=_xdm(batch))
    others = delivered(steps[:2], list(events[1:3]), None)
    if draw(st.booleans()):
        others.append(msgspec.structs.replace(first, request_id="r1", received_ms=T0 + 90_000))
    return Viewing(draw(settings), (first, *sorted(others, key=lambda one: one.received_ms)), ())
