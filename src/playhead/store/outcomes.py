"""
What became of a session at each of its ad breaks, kept beside its ads (decision 0079).

Law: a pure function of the session's record; migration 0012 gave the ads of before the same values.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Final

from playhead.base.units import SECOND_MS
from playhead.reporting.outputs import SessionRecord

WENT_ON_MS: Final = SECOND_MS
"""How long after a break main content must still play; players closed in an ad often end ad, break and session one after the other."""


class BreakOutcome(StrEnum):
    """What came after a break: the first of these that holds (decision 0056)."""

    NEXT_BREAK = "next-break"
    CONTENT = "content"
    LEFT_AFTER = "left-after"
    LEFT_IN_AD = "left-in-ad"


def break_values(record: SessionRecord) -> list[dict[str, Any]]:
    """
    Columns of `kept.ad` of a closed session's ads, ad by ad; what is absent has none.

    `break_closed_at_ms` (Unix ms) and `break_outcome` are of every ad of a break; `break_ads`, `break_completed` and
    `break_seconds` of its last one, so that breaks are counted by those that have them.
    """
    breaks: dict[Any, list[Mapping[str, Any]]] = {}
    for ad in record.ads:
        pod = ad.get("advertisingPodDetails", {})
        if pod.get("ID") is not None:
            breaks.setdefault(pod.get("index"), []).append(ad)
    latest = max((ads[-1]["ordinal"] for ads in breaks.values()), default=0)
    values: dict[int, dict[str, Any]] = {ad["ordinal"]: {} for ad in record.ads}
    for ads in breaks.values():
        closed_ms = max((ad["closedAtMs"] for ad in ads if ad.get("closedAtMs") is not None), default=None)
        outcome = _outcome(record, ads[-1], closed_ms, is_last=ads[-1]["ordinal"] == latest)
        for ad in ads:
            values[ad["ordinal"]] |= {"break_closed_at_ms": closed_ms, "break_outcome": outcome.value}
        details = [ad.get("advertisingDetails", {}) for ad in ads]
        values[ads[-1]["ordinal"]] |= {
            "break_ads": len(ads),
            "break_completed": sum(bool(one.get("isCompleted")) for one in details),
            "break_seconds": sum(one.get("timePlayed", 0) for one in details),
        }
    return list(values.values())


def _outcome(record: SessionRecord, last: Mapping[str, Any], closed_ms: int | None, *, is_last: bool) -> BreakOutcome:
    if not is_last:
        return BreakOutcome.NEXT_BREAK
    if record.main_play_ms and closed_ms is not None and record.main_play_ms[-1][1] - closed_ms >= WENT_ON_MS:
        return BreakOutcome.CONTENT
    completed = last.get("advertisingDetails", {}).get("isCompleted")
    return BreakOutcome.LEFT_AFTER if completed else BreakOutcome.LEFT_IN_AD
