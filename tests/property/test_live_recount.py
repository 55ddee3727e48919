"""The live picture against a plain recount of the same deliveries, made apart from it."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from playhead.base.settings import SessionSettings
from playhead.base.units import DatastreamId, SessionId
from playhead.events import ads, playback, quality, session
from playhead.events.delivery import Delivery
from playhead.events.event import Event, Quality
from playhead.pipeline.live import Group, LiveNow, LiveView
from playhead.reporting.outputs import Judged, Outcome, SessionRecord, SessionState
from property.running import Ran
from property.strategies import BASE_MS

SESSIONS = 5
KINDS: Sequence[type[Event]] = (
    playback.Ping,
    playback.Ping,
    playback.Ping,
    playback.Play,
    playback.Play,
    playback.PauseStart,
    playback.BufferStart,
    ads.AdBreakStart,
    ads.AdStart,
    ads.AdComplete,
    ads.AdBreakComplete,
    quality.PlaybackError,
    session.SessionComplete,
    session.SessionEnd,
)


class Entry(NamedTuple):
    """What happened to a session: an accepted event, or None: it closed."""

    second: int
    number: int
    event: Event | None


class Now(NamedTuple):
    """A session that counts."""

    number: int
    state: str
    bitrate_kbps: float | None


class Machine:
    """What a viewer sees, by hand."""

    def __init__(self) -> None:
        self.player, self.ad, self.in_break, self.soft, self.closed_ads = "starting", "", False, False, 0

    def hear(self, event: Event) -> None:
        """An event in order."""
        told = {playback.Play: "playing", playback.PauseStart: "paused", playback.BufferStart: "buffering"}
        match event:
            case playback.Play() | playback.PauseStart() | playback.BufferStart():
                self.player = told[type(event)] if self.player != "ended" or type(event) is playback.Play else "ended"
                if self.ad:
                    self.ad = told[type(event)]
                elif type(event) is playback.Play and self.in_break and self.closed_ads:
                    self.soft = True
            case ads.AdBreakStart():
                self.ad, self.in_break, self.soft, self.closed_ads = "", True, False, 0
            case ads.AdBreakComplete():
                self.ad, self.in_break, self.soft = "", False, False
            case ads.AdStart() if self.in_break:
                self.ad, self.soft = "playing", False
            case ads.AdComplete() if self.ad:
                self.ad = ""
                self.closed_ads += 1
            case session.SessionComplete():
                self.player = "ended"

    @property
    def shown(self) -> str:
        """The state that is told."""
        active = self.ad or self.player
        if active in {"paused", "buffering"}:
            return active
        return "ad" if self.ad or (self.in_break and not self.soft) else active


def is_in_main_play(machine: Machine) -> bool:
    """Main content plays."""
    return machine.shown == "playing"


class Recount:
    """One session, event by event."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.past: list[Event] = []
        self.heard: int | None = None
        self.ended = False
        self.errors: list[int] = []
        self.started: int | None = None
        self.machine = Machine()
        self.at_ms = self.still = 0
        self.playhead: int | None = None
        self.bitrate: float | None = None

    def hear(self, entry: Entry) -> None:
        """What happened next."""
        event = entry.event
        if event is None:
            self.heard = None
            return
        self.past.append(event)
        assert event.at_ms is not None
        if isinstance(event, session.SessionEnd):
            self.ended, self.heard = True, None
        if self.ended:
            return
        if self.heard is None or entry.second - self.heard >= 60:
            self.machine = Machine()
            for earlier in sorted(self.past, key=lambda one: one.at_ms or 0):
                self.machine.hear(earlier)
            self.at_ms, self.playhead, self.still, self.bitrate = event.at_ms, event.playhead_s, 0, None
            self._quality(event)
        elif event.at_ms >= self.at_ms:
            self._follow(event)
        self.heard = entry.second
        if isinstance(event, session.SessionStart):
            self.started = entry.second
        if isinstance(event, quality.PlaybackError):
            self.errors.append(entry.second)

    def _follow(self, event: Event) -> None:
        assert event.at_ms is not None
        before = is_in_main_play(self.machine), vars(self.machine).copy()
        self.machine.hear(event)
        moved = event.playhead_s is not None and event.playhead_s != self.playhead
        if not is_in_main_play(self.machine) or moved or before != (True, vars(self.machine)):
            self.still = 0
        elif event.at_ms - self.at_ms >= 1000:
            self.still += 1
        self.at_ms = event.at_ms
        self.playhead = self.playhead if event.playhead_s is None else event.playhead_s
        self._quality(event)

    def _quality(self, event: Event) -> None:
        if event.quality is not None and event.quality.bitrate_kbps is not None:
            self.bitrate = event.quality.bitrate_kbps

    def at(self, second: int) -> Now | None:
        """As of a second; None: it does not count."""
        if self.heard is None or second - self.heard >= 60:
            return None
        return Now(self.number, "stalled" if self.still >= 2 else self.machine.shown, self.bitrate)


def recounted(log: Sequence[Entry], second: int) -> list[Recount]:
    """All sessions, by what happened up to the end of a second."""
    made = {number: Recount(number) for number in range(SESSIONS)}
    for entry in log:
        if entry.second <= second:
            made[entry.number].hear(entry)
    return list(made.values())


def person(number: int) -> str:
    """Two sessions may be of one person."""
    return f"p{number // 2}"


def content(number: int) -> str:
    """What a session shows."""
    return f"c{number % 3 // 2}"


def datastream(number: int) -> str:
    """Where it was sent."""
    return f"d{number % 2}"


def player(number: int) -> str:
    """What it is seen with."""
    return f"player {number % 3}"


def group(members: Sequence[Recount], second: int) -> dict[str, Any]:
    """Numbers of sessions as a `Group` has them."""
    now = [each.at(second) for each in members]
    found = [each for each in now if each is not None]
    bitrates = [each.bitrate_kbps for each in found if each.bitrate_kbps is not None]
    return {
        "viewers": len({person(each.number) for each in found}),
        "sessions": len(found),
        "buffering": sum(each.state == "buffering" for each in found),
        "stalled": sum(each.state == "stalled" for each in found),
        "bitrate_kbps": sum(bitrates) / len(bitrates) if bitrates else None,
        "errors": sum(second - at < 60 for each in members for at in each.errors),
    }


def told(found: Group, *but: str) -> dict[str, Any]:
    """Its numbers."""
    return {name: getattr(found, name) for name in found.__struct_fields__ if name not in {"key", "name", *but}}


def check(now: LiveNow, log: Sequence[Entry], second: int, which: str | None) -> None:
    """Everything told equals the recount."""
    everything = [each for each in recounted(log, second) if which is None or datastream(each.number) == which]
    assert group(everything, second) == told(now.total)
    states = Counter(found.state for each in everything if (found := each.at(second)) is not None)
    assert states == Counter({state.name.lower(): count for state, count in now.states.items() if count})
    assert sum(each.started is not None and second - each.started < 60 for each in everything) == now.starts
    by_content = {name: group([e for e in everything if content(e.number) == name], second) for name in ("c0", "c1")}
    assert {name: numbers for name, numbers in by_content.items() if numbers["sessions"] or numbers["errors"]} == {
        one.key: told(one) for one in now.contents
    }
    hurt = {name: n for name, n in by_content.items() if n["buffering"] or n["stalled"] or n["errors"]}
    assert hurt == {one.key: told(one) for one in now.worst_contents}
    by_player = {
        name: group([e for e in everything if player(e.number) == name], second) for name in map(player, range(3))
    }
    sick = {name: n for name, n in by_player.items() if n["buffering"] or n["stalled"] or n["errors"]}
    assert {name: without(numbers, "viewers") for name, numbers in sick.items()} == {
        one.key: told(one, "viewers") for one in now.worst_players
    }
    assert now.from_ms // 1000 + len(now.viewers_by_s) == second
    for index in {0, len(now.viewers_by_s) // 2, len(now.viewers_by_s) - 1} if now.viewers_by_s else ():
        then = now.from_ms // 1000 + index
        members = [each for each in recounted(log, then) if which is None or datastream(each.number) == which]
        assert group(members, then)["viewers"] == now.viewers_by_s[index]
        assert sum(each.started == then for each in members) == now.starts_by_s[index]
        assert sum(at == then for each in members for at in each.errors) == now.errors_by_s[index]


def without(numbers: Mapping[str, Any], name: str) -> dict[str, Any]:
    """All but one."""
    return {other: value for other, value in numbers.items() if other != name}


STEPS = st.lists(
    st.tuples(
        st.integers(0, SESSIONS - 1),
        st.sampled_from(KINDS),
        st.sampled_from([0, 1, 900, 1000, 3000, 10_000, 59_000, 61_000, 130_000, 3_700_000]),
        st.sampled_from([0, 0, 0, 400, 2_500]),
        st.sampled_from([None, 5, 5, 7]),
        st.sampled_from(
            [None, None, Quality(bitrate_kbps=800.0), Quality(bitrate_kbps=35.5), Quality(dropped_frames=1)]
        ),
        st.booleans(),
    ),
    min_size=1,
    max_size=40,
)


@given(STEPS)
def test_the_live_picture_is_a_plain_recount(
    steps: list[tuple[int, type[Event], int, int, int | None, Any, bool]],
) -> None:
    """After every delivery and every stretch of time, of one datastream and of all."""
    ran = Ran(SessionSettings(idle_timeout_s=90, complete_linger_s=20), hot_sessions_max=1)
    view = LiveView(ran.reporter.glimpse)
    log: list[Entry] = []
    began: set[int] = set()
    now_ms = BASE_MS
    for index, (number, kind, step_ms, delay_ms, playhead, sent, idle) in enumerate(steps):
        now_ms += step_ms
        event = kind(now_ms - delay_ms, playhead, sent)
        if number not in began:
            echo = {"playerName": player(number)}
            event = session.SessionStart(now_ms, 0, sent, name=content(number), length_s=60, echo=echo)
            began.add(number)
        elif isinstance(event, quality.PlaybackError):
            event = replace(event, name="E")
        delivery = Delivery(
            SessionId(f"s{number}"), now_ms, event, DatastreamId(datastream(number)), f"r{index}", ecid=person(number)
        )
        ran.kept[delivery.session_id].append(delivery)
        outputs = ran.reporter.take(delivery)
        for output in outputs:
            if isinstance(output, SessionRecord) and output.state is SessionState.CLOSED:
                log.append(Entry(now_ms // 1000, int(output.session_id[1:]), None))
            if isinstance(output, Judged) and output.outcome is Outcome.ACCEPTED:
                log.append(Entry(now_ms // 1000, number, event))
        view.take(delivery, outputs)
        if idle:
            now_ms += 999
            outputs = ran.reporter.advance(now_ms)
            log += [Entry(now_ms // 1000, int(o.session_id[1:]), None) for o in outputs if isinstance(o, SessionRecord)]
            view.advance(now_ms, outputs)
        for which in (None, "d0", "d1"):
            check(view.now(which), log, now_ms // 1000, which)
