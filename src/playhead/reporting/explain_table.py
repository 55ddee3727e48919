"""
Every computed field of metrics.md section 2, and the static ones that have a rule.

Law: a field is here once. Names are paths as in `GET /sessions/{id}`.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from playhead.events.ads import AdComplete
from playhead.events.chapters import ChapterComplete
from playhead.reporting import explain_fields as of
from playhead.reporting import fields
from playhead.reporting.explain_fields import START, Field, counted, spent
from playhead.reporting.explain_formulas import Formula
from playhead.reporting.explain_trace import Spent

_NO_MAIN: Final = "Main content never played."
_NO_PLAY: Final = "Neither main content nor an ad played."
_NO_PAUSE: Final = "The player never went into pause."
_NO_BUFFER: Final = "The player never had to wait for data."
_NO_STALL: Final = "The playhead never stood still over three events while main content played."
_NO_BITRATE: Final = "No bitrate above 0 was reported."
_NO_CHANGE: Final = "No bitrateChange was sent."
_NO_ERROR: Final = "No error was sent."
_OPEN_ENDED: Final = "It was skipped, given up for another, or open when the session ended."

_ENTERED: Final = counted(lambda trace: [n for n in (trace.entered,) if n >= 0], "main content began to play")
_PAUSES: Final = counted(lambda trace: trace.pauses, "went into pause")
_BUFFERS: Final = counted(lambda trace: trace.buffers, "began to wait for data")
_CHANGES: Final = counted(lambda trace: trace.changes, "a bitrateChange event")
_ERRORS: Final = counted(lambda trace: trace.errors, "an error event")

_STATIC: Final[Sequence[Field]] = (
    Field(
        "sessionDetails.ID", "The session ID that was given to the player.", Formula.VALUE, of.nothing, section="2.1"
    ),
    Field(
        "sessionDetails.genreList",
        "`genre` split at commas, trimmed, empty parts dropped.",
        Formula.VALUE,
        of.start_says("`genre` of the start", of.static("genreList")),
        none="The start of the session names no genre.",
        section="2.1",
    ),
    Field(
        "sessionDetails.contentType",
        "As sent; `missing_content_type` where it is empty.",
        Formula.VALUE,
        of.start_says("`contentType` of the start", of.static("contentType")),
        section="2.1",
    ),
    Field(
        "sessionDetails.length",
        "The length of the content as sent, rounded half up; computations use it unrounded.",
        Formula.LAST,
        of.start_says("`length` of the start", lambda trace: trace.start.length_s),
        section="2.1",
        own_unit="s",
        always=True,
    ),
    Field(
        "sessionDetails.pev3",
        "`audio` if the stream type is audio, else `video`; on ad rows followed by `Ad`.",
        Formula.VALUE,
        of.start_says("`streamType` of the start", lambda trace: fields.pev3(trace.start)),
        section="2.1",
    ),
    Field(
        "sessionDetails.pccr",
        "Always true, on every row but that of the start.",
        Formula.VALUE,
        of.start_says("in every session", lambda _: True),
        section="2.1",
    ),
)

_FLAGS: Final[Sequence[Field]] = (
    Field(
        "sessionDetails.isViewed",
        "A session of its own, not the resumption of another.",
        Formula.FLAG,
        of.start_says("a start, not a resumption", lambda trace: None if trace.start.has_resume else True),
        none="The player said that it resumes another session.",
        row=START,
    ),
    Field(
        "sessionDetails.hasResume",
        "The player said that this session resumes another.",
        Formula.FLAG,
        of.start_says("the player said so", lambda trace: True if trace.start.has_resume else None),
        none="The player did not say that it resumes another session.",
    ),
    Field(
        "sessionDetails.isDownloaded",
        "Recorded offline: delivered as a download, or marked so by the player.",
        Formula.FLAG,
        of.downloaded,
        none="It was delivered online, and the player did not mark it.",
        row=START,
    ),
    Field(
        "sessionDetails.isFederated",
        "The datastream is marked as federated.",
        Formula.FLAG,
        of.federated,
        none="The datastream is not marked as federated.",
    ),
    Field("sessionDetails.isPlayed", "Main content entered play at least once.", Formula.FLAG, _ENTERED, none=_NO_MAIN),
    Field(
        "sessionDetails.hasSegmentView",
        "Main content entered play at least once.",
        Formula.FLAG,
        _ENTERED,
        none=_NO_MAIN,
    ),
    Field(
        "sessionDetails.isCompleted",
        "The player said that the end of the content was reached.",
        Formula.FLAG,
        counted(lambda trace: [n for n in (trace.complete,) if n >= 0], "the player said so"),
        none="No sessionComplete was accepted.",
    ),
    Field("sessionDetails.hasPauseImpactedStreams", "There was a pause.", Formula.FLAG, _PAUSES, none=_NO_PAUSE),
)

_TIMES: Final[Sequence[Field]] = (
    Field(
        "sessionDetails.timePlayed",
        "Wall clock with main content playing; ads, pauses, buffering, stalls and breaks are not in it.",
        Formula.SECONDS,
        spent(Spent.PLAY),
        none=_NO_MAIN,
        always=True,
    ),
    Field(
        "sessionDetails.totalTimePlayed",
        "Wall clock with main content or an ad playing.",
        Formula.SECONDS,
        spent(Spent.PLAY, Spent.AD),
        none=_NO_PLAY,
        always=True,
    ),
    Field(
        "sessionDetails.uniqueTimePlayed",
        "Seconds of content seen at least once: what is seen again adds nothing, nor does what is jumped over.",
        Formula.UNION,
        of.viewed,
        none="No content was viewed: its playhead never moved while it played.",
        always=True,
    ),
    Field(
        "sessionDetails.averageMinuteAudience",
        "Time played in whole seconds, divided by the length of the content.",
        Formula.RATIO,
        spent(Spent.PLAY),
        none=_NO_MAIN,
        parts=of.length,
        always=True,
    ),
    Field(
        "sessionDetails.estimatedStreams",
        "One for every 30 minutes of total time played that were begun.",
        Formula.STREAMS,
        spent(Spent.PLAY, Spent.AD),
        none=f"{_NO_PLAY} The first half hour counts all the same.",
        always=True,
    ),
    Field(
        "sessionDetails.pauseTime",
        "Wall clock in pause, in main content or ads.",
        Formula.SECONDS,
        spent(Spent.PAUSE),
        none=_NO_PAUSE,
    ),
    Field(
        "sessionDetails.secondsSinceLastCall",
        "By the server's clock, from the arrival of the latest event to the close.",
        Formula.SECONDS,
        of.nothing,
        always=True,
    ),
    Field(
        "sessionDetails.scheduleTimePlayed",
        "Main play that overlaps a scheduled programme.",
        Formula.SECONDS,
        of.nothing,
        none="Schedules are an optional feature; this server has none.",
    ),
)

_COUNTS: Final[Sequence[Field]] = (
    Field(
        "sessionDetails.adCount",
        "Ads that began inside an ad break; outside of one they are ignored.",
        Formula.COUNT,
        counted(lambda trace: [ad.start for ad in trace.ads], "an ad began inside an ad break"),
        none="No ad began inside an ad break.",
    ),
    Field(
        "sessionDetails.chapterCount",
        "Chapters that began; one that is begun again counts again.",
        Formula.COUNT,
        counted(lambda trace: [chapter.start for chapter in trace.chapters], "a chapter began"),
        none="No chapter began.",
    ),
    Field(
        "sessionDetails.pauseCount",
        "Times the player went into pause, in main content or ads.",
        Formula.COUNT,
        _PAUSES,
        none=_NO_PAUSE,
    ),
)

_CONTENT: Final[Sequence[Field]] = (
    *(
        Field(
            f"sessionDetails.hasProgress{percent}",
            f"The point at {percent} % of the content was viewed; a jump over it does not count.",
            Formula.MARKER,
            of.holding(percent),
            none="That point of the content was not viewed.",
            parts=of.progress(percent),
        )
        for percent in fields.PROGRESS
    ),
    Field(
        "sessionDetails.segment",
        "From the first to the last minute of content that was viewed.",
        Formula.SEGMENT,
        of.segment,
        none=_NO_MAIN,
    ),
)

_QUALITY: Final[Sequence[Field]] = (
    Field(
        "bitrateAverage",
        "Bitrates weighted by how long main content or an ad played at each; values of 0 are ignored.",
        Formula.MEAN,
        of.weights,
        none=_NO_BITRATE,
    ),
    Field(
        "bitrateAverageBucket",
        "The hundred in which the average bitrate lies.",
        Formula.BUCKET,
        of.weights,
        none=_NO_BITRATE,
    ),
    Field(
        "bitrateChangeCount", "bitrateChange events, whatever their value.", Formula.COUNT, _CHANGES, none=_NO_CHANGE
    ),
    Field("hasBitrateChangeImpactedStreams", "There was a bitrateChange.", Formula.FLAG, _CHANGES, none=_NO_CHANGE),
    Field(
        "droppedFrames",
        "The last value reported: players send a running total.",
        Formula.LAST,
        of.reported(lambda trace: trace.dropped),
        none="No dropped frames were reported.",
    ),
    Field(
        "hasDroppedFrameImpactedStreams",
        "The last value of dropped frames is above 0.",
        Formula.FLAG,
        of.last_dropped,
        none="No dropped frames were reported, or 0 in the end.",
    ),
    Field(
        "framesPerSecond",
        "The last value reported.",
        Formula.LAST,
        of.reported(lambda trace: trace.frames),
        none="No frame rate was reported.",
        own_unit="fps",
    ),
    Field(
        "timeToStart",
        "As the player measured it: the last value up to the entry into main play, else the first later one.",
        Formula.LAST_SECONDS,
        of.reported(lambda trace: trace.time_to_start),
        none="No time to start was reported.",
        always=True,
    ),
    Field(
        "isDroppedBeforeStart",
        "Main content never entered play, whatever ads did.",
        Formula.UNLESS,
        _ENTERED,
        none=_NO_MAIN,
    ),
    Field(
        "bufferCount",
        "Times the player began to wait for data, in main content or ads.",
        Formula.COUNT,
        _BUFFERS,
        none=_NO_BUFFER,
    ),
    Field("hasBufferImpactedStreams", "The player had to wait for data.", Formula.FLAG, _BUFFERS, none=_NO_BUFFER),
    Field(
        "bufferTime",
        "Wall clock spent waiting for data, in main content or ads.",
        Formula.SECONDS,
        spent(Spent.BUFFER),
        none=_NO_BUFFER,
    ),
    Field(
        "stallCount",
        "Times the playhead stood still over three events while main content played.",
        Formula.COUNT,
        of.stalls,
        none=_NO_STALL,
    ),
    Field("hasStallImpactedStreams", "There was a stall.", Formula.FLAG, of.stalls, none=_NO_STALL),
    Field(
        "stallTime",
        "Wall clock in stalls, each from its first event on; none of it is time played.",
        Formula.SECONDS,
        spent(Spent.STALL),
        none=_NO_STALL,
    ),
    Field("errorCount", "Error events, each counted.", Formula.COUNT, _ERRORS, none=_NO_ERROR),
    Field("hasErrorImpactedStreams", "There was an error.", Formula.FLAG, _ERRORS, none=_NO_ERROR),
    Field(
        "playerSdkErrors",
        "Names of the player's errors.",
        Formula.DISTINCT,
        of.errors(of_player=True),
        none="No error of the player was sent.",
    ),
    Field(
        "externalErrors",
        "Names of errors from elsewhere.",
        Formula.DISTINCT,
        of.errors(of_player=False),
        none="No error from elsewhere was sent.",
    ),
    Field(
        "mediaSdkErrors",
        "Errors of a media library of old clients.",
        Formula.DISTINCT,
        of.nothing,
        none="It is never written: only clients that no longer exist had it.",
    ),
)

FIELDS: Final[Mapping[str, Field]] = {
    field.name: field
    for field in (
        *_STATIC,
        *_FLAGS,
        *_TIMES,
        *_COUNTS,
        *_CONTENT,
        *(field._replace(name=f"qoeDataDetails.{field.name}", section="2.5") for field in _QUALITY),
    )
}
"""Fields of a session by path."""

_AD_STARTED: Final = Field(
    "advertisingDetails.isStarted",
    "The ad began inside an ad break.",
    Formula.FLAG,
    of.begun(of.ad_of, "the ad began"),
    row="media.adStart",
    section="2.3",
)

AD_FIELDS: Final[Sequence[Field]] = (
    _AD_STARTED,
    *(
        field._replace(row="media.adComplete", section="2.3")
        for field in (
            Field(
                "advertisingDetails.timePlayed",
                "Wall clock with this ad playing.",
                Formula.SECONDS,
                of.during(of.ad_of, Spent.AD),
                none="No time passed while the ad played.",
            ),
            Field(
                "advertisingDetails.isCompleted",
                "An adComplete closed the ad.",
                Formula.FLAG,
                of.ended(of.ad_of, AdComplete),
                none=_OPEN_ENDED,
            ),
            Field(
                "advertisingPodDetails.ID",
                "A name for the break that is the same in every session of the content.",
                Formula.NAME,
                of.pod,
                parts=of.pod_name,
            ),
        )
    ),
)
"""Fields of an ad, behind `ads.<ordinal>.`."""

CHAPTER_FIELDS: Final[Sequence[Field]] = tuple(
    field._replace(row="media.chapterComplete", section="2.4")
    for field in (
        Field(
            "chapterDetails.ID",
            "A name for the chapter that is the same in every session of the content.",
            Formula.NAME,
            of.chapter,
            parts=of.chapter_name,
        ),
        Field("chapterDetails.isStarted", "Always true.", Formula.FLAG, of.begun(of.chapter_of, "the chapter began")),
        Field(
            "chapterDetails.isCompleted",
            "A chapterComplete closed the chapter.",
            Formula.FLAG,
            of.ended(of.chapter_of, ChapterComplete),
            none=_OPEN_ENDED,
        ),
        Field(
            "chapterDetails.timePlayed",
            "Main play while the chapter was open; ads, pauses, buffering and stalls are not in it.",
            Formula.SECONDS,
            of.during(of.chapter_of, Spent.PLAY),
            none="Main content did not play while the chapter was open.",
        ),
    )
)
"""Fields of a chapter, behind `chapters.<ordinal>.`."""

STATE_FIELDS: Final[Sequence[Field]] = (
    Field("isSet", "The state was on at least once.", Formula.FLAG, of.state_starts(first=True), section="2.6"),
    Field(
        "count",
        "Times the state began; beginning while it is on counts for nothing.",
        Formula.COUNT,
        of.state_starts(first=False),
        section="2.6",
        always=True,
    ),
    Field(
        "time",
        "Wall clock with the state on, whatever the player did; at most until the last event.",
        Formula.SECONDS,
        of.state_time,
        none="No time passed while it was on.",
        section="2.6",
        always=True,
    ),
)
"""Fields of a player state, behind `states.<name>.`."""
