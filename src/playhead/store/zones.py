"""Time zones as numbers, so that a report is told days apart by adding whole milliseconds (metrics.md 6.3)."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from playhead.base.errors import QuestionError
from playhead.base.units import DAY_MS, HOUR_MS, MINUTE_MS
from playhead.reporting.dimensions import Bucket
from playhead.reporting.report import BUCKET_MS, Period

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MONDAY_MS = 4 * DAY_MS
"""1970-01-05, the first Monday."""


class Zone:
    """A time zone within a range of time."""

    def __init__(self, name: str) -> None:
        """
        Know a zone.

        Raises:
            QuestionError: There is none of this IANA name.
        """
        try:
            self._info = ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise QuestionError(
                "timeZone", f"there is no time zone {name!r}; use an IANA name like Europe/Berlin"
            ) from None

    def offset_ms(self, at_ms: int) -> int:
        """What local time is ahead of UTC at an instant, ms."""
        offset = (_EPOCH + timedelta(milliseconds=at_ms)).astimezone(self._info).utcoffset()
        assert offset is not None, "a zone has an offset"
        return round(offset / timedelta(milliseconds=1))

    def offsets(self, period: Period) -> list[tuple[int, int]]:
        """(from when on, offset), ascending, for all of a range; the first holds from its beginning."""
        found = [(period.from_ms, self.offset_ms(period.from_ms))]
        at_ms = period.from_ms
        while at_ms < period.until_ms:
            next_ms = min(at_ms + 7 * DAY_MS, period.until_ms)  # no zone changes and changes back within a week
            if self.offset_ms(next_ms) != found[-1][1]:
                found.append((self._change(at_ms, next_ms), self.offset_ms(next_ms)))
            at_ms = next_ms
        return found

    def start_of(self, bucket: Bucket, at_ms: int) -> int:
        """The start of the stretch an instant is in, Unix ms."""
        offset = self.offset_ms(at_ms)
        local = at_ms + offset
        if BUCKET_MS[bucket] <= HOUR_MS:
            return at_ms - local % BUCKET_MS[bucket]
        return self.instant(local_start(bucket, local))

    def next_after(self, bucket: Bucket, start_ms: int) -> int:
        """The start of the stretch after the one that starts at an instant."""
        if BUCKET_MS[bucket] <= HOUR_MS:
            return self.start_of(bucket, start_ms + BUCKET_MS[bucket])
        local = start_ms + self.offset_ms(start_ms)
        step = {Bucket.DAY: 1, Bucket.WEEK: 7}.get(bucket, 31)
        return self.instant(local_start(bucket, local + step * DAY_MS + DAY_MS // 2))

    def starts(self, bucket: Bucket, period: Period) -> list[int]:
        """Starts of all stretches a range touches, ascending; the first may be before it."""
        found = [self.start_of(bucket, period.from_ms)]
        while (following := self.next_after(bucket, found[-1])) < period.until_ms:
            found.append(following)
        return found

    def instant(self, local_ms: int) -> int:
        """The instant of a local time; of one that comes twice the first, of one that is left out the one after the gap."""
        local = (_EPOCH + timedelta(milliseconds=local_ms)).replace(tzinfo=self._info)
        return (local.astimezone(UTC) - _EPOCH) // timedelta(milliseconds=1)

    def written(self, at_ms: int) -> str:
        """RFC 3339 with the zone's offset: `2026-01-01T00:00:00+01:00`; in UTC with `Z`."""
        text = (_EPOCH + timedelta(milliseconds=at_ms)).astimezone(self._info).isoformat(timespec="seconds")
        return text.removesuffix("+00:00") + "Z" if text.endswith("+00:00") else text

    def _change(self, before_ms: int, after_ms: int) -> int:
        """When the offset changes between two instants, to the minute."""
        old = self.offset_ms(before_ms)
        while after_ms - before_ms > MINUTE_MS:
            middle = (before_ms + after_ms) // 2 // MINUTE_MS * MINUTE_MS
            if middle <= before_ms:
                break
            if self.offset_ms(middle) == old:
                before_ms = middle
            else:
                after_ms = middle
        return after_ms


def number_of(start_ms: int, granularity: Bucket, zone: Zone) -> int:
    """The start of a stretch as SQL numbers it (`expressions.Clock.bucket`)."""
    return start_ms if BUCKET_MS[granularity] <= HOUR_MS else start_ms + zone.offset_ms(start_ms)


def local_start(bucket: Bucket, local_ms: int) -> int:
    """Start of the day, week (from Monday) or month a local time is in."""
    if bucket is Bucket.MONTH:
        first = (_EPOCH + timedelta(milliseconds=local_ms)).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
        return (first - _EPOCH) // timedelta(milliseconds=1)
    if bucket is Bucket.WEEK:
        return local_ms - (local_ms - _MONDAY_MS) % (7 * DAY_MS)
    return local_ms - local_ms % DAY_MS
