"""Reports counted by hand: plain loops over session records, written from metrics.md 6 and apart from the SQL."""

import math
import random
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from playhead.base.units import DatastreamId, SessionId
from playhead.reporting.dimensions import Dimension, dimension_of
from playhead.reporting.metrics import Grain, Metric, metric_of
from playhead.reporting.outputs import SessionRecord, SessionState

DAY_MS = 86_400_000
BEGIN_MS = 1_774_656_000_000
"""2026-03-28T00:00:00Z, a day before clocks change in Europe."""

Record = tuple[SessionRecord, Mapping[str, Any] | None]
"""A session, and one of its ads, chapters or states; None for the session itself."""


def field(record: Record, path: str) -> Any:
    """A field by its place, of the part or the session."""
    session, part = record
    place, _, name = path.partition(".")
    if place == "person":
        return session.person
    if place == "sessionDetails":
        if name == "isViewed":
            return session.is_viewed
        if name == "isDownloaded":
            return session.is_downloaded
        return session.session_id if name == "ID" else session.session_details.get(name)
    if place == "qoeDataDetails":
        return session.qoe.get(name)
    assert part is not None
    return part.get(name) if place == "states" else part[place].get(name)


def parts(session: SessionRecord, grain: Grain) -> Iterable[Record]:
    """The records of a grain in a session."""
    if grain is Grain.SESSION:
        return [(session, None)]
    lists: Mapping[Grain, Sequence[Mapping[str, Any]]] = {
        Grain.AD: session.ads,
        Grain.CHAPTER: session.chapters,
        Grain.STATE: session.states,
    }
    return [(session, part) for part in lists[grain]]


def date(record: Record, metric: Metric, grain: Grain) -> int:
    """The timestamp of the row a metric is on."""
    session, part = record
    if metric.id == "media-starts":
        return session.started_at_ms
    if grain is Grain.AD or grain is Grain.CHAPTER:
        assert part is not None
        return int(part["startedAtMs"] if metric.id == "ad-starts" else part["closedAtMs"])
    return session.last_at_ms


def values(record: Record, dimension: Dimension, at_ms: int, zone: str, metric: Metric, grain: Grain) -> list[Any]:
    """What a dimension is of a record: none, one or several values."""
    session, part = record
    local = (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=at_ms)).astimezone(ZoneInfo(zone))
    name = dimension.id
    if name == "hour-of-day":
        return [local.hour]
    if name == "day-of-week":
        return [local.isoweekday()]
    if name in {"day", "week", "month", "hour", "minute", "5-minutes", "15-minutes", "30-minutes"}:
        return [start(local, name).isoformat(timespec="seconds").replace("+00:00", "Z")]
    if name == "content-segment":
        found: set[int] = set()
        for low, high in session.viewed_s:
            found |= set(range(math.floor(low / 300), math.ceil(high / 300)))
        return [f"[{5 * k}-{5 * k + 5}]" for k in found]
    if name == "event-type":
        return [_row_of(metric, grain)]
    if name == "datastream":
        return [session.datastream_id]
    if name == "close-cause":
        return [session.close_cause]
    if name.startswith("custom:"):
        own = (part or {}).get("customMetadata", {}) if grain in {Grain.AD, Grain.CHAPTER} else {}
        value = own.get(name[7:], session.custom_metadata.get(name[7:]))
    elif name.startswith("lookup:"):
        found_in = session.custom_metadata if name.startswith("lookup:content:") else (part or {})["customMetadata"]
        value = found_in.get(name)
    else:
        value = field(record, dimension.field)
    if name == "content-type" and value is not None:
        value = value.lower()
    if name == "media-downloaded-flag":
        value = "true" if value else None
    if isinstance(value, list):
        return sorted(set(value))
    return [] if value is None else [value]


def start(local: datetime, bucket: str) -> datetime:
    """Start of the stretch a local time is in."""
    if bucket in {"day", "week", "month"}:
        begin = local.replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
        if bucket == "week":
            begin -= timedelta(days=local.weekday())
        return begin.replace(day=1) if bucket == "month" else begin
    minutes = {"minute": 1, "5-minutes": 5, "15-minutes": 15, "30-minutes": 30, "hour": 60}[bucket]
    minute = local.minute // minutes * minutes if minutes < 60 else 0
    return local.replace(minute=minute, second=0, microsecond=0)


def _row_of(metric: Metric, grain: Grain) -> str:
    if metric.id == "viewers":
        return {Grain.AD: "media.adComplete", Grain.CHAPTER: "media.chapterComplete"}.get(
            grain, "media.sessionComplete"
        )
    return metric.dated.value


def aggregated(metric: Metric, records: Sequence[Record]) -> Any:
    """One number of many records."""
    if metric.state:
        records = [one for one in records if one[1] is not None and one[1]["name"] == metric.state]
    found = [field(one, metric.field) for one in records]
    kind = metric.aggregation.value
    if metric.id == "authorized":
        return sum(str(value).lower() == "true" for value in found)
    if kind in {"count", "pieces"}:
        return sum(value is True for value in found)
    if kind == "distinct":
        return len({value for value in found if value is not None})
    numbers = sorted(value for value in found if value is not None)
    if kind == "sum":
        return round(sum(numbers), 6)
    if not numbers:
        return None
    if kind == "mean":
        return sum(numbers) / len(numbers)
    place = (len(numbers) - 1) * int(kind[1:]) / 100
    low = math.floor(place)
    high = min(low + 1, len(numbers) - 1)
    return numbers[low] + (numbers[high] - numbers[low]) * (place - low)


def number(metric: Metric, of: Callable[[Metric], Any]) -> Any:
    """A metric from its bases."""
    if metric.aggregation.value != "ratio":
        return of(metric)
    over, by = (of(_known(one)) for one in (metric.over, metric.by))
    less = of(_known(metric.less)) if metric.less else 0
    return (over - less) / by if by else None


def _known(metric_id: str) -> Metric:
    metric = metric_of(metric_id)
    assert metric is not None
    return metric


def bases(metric: Metric) -> list[Metric]:
    """What a metric is made of."""
    return [_known(one) for one in (metric.over, metric.less, metric.by) if one] or [metric]


def counted(
    sessions: Iterable[SessionRecord],
    metrics: Sequence[Metric],
    dimensions: Sequence[Dimension] = (),
    *,
    from_ms: int,
    until_ms: int,
    granularity: str | None = None,
    zone: str = "UTC",
    segment: Callable[[SessionRecord], bool] = lambda _: True,
    ads: Callable[[Mapping[str, Any]], bool] = lambda _: True,
) -> dict[tuple[Any, ...], list[Any]]:
    """The rows of a report: values of time and dimensions to numbers."""
    chosen = [one for one in sessions if one.state is SessionState.CLOSED and segment(one)]
    told = [*([_dimension(granularity)] if granularity else []), *dimensions]
    part = next((one.grain for one in dimensions if one.grain is not Grain.SESSION), Grain.SESSION)
    groups: dict[str, dict[tuple[Any, ...], list[Record]]] = {}
    for metric in {base.id: base for each in metrics for base in bases(each)}.values():
        grain = part if metric.id == "viewers" else metric.grain
        group = groups.setdefault(metric.id, defaultdict(list))
        for session in chosen:
            for record in parts(session, grain):
                if metric.state and record[1] is not None and record[1]["name"] != metric.state:
                    continue
                if grain is Grain.AD and record[1] is not None and not ads(record[1]):
                    continue
                at_ms = date(record, metric, grain)
                if not from_ms <= at_ms < until_ms:
                    continue
                keys: list[tuple[Any, ...]] = [()]
                for dimension in told:
                    found = values(record, dimension, at_ms, zone, metric, grain)
                    keys = [(*key, value) for key in keys for value in found]
                for key in keys:
                    group[key].append(record)
    every = {key for group in groups.values() for key in group} if told else {()}

    def of(key: tuple[Any, ...]) -> Callable[[Metric], Any]:
        return lambda base: aggregated(base, groups[base.id].get(key, []))

    return {key: [number(metric, of(key)) for metric in metrics] for key in every}


def _dimension(dimension_id: str) -> Dimension:
    dimension = dimension_of(dimension_id)
    assert dimension is not None
    return dimension


# Sessions


def _maybe(dice: random.Random, make: Callable[[], Any], share: float = 0.7) -> Any:
    return make() if dice.random() < share else None


def _without_none(given: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in given.items() if value is not None}


def _texts(dice: random.Random, names: Sequence[str]) -> dict[str, str]:
    return {name: f"{name} {dice.randrange(3)}" for name in names if dice.random() < 0.8}


_DETAILS = (
    "friendlyName", "playerName", "channel", "appVersion", "show", "season", "episode", "showType", "assetID",
    "firstAirDate", "firstDigitalDate", "rating", "originator", "network", "mvpd", "dayPart", "feed", "streamFormat",
    "adLoad", "artist", "album", "label", "author", "station", "publisher", "cdn",
)  # fmt: skip


def _flag(dice: random.Random) -> bool | None:
    return True if dice.random() < 0.5 else None


def _count(dice: random.Random, most: int = 5) -> int | None:
    return dice.randrange(1, most) if dice.random() < 0.7 else None


_FLAGS = ("hasResume", "isFederated", "isPlayed", "isCompleted", "hasPauseImpactedStreams")
_QUALITY_FLAGS = (
    "hasBitrateChangeImpactedStreams", "hasDroppedFrameImpactedStreams", "isDroppedBeforeStart",
    "hasBufferImpactedStreams", "hasStallImpactedStreams", "hasErrorImpactedStreams",
)  # fmt: skip
_QUALITY_COUNTS = (
    "bitrateChangeCount", "droppedFrames", "timeToStart", "bufferCount", "bufferTime", "stallCount", "stallTime",
    "errorCount",
)  # fmt: skip


def _details(number_: int, dice: random.Random) -> dict[str, Any]:
    details = {
        **_texts(dice, _DETAILS),
        "ID": f"s{number_}",
        "name": f"film '{dice.randrange(6)}'",
        "length": dice.choice([60, 5400, 86400]),
        "contentType": dice.choice(["VOD", "vod", "live", "Podcast"]),
        "streamType": _maybe(dice, lambda: dice.choice(["video", "audio"])),
        "genreList": _maybe(dice, lambda: dice.choice([["Drama"], ["Drama", "Action"], ["Action", "Action", "News"]])),
        "authorized": _maybe(dice, lambda: dice.choice(["true", "TRUE", "false"])),
        "segment": _maybe(dice, lambda: f"[0-{dice.randrange(1, 4)}]"),
        **{name: _flag(dice) for name in _FLAGS},
        **{f"hasProgress{mark}": _flag(dice) for mark in (10, 25, 50, 75, 95)},
        "timePlayed": dice.randrange(4000),
        "totalTimePlayed": dice.randrange(5000),
        "uniqueTimePlayed": dice.randrange(4000),
        "averageMinuteAudience": _maybe(dice, lambda: round(dice.random() * 3, 6)),
        "estimatedStreams": dice.randrange(1, 4),
        **{name: _count(dice, 500) for name in ("adCount", "chapterCount", "pauseCount", "pauseTime")},
        "secondsSinceLastCall": dice.choice([0, 60, 600]),
    }
    details["hasSegmentView"] = details["isPlayed"]
    return details


def _quality(dice: random.Random) -> dict[str, Any]:
    kbps = _maybe(dice, lambda: dice.randrange(50, 9000))
    return {
        "bitrateAverage": kbps,
        "bitrateAverageBucket": None if kbps is None else f"{kbps // 100 * 100}-{kbps // 100 * 100 + 99}",
        **{name: _flag(dice) for name in _QUALITY_FLAGS},
        **{name: _count(dice) for name in _QUALITY_COUNTS},
        "playerSdkErrors": _maybe(dice, lambda: dice.choice([["E1"], ["E1", "E2"]])),
        "externalErrors": _maybe(dice, lambda: ["cdn"], 0.2),
    }


def session(number_: int, dice: random.Random) -> SessionRecord:
    """A closed session of any numbers: not what an engine would make of events, but any record a report may meet."""
    started = BEGIN_MS + dice.randrange(3 * DAY_MS)
    last = started + dice.randrange(2 * 3_600_000)
    low = dice.randrange(900)
    pieces = [(float(low), low + dice.random() * 700), (3000.0, 3300.0)][: dice.randrange(3)]
    return SessionRecord(
        session_id=SessionId(f"s{number_}"),
        datastream_id=DatastreamId(dice.choice(["web", "tv"])),
        state=SessionState.CLOSED if dice.random() < 0.95 else SessionState.OPEN,
        close_cause=dice.choice(["end", "idle", "complete"]),
        started_at_ms=started,
        last_at_ms=last,
        largest_at_ms=last,
        smallest_at_ms=started - dice.choice([0, 0, 5000]),
        started_received_ms=started,
        last_received_ms=last,
        playhead_changed_ms=last,
        closed_ms=last + 600_000,
        person=_maybe(dice, lambda: f"p{dice.randrange(40)}", 0.95),
        session_details=_without_none(_details(number_, dice)),
        qoe=_without_none(_quality(dice)),
        states=_states(dice),
        custom_metadata=_without_none({"team": _maybe(dice, lambda: dice.choice(["red", "blue"]))}),
        ads=[_ad(number, started, last, dice) for number in range(1, dice.randrange(1, 5))],
        chapters=[_chapter(number, started, last, dice) for number in range(1, dice.randrange(1, 4))],
        viewed_s=pieces,
        replayed_s=[(low + number_ % 7 * 10, high) for low, high in pieces if number_ % 3 == 0 and high > low + 60],
        main_play_ms=[(started, started + (last - started) // 2)] if last > started else [],
        is_viewed=dice.random() < 0.9,
        is_downloaded=dice.random() < 0.1,
    )


def _states(dice: random.Random) -> list[dict[str, Any]]:
    names = dice.sample(["fullscreen", "mute", "closedCaptioning", "pictureInPicture", "inFocus", "theater"], 2)
    return [{"name": name, "isSet": True, "count": dice.randrange(1, 4), "time": dice.randrange(99)} for name in names]


def _ad(ordinal: int, started: int, last: int, dice: random.Random) -> dict[str, Any]:
    at = started + dice.randrange(60_000)
    details = {
        **_texts(dice, ("friendlyName", "playerName", "advertiser", "campaignID", "creativeID", "creativeURL", "placementID", "siteID")),
        "name": f"ad {dice.randrange(4)}", "length": dice.choice([15, 30]), "podPosition": dice.randrange(3),
        "isStarted": True, "timePlayed": dice.randrange(31),
    }  # fmt: skip
    if dice.random() < 0.6:
        details["isCompleted"] = True
    return {
        "ordinal": ordinal,
        "startedAtMs": at,
        "closedAtMs": min(at + 15_000, max(last, at)),
        "advertisingDetails": details,
        "advertisingPodDetails": {
            "ID": f"pod {(index := dice.randrange(2))}",
            "index": index,
            "offset": dice.choice([0, 900]),
            "friendlyName": "break",
        },
        "customMetadata": _without_none({"team": _maybe(dice, lambda: "green", 0.3)}),
    }


def _chapter(ordinal: int, started: int, last: int, dice: random.Random) -> dict[str, Any]:
    details = {"ID": f"c_{ordinal}", "friendlyName": f"part {ordinal}", "length": 300, "offset": 300 * ordinal, "index": ordinal,
               "isStarted": True, "timePlayed": dice.randrange(300)}  # fmt: skip
    if dice.random() < 0.5:
        details["isCompleted"] = True
    return {
        "ordinal": ordinal,
        "startedAtMs": started,
        "closedAtMs": last,
        "chapterDetails": details,
        "customMetadata": _without_none({"team": _maybe(dice, lambda: "grey", 0.3)}),
    }


def sessions(many: int, seed: int) -> list[SessionRecord]:
    """Any sessions of three days."""
    dice = random.Random(seed)
    return [session(number_, dice) for number_ in range(many)]
