"""
Golden viewings: text in, text out.

    # what it is about
    rule: metrics.md 1.3 play             which rules it holds (timelines/rules.py), one a line
    by hand: sessionComplete timePlayed=5 what a person worked out from the text (timelines/by_hand.py)
    settings idle_timeout_s=30            settings of the datastream, optional
       0.000 >> sessionStart playhead=0 name=film length=60
       4.500 >> play playhead=1 ts=4      said by the player; the time is the arrival, `ts` the player's own (default:
                                          the same; `none`: not sent). Seconds after 2026-01-01T02:00:00Z
     700.000 .. advance                   time passes, nothing arrives
      29.000 << media.sessionComplete 0 at 29.000
                sessionDetails isPlayed=true …    learned by us: rows with all they carry except the static fields,
      29.000 << closed end                        retractions, opened and closed sessions, deliveries not accepted

After the script, time runs until no session is open. Words of an event: its own fields by wire name, `id` and `request`
(names for duplicates), `session` (default S1), QoE as `bitrate dropped fps tts`, `metadata={"name":"value"}`.
"""

import json
import shlex
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import msgspec

from playhead.base.settings import SessionSettings, read_by
from playhead.base.units import DatastreamId, RowId, SessionId
from playhead.events import ads, chapters, playback, quality, session, states
from playhead.events.delivery import Delivery
from playhead.events.event import Event, Quality
from playhead.reporting.outputs import Judged, Outcome, Output, Retraction, Row, SessionRecord
from playhead.reporting.reporter import Reporter
from playhead.reporting.rows import row_id

BASE_MS = 1_767_232_800_000
_COMPUTED_AWAY = frozenset({"_id", "eventType", "timestamp", "mediaReporting"})
_OWN = {"environment": "server", "name": "playhead", "version": "1"}


class ListHistory:
    """The history of a run, in memory."""

    def __init__(self) -> None:
        self.kept: dict[SessionId, list[Delivery]] = defaultdict(list)

    def deliveries(self, session_id: SessionId) -> Iterable[Delivery]:
        """What was delivered so far."""
        return list(self.kept[session_id])


def _details(words: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {name: words[name] for name in words if name in names}


_AD = (
    "name", "friendlyName", "length", "podPosition", "playerName", "advertiser", "campaignID", "creativeID", "siteID",
    "creativeURL", "placementID",
)  # fmt: skip
_NOT_ECHOED = frozenset(
    {"name", "length", "contentType", "streamType", "hasResume", "isDownloaded", "metadata", "playhead", "ts", "id",
     "request", "index", "session", "identityMap", "ecid", "bitrate", "dropped", "fps", "tts", "implementationDetails",
     "environment"}
)  # fmt: skip


def _start(words: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "name": str(words.get("name", "film")),
        "length_s": words.get("length", 100),
        "content_type": words.get("contentType", "VOD"),
        "echo": {name: str(value) for name, value in words.items() if name not in _NOT_ECHOED},
        "stream_type": words.get("streamType"),
        "has_resume": words.get("hasResume"),
        "is_downloaded": words.get("isDownloaded"),
        "metadata": tuple(words.get("metadata", {}).items()),
        "identity_map": words.get("identityMap", {}),
        "implementation_details": words.get("implementationDetails"),
        "environment": words.get("environment"),
    }


def _pod(words: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "index": words.get("index", 0),
        "offset_s": words.get("offset", 0),
        "friendly_name": words.get("friendlyName"),
    }


def _ad(words: Mapping[str, Any]) -> dict[str, Any]:
    return {"details": _details(words, *_AD), "metadata": tuple(words.get("metadata", {}).items())}


def _chapter(words: Mapping[str, Any]) -> dict[str, Any]:
    details = _details(words, "index", "length", "offset", "friendlyName")
    return {"details": details, "metadata": tuple(words.get("metadata", {}).items())}


def _states(words: Mapping[str, Any]) -> dict[str, Any]:
    return {"started": tuple(words.get("start", ())), "ended": tuple(words.get("end", ()))}


def _nothing(_: Mapping[str, Any]) -> dict[str, Any]:
    return {}


EVENTS: Mapping[str, tuple[type[Event], Callable[[Mapping[str, Any]], dict[str, Any]]]] = {
    "sessionStart": (session.SessionStart, _start),
    "sessionComplete": (session.SessionComplete, _nothing),
    "sessionEnd": (session.SessionEnd, _nothing),
    "play": (playback.Play, _nothing),
    "pauseStart": (playback.PauseStart, _nothing),
    "bufferStart": (playback.BufferStart, _nothing),
    "ping": (playback.Ping, _nothing),
    "adBreakStart": (ads.AdBreakStart, _pod),
    "adBreakComplete": (ads.AdBreakComplete, _nothing),
    "adStart": (ads.AdStart, _ad),
    "adComplete": (ads.AdComplete, _nothing),
    "adSkip": (ads.AdSkip, _nothing),
    "chapterStart": (chapters.ChapterStart, _chapter),
    "chapterComplete": (chapters.ChapterComplete, _nothing),
    "chapterSkip": (chapters.ChapterSkip, _nothing),
    "statesUpdate": (states.StatesUpdate, _states),
    "bitrateChange": (quality.BitrateChange, _nothing),
    "error": (quality.PlaybackError, lambda words: _details(words, "name", "source")),
}


def event_of(action: str, words: Mapping[str, Any], at_ms: int | None) -> Event:
    """An event in the words of a script."""
    kind, fields = EVENTS[action]
    values = (words.get("bitrate"), words.get("dropped"), words.get("fps"), words.get("tts"))
    reported = None if all(value is None for value in values) else Quality(*values)
    return kind(at_ms=at_ms, playhead_s=words.get("playhead"), quality=reported, **fields(words))


def _value(text: str) -> Any:
    try:
        return msgspec.json.decode(text)
    except msgspec.DecodeError:
        return text


def _words(parts: Iterable[str]) -> dict[str, Any]:
    words = dict(part.split("=", 1) for part in parts)
    read = {name: _value(text) for name, text in words.items()}
    for name in ("start", "end"):
        if name in words:
            read[name] = words[name].split(",")
    return read


def _own_ms(words: Mapping[str, Any], received_ms: int) -> int | None:
    own = words.get("ts", (received_ms - BASE_MS) / 1000)
    return None if own == "none" else BASE_MS + round(own * 1000)


def delivery_of(received_ms: int, action: str, words: Mapping[str, Any]) -> Delivery:
    """A delivery in the words of a script."""
    content = {name: value for name, value in words.items() if name not in {"ts", "id", "request", "session"}}
    return Delivery(
        session_id=SessionId(str(words.get("session", "S1"))),
        received_ms=received_ms,
        event=event_of(action, words, _own_ms(words, received_ms)),
        datastream_id=DatastreamId("golden"),
        request_id=words.get("request"),
        client_id=words.get("id"),
        ecid=words.get("ecid"),
        xdm=json.dumps({"mediaCollection": content}).encode(),
    )


class Run:
    """One script through a Reporter."""

    def __init__(self) -> None:
        self.settings = SessionSettings()
        self.history = ListHistory()
        self.reporter = Reporter(lambda _: read_by("1", self.settings), self.history)
        self.outputs: list[Output] = []
        self.lines: list[str] = []
        self.now_ms = BASE_MS
        self._download: tuple[int, list[tuple[str, dict[str, Any], Event]]] | None = None

    def line(self, line: str) -> None:
        """Play one line of a script and note what came of it."""
        text = line.strip()
        if not text or text.startswith(("#", "rule:", "by hand:")):
            self.lines.append(line.rstrip())
        elif text.startswith("settings"):
            self.lines.append(line.rstrip())
            self.settings = SessionSettings(**_words(text.split()[1:]))
        elif text.startswith(("<<", "..")) or "<<" in text.split()[:2] or text.split()[0] in _OBJECTS:
            return
        else:
            self._said(text)

    def finish(self) -> None:
        """Let time run until no session is open."""
        self._deliver_download()
        while (deadline := self.reporter.next_deadline_ms()) is not None:
            self._advance(deadline)

    @property
    def last_rows(self) -> dict[RowId, Row]:
        """What a sink has: the last row of each id that is not retracted."""
        rows: dict[RowId, Row] = {}
        for output in self.outputs:
            if isinstance(output, Row):
                rows[output.row_id] = output
            elif isinstance(output, Retraction):
                rows.pop(output.row_id, None)
        return rows

    def _said(self, text: str) -> None:
        time, sign, *rest = shlex.split(text)
        at_ms = BASE_MS + round(float(time) * 1000)
        if sign != "++":
            self._deliver_download()
        raw = text.split(None, 2)
        if sign == ".." or self.now_ms < at_ms:
            while (deadline := self.reporter.next_deadline_ms()) is not None and deadline <= at_ms:
                self._advance(deadline)
        self.lines.append(f"{float(time):9.3f} {raw[1]} {raw[2]}")
        if sign == "..":
            self._advance(at_ms)
            return
        action, words = rest[0], _words(rest[1:])
        if sign == "++":
            kept = self._download or (at_ms, [])
            kept[1].append((action, words, event_of(action, words, _own_ms(words, at_ms))))
            self._download = kept
            return
        self._take(delivery_of(at_ms, action, words))

    def _deliver_download(self) -> None:
        if self._download is None:
            return
        at_ms, items = self._download
        self._download = None
        content = [{"mediaCollection": {**words, "ts": None}} for _, words, _ in items]
        events = tuple(event for _, _, event in items)
        download = session.Downloaded(events=events)
        xdm = json.dumps({"mediaDownloadedEvents": content}).encode()
        self._take(Delivery(SessionId("S1"), at_ms, download, DatastreamId("golden"), xdm=xdm))

    def _take(self, delivery: Delivery) -> None:
        self.history.kept[delivery.session_id].append(delivery)
        self.now_ms = delivery.received_ms
        self._note(self.reporter.take(delivery))

    def _advance(self, now_ms: int) -> None:
        self.now_ms = now_ms
        self._note(self.reporter.advance(now_ms))

    def _note(self, outputs: list[Output]) -> None:
        self.outputs.extend(outputs)
        for output in outputs:
            self.lines.extend(self._shown(output))

    def _shown(self, output: Output) -> list[str]:
        about = output.delivery if isinstance(output, Judged) else output
        head = f"{(self.now_ms - BASE_MS) / 1000:9.3f} <<" + (
            "" if about.session_id == "S1" else f" {about.session_id}"
        )
        match output:
            case Judged(outcome=Outcome.ACCEPTED):
                return []
            case Judged():
                return [f"{head} {output.outcome.value} {output.reason}"]
            case Retraction():
                return [f"{head} retracted {self._name(output)}"]
            case SessionRecord() if output.close_cause is None:
                return [f"{head} open"]
            case SessionRecord():
                provisional = " provisional" if output.provisional else ""
                return [f"{head} closed {output.close_cause}{provisional}"]
            case Row():
                return [f"{head} {self._name(output)} at {(output.at_ms - BASE_MS) / 1000:.3f}", *_objects(output)]

    def _name(self, output: Row | Retraction) -> str:
        kinds = ("sessionStart", "adStart", "adComplete", "chapterComplete", "sessionComplete")
        names = ((f"media.{kind}", n) for kind in kinds for n in range(50))
        return next(f"{kind} {n}" for kind, n in names if row_id(output.session_id, kind, n) == output.row_id)


_OBJECTS = frozenset(
    {"sessionDetails", "advertisingDetails", "advertisingPodDetails", "chapterDetails", "qoeDataDetails", "states",
     "customMetadata", "playhead", "xdm"}
)  # fmt: skip
_STATIC = frozenset({"ID", "name", "length", "contentType", "streamType", "genreList"})


def _objects(row: Row) -> list[str]:
    """The content of a row, one line an object. Static fields are shown on the sessionStart row only."""
    media = dict(row.xdm["mediaReporting"])
    details = dict(media.pop("sessionDetails"))
    if row.event_type != "media.sessionStart":
        details = {name: value for name, value in details.items() if name in _CLOSE or name in {"pev3", "pccr"}}
    lines = [f"{'':12} sessionDetails {_shown_fields(details)}"]
    for name, value in media.items():
        shown = _shown_fields(value) if isinstance(value, dict) else json.dumps(value)
        lines.append(f"{'':12} {name} {shown}")
    other = {name: value for name, value in row.xdm.items() if name not in _COMPUTED_AWAY and value != _OWN}
    if other:
        lines.append(f"{'':12} xdm {_shown_fields(other)}")
    return lines


_CLOSE = frozenset(
    {"hasResume", "isFederated", "isPlayed", "hasSegmentView", "isCompleted", "timePlayed", "totalTimePlayed",
     "uniqueTimePlayed", "averageMinuteAudience", "estimatedStreams", "adCount", "chapterCount", "pauseCount",
     "pauseTime", "hasPauseImpactedStreams", "hasProgress10", "hasProgress25", "hasProgress50", "hasProgress75",
     "hasProgress95", "segment", "secondsSinceLastCall", "isViewed", "isDownloaded"}
)  # fmt: skip


def _shown_fields(fields: Mapping[str, Any]) -> str:
    return " ".join(f"{name}={json.dumps(value)}" for name, value in fields.items())


def play(script: str) -> Run:
    """Run a script (lines of ours in it are ignored) and note what comes of it."""
    run = Run()
    for line in script.splitlines():
        run.line(line)
    run.finish()
    return run
