"""
The catalogue, first half: every metric there is, declared once (metrics.md 6.2, 6.5).

Law: the API, its schema, the console's labels, the reference pages and the SQL all come from these tables. A field is
named as on the wire (`sessionDetails.timePlayed`); how a store keeps it is the store's business.
"""

from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Final

from msgspec import Struct


class Grain(StrEnum):
    """What one record is (metrics.md 6.1)."""

    SESSION = "session"
    AD = "ad"
    CHAPTER = "chapter"
    STATE = "state"


class Unit(StrEnum):
    """What a number counts."""

    COUNT = "count"
    SECONDS = "seconds"
    KBPS = "kbps"
    RATIO = "ratio"
    STREAMS = "streams"


class Aggregation(StrEnum):
    """How records make one number (metrics.md 6.1)."""

    COUNT = "count"
    """Records that have the flag."""
    SUM = "sum"
    MEAN = "mean"
    """Sum by the number of records that have a value."""
    P50 = "p50"
    P75 = "p75"
    P95 = "p95"
    P99 = "p99"
    DISTINCT = "distinct"
    PIECES = "pieces"
    """Records that have the flag; by `content-segment` every piece of content that was viewed counts."""
    RATIO = "ratio"
    """One metric's number by another's."""


class Dated(StrEnum):
    """Which reporting row a metric is on: its timestamp is the metric's date (metrics.md 6.1, interfaces.md 4)."""

    SESSION_START = "media.sessionStart"
    SESSION_COMPLETE = "media.sessionComplete"
    AD_START = "media.adStart"
    AD_COMPLETE = "media.adComplete"
    CHAPTER_COMPLETE = "media.chapterComplete"


class Metric(Struct, frozen=True, kw_only=True):
    """
    One number that can be asked for.

    Attributes:
        id: Unique among metrics.
        name: As people read it.
        unit: What it counts.
        grain: Of the records it is made of.
        aggregation: How.
        dated: The row it is on.
        field: What it is made of, by its place under `mediaReporting`; of a ratio empty.
        state: Name of the player state it is of; empty if it is of none.
        over, by: Of a ratio: ids of what is divided, and by what. `less`: what is first taken away from `over`.
        definition: One sentence.
    """

    id: str
    name: str
    unit: Unit
    grain: Grain
    aggregation: Aggregation
    dated: Dated
    field: str = ""
    state: str = ""
    over: str = ""
    less: str = ""
    by: str = ""
    definition: str


_CLOSE: Final = Dated.SESSION_COMPLETE
_PERCENTILES: Final = (Aggregation.P50, Aggregation.P75, Aggregation.P95, Aggregation.P99)


def _session(  # noqa: PLR0917 - a row of the table below
    id: str,  # noqa: A002 - the catalogue's word
    name: str,
    field: str,
    aggregation: Aggregation,
    definition: str,
    unit: Unit = Unit.COUNT,
    dated: Dated = _CLOSE,
) -> Metric:
    return Metric(
        id=id, name=name, unit=unit, grain=Grain.SESSION, aggregation=aggregation, dated=dated, field=field,
        definition=definition,
    )  # fmt: skip


_COUNT, _SUM, _MEAN = Aggregation.COUNT, Aggregation.SUM, Aggregation.MEAN
_S, _STREAMS = Unit.SECONDS, Unit.STREAMS

_OF_SESSIONS: Final = (
    _session("media-starts", "Media starts", "sessionDetails.isViewed", _COUNT,
             "Sessions begun; resumed ones do not count.", _STREAMS, Dated.SESSION_START),
    _session("content-starts", "Content starts", "sessionDetails.isPlayed", _COUNT,
             "Sessions whose main content played.", _STREAMS),
    _session("content-completes", "Content completes", "sessionDetails.isCompleted", _COUNT,
             "Sessions in which the end of the content was reached.", _STREAMS),
    _session("content-resumes", "Content resumes", "sessionDetails.hasResume", _COUNT,
             "Sessions that continue an earlier one, as the player said.", _STREAMS),
    _session("content-segment-views", "Content segment views", "sessionDetails.hasSegmentView", Aggregation.PIECES,
             "Sessions with main play; by content segment, the five-minute pieces that were viewed."),
    _session("content-time-spent", "Content time spent", "sessionDetails.timePlayed", _SUM,
             "Time main content played.", _S),
    _session("media-time-spent", "Media time spent", "sessionDetails.totalTimePlayed", _SUM,
             "Time main content and ads played.", _S),
    _session("unique-time-played", "Unique time played", "sessionDetails.uniqueTimePlayed", _SUM,
             "Distinct seconds of content that were viewed; a replayed stretch counts once.", _S),
    _session("average-minute-audience", "Average minute audience", "sessionDetails.averageMinuteAudience", _SUM,
             "Sum over sessions of the time played by the length of the content.", Unit.RATIO),
    _session("estimated-streams", "Estimated streams", "sessionDetails.estimatedStreams", _SUM,
             "One for each half hour of media time that a session began.", _STREAMS),
    _session("ad-count", "Ad count", "sessionDetails.adCount", _SUM, "Ads begun, counted when the session closed."),
    _session("chapter-count", "Chapter count", "sessionDetails.chapterCount", _SUM,
             "Chapters begun, counted when the session closed."),
    _session("pause-events", "Pause events", "sessionDetails.pauseCount", _SUM, "Times a viewer paused."),
    _session("paused-impacted-streams", "Paused impacted streams", "sessionDetails.hasPauseImpactedStreams", _COUNT,
             "Sessions with a pause.", _STREAMS),
    _session("total-pause-duration", "Total pause duration", "sessionDetails.pauseTime", _SUM, "Time paused.", _S),
    *(
        _session(f"progress-{mark}", f"{mark}% progress marker", f"sessionDetails.hasProgress{mark}", _COUNT,
                 f"Sessions in which the point at {mark} % of the content was viewed.", _STREAMS)
        for mark in (10, 25, 50, 75, 95)
    ),
    _session("authorized", "Authorized", "sessionDetails.authorized", _COUNT,
             "Sessions whose player said that the viewer was authorized.", _STREAMS),
    _session("federated-data", "Federated data", "sessionDetails.isFederated", _COUNT,
             "Sessions of a federated datastream.", _STREAMS),
    _session("session-server-timeout", "Media session server timeout", "sessionDetails.secondsSinceLastCall", _SUM,
             "Silence before sessions closed.", _S),
    _session("average-bitrate", "Average bitrate", "qoeDataDetails.bitrateAverage", _MEAN,
             "Mean over sessions of their mean bitrate while playing.", Unit.KBPS),
    _session("bitrate-changes", "Bitrate changes", "qoeDataDetails.bitrateChangeCount", _SUM, "Switches of bitrate."),
    _session("bitrate-change-impacted-streams", "Bitrate change impacted streams",
             "qoeDataDetails.hasBitrateChangeImpactedStreams", _COUNT, "Sessions with a switch of bitrate.", _STREAMS),
    _session("buffer-events", "Buffer events", "qoeDataDetails.bufferCount", _SUM, "Times a player waited for data."),
    _session("buffer-impacted-streams", "Buffer impacted streams", "qoeDataDetails.hasBufferImpactedStreams", _COUNT,
             "Sessions that waited for data.", _STREAMS),
    _session("total-buffer-duration", "Total buffer duration", "qoeDataDetails.bufferTime", _SUM,
             "Time players waited for data.", _S),
    _session("dropped-frames", "Dropped frames", "qoeDataDetails.droppedFrames", _SUM,
             "Frames dropped, as the players counted them."),
    _session("dropped-frame-impacted-streams", "Dropped frame impacted streams",
             "qoeDataDetails.hasDroppedFrameImpactedStreams", _COUNT, "Sessions that dropped frames.", _STREAMS),
    _session("drops-before-start", "Drops before start", "qoeDataDetails.isDroppedBeforeStart", _COUNT,
             "Sessions that never reached main content.", _STREAMS),
    _session("error-events", "Error events", "qoeDataDetails.errorCount", _SUM, "Errors that players reported."),
    _session("error-impacted-streams", "Error impacted streams", "qoeDataDetails.hasErrorImpactedStreams", _COUNT,
             "Sessions with an error.", _STREAMS),
    _session("stall-events", "Stall events", "qoeDataDetails.stallCount", _SUM,
             "Times the playhead stood still though the player said that it played."),
    _session("stall-impacted-streams", "Stall impacted streams", "qoeDataDetails.hasStallImpactedStreams", _COUNT,
             "Sessions with a stall.", _STREAMS),
    _session("total-stalling-duration", "Total stalling duration", "qoeDataDetails.stallTime", _SUM,
             "Time stalled.", _S),
    _session("time-to-start", "Time to start", "qoeDataDetails.timeToStart", _SUM,
             "Time from the request to the first frame, as the players measured it.", _S),
)  # fmt: skip

_VIEWERS: Final = Metric(
    id="viewers", name="Unique viewers", unit=Unit.COUNT, grain=Grain.SESSION, aggregation=Aggregation.DISTINCT,
    dated=_CLOSE, field="person", definition="Distinct persons.",
)  # fmt: skip


def _part(  # noqa: PLR0917 - a row of the table below
    id: str,  # noqa: A002
    name: str,
    grain: Grain,
    dated: Dated,
    field: str,
    aggregation: Aggregation,
    definition: str,
    unit: Unit = Unit.COUNT,
) -> Metric:
    return Metric(
        id=id, name=name, unit=unit, grain=grain, aggregation=aggregation, dated=dated, field=field,
        definition=definition,
    )  # fmt: skip


_OF_PARTS: Final = (
    _part("ad-starts", "Ad starts", Grain.AD, Dated.AD_START, "advertisingDetails.isStarted", _COUNT, "Ads begun."),
    _part("ad-completes", "Ad completes", Grain.AD, Dated.AD_COMPLETE, "advertisingDetails.isCompleted", _COUNT,
          "Ads played to their end."),
    _part("ad-time-spent", "Ad time spent", Grain.AD, Dated.AD_COMPLETE, "advertisingDetails.timePlayed", _SUM,
          "Time ads played.", _S),
    _part("chapter-starts", "Chapter starts", Grain.CHAPTER, Dated.CHAPTER_COMPLETE, "chapterDetails.isStarted", _COUNT,
          "Chapters begun."),
    _part("chapter-completes", "Chapter completes", Grain.CHAPTER, Dated.CHAPTER_COMPLETE, "chapterDetails.isCompleted",
          _COUNT, "Chapters played to their end."),
    _part("chapter-time-spent", "Chapter time spent", Grain.CHAPTER, Dated.CHAPTER_COMPLETE, "chapterDetails.timePlayed",
          _SUM, "Time main content played while a chapter was open.", _S),
)  # fmt: skip

STANDARD_STATES: Final[Mapping[str, tuple[str, str]]] = {
    "full-screen": ("fullscreen", "full screen"),
    "mute": ("mute", "mute"),
    "closed-captioning": ("closedCaptioning", "closed captioning"),
    "picture-in-picture": ("pictureInPicture", "picture in picture"),
    "in-focus": ("inFocus", "in focus"),
}
"""Word in the ids of their metrics: the name of a standard player state, and how it is read."""

STATE_PREFIX: Final = "state:"
"""Metrics of any player state: `state:NAME:count`, `state:NAME:streams-impacted`, `state:NAME:total-duration`."""


def _of_state(ids: tuple[str, str, str], state: str, read: str) -> tuple[Metric, Metric, Metric]:
    title = read[:1].upper() + read[1:]

    def metric(  # noqa: PLR0917 - a row of the table below
        number: int, name: str, unit: Unit, field: str, aggregation: Aggregation, definition: str
    ) -> Metric:
        return Metric(
            id=ids[number], name=name, unit=unit, grain=Grain.STATE, aggregation=aggregation, dated=_CLOSE,
            field=field, state=state, definition=definition,
        )  # fmt: skip

    return (
        metric(0, f"{title} count", Unit.COUNT, "states.count", _SUM, f"Times {read} was entered."),
        metric(1, f"Streams impacted by {read}", _STREAMS, "states.isSet", _COUNT, f"Sessions with {read}."),
        metric(2, f"{title} total duration", _S, "states.time", _SUM, f"Time in {read}."),
    )


def _standard(word: str) -> tuple[str, str, str]:
    return f"{word}-count", f"{word}-streams-impacted", f"{word}-total-duration"


_OF_STATES: Final = tuple(
    metric for word, (state, read) in STANDARD_STATES.items() for metric in _of_state(_standard(word), state, read)
)


def _ratio(  # noqa: PLR0917 - a row of the table below
    id: str,  # noqa: A002
    name: str,
    over: str,
    by: str,
    definition: str,
    unit: Unit = Unit.RATIO,
    less: str = "",
) -> Metric:
    return Metric(
        id=id, name=name, unit=unit, grain=Grain.SESSION, aggregation=Aggregation.RATIO, dated=_CLOSE, over=over,
        less=less, by=by, definition=definition,
    )  # fmt: skip


_CALCULATED: Final = (
    _ratio("avg-ads-per-media-stream", "Avg. ads per media stream", "ad-starts", "media-starts", "Ads a session begun."),
    _ratio("avg-chapters-per-media-stream", "Avg. chapters per media stream", "chapter-starts", "media-starts",
           "Chapters a session begun."),
    _ratio("avg-media-time-spent", "Avg. media time spent", "media-time-spent", "media-starts",
           "Media time a session begun.", _S),
    _ratio("avg-content-time-spent", "Avg. content time spent", "content-time-spent", "content-starts",
           "Content time a session that reached main content.", _S),
    _ratio("avg-ad-time-spent", "Avg. ad time spent", "ad-time-spent", "ad-starts", "Time an ad played.", _S),
    _ratio("avg-chapter-time-spent", "Avg. chapter time spent", "chapter-time-spent", "chapter-starts",
           "Time a chapter played.", _S),
    _ratio("media-completion-rate", "Media completion rate", "content-completes", "media-starts",
           "Share of the sessions begun in which the end was reached."),
    _ratio("content-completion-rate", "Content completion rate", "content-completes", "content-starts",
           "Share of the sessions that reached main content in which the end was reached."),
    _ratio("ad-completion-rate", "Ad completion rate", "ad-completes", "ad-starts", "Share of ads played to their end."),
    _ratio("chapter-completion-rate", "Chapter completion rate", "chapter-completes", "chapter-starts",
           "Share of chapters played to their end."),
    _ratio("drop-before-start-rate", "Drop before start rate", "drops-before-start", "media-starts",
           "Share of the sessions begun that never reached main content."),
    _ratio("pre-roll-drop-rate", "Pre-roll drop rate", "media-starts", "media-starts",
           "Share of the sessions begun without a content start.", less="content-starts"),
    _ratio("content-pause-duration-rate", "Content pause duration rate", "total-pause-duration", "content-time-spent",
           "Time paused by content time."),
    _ratio("content-buffer-duration-rate", "Content buffer duration rate", "total-buffer-duration",
           "content-time-spent", "Time waiting for data by content time."),
    _ratio("content-time-to-start-rate", "Content time-to-start rate", "time-to-start", "content-time-spent",
           "Time to start by content time."),
    _ratio("ad-time-spent-rate", "Ad time spent rate", "ad-time-spent", "content-time-spent",
           "Ad time by content time."),
)  # fmt: skip

_FURTHER: Final[Mapping[str, tuple[Aggregation, ...]]] = {
    "session-server-timeout": (_MEAN, *_PERCENTILES),
    "average-bitrate": (_SUM, *_PERCENTILES),
    "time-to-start": (_MEAN, *_PERCENTILES),
}
"""Metrics with more than one aggregation: the further ones, whose ids end in their names (interfaces.md 4)."""


def _with_further(metrics: tuple[Metric, ...]) -> Iterator[Metric]:
    for metric in metrics:
        yield metric
        for aggregation in _FURTHER.get(metric.id, ()):
            yield Metric(
                id=f"{metric.id}.{aggregation}", name=f"{metric.name} ({aggregation})", unit=metric.unit,
                grain=metric.grain, aggregation=aggregation, dated=metric.dated, field=metric.field,
                definition=metric.definition,
            )  # fmt: skip


METRICS: Final[Mapping[str, Metric]] = {
    metric.id: metric for metric in _with_further((*_OF_SESSIONS, *_OF_PARTS, *_OF_STATES, _VIEWERS, *_CALCULATED))
}
"""By id, in the order of metrics.md 6.2, then 6.5. Those of other player states than the standard ones: `metric_of`."""


def metric_of(metric_id: str) -> Metric | None:
    """The metric of an id, those of player states of any name included; None if there is none."""
    known = METRICS.get(metric_id)
    if known is not None or not metric_id.startswith(STATE_PREFIX):
        return known
    name = metric_id.removeprefix(STATE_PREFIX).rpartition(":")[0]
    if not name:
        return None
    start = f"{STATE_PREFIX}{name}:"
    ids = f"{start}count", f"{start}streams-impacted", f"{start}total-duration"
    return next((metric for metric in _of_state(ids, name, name) if metric.id == metric_id), None)
