"""Lookups applied by hand: session records as if players had sent what lookups say; written apart from the SQL."""

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec.structs import replace

from playhead.reporting.lookups import Entries
from playhead.reporting.outputs import SessionRecord

LOOKUPS: Mapping[str, Entries] = {
    "content": {
        "film '1'": {
            "content-name": "Eins", "content-length": "1200", "asset-id": "asset '1", "first-air-date": "2001-02-03",
            "first-digital-date": "2011-12-13", "content-rating": "FSK 12", "originator": "Studio; DROP", "territory": "DE",
        },
        "film '2'": {"content-name": "Eins", "content-length": "77", "territory": "AT", "a b.c": "'quoted'"},
        "film '3'": {"asset-id": "asset 0", "originator": "Other"},
        "never seen": {"content-name": "Nobody", "territory": "FR"},
    },
    "ad": {
        "ad 0": {"ad-name": "Spot", "ad-length": "7", "creative-id": "c-9", "creative-url": "https://a.example/x?y='z'", "agency": "A"},
        "ad 2": {"ad-name": "Spot", "agency": "B"},
    },
    "ad-pod": {"pod 1": {"pod-name": "Second half", "pod-position": "2700", "half": "2"}},
    "chapter": {
        "c_1": {"chapter-name": "Opening", "chapter-length": "250", "chapter-offset": "1", "chapter-position": "11", "mood": "calm"},
        "c_2": {"chapter-name": "Middle"},
    },
}  # fmt: skip
"""Every lookup with every column and columns of its own, some entries with few, one that nobody played."""

FIELDS = {
    "content-name": ("", "friendlyName"),
    "content-length": ("", "length"),
    "asset-id": ("", "assetID"),
    "first-air-date": ("", "firstAirDate"),
    "first-digital-date": ("", "firstDigitalDate"),
    "content-rating": ("", "rating"),
    "originator": ("", "originator"),
    "ad-name": ("advertisingDetails", "friendlyName"),
    "ad-length": ("advertisingDetails", "length"),
    "creative-id": ("advertisingDetails", "creativeID"),
    "creative-url": ("advertisingDetails", "creativeURL"),
    "pod-name": ("advertisingPodDetails", "friendlyName"),
    "pod-position": ("advertisingPodDetails", "offset"),
    "chapter-name": ("chapterDetails", "friendlyName"),
    "chapter-length": ("chapterDetails", "length"),
    "chapter-offset": ("chapterDetails", "offset"),
    "chapter-position": ("chapterDetails", "index"),
}
"""Columns of metrics.md 6.3 that override: which part of a record, which field there."""

NUMBERS = {"content-length", "ad-length", "pod-position", "chapter-length", "chapter-offset", "chapter-position"}

OWN = ["content:territory", "content:a b.c", "ad:agency", "ad-pod:half", "chapter:mood"]
"""Columns of LOOKUPS that override nothing."""


def looked_up(sessions: Sequence[SessionRecord], lookups: Mapping[str, Entries] = LOOKUPS) -> list[SessionRecord]:
    """The sessions with what lookups say; columns that override nothing as custom metadata `lookup:KEY:NAME`."""
    changed = []
    for one in sessions:
        said = lookups["content"].get(one.session_details["name"], {})
        details, more = _put(dict(one.session_details), said, "content")
        ads = []
        for ad in one.ads:
            ad_details, of_ad = _put(
                ad["advertisingDetails"], lookups["ad"].get(ad["advertisingDetails"]["name"], {}), "ad"
            )
            pod = ad["advertisingPodDetails"]
            pod_details, of_pod = _put(pod, lookups["ad-pod"].get(pod["ID"], {}), "ad-pod")
            own = {**ad["customMetadata"], **of_ad, **of_pod}
            ads.append(
                {**ad, "advertisingDetails": ad_details, "advertisingPodDetails": pod_details, "customMetadata": own}
            )
        chapters = []
        for chapter in one.chapters:
            of_id = lookups["chapter"].get(chapter["chapterDetails"]["ID"], {})
            inner, of_chapter = _put(chapter["chapterDetails"], of_id, "chapter")
            own = {**chapter["customMetadata"], **of_chapter}
            chapters.append({**chapter, "chapterDetails": inner, "customMetadata": own})
        changed.append(
            replace(
                one,
                session_details=details,
                custom_metadata={**one.custom_metadata, **more},
                ads=ads,
                chapters=chapters,
            )
        )
    return changed


def _put(
    details: Mapping[str, Any], said: Mapping[str, str | None], lookup: str
) -> tuple[dict[str, Any], dict[str, str]]:
    """Details with what is said of them, and what is said beside."""
    after = dict(details)
    more = {}
    for name, value in said.items():
        assert value is not None
        if name in FIELDS:
            after[FIELDS[name][1]] = int(value) if name in NUMBERS else value
        else:
            more[f"lookup:{lookup}:{name}"] = value
    return after, more
