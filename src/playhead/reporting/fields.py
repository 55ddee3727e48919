"""
Computed fields: what a fold adds up to, under the names of the reporting schema (metrics.md 2).

Law: booleans are written only when true, computed numbers only when above 0, unless metrics.md names an exception.
"""

import hashlib
import math
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any, Final

from playhead.events.session import SessionStart
from playhead.sessions.arrivals import Cause
from playhead.sessions.facts import PodDetails, seconds
from playhead.sessions.fold import Fold
from playhead.sessions.playtime import as_sent, clipped, replayed

_HALF_HOUR_S: Final = 1800
PROGRESS: Final = (10, 25, 50, 75, 95)
"""Progress markers, percent of the content's length."""

_MICRO: Final = 1_000_000

Viewed = Sequence[tuple[float, float]]


def viewed_ms(fold: Fold, length_s: float) -> Viewed:
    """`U` of metrics.md 1.5 in content ms, disjoint, ascending."""
    return clipped(fold.viewed.union(), length_s)


def replayed_ms(fold: Fold, length_s: float, jitter_ms: int) -> Viewed:
    """What of `U` was viewed more than once, in content ms, disjoint, ascending (decision 0047)."""
    return replayed(fold.viewed, length_s, jitter_ms)


def static_details(session_id: str, start: SessionStart) -> dict[str, Any]:
    """The `sessionDetails` that every row of the session carries (metrics.md 2.1), without pev3 and pccr."""
    details: dict[str, Any] = {"ID": session_id, "name": start.name}
    details.update(start.echo)
    details["length"] = math.floor(start.length_s + 0.5)
    details["contentType"] = start.content_type or "missing_content_type"
    if start.stream_type is not None:
        details["streamType"] = start.stream_type
    genre = start.echo.get("genre")
    if genre is not None:
        genres = [part.strip() for part in genre.split(",") if part.strip()]
        if genres:
            details["genreList"] = genres
    return details


def start_details(start: SessionStart, *, downloaded: bool) -> dict[str, Any]:
    """What only the sessionStart row carries beside the static fields."""
    details: dict[str, Any] = {}
    if not start.has_resume:
        details["isViewed"] = True
    if start.has_resume is not None:
        details["hasResume"] = start.has_resume
    if downloaded or start.is_downloaded:
        details["isDownloaded"] = True
    return details


def pev3(start: SessionStart, *, ad: bool = False) -> str:
    """`pev3` of a row."""
    kind = "audio" if start.stream_type == "audio" else "video"
    return f"{kind}Ad" if ad else kind


def close_details(
    fold: Fold, start: SessionStart, viewed: Viewed, *, silence_ms: int, cause: Cause | None, federated: bool
) -> dict[str, Any]:
    """The computed `sessionDetails` of the close row (metrics.md 2.2). `silence_ms`: last arrival to close."""
    played_s = seconds(fold.main_ms)
    total_s = seconds(fold.main_ms + fold.ad_ms)
    details: dict[str, Any] = {}
    if start.has_resume:
        details["hasResume"] = True
    if federated:
        details["isFederated"] = True
    if fold.first_playhead_s is not None:
        details["isPlayed"] = details["hasSegmentView"] = True
    if fold.completed:
        details["isCompleted"] = True
    elif cause is Cause.DOWNLOADED:
        details["isCompleted"] = False
    details["timePlayed"] = played_s
    details["totalTimePlayed"] = total_s
    details["uniqueTimePlayed"] = seconds(sum(end - begin for begin, end in viewed))
    if start.length_s > 0:
        details["averageMinuteAudience"] = ratio(played_s, start.length_s)
    details["estimatedStreams"] = total_s // _HALF_HOUR_S + 1
    _count(details, "adCount", len(fold.ads))
    _count(details, "chapterCount", len(fold.chapters))
    _count(details, "pauseCount", fold.pause_count)
    _count(details, "pauseTime", seconds(fold.pause_ms))
    if fold.pause_count:
        details["hasPauseImpactedStreams"] = True
    if start.length_s > 0:
        for percent in PROGRESS:
            point_ms = marker_ms(start.length_s, percent)
            if any(begin <= point_ms <= end for begin, end in viewed):
                details[f"hasProgress{percent}"] = True
    if fold.first_playhead_s is not None:
        details["segment"] = segment(viewed, fold.first_playhead_s)
    details["secondsSinceLastCall"] = seconds(max(0, silence_ms))
    return details


def quality_details(fold: Fold) -> dict[str, Any]:
    """`qoeDataDetails` of the close row (metrics.md 2.5); empty when there is nothing to write."""
    quality = fold.quality
    details: dict[str, Any] = {}
    bitrate = quality.bitrate_average_kbps()
    if bitrate:
        details["bitrateAverage"] = bitrate
        low = bitrate // 100 * 100
        details["bitrateAverageBucket"] = f"{low}-{low + 99}"
    _count(details, "bitrateChangeCount", fold.bitrate_change_count, "hasBitrateChangeImpactedStreams")
    _count(details, "droppedFrames", whole(quality.dropped_frames), "hasDroppedFrameImpactedStreams")
    _count(details, "framesPerSecond", whole(quality.frames_per_second))
    if quality.time_to_start_ms is not None and math.isfinite(quality.time_to_start_ms):
        details["timeToStart"] = seconds(quality.time_to_start_ms)
    if fold.first_playhead_s is None:
        details["isDroppedBeforeStart"] = True
    _count(details, "bufferCount", fold.buffer_count, "hasBufferImpactedStreams")
    _count(details, "bufferTime", seconds(fold.buffer_ms))
    _count(details, "stallCount", fold.stall_count, "hasStallImpactedStreams")
    _count(details, "stallTime", seconds(fold.stall_ms))
    _count(details, "errorCount", fold.error_count, "hasErrorImpactedStreams")
    if fold.player_errors:
        details["playerSdkErrors"] = list(fold.player_errors)
    if fold.external_errors:
        details["externalErrors"] = list(fold.external_errors)
    return details


def state_details(fold: Fold) -> list[dict[str, Any]]:
    """`states` of the close row (metrics.md 2.6); empty when no state was started."""
    if fold.states is None:
        return []
    return [
        {"name": total.name, "isSet": True, "count": total.count, "time": total.time_s}
        for total in fold.states.closed(fold.clock_ms)
    ]


def ad_start_details(details: Mapping[str, str | int]) -> dict[str, Any]:
    """`advertisingDetails` of the adStart row."""
    return {**details, "isStarted": True}


def ad_close_details(details: Mapping[str, str | int], played_s: int, *, completed: bool) -> dict[str, Any]:
    """`advertisingDetails` of the adComplete row."""
    closed: dict[str, Any] = dict(details)
    _count(closed, "timePlayed", played_s)
    if completed:
        closed["isCompleted"] = True
    return closed


def pod_details(pod: PodDetails, name: str) -> dict[str, Any]:
    """`advertisingPodDetails` of an ad's rows."""
    details: dict[str, Any] = {
        "ID": f"{content_hash(name)}_{pod.index}",
        "index": pod.index,
        "offset": pod.offset_s,
    }
    if pod.friendly_name is not None:
        details["friendlyName"] = pod.friendly_name
    return details


def chapter_details(details: Mapping[str, Any], name: str, played_s: int, *, completed: bool) -> dict[str, Any]:
    """`chapterDetails` of the chapterComplete row."""
    closed: dict[str, Any] = dict(details)
    closed["ID"] = f"{content_hash(name)}_{details.get('index', 0)}"
    closed["isStarted"] = True
    if completed:
        closed["isCompleted"] = True
    _count(closed, "timePlayed", played_s)
    return closed


def marker_ms(length_s: float, percent: int) -> int | Fraction:
    """The point of the content at which a progress marker stands, exactly."""
    return as_sent(length_s) * percent * 10


def segment(viewed: Viewed, first_playhead_s: int) -> str:
    """`[a-b]`: the minutes between which content was viewed."""
    low_ms = viewed[0][0] if viewed else first_playhead_s * 1000
    high_ms = viewed[-1][1] if viewed else first_playhead_s * 1000
    first = math.floor(low_ms / 60_000)
    return f"[{first}-{max(math.ceil(high_ms / 60_000), first + 1)}]"


def ratio(numerator: int, denominator: float) -> float:
    """A quotient rounded half up to 6 decimals, exactly."""
    exact = Fraction(numerator) / as_sent(denominator)
    return math.floor(exact * _MICRO + Fraction(1, 2)) / _MICRO


def whole(number: float | None) -> int:
    """A reported number as a whole one, half up; 0 where none was reported."""
    return 0 if number is None or not math.isfinite(number) else math.floor(number + 0.5)


def content_hash(name: str) -> str:
    """MD5 of a content id in hex: a stable name for its pods and chapters, not a secret (metrics.md 2.3)."""
    return hashlib.md5(name.encode(errors="surrogatepass"), usedforsecurity=False).hexdigest()


def _count(details: dict[str, Any], name: str, number: int, flag: str | None = None) -> None:
    if number > 0:
        details[name] = number
        if flag is not None:
            details[flag] = True
