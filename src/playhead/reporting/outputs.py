"""What comes out of the core: outcomes of deliveries, reporting rows, retractions, session records."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any, NamedTuple

from msgspec import Struct

from playhead.base.units import DatastreamId, RowId, SessionId
from playhead.events.delivery import Delivery


class Outcome(StrEnum):
    """What became of an acknowledged delivery."""

    ACCEPTED = "accepted"
    DUPLICATE = "duplicate"
    DROPPED = "dropped"


class Judged(Struct, frozen=True, gc=False):
    """
    The outcome of one delivery, known when it is taken.

    Attributes:
        delivery: The delivery.
        outcome: What became of it.
        reason: Stable snake_case code where it was not accepted; None where it was.
    """

    delivery: Delivery
    outcome: Outcome
    reason: str | None = None


class Row(Struct, frozen=True, gc=False):
    """
    A reporting row to be written; a later one of the same id replaces it (metrics.md 3).

    Attributes:
        row_id: `_id`.
        session_id: The session it belongs to.
        event_type: One of the five of metrics.md 3.1, with the `media.` prefix.
        at_ms: Its timestamp, Unix ms, by the player's clock.
        xdm: The content of `xdm`, `_id`, `eventType` and `timestamp` included, ready for JSON.
    """

    row_id: RowId
    session_id: SessionId
    event_type: str
    at_ms: int
    xdm: Mapping[str, Any]


class Retraction(Struct, frozen=True, gc=False):
    """A written row that no longer holds: stores drop it, streams carry it (metrics.md 3.3)."""

    row_id: RowId
    session_id: SessionId


class SessionState(StrEnum):
    """Life of a session (interfaces.md 4)."""

    OPEN = "open"
    CLOSING = "closing"
    CLOSED = "closed"


class SessionRecord(Struct, frozen=True, gc=False, kw_only=True):
    """
    One session as the store and the API show it; of an open one: as if it closed now.

    All `_ms` points are Unix ms: `*_at_ms` by the player's clock, `*_received_ms` and `closed_ms` by ours.

    Attributes:
        session_id, datastream_id: Its names.
        state, close_cause, provisional: Where it stands; cause (`end idle stuck complete age downloaded`) and close
            instant are None while open. `provisional`: an event may still reopen it (metrics.md 4.1).
        started_at_ms: Timestamp of its sessionStart.
        last_at_ms: Timestamp of its last event (1.1).
        largest_at_ms, smallest_at_ms: Largest and smallest timestamp of its events.
        started_received_ms, last_received_ms: Arrival of its start and of its latest accepted event.
        playhead_changed_ms: Arrival of the last event that changed the playhead.
        closed_ms: Close instant.
        person: Who watched (metrics.md 6.1).
        ecid: The resolved visitor.
        identity_map: As on its rows.
        session_details: `sessionDetails` as on the close row.
        qoe: `qoeDataDetails` as on the close row; empty when absent.
        states: `states` as on the close row; empty when absent.
        custom_metadata: Of the sessionStart, name to value.
        ads: One entry a started ad: `ordinal`, `startedAtMs`, `closedAtMs` (None while open), `advertisingDetails` as
            on the adComplete row plus `isStarted`, `advertisingPodDetails`, `customMetadata`.
        chapters: One entry a started chapter: `ordinal`, `startedAtMs`, `closedAtMs`, `chapterDetails`, `customMetadata`.
        viewed_s: U of metrics.md 1.5: disjoint [from, to] in content seconds, ascending.
        replayed_s: What of it was viewed more than once, likewise (decision 0047).
        main_play_ms, ad_play_ms: Wall-clock intervals of main play and ad play, player's clock, disjoint, ascending.
        accepted, duplicate, dropped: Deliveries by outcome.
        is_viewed, is_downloaded: `isViewed` and `isDownloaded` of its sessionStart row; the close row has neither.
    """

    session_id: SessionId
    datastream_id: DatastreamId
    state: SessionState
    close_cause: str | None = None
    provisional: bool = False
    started_at_ms: int
    last_at_ms: int
    largest_at_ms: int
    started_received_ms: int
    last_received_ms: int
    playhead_changed_ms: int
    closed_ms: int | None = None
    person: str | None = None
    ecid: str | None = None
    identity_map: Mapping[str, Any] = {}
    session_details: Mapping[str, Any]
    qoe: Mapping[str, Any] = {}
    states: Sequence[Mapping[str, Any]] = ()
    custom_metadata: Mapping[str, str] = {}
    ads: Sequence[Mapping[str, Any]] = ()
    chapters: Sequence[Mapping[str, Any]] = ()
    viewed_s: Sequence[tuple[float, float]] = ()
    main_play_ms: Sequence[tuple[int, int]] = ()
    ad_play_ms: Sequence[tuple[int, int]] = ()
    accepted: int = 0
    duplicate: int = 0
    dropped: int = 0
    is_viewed: bool = False
    is_downloaded: bool = False
    smallest_at_ms: int = 0
    replayed_s: Sequence[tuple[float, float]] = ()


class Snapshot(Struct, frozen=True, gc=False):
    """
    An open session, frozen: everything of it, its rules included.

    Attributes:
        session_id: Its name.
        wake_ms: When something is due in it at the latest, Unix ms.
        body: All of it, in the form `SNAPSHOT_FORM` of the reporter that made it.
    """

    session_id: SessionId
    wake_ms: int
    body: bytes


class ClosedSession(NamedTuple):
    """What a restart must know of a session that closed: names, cause, and the arrival of its start, Unix ms."""

    session_id: SessionId
    datastream_id: DatastreamId
    close_cause: str
    started_received_ms: int


Output = Judged | Row | Retraction | SessionRecord
