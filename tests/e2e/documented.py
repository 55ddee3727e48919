"""
The two documented viewings of metrics.md 8 as requests, and what must come of them.

Times are seconds from the start, as are the expected row timestamps; the caller chooses the start.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple


class Said(NamedTuple):
    """One event: seconds from the start, playhead, action, further members of mediaCollection."""

    at_s: float
    playhead: int
    action: str
    members: Mapping[str, Any] = {}


def _details(length: int) -> dict[str, Any]:
    return {
        "name": "VA API Sample Player", "friendlyName": "ClickMe", "length": length, "contentType": "VOD",
        "playerName": "sample-html5-api-player", "channel": "sample-channel", "appVersion": "va-api-0.0.0",
    }  # fmt: skip


AD_1: dict[str, Any] = {
    "name": "001", "advertiser": "Ad Guys", "campaignID": "1", "creativeID": "42", "creativeURL": "https://example.com",
    "length": 16, "friendlyName": "Ad 1", "placementID": "sample_placement", "playerName": "Sample Player",
    "podPosition": 1, "siteID": "XYZ",
}  # fmt: skip
AD_2: dict[str, Any] = {
    "name": "002", "advertiser": "Ad Guys", "campaignID": "2", "creativeID": "44", "creativeURL": "https://example.com",
    "length": 12, "friendlyName": "Ad 2", "placementID": "sample_placement2", "playerName": "Sample Player",
    "podPosition": 1, "siteID": "XYZ",
}  # fmt: skip
POD: dict[str, Any] = {"index": 0, "offset": 15, "friendlyName": "Mid-roll break"}
CHAPTER_1: dict[str, Any] = {"index": 1, "offset": 0, "length": 15, "friendlyName": "Chapter one"}
CHAPTER_2: dict[str, Any] = {"index": 2, "offset": 43, "length": 11, "friendlyName": "Chapter two"}
AD_1_METADATA = [{"name": "myCustomData1", "value": "CustomData1"}, {"name": "myCustomData2", "value": "CustomData2"}]
POD_ID = "cc80e8d564c18a8365efb04ecedce221"  # MD5 of the content id

BUFFER_AND_PAUSE = (
    Said(0, 0, "sessionStart", {"sessionDetails": _details(60)}),
    Said(1, 0, "bufferStart"),
    Said(4, 1, "play"),
    Said(10, 7, "ping"),
    Said(15, 12, "pauseStart"),
    Said(20, 12, "ping"),
    Said(24, 12, "play"),
    Said(29, 17, "sessionEnd"),
)
"""metrics.md 8.1."""

CHAPTERS_AND_ADS = (
    Said(0, 0, "sessionStart", {"sessionDetails": _details(54)}),
    Said(0.001, 0, "play"),
    Said(1, 1, "chapterStart", {"chapterDetails": CHAPTER_1}),
    Said(10, 10, "ping"),
    Said(15, 15, "chapterComplete"),
    Said(15.001, 15, "adBreakStart", {"advertisingPodDetails": POD}),
    Said(15.002, 15, "adStart", {"advertisingDetails": AD_1, "customMetadata": AD_1_METADATA}),
    Said(20, 15, "ping"),
    Said(30, 15, "ping"),
    Said(31, 15, "adComplete"),
    Said(31.001, 0, "adStart", {"advertisingDetails": AD_2}),
    Said(40, 15, "ping"),
    Said(43, 15, "adComplete"),
    Said(43.001, 15, "adBreakComplete"),
    Said(43.002, 15, "chapterStart", {"chapterDetails": CHAPTER_2}),
    Said(50, 22, "ping"),
    Said(54, 26, "chapterComplete"),
    Said(54.001, 26, "sessionComplete"),
)
"""metrics.md 8.2."""


class ExpectedRow(NamedTuple):
    """A reporting row: what it is, its n of `_id`, its time, and `mediaReporting` without the session's static fields."""

    event_type: str
    n: int
    at_s: float
    session: Mapping[str, Any]
    others: Mapping[str, Any] = {}


_PAGE = {"pev3": "video", "pccr": True}
_AD_PAGE = {"pev3": "videoAd", "pccr": True}
_POD_OUT = {"advertisingPodDetails": {"ID": f"{POD_ID}_0", **POD}}

BUFFER_AND_PAUSE_ROWS = (
    ExpectedRow("media.sessionStart", 0, 0, {"isViewed": True}),
    ExpectedRow(
        "media.sessionComplete", 0, 29,
        {**_PAGE, "isPlayed": True, "hasSegmentView": True, "timePlayed": 16, "totalTimePlayed": 16, "uniqueTimePlayed": 16,
         "averageMinuteAudience": 0.266667, "estimatedStreams": 1, "pauseCount": 1, "pauseTime": 9,
         "hasPauseImpactedStreams": True, "hasProgress10": True, "hasProgress25": True, "segment": "[0-1]",
         "secondsSinceLastCall": 0},
        {"qoeDataDetails": {"bufferCount": 1, "bufferTime": 3, "hasBufferImpactedStreams": True}},
    ),
)  # fmt: skip


def _chapter(details: Mapping[str, Any], played_s: int) -> dict[str, Any]:
    identity = {"ID": f"{POD_ID}_{details['index']}", "isStarted": True, "isCompleted": True, "timePlayed": played_s}
    return {"chapterDetails": {**details, **identity}}


def _ad(details: Mapping[str, Any], flags: Mapping[str, Any], metadata: list[dict[str, str]]) -> dict[str, Any]:
    out: dict[str, Any] = {"advertisingDetails": {**details, **flags}, **_POD_OUT}
    return {**out, "customMetadata": metadata} if metadata else out


CHAPTERS_AND_ADS_ROWS = (
    ExpectedRow("media.sessionStart", 0, 0, {"isViewed": True}),
    ExpectedRow("media.chapterComplete", 1, 15, _PAGE, _chapter(CHAPTER_1, 14)),
    ExpectedRow("media.adStart", 1, 15.002, _AD_PAGE, _ad(AD_1, {"isStarted": True}, AD_1_METADATA)),
    ExpectedRow("media.adComplete", 1, 31, _AD_PAGE, _ad(AD_1, {"timePlayed": 16, "isCompleted": True}, AD_1_METADATA)),
    ExpectedRow("media.adStart", 2, 31.001, _AD_PAGE, _ad(AD_2, {"isStarted": True}, [])),
    ExpectedRow("media.adComplete", 2, 43, _AD_PAGE, _ad(AD_2, {"timePlayed": 12, "isCompleted": True}, [])),
    ExpectedRow("media.chapterComplete", 2, 54, _PAGE, _chapter(CHAPTER_2, 11)),
    ExpectedRow(
        "media.sessionComplete", 0, 54.001,
        {**_PAGE, "isPlayed": True, "hasSegmentView": True, "isCompleted": True, "timePlayed": 26, "totalTimePlayed": 54,
         "uniqueTimePlayed": 26, "averageMinuteAudience": 0.481481, "estimatedStreams": 1, "adCount": 2, "chapterCount": 2,
         "hasProgress10": True, "hasProgress25": True, "segment": "[0-1]", "secondsSinceLastCall": 60},
    ),
)  # fmt: skip
