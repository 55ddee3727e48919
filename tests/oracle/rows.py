"""What the text says to write about one session: the last row per `_id` (metrics.md 2, 3 and 4.1)."""

import hashlib
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from fractions import Fraction
from typing import Any

from oracle.fold import Play, Reading, read, replayed, union
from oracle.life import Life, live
from playhead.base.settings import SessionSettings
from playhead.events.delivery import Delivery
from playhead.events.session import Downloaded, SessionStart

Fields = dict[str, Any]


@dataclass(frozen=True)
class Opinion:
    """
    What the oracle says of a session.

    Attributes:
        life: Outcomes, closes and reopenings.
        reading: The fold of what was accepted; None if no session began.
        rows: `_id` to the row's `xdm`, without `implementationDetails` and `environment`.
        person: Who watched.
        viewed: U, disjoint, ascending. replayed: What of it was viewed more than once, likewise.
        close: The content of `mediaReporting` of the close row.
    """

    life: Life
    reading: Reading | None
    rows: dict[str, Fields]
    person: str | None
    viewed: list[tuple[Fraction, Fraction]]
    replayed: list[tuple[Fraction, Fraction]]
    close: Fields


def half_up(value: Fraction | float) -> int:
    """The nearest whole number, the larger of two."""
    return math.floor(Fraction(value) + Fraction(1, 2))


def seconds(ms: float) -> int:
    """R(ms) of section 2."""
    return half_up(Fraction(ms) / 1000)


def only(fields: Fields) -> Fields:
    """Section 2, presence: booleans only when true, computed numbers only when > 0."""
    return {name: value for name, value in fields.items() if value is True or (value is not True and value > 0)}


def md5(name: str, index: Any) -> str:
    """IDs of pods and chapters."""
    return f"{hashlib.md5(name.encode(), usedforsecurity=False).hexdigest()}_{index}"


def static(start: SessionStart, session_id: str) -> Fields:
    """2.1, as on the sessionStart row."""
    fields: Fields = {
        **start.echo,
        "ID": session_id,
        "name": start.name,
        "length": half_up(Fraction(repr(start.length_s))),
        "contentType": start.content_type or "missing_content_type",
    }
    if start.stream_type is not None:
        fields["streamType"] = start.stream_type
    if "genre" in start.echo:
        fields["genreList"] = [part.strip() for part in start.echo["genre"].split(",") if part.strip()]
    return fields


def sending(fields: Fields, start: SessionStart, kind: str) -> Fields:
    """2.1, with what all rows but the sessionStart row have."""
    stream = "audio" if start.stream_type == "audio" else "video"
    return {**fields, "pev3": stream + kind, "pccr": True}


def identities(start: SessionStart, ecid: str | None) -> Fields:
    """3.2: the ECID added, `ambiguous` where nothing was said, the ECID primary where nothing is."""
    found = {name: [dict(one) for one in entries] for name, entries in start.identity_map.items()}
    if ecid is not None and "ECID" not in found:
        found["ECID"] = [{"id": ecid}]
    entries = [one for several in found.values() for one in several]
    for one in entries:
        one.setdefault("authenticatedState", "ambiguous")
    if not any(one.get("primary") for one in entries) and "ECID" in found:
        found["ECID"][0]["primary"] = True
    return found


def person(start: SessionStart, ecid: str | None, settings: SessionSettings) -> str | None:
    """6.1: the ECID, or the id of the namespace that the datastream names where the session has one."""
    identity_map = identities(start, ecid)
    for namespace in (settings.person_namespace, "ECID"):
        if namespace is not None and identity_map.get(namespace):
            found: str = identity_map[namespace][0]["id"]
            return found
    return None


def states(r: Reading) -> list[Fields]:
    """2.6."""
    return [
        {"name": name, "isSet": True, "count": count, "time": seconds(r.state_ms[name])}
        for name, count in r.state_count.items()
    ]


def quality(r: Reading) -> Fields:
    """2.5."""
    fields = only(
        {
            "bitrateChangeCount": r.bitrate_changes,
            "hasBitrateChangeImpactedStreams": r.bitrate_changes > 0,
            "droppedFrames": half_up(r.dropped_frames or 0),
            "hasDroppedFrameImpactedStreams": half_up(r.dropped_frames or 0) > 0,
            "framesPerSecond": half_up(r.fps or 0),
            "isDroppedBeforeStart": r.first_main is None,
            "bufferCount": r.buffers,
            "hasBufferImpactedStreams": r.buffers > 0,
            "bufferTime": seconds(r.ms["buffer"]),
            "stallCount": r.stalls,
            "hasStallImpactedStreams": r.stalls > 0,
            "stallTime": seconds(r.ms["stall"]),
            "errorCount": len(r.errors),
            "hasErrorImpactedStreams": len(r.errors) > 0,
        }
    )
    if r.bitrate is not None:
        total = sum(r.weight.values())
        mean = sum(Fraction(rate) * weight for rate, weight in r.weight.items()) / total if total else r.bitrate
        if half_up(mean) > 0:
            low = half_up(mean) // 100 * 100
            fields |= {"bitrateAverage": half_up(mean), "bitrateAverageBucket": f"{low}-{low + 99}"}
    if r.times_to_start:
        until = math.inf if r.first_main is None else r.first_main
        early = [value for i, value in r.times_to_start if i <= until]
        fields["timeToStart"] = seconds(early[-1] if early else r.times_to_start[0][1])
    for source, name in (("player", "playerSdkErrors"), ("external", "externalErrors")):
        ids = list(dict.fromkeys(error for said, error in r.errors if said == source))
        if ids:
            fields[name] = ids
    return fields


def session_totals(r: Reading, start: SessionStart, viewed: list[tuple[Fraction, Fraction]]) -> Fields:
    """2.2, what is computed from the fold."""
    length = Fraction(repr(start.length_s))
    played = seconds(r.ms["main"])
    total = seconds(r.ms["main"] + r.ms["ad"])
    fields = only(
        {
            "isPlayed": r.first_main is not None,
            "hasSegmentView": r.first_main is not None,
            "isCompleted": r.completed,
            "hasResume": start.has_resume is True,
            "adCount": len(r.ads),
            "chapterCount": len(r.chapters),
            "pauseCount": r.pauses,
            "pauseTime": seconds(r.ms["pause"]),
            "hasPauseImpactedStreams": r.pauses > 0,
        }
    )
    fields |= {
        "timePlayed": played,
        "totalTimePlayed": total,
        "uniqueTimePlayed": half_up(sum((high - low for low, high in viewed), Fraction(0))),
        "estimatedStreams": total // 1800 + 1,
    }
    if length > 0:
        fields["averageMinuteAudience"] = half_up(played / length * 1_000_000) / 1_000_000
        for percent in (10, 25, 50, 75, 95):
            if any(low <= length * percent / 100 <= high for low, high in viewed):
                fields[f"hasProgress{percent}"] = True
    if r.first_main is not None:
        low = viewed[0][0] if viewed else Fraction(r.first_main_playhead)
        high = viewed[-1][1] if viewed else low
        a = math.floor(low / 60)
        fields["segment"] = f"[{a}-{max(math.ceil(high / 60), a + 1)}]"
    return fields


def pod_fields(ad: Play, start: SessionStart) -> Fields:
    """2.3, the pod of an ad."""
    fields = {"ID": md5(start.name, ad.pod.index), "index": ad.pod.index, "offset": ad.pod.offset_s}
    return fields if ad.pod.friendly_name is None else {**fields, "friendlyName": ad.pod.friendly_name}


class Paper:
    """Writes the rows of one session."""

    def __init__(self, start: SessionStart, session_id: str, ecid: str | None) -> None:
        self.start, self.session_id = start, session_id
        self.identity_map = identities(start, ecid)
        self.rows: dict[str, Fields] = {}

    def write(self, name: str, n: int, ts: int, content: Fields, more: Sequence[tuple[str, str]] = ()) -> None:
        """3.2: the shape of a row; `more` is the metadata of an ad or a chapter."""
        event_type = f"media.{name}"
        row_id = hashlib.sha256(f"{self.session_id}|{event_type}|{n}".encode()).hexdigest()
        at = datetime.fromtimestamp(ts // 1000, UTC)
        reporting = dict(content)
        row: Fields = {
            "_id": row_id,
            "eventType": event_type,
            "timestamp": f"{at:%Y-%m-%dT%H:%M:%S}.{ts % 1000:03}Z",
            "identityMap": self.identity_map,
            "mediaReporting": reporting,
        }
        for key, value in {**dict(self.start.metadata), **dict(more)}.items():
            if re.fullmatch(r"_[^.]+\..+", key) and not key.startswith("_id."):  # `_id` is the row's, no tenant
                *path, leaf = key.split(".")
                place = row
                for part in path:
                    place = place.setdefault(part, {})
                place[leaf] = value
            else:
                reporting.setdefault("customMetadata", []).append({"name": key, "value": value})
        assert row_id not in self.rows
        self.rows[row_id] = row


def write_ads(paper: Paper, r: Reading, base: Fields) -> None:
    """3.1: adStart rows, and adComplete rows of the ads that are closed."""
    details = sending(base, paper.start, "Ad")
    for n, ad in enumerate(r.ads, start=1):
        about = {"sessionDetails": details, "advertisingPodDetails": pod_fields(ad, paper.start)}
        begun = {**ad.start.details, "isStarted": True}
        paper.write("adStart", n, ad.started_ts, {**about, "advertisingDetails": begun}, ad.start.metadata)
        done = {**ad.start.details, **only({"timePlayed": seconds(ad.ms), "isCompleted": ad.completed})}
        if ad.closed_ts is not None:
            paper.write("adComplete", n, ad.closed_ts, {**about, "advertisingDetails": done}, ad.start.metadata)


def write_chapters(paper: Paper, r: Reading, base: Fields) -> None:
    """3.1: chapterComplete rows of the chapters that are closed."""
    for n, chapter in enumerate(r.chapters, start=1):
        fields = {
            **chapter.start.details,
            "ID": md5(paper.start.name, chapter.start.details["index"]),
            "isStarted": True,
            **only({"timePlayed": seconds(chapter.ms), "isCompleted": chapter.completed}),
        }
        content = {"sessionDetails": sending(base, paper.start, ""), "chapterDetails": fields}
        if chapter.closed_ts is not None:
            paper.write("chapterComplete", n, chapter.closed_ts, content, chapter.start.metadata)


def opinion(deliveries: Sequence[Delivery], settings: SessionSettings, until_ms: int) -> Opinion:
    """
    Judge one session by the text.

    Args:
        deliveries: All deliveries that name it, in order of arrival.
        settings: Of its datastream.
        until_ms: Time runs up to here; a session that is still open is read as if it closed then.
    """
    life = live(deliveries, settings, until_ms)
    if life.start is None:
        return Opinion(life, None, {}, None, [], [], {})
    start = life.start.event
    if isinstance(start, Downloaded):
        start = start.events[0]
    assert isinstance(start, SessionStart)
    r = read(life.heard, settings, Fraction(repr(start.length_s)))
    viewed = union(r.viewed)
    base = static(start, life.start.session_id)
    paper = Paper(start, life.start.session_id, life.start.ecid)
    paper.write("sessionStart", 0, r.ordered[0].ts, opening(base, start, life))
    write_ads(paper, r, base)
    write_chapters(paper, r, base)
    content: Fields = {
        "sessionDetails": sending(base, start, "")
        | session_totals(r, start, viewed)
        | closing(life, r, settings, until_ms)
    }
    if quality(r):
        content["qoeDataDetails"] = quality(r)
    if states(r):
        content["states"] = states(r)
    paper.write("sessionComplete", 0, r.ordered[-1].ts, content)
    return Opinion(
        life, r, paper.rows, person(start, life.start.ecid, settings), viewed, replayed(r, settings), content
    )


def opening(base: Fields, start: SessionStart, life: Life) -> Fields:
    """2.2 and 3.2, the sessionStart row."""
    details = dict(base)
    if start.has_resume is not None:
        details["hasResume"] = start.has_resume
    if start.has_resume is not True:
        details["isViewed"] = True
    if life.downloaded or start.is_downloaded is True:
        details["isDownloaded"] = True
    content: Fields = {"sessionDetails": details}
    if life.downloaded:
        content["playhead"] = start.playhead_s or 0
    return content


def closing(life: Life, r: Reading, settings: SessionSettings, until_ms: int) -> Fields:
    """2.2, what depends on how the session closed."""
    cause, at, _ = life.closed or ("", until_ms, True)
    silence = 0 if cause in {"end", "downloaded"} else at - life.last_arrival
    fields: Fields = {"secondsSinceLastCall": seconds(silence)}
    if settings.federated:
        fields["isFederated"] = True
    if life.downloaded and not r.completed:
        fields["isCompleted"] = False
    return fields


def plain(identity_map: Mapping[str, Any]) -> Fields:
    """An identity map without what says nothing: `primary: false`."""
    return {
        name: [{key: value for key, value in one.items() if (key, value) != ("primary", False)} for one in entries]
        for name, entries in identity_map.items()
    }
