"""
The live picture (interfaces.md 4): who watches now, as one answer and as server-sent events.

Law: one look at the processor serves all listeners of a datastream; without listeners nothing looks.

    event: live       the picture, with the seconds of its history that the listener does not have yet: at first all
    : still here      nobody could look for a while
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence

import msgspec
import structlog
from litestar.concurrency import sync_to_thread
from msgspec import Struct
from msgspec.structs import replace

from playhead.api.limits import LIVE_POLL_S, STREAM_CLIENTS_MAX, STREAM_HEARTBEAT_S
from playhead.api.problems import RETRY_AFTER_S, ProblemError
from playhead.api.stream import HEARTBEAT
from playhead.api.times import written, written_or_none
from playhead.base.clock import Clock
from playhead.base.errors import PlayheadError
from playhead.base.units import SECOND_MS
from playhead.pipeline.live import Group, LiveNow, LiveState

_LOG = structlog.get_logger()

_AT_LEAST_EVERY_S = 1.0
"""A listener hears every second: the history goes on although nothing else changes."""


class LiveAudience(Struct, frozen=True, kw_only=True, rename="camel"):
    """Persons and open sessions with an event in the last 60 s; a session that names nobody counts as a person."""

    viewers: int
    sessions: int
    age_seconds: float


class LiveStates(Struct, frozen=True, kw_only=True, rename="camel"):
    """The sessions by what is seen of them now; they add up to `sessions`."""

    starting: int
    playing: int
    stalled: int
    paused: int
    buffering: int
    ad: int
    ended: int
    age_seconds: float


class LiveRates(Struct, frozen=True, kw_only=True, rename="camel"):
    """Sessions begun and errors in the last 60 s."""

    starts_per_minute: int
    errors_per_minute: int
    age_seconds: float


class LiveContent(Struct, frozen=True, kw_only=True):
    """A content with its audience; `name` is for people."""

    id: str
    name: str
    viewers: int
    sessions: int


class LiveContents(Struct, frozen=True, kw_only=True, rename="camel"):
    """The contents with the most viewers, at most ten, the most first."""

    items: Sequence[LiveContent]
    age_seconds: float


class LiveTrouble(Struct, frozen=True, kw_only=True, rename="camel"):
    """Sessions of one content or player; `errors` in the last 60 s, `mean_bitrate` in kbit/s, null where none is known."""

    id: str
    name: str
    sessions: int
    buffering: int
    stalled: int
    errors: int
    mean_bitrate: float | None


class LiveQuality(Struct, frozen=True, kw_only=True, rename="camel"):
    """
    How it plays for the sessions that count.

    Shares are of all of them, null where there are none. `byContent` and `byPlayer` are those with the most sessions
    that buffer or stall and errors, at most five each; none without any.
    """

    buffering_share: float | None
    stalled_share: float | None
    mean_bitrate: float | None
    errors: int
    by_content: Sequence[LiveTrouble]
    by_player: Sequence[LiveTrouble]
    age_seconds: float


class LiveSeries(Struct, frozen=True, rename={"start": "from", "age_seconds": "ageSeconds"}):
    """
    The last hour by second, the first one beginning at `from`; the last is the last that is over.

    Viewers as of the end of each second, starts and errors in it.
    """

    start: str
    viewers: Sequence[int]
    starts: Sequence[int]
    errors: Sequence[int]
    age_seconds: float


class LivePicture(Struct, frozen=True, kw_only=True, rename="camel"):
    """
    The audience of now.

    `at` is the recorded time reached, null before the first record, `ageSeconds` how long ago that is; nothing earlier
    than `since` was heard, so that numbers grow for up to a minute after a start of the server.
    """

    at: str | None
    since: str | None
    age_seconds: float
    audience: LiveAudience
    states: LiveStates
    rates: LiveRates
    content: LiveContents
    quality: LiveQuality
    series: LiveSeries


class LiveFeed:
    """The picture for all who listen. Used from one event loop, except `stop`."""

    def __init__(
        self,
        now: Callable[[str | None], LiveNow],
        clock: Clock,
        *,
        poll_s: float = LIVE_POLL_S,
        heartbeat_s: float = STREAM_HEARTBEAT_S,
        clients_max: int = STREAM_CLIENTS_MAX,
    ) -> None:
        """
        Prepare; nothing runs before the first listener.

        Args:
            now: Looks at the audience; may block (it runs in a thread) and may raise `PlayheadError`.
            clock: For ages.
            poll_s: Time between two looks.
            heartbeat_s: Longest silence of a stream.
            clients_max: Listeners at a time.
        """
        self._now = now
        self._clock = clock
        self._poll_s = poll_s
        self._heartbeat_s = heartbeat_s
        self._clients_max = clients_max
        self._listening = 0
        self._looks: dict[str | None, tuple[float, asyncio.Task[LiveNow]]] = {}
        self._stopping = False

    def stop(self) -> None:
        """End all streams within one look, so that the server can shut down. Safe from any thread."""
        self._stopping = True

    def listen(self, datastream: str | None) -> AsyncIterator[bytes]:
        """
        A stream of server-sent events.

        Raises:
            ProblemError: 503, as many listen already as may.
        """
        if self._stopping or self._listening >= self._clients_max:
            raise ProblemError(
                503, "Too many listen to the live picture already.", headers={"retry-after": RETRY_AFTER_S}
            )
        return self._messages(datastream)

    async def _messages(self, datastream: str | None) -> AsyncIterator[bytes]:
        self._listening += 1
        loop = asyncio.get_running_loop()
        told: LiveNow | None = None
        told_s = said_s = loop.time()
        try:
            while not self._stopping:
                now = await self._look(datastream)
                now_s = loop.time()
                if now is not None and (told is None or now_s >= told_s + _AT_LEAST_EVERY_S or _differ(told, now)):
                    from_ms = 0 if told is None else told.from_ms + len(told.viewers_by_s) * SECOND_MS
                    yield message(picture_of(_since(now, from_ms), self._clock.now_ms()))
                    told, told_s, said_s = now, now_s, now_s
                elif now_s >= said_s + self._heartbeat_s:
                    yield HEARTBEAT
                    said_s = now_s
                await asyncio.sleep(self._poll_s)
        finally:
            self._listening -= 1
            if not self._listening:
                self._looks.clear()

    async def _look(self, datastream: str | None) -> LiveNow | None:
        """The picture as of less than a look ago; None if it cannot be had."""
        loop = asyncio.get_running_loop()
        known = self._looks.get(datastream)
        if known is None or loop.time() >= known[0] + self._poll_s / 2:
            known = (loop.time(), asyncio.create_task(sync_to_thread(self._now, datastream)))
            self._looks[datastream] = known
        try:
            return await asyncio.shield(known[1])
        except PlayheadError:
            _LOG.warning("live_picture_not_read", exc_info=True)
            return None


def _differ(one: LiveNow, other: LiveNow) -> bool:
    """Whether there is more to tell than that time passed."""
    return (one.total, one.states, one.starts, one.contents, one.worst_contents, one.worst_players) != (
        *(other.total, other.states, other.starts),
        *(other.contents, other.worst_contents, other.worst_players),
    )


def _since(now: LiveNow, from_ms: int) -> LiveNow:
    """The picture with the seconds of its history from then on."""
    skipped = max(0, from_ms - now.from_ms) // SECOND_MS
    return replace(
        now,
        from_ms=now.from_ms + skipped * SECOND_MS,
        viewers_by_s=now.viewers_by_s[skipped:],
        starts_by_s=now.starts_by_s[skipped:],
        errors_by_s=now.errors_by_s[skipped:],
    )


def picture_of(now: LiveNow, clock_ms: int) -> LivePicture:
    """The audience as it is told; ages by the server's clock."""
    age_s = max(0, clock_ms - now.now_ms) / SECOND_MS if now.now_ms else 0.0
    total = now.total
    return LivePicture(
        at=written_or_none(now.now_ms or None),
        since=written_or_none(now.since_ms or None),
        age_seconds=age_s,
        audience=LiveAudience(viewers=total.viewers, sessions=total.sessions, age_seconds=age_s),
        states=LiveStates(**_states(now.states), age_seconds=age_s),
        rates=LiveRates(starts_per_minute=now.starts, errors_per_minute=total.errors, age_seconds=age_s),
        content=LiveContents(
            items=[LiveContent(id=c.key, name=c.name, viewers=c.viewers, sessions=c.sessions) for c in now.contents],
            age_seconds=age_s,
        ),
        quality=LiveQuality(
            buffering_share=total.buffering / total.sessions if total.sessions else None,
            stalled_share=total.stalled / total.sessions if total.sessions else None,
            mean_bitrate=total.bitrate_kbps,
            errors=total.errors,
            by_content=[_trouble_of(group) for group in now.worst_contents],
            by_player=[_trouble_of(group) for group in now.worst_players],
            age_seconds=age_s,
        ),
        series=LiveSeries(written(now.from_ms), now.viewers_by_s, now.starts_by_s, now.errors_by_s, age_s),
    )


def _states(states: Mapping[LiveState, int]) -> dict[str, int]:
    return {state.name.lower(): states[state] for state in LiveState}


def _trouble_of(group: Group) -> LiveTrouble:
    return LiveTrouble(
        id=group.key,
        name=group.name,
        sessions=group.sessions,
        buffering=group.buffering,
        stalled=group.stalled,
        errors=group.errors,
        mean_bitrate=group.bitrate_kbps,
    )


def message(picture: LivePicture) -> bytes:
    """One server-sent event."""
    return b"event: live\ndata: %s\n\n" % msgspec.json.encode(picture)
