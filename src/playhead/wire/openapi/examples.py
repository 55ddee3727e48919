"""
Requests and answers as they look, with values of our own.

Law: answers are written by the functions that write the real ones; requests are sent to the real collector by a test.
"""

import json
from collections.abc import Mapping
from typing import Any

from playhead.wire import answers, handles
from playhead.wire.identity import DEVICE_BROWSER, IdentityState
from playhead.wire.operations import DOWNLOADED, OPERATIONS, START
from playhead.wire.refusals import GATEWAY, MISSING, Refusal

AT_MS = 1_772_445_600_120
"""2026-03-02T10:00:00.120Z."""
TIMESTAMP = "2026-03-02T10:00:00.120Z"
SESSION_ID = "3f0a6c51b7d2984e1c85f2a09d7be643" * 2
REQUEST_ID = "7d1c2f4e-5a3b-4c69-9e08-1b2d3f405162"
DATASTREAM = "5b8f0c1e-2d47-4a96-8c3f-6e1a90d7b254"
ECID = "27384950617283940516" + "273849506172839405"
ORG_ID = "PLAYHEAD0000000000000000@AdobeOrg"
HINT = "va6"

_DETAILS: Mapping[str, Mapping[str, Any]] = {
    "sessionDetails": {
        "name": "clip-7",
        "friendlyName": "How a lighthouse is painted",
        "length": 312,
        "contentType": "vod",
        "playerName": "web-player",
        "channel": "example.org",
        "streamType": "video",
        "hasResume": False,
    },
    "advertisingPodDetails": {"index": 1, "offset": 120, "friendlyName": "Mid-roll"},
    "advertisingDetails": {"name": "ad-31", "friendlyName": "Paint", "length": 15, "playerName": "web-player", "podPosition": 1},
    "chapterDetails": {"index": 2, "offset": 90, "length": 60, "friendlyName": "The ladder"},
    "errorDetails": {"name": "decode-3", "source": "player"},
}  # fmt: skip

_EXTRA: Mapping[str, Mapping[str, Any]] = {
    START: {"customMetadata": [{"name": "campaign", "value": "spring"}]},
    "ping": {"qoeDataDetails": {"bitrate": 3200, "droppedFrames": 4, "framesPerSecond": 25}},
    "bitrateChange": {"qoeDataDetails": {"bitrate": 5400}},
    "statesUpdate": {"statesStart": [{"name": "mute"}], "statesEnd": [{"name": "fullScreen"}]},
}


def xdm(action: str) -> dict[str, Any]:
    """The `xdm` of an example event."""
    if action == DOWNLOADED:
        return {"eventType": f"media.{action}", "mediaDownloadedEvents": [_download(*one) for one in _OFFLINE]}
    collection = _collection(action, 0 if action == START else 42)
    if action != START:
        collection["sessionID"] = SESSION_ID
    return {"eventType": f"media.{action}", "timestamp": TIMESTAMP, "mediaCollection": collection}


_OFFLINE = (
    (START, "2026-03-01T18:20:00Z", 0),
    ("play", "2026-03-01T18:20:01Z", 0),
    ("sessionComplete", "2026-03-01T18:25:13Z", 312),
)


def _collection(action: str, playhead: int) -> dict[str, Any]:
    details = OPERATIONS[action].details
    named = {} if details is None else {details: dict(_DETAILS[details])}
    return {**named, "playhead": playhead, **_EXTRA.get(action, {})}


def _download(action: str, timestamp: str, playhead: int) -> dict[str, Any]:
    collection = _collection(action, playhead)
    return {"mediaEventType": f"media.{action}", "mediaEventTimestamp": timestamp, "mediaCollection": collection}


def media_request(action: str) -> dict[str, Any]:
    """An example request of a media operation."""
    return {"events": [{"xdm": xdm(action)}]}


GATEWAY_REQUESTS: Mapping[str, dict[str, Any]] = {
    "EventsRequest": {**media_request(START), "query": {"identity": {"fetch": ["ECID"]}}},
    "EventRequest": {"event": {"xdm": xdm(START)}, "query": {"identity": {"fetch": ["ECID"]}}},
    "IdentityRequest": {"query": {"identity": {"fetch": ["ECID"]}}},
    "ConsentRequest": {"consent": [{"standard": "Adobe", "version": "2.0", "value": {"collect": {"val": "y"}}}]},
}
"""By name of the request's schema."""


def refusal_body(refusal: Refusal) -> Any:
    """The body of a 4xx or 5xx."""
    if refusal in GATEWAY:
        missing = refusal in {Refusal.VALUE_MISSING, Refusal.VALUE_EMPTY}
        return json.loads(answers.gateway_body(refusal, REQUEST_ID, "consent.value" if missing else DATASTREAM))
    if refusal is Refusal.FIELDS:
        details = [answers.Detail("$.events[0].xdm.mediaCollection.playhead", MISSING)]
        return json.loads(answers.field_errors_body(details, REQUEST_ID))
    if refusal is Refusal.MISMATCH:
        text = "payload eventType adBreakStart, path eventType chapterStart"
        return json.loads(answers.mismatch_body(text, REQUEST_ID))
    assert refusal is Refusal.SESSION_NOT_FOUND, "the others have no body"
    return json.loads(answers.session_not_found_body(REQUEST_ID))


def _identity() -> IdentityState:
    return IdentityState(ECID, AT_MS, DEVICE_BROWSER, HINT.upper(), 0, AT_MS)


def success(kind: str) -> Any:
    """The body of a 200: `Started`, `Answered`, `Identified` or `Consented`."""
    first = {
        "Started": [handles.new_session(SESSION_ID, 0)],
        "Answered": [handles.new_session(SESSION_ID, 0), handles.identity_result(ECID)],
        "Identified": [handles.identity_result(ECID)],
        "Consented": [handles.consent_preferences("y")],
    }[kind]
    consent = "in" if kind == "Consented" else None
    last = [handles.location_hint(HINT), handles.state_store(ORG_ID, HINT, _identity(), consent=consent)]
    return json.loads(answers.success_body(REQUEST_ID, [*first, *last]))


def partly_answered() -> Any:
    """The body of a 207."""
    details = [answers.Detail("$.xdm.mediaCollection.sessionDetails.name", MISSING)]
    around = [handles.location_hint(HINT), handles.state_store(ORG_ID, HINT, _identity())]
    return json.loads(answers.success_body(REQUEST_ID, around, [answers.field_errors_item(0, details)]))
