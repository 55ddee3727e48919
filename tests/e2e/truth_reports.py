"""
Reports counted from the truth file of `playhead simulate`: plain loops over its lines, with tables written from metrics.md 6.

Nothing of the product is used, its catalogue included: what a metric is made of and which row dates it stands here once more.
"""

import json
import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

Line = Mapping[str, Any]

GAP = timedelta(minutes=30)
"""Between an end and the next start, where a path goes on (metrics.md 6.3)."""


class Row(NamedTuple):
    """A reporting row: when, its session, and the ad, chapter or state it is of."""

    at: datetime
    line: Line
    part: Line | None = None


class Made(NamedTuple):
    """Of which rows a metric is made, of what of them, and how; of a state only those of its name."""

    rows: str
    field: str
    how: str
    state: str = ""


_SUMS = {
    "content-time-spent": "timePlayed", "media-time-spent": "totalTimePlayed", "unique-time-played": "uniqueTimePlayed",
    "average-minute-audience": "averageMinuteAudience", "estimated-streams": "estimatedStreams", "ad-count": "adCount",
    "chapter-count": "chapterCount", "pause-events": "pauseCount", "total-pause-duration": "pauseTime",
    "session-server-timeout": "secondsSinceLastCall",
}  # fmt: skip
_FLAGS = {
    "content-starts": "isPlayed", "content-completes": "isCompleted", "content-resumes": "hasResume",
    "content-segment-views": "hasSegmentView", "paused-impacted-streams": "hasPauseImpactedStreams",
    "progress-10": "hasProgress10", "progress-25": "hasProgress25", "progress-50": "hasProgress50",
    "progress-75": "hasProgress75", "progress-95": "hasProgress95", "federated-data": "isFederated",
}  # fmt: skip
_QUALITY_SUMS = {
    "bitrate-changes": "bitrateChangeCount", "buffer-events": "bufferCount", "total-buffer-duration": "bufferTime",
    "dropped-frames": "droppedFrames", "error-events": "errorCount", "stall-events": "stallCount",
    "total-stalling-duration": "stallTime", "time-to-start": "timeToStart", "average-bitrate.sum": "bitrateAverage",
}  # fmt: skip
_QUALITY_FLAGS = {
    "bitrate-change-impacted-streams": "hasBitrateChangeImpactedStreams",
    "buffer-impacted-streams": "hasBufferImpactedStreams",
    "dropped-frame-impacted-streams": "hasDroppedFrameImpactedStreams", "drops-before-start": "isDroppedBeforeStart",
    "error-impacted-streams": "hasErrorImpactedStreams", "stall-impacted-streams": "hasStallImpactedStreams",
}  # fmt: skip
_STATES = {
    "full-screen": "fullscreen", "mute": "mute", "closed-captioning": "closedCaptioning",
    "picture-in-picture": "pictureInPicture", "in-focus": "inFocus",
}  # fmt: skip
_PERCENTILES = ("p50", "p75", "p95", "p99")

RATIOS: Mapping[str, tuple[str, str, str]] = {
    "avg-ads-per-media-stream": ("ad-starts", "", "media-starts"),
    "avg-chapters-per-media-stream": ("chapter-starts", "", "media-starts"),
    "avg-media-time-spent": ("media-time-spent", "", "media-starts"),
    "avg-content-time-spent": ("content-time-spent", "", "content-starts"),
    "avg-ad-time-spent": ("ad-time-spent", "", "ad-starts"),
    "avg-chapter-time-spent": ("chapter-time-spent", "", "chapter-starts"),
    "media-completion-rate": ("content-completes", "", "media-starts"),
    "content-completion-rate": ("content-completes", "", "content-starts"),
    "ad-completion-rate": ("ad-completes", "", "ad-starts"),
    "chapter-completion-rate": ("chapter-completes", "", "chapter-starts"),
    "drop-before-start-rate": ("drops-before-start", "", "media-starts"),
    "pre-roll-drop-rate": ("media-starts", "content-starts", "media-starts"),
    "content-pause-duration-rate": ("total-pause-duration", "", "content-time-spent"),
    "content-buffer-duration-rate": ("total-buffer-duration", "", "content-time-spent"),
    "content-time-to-start-rate": ("time-to-start", "", "content-time-spent"),
    "ad-time-spent-rate": ("ad-time-spent", "", "content-time-spent"),
}
"""Calculated metrics (metrics.md 6.5): what is divided, what is first taken away from it, and by what."""


def _bases() -> dict[str, Made]:
    found = {"media-starts": Made("start", "isViewed", "count"), "viewers": Made("close", "viewer", "distinct")}
    for how, where, table in (
        ("sum", "sessionDetails", _SUMS), ("count", "sessionDetails", _FLAGS),
        ("sum", "qoeDataDetails", _QUALITY_SUMS), ("count", "qoeDataDetails", _QUALITY_FLAGS),
    ):  # fmt: skip
        found |= {metric: Made("close", f"{where}.{field}", how) for metric, field in table.items()}
    found["authorized"] = Made("close", "sessionDetails.authorized", "said")
    for metric, field in (
        ("session-server-timeout", "sessionDetails.secondsSinceLastCall"),
        ("time-to-start", "qoeDataDetails.timeToStart"),
        ("average-bitrate", "qoeDataDetails.bitrateAverage"),
    ):
        found |= {f"{metric}.{how}": Made("close", field, how) for how in _PERCENTILES}
        found[metric if metric == "average-bitrate" else f"{metric}.mean"] = Made("close", field, "mean")
    found |= {
        "ad-starts": Made("adStart", "advertisingDetails.isStarted", "count"),
        "ad-completes": Made("adComplete", "advertisingDetails.isCompleted", "count"),
        "ad-time-spent": Made("adComplete", "advertisingDetails.timePlayed", "sum"),
        "chapter-starts": Made("chapterComplete", "chapterDetails.isStarted", "count"),
        "chapter-completes": Made("chapterComplete", "chapterDetails.isCompleted", "count"),
        "chapter-time-spent": Made("chapterComplete", "chapterDetails.timePlayed", "sum"),
    }
    for word, state in _STATES.items():
        found |= {
            f"{word}-count": Made("state", "count", "sum", state),
            f"{word}-streams-impacted": Made("state", "isSet", "count", state),
            f"{word}-total-duration": Made("state", "time", "sum", state),
        }
    return found


METRICS = _bases()
"""All that are not calculated (metrics.md 6.2)."""

CUSTOM = {
    "state:theatre:count": Made("state", "count", "sum", "theatre"),
    "state:theatre:streams-impacted": Made("state", "isSet", "count", "theatre"),
    "state:theatre:total-duration": Made("state", "time", "sum", "theatre"),
}
"""Those of the one player state of the viewers that is no standard one."""

BASES = METRICS | CUSTOM

_SESSION = {
    "content": "name", "content-name": "friendlyName", "content-length": "length", "content-player-name": "playerName",
    "content-channel": "channel", "segment-range": "segment", "stream-type": "streamType", "app-version": "appVersion",
    "show": "show", "season": "season", "show-type": "showType", "content-rating": "rating", "network": "network",
    "mvpd": "mvpd", "cdn": "cdn", "genre": "genreList", "media-session-id": "ID",
}  # fmt: skip
_QUALITY = {
    "average-bitrate": "bitrateAverageBucket", "bitrate-changes": "bitrateChangeCount", "errors": "errorCount",
    "time-to-start": "timeToStart", "player-sdk-error-ids": "playerSdkErrors", "external-error-ids": "externalErrors",
}  # fmt: skip
_AD = {
    "ad": "name", "ad-name": "friendlyName", "ad-length": "length", "ad-player-name": "playerName",
    "ad-in-pod-position": "podPosition", "advertiser": "advertiser", "campaign-id": "campaignID",
    "creative-id": "creativeID", "creative-url": "creativeURL",
}  # fmt: skip
_POD = {"ad-pod": "ID", "pod-name": "friendlyName", "pod-position": "offset"}
_CHAPTER = {
    "chapter": "ID", "chapter-name": "friendlyName", "chapter-length": "length", "chapter-offset": "offset",
    "chapter-position": "index",
}  # fmt: skip

FIELDS: Mapping[str, str] = {
    dimension: f"{where}.{field}"
    for where, table in (
        ("sessionDetails", _SESSION), ("qoeDataDetails", _QUALITY), ("advertisingDetails", _AD),
        ("advertisingPodDetails", _POD), ("chapterDetails", _CHAPTER),
    )
    for dimension, field in table.items()
}  # fmt: skip
"""Dimensions that are a field of their row (metrics.md 6.3)."""

PART_ROWS: Mapping[str, str] = {
    **dict.fromkeys((*_AD, *_POD), "adComplete"), **dict.fromkeys(_CHAPTER, "chapterComplete"), "player-state": "state",
}  # fmt: skip
"""Dimensions of ads, chapters and states, and the rows that viewers are counted on by them."""

_GRAIN = {"adStart": "ad", "adComplete": "ad", "chapterComplete": "chapter", "state": "state"}
_EVENT_TYPES = {
    "start": "sessionStart", "close": "sessionComplete", "state": "sessionComplete", "adStart": "adStart",
    "adComplete": "adComplete", "chapterComplete": "chapterComplete",
}  # fmt: skip


class Told:
    """
    What was told of all sessions.

    Args:
        lines: Of the truth file.
        zone: Of times in reports.
    """

    def __init__(self, lines: Sequence[Line], zone: str) -> None:
        self.lines = lines
        self._zone = ZoneInfo(zone)
        self.rows = _rows(lines)
        self._paths = _paths(lines)
        self._grouped: dict[tuple[str, str], dict[Any, list[Row]]] = {}
        self._counted: dict[tuple[str, str], dict[Any, Any]] = {}

    def possible(self, dimension: str) -> list[str]:
        """The metrics that can be told apart by it: those of its grain; all of them by what sessions have."""
        grain = _GRAIN.get(PART_ROWS.get(dimension, ""))
        found = [
            name for name, made in BASES.items() if grain in {None, _GRAIN.get(made.rows)} or made.how == "distinct"
        ]
        return found + [name for name, parts in RATIOS.items() if {*filter(None, parts)} <= {*found}]

    def counted(self, metrics: Sequence[str], dimension: str) -> dict[Any, list[Any]]:
        """By each value of the dimension, the metrics; a value that is on no row of theirs is left out."""
        found = {base: self._by_value(base, dimension) for base in _bases_of(metrics)}
        nothing = {base: _number(BASES[base], []) for base in found}
        return {
            value: calculated(metrics, {base: each.get(value, nothing[base]) for base, each in found.items()})
            for value in {value for each in found.values() for value in each}
        }

    def total(self, metrics: Sequence[str], from_: datetime, until: datetime) -> list[Any]:
        """The metrics over the rows of a range."""
        found = {}
        for base in _bases_of(metrics):
            made = BASES[base]
            rows = _of_state(self.rows[made.rows], made.state) if made.state else self.rows[made.rows]
            found[base] = _number(made, [row for row in rows if from_ <= row.at < until])
        return calculated(metrics, found)

    def _by_value(self, base: str, dimension: str) -> dict[Any, Any]:
        """A metric that is not calculated, by each value that is on a row of its; counted once."""
        place = (base, dimension)
        if place not in self._counted:
            made = BASES[base]
            kind = PART_ROWS.get(dimension, made.rows) if made.how == "distinct" else made.rows
            groups = self._rows_by_value(kind, dimension)
            if made.state:
                groups = {value: _of_state(rows, made.state) for value, rows in groups.items()}
            self._counted[place] = {value: _number(made, rows) for value, rows in groups.items() if rows}
        return self._counted[place]

    def _rows_by_value(self, kind: str, dimension: str) -> dict[Any, list[Row]]:
        """Rows of a kind by the values of a dimension."""
        place = (kind, dimension)
        if place not in self._grouped:
            groups = self._grouped[place] = defaultdict(list)
            for row in self.rows[kind]:
                for value in self._values(row, kind, dimension):
                    groups[value].append(row)
        return self._grouped[place]

    def _values(self, row: Row, kind: str, dimension: str) -> list[Any]:
        """What a dimension is of a row: none, one or several values."""
        line, simple = row.line, _SIMPLE.get(dimension)
        if simple is not None:
            found = simple(line)
        elif dimension in FIELDS:
            found = field(row, FIELDS[dimension])
        elif dimension == "player-state":
            found = None if row.part is None else row.part["name"]
        elif dimension == "event-type":
            found = f"media.{_EVENT_TYPES[kind]}"
        elif dimension in {"media-path", "previous-content", "next-content"}:
            found = self._paths[line["id"]][dimension]
        else:
            found = _time(row.at.astimezone(self._zone), dimension)
        if isinstance(found, list):
            return list(dict.fromkeys(found))
        return [] if found is None else [found]


def read(*files: Path) -> list[Line]:
    """The lines of truth files."""
    return [json.loads(text) for file in files for text in file.read_text().splitlines()]


def moment(text: str) -> datetime:
    """A time of the truth file."""
    return datetime.fromisoformat(text).astimezone(UTC)


def field(row: Row, path: str) -> Any:
    """A field of a row: of its ad, chapter or state, else of its session; None if it is not there."""
    where, _, name = path.rpartition(".")
    if not where:
        return (row.line if row.part is None else row.part).get(name)
    if row.part is not None and where in row.part:
        return row.part[where].get(name)
    return row.line["mediaReporting"][where].get(name)


def _bases_of(metrics: Iterable[str]) -> list[str]:
    """What they are made of."""
    return list(dict.fromkeys(base for metric in metrics for base in filter(None, RATIOS.get(metric, (metric,)))))


def calculated(metrics: Sequence[str], bases: Mapping[str, Any]) -> list[Any]:
    """The metrics, given those that are not calculated."""
    found = []
    for metric in metrics:
        if metric in RATIOS:
            over, less, by = RATIOS[metric]
            above = bases[over] - (bases[less] if less else 0)
            found.append(float(Fraction(above) / Fraction(bases[by])) if bases[by] else None)
        else:
            found.append(bases[metric])
    return found


def _number(made: Made, rows: Sequence[Row]) -> Any:
    if made.how == "distinct":
        return len({row.line["viewer"] for row in rows})
    found = [value for row in rows if (value := field(row, made.field)) is not None]
    if made.how == "count":
        return sum(value is True for value in found)
    if made.how == "said":
        return sum(value.lower() == "true" for value in found)
    if made.how == "sum" and made.field.endswith("averageMinuteAudience"):  # six digits each, added without loss
        return sum(round(value * 10**6) for value in found) / 10**6
    if made.how == "sum":
        return sum(found)
    if not found:
        return None
    if made.how == "mean":
        return sum(found) / len(found)
    found.sort()
    place = Fraction(len(found) - 1) * int(made.how[1:]) / 100
    low = math.floor(place)
    high = min(low + 1, len(found) - 1)
    return float(found[low] + (found[high] - found[low]) * (place - low))


def _of_state(rows: Iterable[Row], state: str) -> list[Row]:
    return [row for row in rows if row.part is not None and row.part["name"] == state]


def _rows(lines: Iterable[Line]) -> dict[str, list[Row]]:
    """Every reporting row by its kind; states are on the close row (metrics.md 3.1, 6.1)."""
    rows: dict[str, list[Row]] = {kind: [] for kind in _EVENT_TYPES}
    for line in lines:
        closed = moment(line["lastEventAt"])
        rows["start"].append(Row(moment(line["startedAt"]), line))
        rows["close"].append(Row(closed, line))
        rows["state"] += [Row(closed, line, state) for state in line["mediaReporting"]["states"]]
        rows["adStart"] += [Row(moment(ad["startedAt"]), line, ad) for ad in line["ads"]]
        rows["adComplete"] += [Row(moment(ad["closedAt"]), line, ad) for ad in line["ads"]]
        rows["chapterComplete"] += [Row(moment(one["closedAt"]), line, one) for one in line["chapters"]]
    return rows


def _paths(lines: Iterable[Line]) -> dict[str, dict[str, str | None]]:
    """Media path, content before and content after of each session, by its id (metrics.md 6.3)."""
    people: dict[int, list[Line]] = defaultdict(list)
    for line in lines:
        people[line["viewer"]].append(line)
    found: dict[str, dict[str, str | None]] = {}
    for own in people.values():
        own.sort(key=lambda line: (line["startedAt"], line["id"]))
        paths: list[list[Line]] = []
        for place, line in enumerate(own):
            if place and moment(line["startedAt"]) - moment(own[place - 1]["lastEventAt"]) <= GAP:
                paths[-1].append(line)
            else:
                paths.append([line])
        for path in paths:
            names = [line["mediaReporting"]["sessionDetails"]["name"] for line in path]
            for place, line in enumerate(path):
                found[line["id"]] = {
                    "media-path": " > ".join(names),
                    "previous-content": names[place - 1] if place else None,
                    "next-content": names[place + 1] if place + 1 < len(names) else None,
                }
    return found


def _pieces(line: Line) -> list[str]:
    """The five-minute pieces of content of which any was seen (metrics.md 6.3)."""
    numbers_ = {n for low, high in line["viewed"] for n in range(math.floor(low / 300), math.ceil(high / 300))}
    return [f"[{5 * n}-{5 * n + 5}]" for n in numbers_]


_SIMPLE: Mapping[str, Callable[[Line], Any]] = {
    "content-type": lambda line: line["mediaReporting"]["sessionDetails"]["contentType"].lower(),
    "content-segment": _pieces,
    "datastream": lambda line: line["datastream"],
    "close-cause": lambda line: line["closeCause"],
    "media-downloaded-flag": lambda line: "true" if line["isDownloaded"] else None,
    "custom:plan": lambda line: line["customMetadata"]["plan"],
}


def _time(local: datetime, dimension: str) -> Any:
    """What a time is of a local one."""
    if dimension == "hour-of-day":
        return local.hour
    if dimension == "day-of-week":
        return local.isoweekday()
    if dimension == "day":
        begin = local.replace(hour=0, minute=0, second=0, microsecond=0)
    else:
        step = {"minute": 1, "5-minutes": 5, "15-minutes": 15, "30-minutes": 30, "hour": 60}[dimension]
        begin = local.replace(minute=local.minute // step * step if step < 60 else 0, second=0, microsecond=0)
    return begin.isoformat(timespec="seconds")
