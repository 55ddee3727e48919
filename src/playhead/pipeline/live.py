"""
The audience of now: counted as deliveries are taken, never by looking through the sessions (metrics.md 6.6).

A session counts while it is open and an event of it was accepted in this second or one of the 59 before. Its state is
that of `sessions.machine` by the events as they arrive; one with an earlier timestamp than its latest changes none.

Law: the numbers are a function of the deliveries and their arrival since the view was made. Time is the recorded time
of the journals, in whole seconds.
"""

from array import array
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import IntEnum
from heapq import nlargest

from msgspec import Struct, field

from playhead.base.units import SECOND_MS, SessionId
from playhead.events.delivery import Delivery
from playhead.events.event import Event
from playhead.events.quality import PlaybackError
from playhead.events.session import Downloaded, SessionEnd, SessionStart
from playhead.reporting.glimpse import Glimpse
from playhead.reporting.outputs import Judged, Outcome, Output, SessionRecord, SessionState
from playhead.sessions.machine import ACTIVE, NEXT, Phase, Scene
from playhead.sessions.stalls import QUALIFYING_MIN

WINDOW_S = 60
"""A session that said nothing for so long does not count; starts and errors are counted over as long."""

KEPT_S = 3_600
"""Seconds of history."""

TOP_CONTENTS = 10
WORST_GROUPS = 5

_STANDING_MIN_MS = 1_000
"""`stall_min_gap_s` of metrics.md 1.6."""


class LiveState(IntEnum):
    """What a viewer sees; a session has exactly one."""

    STARTING = 0
    PLAYING = 1
    STALLED = 2
    """Playing, by three events at least 1 s apart at one playhead (metrics.md 1.6)."""
    PAUSED = 3
    BUFFERING = 4
    AD = 5
    """An ad plays, or a break is open between its ads."""
    ENDED = 6
    """The content was completed; the session is still open."""


def _live_state(scene: Scene, phase: Phase) -> LiveState:
    if phase in {Phase.PAUSED, Phase.BUFFERING}:
        return LiveState.PAUSED if phase is Phase.PAUSED else LiveState.BUFFERING
    if scene is not Scene.MAIN:
        return LiveState.AD
    return {Phase.STARTING: LiveState.STARTING, Phase.PLAYING: LiveState.PLAYING, Phase.ENDED: LiveState.ENDED}[phase]


_LIVE_STATES = tuple(int(_live_state(scene, phase)) for scene, phase in ACTIVE)
_PLAYING, _STALLED, _BUFFERING = int(LiveState.PLAYING), int(LiveState.STALLED), int(LiveState.BUFFERING)
_ACCEPTED = Outcome.ACCEPTED  # a member of an enumeration takes longer to look up


class Group(Struct, frozen=True, kw_only=True):
    """
    Sessions that have something in common.

    Attributes:
        key, name: What they have in common, as an id and for people.
        viewers: Persons among them; sessions without one count by themselves. Of players 0: it is not counted.
        sessions: How many there are.
        buffering, stalled: Of them, now.
        bitrate_kbps: Mean of the last value of those that told one; None: none did.
        errors: Errors in the last 60 s.
    """

    key: str
    name: str
    viewers: int
    sessions: int
    buffering: int
    stalled: int
    bitrate_kbps: float | None
    errors: int


class LiveNow(Struct, frozen=True, kw_only=True):
    """
    The audience as of one instant.

    Attributes:
        now_ms: Recorded time reached, Unix ms; 0: nothing was recorded yet.
        since_ms: Counting began then; what was heard before is not known. Right from 60 s later on, or from the next
            event of each session.
        total: All sessions that count; its key and name are empty.
        states: How many are in each state.
        starts: Sessions begun in the last 60 s.
        contents: Those with the most viewers, the most first.
        worst_contents, worst_players: Those with the most trouble (sessions buffering or stalled, and errors).
        from_ms: Start of the first second of the history, Unix ms.
        viewers_by_s: Viewers as of the end of each second. starts_by_s, errors_by_s: What happened in it. The last is
            the last one that is over.
    """

    now_ms: int
    since_ms: int
    total: Group
    states: Mapping[LiveState, int]
    starts: int
    contents: Sequence[Group]
    worst_contents: Sequence[Group]
    worst_players: Sequence[Group]
    from_ms: int
    viewers_by_s: Sequence[int]
    starts_by_s: Sequence[int]
    errors_by_s: Sequence[int]


class _Cell(Struct, gc=False):
    """Counts of sessions that have something in common."""

    key: str
    name: str
    states: list[int] = field(default_factory=lambda: [0] * len(LiveState))
    persons: dict[str, int] = field(default_factory=dict)
    bitrate_kbps: float = 0
    bitrates: int = 0
    errors: int = 0


class _Seconds:
    """A ring of numbers, one a second."""

    def __init__(self) -> None:
        self.viewers, self.starts, self.errors = (array("l", bytes(8 * KEPT_S)) for _ in range(3))

    def begin(self, second: int) -> None:
        """A second in which nothing happened yet."""
        self.starts[second % KEPT_S] = self.errors[second % KEPT_S] = 0


class _Stream:
    """The sessions of a datastream."""

    def __init__(self) -> None:
        self.whole = _Cell("", "")
        self.contents: dict[str, _Cell] = {}
        self.players: dict[str, _Cell] = {}
        self.seconds = _Seconds()


class _Seen(Struct, gc=False):
    """A session that counts. `still`: intervals without movement; `bitrate_kbps` below 0: not told."""

    stream: _Stream
    content: _Cell
    player: _Cell
    person: str
    heard_s: int
    at_ms: int
    playhead_s: int
    state: int
    shown: int
    still: int = 0
    bitrate_kbps: float = -1


class LiveView:
    """The audience of now. Not thread-safe."""

    def __init__(self, glimpse: Callable[[SessionId], Glimpse | None]) -> None:
        """Nothing was heard; `glimpse` is asked of a session that is not counted, right after a delivery of it was taken."""
        self._glimpse = glimpse
        self._since_s = self._second = 0
        self._now_ms = 0
        self._forget()

    def _forget(self) -> None:
        self._seen: dict[SessionId, _Seen] = {}
        self._streams: dict[str, _Stream] = {}
        self._persons: dict[str, int] = {}
        self._seconds = _Seconds()
        self._due: dict[int, list[SessionId]] = {}  # by the second they were last heard in, or an earlier one
        self._errors: deque[tuple[int, _Stream, _Cell, _Cell]] = deque()

    # Fed by the worker

    def take(self, delivery: Delivery, outputs: Sequence[Output]) -> None:
        """A delivery was taken, and this came of it; the last is its `Judged`."""
        judged = outputs[-1]
        assert type(judged) is Judged, "the outcome comes last"
        if delivery.received_ms > self._now_ms:
            self._pass(delivery.received_ms)
        if len(outputs) > 1:
            self._let_go(outputs)
        if judged.outcome is not _ACCEPTED:
            return
        event = delivery.event
        kind = type(event)
        seen = self._seen.get(delivery.session_id)
        if seen is None:
            seen = None if kind is Downloaded else self._meet(delivery.session_id, event)
            if seen is None:
                return
        else:
            seen.heard_s = self._second
            if kind is SessionEnd:
                self._leave(delivery.session_id)
                return
            self._follow(seen, event, kind)
        if kind is SessionStart:
            self._seconds.starts[self._second % KEPT_S] += 1
            seen.stream.seconds.starts[self._second % KEPT_S] += 1
        elif kind is PlaybackError:
            self._fail(seen)

    def advance(self, now_ms: int, outputs: Sequence[Output] = ()) -> None:
        """Recorded time passed, and this came of it."""
        if now_ms > self._now_ms:
            self._pass(now_ms)
        self._let_go(outputs)

    # What is known

    def now(self, datastream_id: str | None = None) -> LiveNow:
        """The audience; of one datastream or of all."""
        streams = list(self._streams.values())
        seconds = self._seconds
        if datastream_id is not None:
            stream = self._streams.get(datastream_id, _NOBODY)
            streams, seconds = [stream], stream.seconds
        whole = [stream.whole for stream in streams]
        contents = _by_key(stream.contents for stream in streams)
        players = _by_key(stream.players for stream in streams)
        first_s = max(self._since_s, self._second - KEPT_S + 1)
        return LiveNow(
            now_ms=self._now_ms,
            since_ms=self._since_s * SECOND_MS,
            total=_group(whole, len(self._persons) if datastream_id is None else _viewers(whole)),
            states={state: sum(cell.states[state] for cell in whole) for state in LiveState},
            starts=sum(self._last(seconds.starts, max(self._since_s, self._second - WINDOW_S + 1), self._second + 1)),
            contents=[_group(cells) for cells in nlargest(TOP_CONTENTS, contents, key=_viewed)],
            worst_contents=[_group(cells) for cells in nlargest(WORST_GROUPS, contents, key=_trouble) if _hurt(cells)],
            worst_players=[_group(cells) for cells in nlargest(WORST_GROUPS, players, key=_trouble) if _hurt(cells)],
            from_ms=first_s * SECOND_MS,
            viewers_by_s=self._last(seconds.viewers, first_s, self._second),
            starts_by_s=self._last(seconds.starts, first_s, self._second),
            errors_by_s=self._last(seconds.errors, first_s, self._second),
        )

    @staticmethod
    def _last(ring: "array[int]", from_s: int, until_s: int) -> Sequence[int]:
        """The numbers of seconds [from_s, until_s), at most KEPT_S."""
        first, count = from_s % KEPT_S, max(0, until_s - from_s)
        return [*ring[first : first + count], *ring[: max(0, first + count - KEPT_S)]]

    # Sessions

    def _meet(self, session_id: SessionId, event: Event) -> _Seen | None:
        """Begin to count a session, by what is known of it; None: it is not open."""
        glimpse = self._glimpse(session_id)
        if glimpse is None or glimpse.ended:
            return None
        stream = self._streams.get(glimpse.datastream_id)
        if stream is None:
            stream = self._streams[glimpse.datastream_id] = _Stream()
        content = stream.contents.get(glimpse.content)
        if content is None:
            content = stream.contents[glimpse.content] = _Cell(glimpse.content, glimpse.content_name)
        player = stream.players.get(glimpse.player)
        if player is None:
            player = stream.players[glimpse.player] = _Cell(glimpse.player, glimpse.player)
        at_ms = _EVER_MS if event.at_ms is None else event.at_ms
        playhead_s = -1 if event.playhead_s is None else event.playhead_s
        person = glimpse.person or session_id
        state = glimpse.state
        seen = _Seen(stream, content, player, person, self._second, at_ms, playhead_s, state, _LIVE_STATES[state])
        self._seen[session_id] = seen
        self._due.setdefault(self._second, []).append(session_id)
        for persons in (self._persons, stream.whole.persons, content.persons):
            persons[person] = persons.get(person, 0) + 1
        for cell in (stream.whole, content, player):
            cell.states[seen.shown] += 1
        self._set_bitrate(seen, _bitrate_of(event))
        return seen

    def _follow(self, seen: _Seen, event: Event, kind: type[Event]) -> None:
        """An event of a session that counts."""
        at_ms, before_ms = event.at_ms, seen.at_ms
        if at_ms is not None:
            if at_ms < before_ms:  # it belongs before what was heard already
                return
            seen.at_ms = at_ms
        following = NEXT.get(kind)
        state = seen.state if following is None else following[seen.state]
        playhead_s = event.playhead_s
        shown = _LIVE_STATES[state]
        if shown != _PLAYING or (playhead_s is not None and playhead_s != seen.playhead_s) or state != seen.state:
            seen.still = 0
        elif at_ms is not None and at_ms - before_ms >= _STANDING_MIN_MS:
            seen.still += 1
        seen.state = state
        if playhead_s is not None:
            seen.playhead_s = playhead_s
        if seen.still >= QUALIFYING_MIN:
            shown = _STALLED
        if shown != seen.shown:
            for cell in (seen.stream.whole, seen.content, seen.player):
                cell.states[seen.shown] -= 1
                cell.states[shown] += 1
            seen.shown = shown
        if event.quality is not None:
            self._set_bitrate(seen, _bitrate_of(event))

    @staticmethod
    def _set_bitrate(seen: _Seen, bitrate_kbps: float) -> None:
        """The session told a bitrate; below 0: it told none."""
        if bitrate_kbps < 0 or bitrate_kbps == seen.bitrate_kbps:
            return
        first = seen.bitrate_kbps < 0
        more = bitrate_kbps if first else bitrate_kbps - seen.bitrate_kbps
        for cell in (seen.stream.whole, seen.content, seen.player):
            cell.bitrate_kbps += more
            cell.bitrates += first
        seen.bitrate_kbps = bitrate_kbps

    def _fail(self, seen: _Seen) -> None:
        """The session told an error."""
        self._seconds.errors[self._second % KEPT_S] += 1
        seen.stream.seconds.errors[self._second % KEPT_S] += 1
        for cell in (seen.stream.whole, seen.content, seen.player):
            cell.errors += 1
        self._errors.append((self._second, seen.stream, seen.content, seen.player))

    def _let_go(self, outputs: Iterable[Output]) -> None:
        for output in outputs:
            if type(output) is SessionRecord and output.state is SessionState.CLOSED:
                self._leave(output.session_id)

    def _leave(self, session_id: SessionId) -> None:
        """Count a session no longer."""
        seen = self._seen.pop(session_id, None)
        if seen is None:
            return
        stream, content, player = seen.stream, seen.content, seen.player
        for persons in (self._persons, stream.whole.persons, content.persons):
            left = persons[seen.person] - 1
            if left:
                persons[seen.person] = left
            else:
                del persons[seen.person]
        for cell in (stream.whole, content, player):
            cell.states[seen.shown] -= 1
            if seen.bitrate_kbps >= 0:
                cell.bitrates -= 1
                cell.bitrate_kbps = cell.bitrate_kbps - seen.bitrate_kbps if cell.bitrates else 0  # no rest by rounding
        _drop_empty(stream, content, player)

    # Time

    def _pass(self, now_ms: int) -> None:
        """Let recorded time pass, to a later instant."""
        self._now_ms = now_ms
        second = now_ms // SECOND_MS
        if second <= self._second:
            return
        if not self._since_s:
            self._since_s = self._second = second
            return
        if second - self._second > KEPT_S:
            self._forget()
            self._second = second
            return
        while self._second < second:
            self._seconds.viewers[self._second % KEPT_S] = len(self._persons)
            for stream in self._streams.values():
                stream.seconds.viewers[self._second % KEPT_S] = len(stream.whole.persons)
            self._second += 1
            self._seconds.begin(self._second)
            for stream in self._streams.values():
                stream.seconds.begin(self._second)
            self._fall_silent(self._second - WINDOW_S)

    def _fall_silent(self, heard_s: int) -> None:
        """Sessions last heard in that second count no longer, nor do its errors."""
        for session_id in self._due.pop(heard_s, ()):
            seen = self._seen.get(session_id)
            if seen is None:
                continue
            if seen.heard_s <= heard_s:
                self._leave(session_id)
            else:
                self._due.setdefault(seen.heard_s, []).append(session_id)
        while self._errors and self._errors[0][0] <= heard_s:
            _, stream, content, player = self._errors.popleft()
            for cell in (stream.whole, content, player):
                cell.errors -= 1
            _drop_empty(stream, content, player)


_EVER_MS = -(1 << 62)
_NOBODY = _Stream()


def _bitrate_of(event: Event) -> float:
    """The bitrate that an event told; below 0: none."""
    quality = event.quality
    return -1 if quality is None or quality.bitrate_kbps is None else quality.bitrate_kbps


def _drop_empty(stream: _Stream, content: _Cell, player: _Cell) -> None:
    if not (content.errors or any(content.states)):
        stream.contents.pop(content.key, None)
    if not (player.errors or any(player.states)):
        stream.players.pop(player.key, None)


def _by_key(cells: Iterable[Mapping[str, _Cell]]) -> Iterable[Sequence[_Cell]]:
    """The cells of several datastreams, those of one key together."""
    found: dict[str, list[_Cell]] = {}
    for each in cells:
        for key, cell in each.items():
            found.setdefault(key, []).append(cell)
    return found.values()


def _group(cells: Sequence[_Cell], viewers: int | None = None) -> Group:
    bitrates = sum(cell.bitrates for cell in cells)
    states = [sum(cell.states[state] for cell in cells) for state in LiveState]
    return Group(
        key=cells[0].key if cells else "",
        name=cells[0].name if cells else "",
        viewers=_viewers(cells) if viewers is None else viewers,
        sessions=sum(states),
        buffering=states[_BUFFERING],
        stalled=states[_STALLED],
        bitrate_kbps=sum(cell.bitrate_kbps for cell in cells) / bitrates if bitrates else None,
        errors=sum(cell.errors for cell in cells),
    )


def _viewers(cells: Sequence[_Cell]) -> int:
    """Persons in any of the cells."""
    return len(cells[0].persons) if len(cells) == 1 else len(set().union(*(cell.persons for cell in cells)))


def _hurt(cells: Sequence[_Cell]) -> int:
    return sum(cell.errors + cell.states[_BUFFERING] + cell.states[_STALLED] for cell in cells)


def _sessions(cells: Sequence[_Cell]) -> int:
    return sum(sum(cell.states) for cell in cells)


def _trouble(cells: Sequence[_Cell]) -> tuple[int, int, str]:
    return _hurt(cells), _sessions(cells), cells[0].key


def _viewed(cells: Sequence[_Cell]) -> tuple[int, int, str]:
    return _viewers(cells), _sessions(cells), cells[0].key
