"""The two worked examples of metrics.md 8, field by field: a missing field is a failure and so is an extra one."""

from pathlib import Path
from typing import Any

import msgspec
import pytest

from playhead.reporting.outputs import Row
from timelines.scripts import play

HERE = Path(__file__).parent

START = "media.sessionStart"
CLOSE = "media.sessionComplete"
MAIN = {"pev3": "video", "pccr": True}
IN_AD = {"pev3": "videoAd", "pccr": True}
OWN = {"environment": "server", "name": "playhead", "version": "1"}


def static(length: int) -> dict[str, Any]:
    return {
        "ID": "S1",
        "name": "VA API Sample Player",
        "friendlyName": "ClickMe",
        "length": length,
        "contentType": "VOD",
        "playerName": "sample-html5-api-player",
        "channel": "sample-channel",
        "appVersion": "va-api-0.0.0",
    }


POD = {
    "ID": "cc80e8d564c18a8365efb04ecedce221_0",
    "index": 0,
    "offset": 15,
    "friendlyName": "Mid-roll break",
}
AD = {"advertiser": "Ad Guys", "creativeURL": "https://example.com", "playerName": "Sample Player", "siteID": "XYZ"}
AD_1 = {
    **AD,
    "name": "001",
    "campaignID": "1",
    "creativeID": "42",
    "length": 16,
    "friendlyName": "Ad 1",
    "placementID": "sample_placement",
    "podPosition": 1,
}
AD_2 = {
    **AD,
    "name": "002",
    "campaignID": "2",
    "creativeID": "44",
    "length": 12,
    "friendlyName": "Ad 2",
    "placementID": "sample_placement2",
    "podPosition": 1,
}
METADATA = [{"name": "myCustomData1", "value": "CustomData1"}, {"name": "myCustomData2", "value": "CustomData2"}]


def ad(kind: str, time: str, details: dict[str, Any], **more: Any) -> tuple[str, str, dict[str, Any], dict[str, Any]]:
    return kind, time, IN_AD, {"advertisingDetails": details, "advertisingPodDetails": POD, **more}


EXAMPLES: dict[str, tuple[int, list[tuple[str, str, dict[str, Any], dict[str, Any]]]]] = {
    "worked-example-buffer-and-pause": (
        60,
        [
            (START, "00.000", {"isViewed": True}, {}),
            (
                CLOSE,
                "29.000",
                {
                    **MAIN,
                    "isPlayed": True,
                    "hasSegmentView": True,
                    "timePlayed": 16,
                    "totalTimePlayed": 16,
                    "uniqueTimePlayed": 16,
                    "averageMinuteAudience": 0.266667,
                    "estimatedStreams": 1,
                    "pauseCount": 1,
                    "pauseTime": 9,
                    "hasPauseImpactedStreams": True,
                    "hasProgress10": True,
                    "hasProgress25": True,
                    "segment": "[0-1]",
                    "secondsSinceLastCall": 0,
                },
                {"qoeDataDetails": {"bufferCount": 1, "bufferTime": 3, "hasBufferImpactedStreams": True}},
            ),
        ],
    ),
    "worked-example-chapters-and-ads": (
        54,
        [
            (START, "00.000", {"isViewed": True}, {}),
            (
                "media.chapterComplete",
                "15.000",
                MAIN,
                {
                    "chapterDetails": {
                        "index": 1,
                        "offset": 0,
                        "length": 15,
                        "friendlyName": "Chapter one",
                        "ID": "cc80e8d564c18a8365efb04ecedce221_1",
                        "isStarted": True,
                        "isCompleted": True,
                        "timePlayed": 14,
                    }
                },
            ),
            ad("media.adStart", "15.002", {**AD_1, "isStarted": True}, customMetadata=METADATA),
            ad("media.adComplete", "31.000", {**AD_1, "timePlayed": 16, "isCompleted": True}, customMetadata=METADATA),
            ad("media.adStart", "31.001", {**AD_2, "isStarted": True}),
            ad("media.adComplete", "43.000", {**AD_2, "timePlayed": 12, "isCompleted": True}),
            (
                "media.chapterComplete",
                "54.000",
                MAIN,
                {
                    "chapterDetails": {
                        "index": 2,
                        "offset": 43,
                        "length": 11,
                        "friendlyName": "Chapter two",
                        "ID": "cc80e8d564c18a8365efb04ecedce221_2",
                        "isStarted": True,
                        "isCompleted": True,
                        "timePlayed": 11,
                    }
                },
            ),
            (
                CLOSE,
                "54.001",
                {
                    **MAIN,
                    "isPlayed": True,
                    "hasSegmentView": True,
                    "isCompleted": True,
                    "timePlayed": 26,
                    "totalTimePlayed": 54,
                    "uniqueTimePlayed": 26,
                    "averageMinuteAudience": 0.481481,
                    "estimatedStreams": 1,
                    "adCount": 2,
                    "chapterCount": 2,
                    "hasProgress10": True,
                    "hasProgress25": True,
                    "segment": "[0-1]",
                    "secondsSinceLastCall": 60,
                },
                {},
            ),
        ],
    ),
}

IDS = {
    ("worked-example-buffer-and-pause", 0): "602e3af74cabd5cb43f933251defa8dcb387689560a549b31460fbe222208d16",
    ("worked-example-buffer-and-pause", 1): "94e2d5fbbdb7d24a0c44e558a7819bb2639f5210287cd4ebfbf1c77d228ccdf5",
    ("worked-example-chapters-and-ads", 4): "33680504d4adebb9024ccb74973507c3d686664bb7eef2cfb2ff6999892610cc",
}


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_documented_session_gives_the_documented_rows(name: str) -> None:
    """Rows come in the documented order with exactly the documented content."""
    length, described = EXAMPLES[name]
    rows = [output for output in play((HERE / f"{name}.txt").read_text()).outputs if isinstance(output, Row)]
    expected = [
        {
            "eventType": event_type,
            "timestamp": f"2026-01-01T02:00:{time}Z",
            "implementationDetails": OWN,
            "mediaReporting": {"sessionDetails": {**static(length), **details}, **more},
        }
        for event_type, time, details, more in described
    ]
    actual = [msgspec.json.decode(msgspec.json.encode(row.xdm)) for row in rows]
    ids = [xdm.pop("_id") for xdm in actual]
    assert expected == actual
    assert [row.row_id for row in rows] == ids
    assert {key: identifier for key, identifier in IDS.items() if key[0] == name} == {
        (name, place): ids[place] for key, place in IDS if key == name
    }
