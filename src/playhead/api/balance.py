"""The route of the balance sheet (interfaces.md 4): what became of every event, by datastream and hour (decision 0093)."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Literal

from litestar import get
from litestar.params import QueryParameter
from msgspec import Struct

from playhead.api.context import AnyRequest, context_of
from playhead.api.limits import BALANCE_HOURS_MAX, PAGE_ITEMS_DEFAULT, TEXT_CHARS_MAX
from playhead.api.parameters import Cursor, Limit, cursor_at, place_after, time_of
from playhead.api.problems import FieldProblem, wrong_input
from playhead.api.times import written
from playhead.base.units import DAY_MS, HOUR_MS
from playhead.pipeline.balance import Line, LineKey, lines_of, sum_of

_EVER_MS = 1 << 62


class BalanceRequests(Struct, frozen=True, rename="camel"):
    """Requests that carried media events. `received = accepted + refused`; of an accepted one at least one event was."""

    received: int
    accepted: int
    refused: int
    refused_by: Mapping[str, int]


class BalanceSums(Struct, frozen=True, kw_only=True, rename="camel"):
    """
    Events. `received = accepted + refused`; `accepted = counted + duplicate + dropped + waiting`.

    What ends in `By` is the same number by the code of its reason. `waiting` is durable and not looked at yet.
    """

    received: int
    accepted: int
    refused: int
    refused_by: Mapping[str, int]
    counted: int
    duplicate: int
    duplicate_by: Mapping[str, int]
    dropped: int
    dropped_by: Mapping[str, int]
    waiting: int
    requests: BalanceRequests
    holds: bool


class BalanceLine(BalanceSums, frozen=True, kw_only=True, rename="camel"):
    """The sums of one datastream, empty where none of ours is known, and of the hour that starts at `hour`, null for all."""

    datastream: str
    hour: str | None


class BalancePage(Struct, frozen=True, kw_only=True):
    """Lines by hour, then datastream. `totals` and `holds` are of all that was asked for, not of this page alone."""

    items: Sequence[BalanceLine]
    cursor: str | None
    totals: BalanceSums
    holds: bool
    complete: bool


@get("/balance", sync_to_thread=True, tags=["balance"], summary="What became of every event")
def get_balance(
    request: AnyRequest,
    *,
    from_: Annotated[
        str | None, QueryParameter(name="from", description="Hours that end after this time; a day ago if not given.")
    ] = None,
    until: Annotated[str | None, QueryParameter(name="until", description="Hours that start before this time.")] = None,
    datastream: Annotated[
        str | None,
        QueryParameter(
            name="datastream", max_length=TEXT_CHARS_MAX, description="Exactly this datastream; may be empty."
        ),
    ] = None,
    granularity: Annotated[
        Literal["hour", "total"],
        QueryParameter(
            name="granularity",
            description="A line an hour, or one for all of them, then also from the very first event.",
        ),
    ] = "hour",
    limit: Limit = PAGE_ITEMS_DEFAULT,
    cursor: Cursor = None,
) -> BalancePage:
    """
    The balance sheet as of now.

    `complete` is false where more waits in the journals than was counted; the equations hold then too, for what was.
    """
    context = context_of(request)
    by_hour = granularity == "hour"
    since_ms, until_ms = _hours(
        time_of("from", from_), time_of("until", until), context.clock.now_ms(), by_hour=by_hour
    )
    after = place_after("balance", cursor, LineKey, (str, int))
    sheet = context.live.balance(since_ms, until_ms, by_hour=by_hour)
    lines = {
        key: line
        for key, line in lines_of(sheet.balance).items()
        if datastream is None or key.datastream_id == datastream
    }
    rest = [key for key in lines if after is None or _place(key) > _place(after)]
    page = rest[:limit]
    return BalancePage(
        items=[_line_of(key, lines[key], by_hour=by_hour) for key in page],
        cursor=cursor_at("balance", page[-1] if len(rest) > limit else None),
        totals=_sums_of(lines.values()),
        holds=all(line.holds for line in lines.values()),
        complete=sheet.complete,
    )


def _hours(from_ms: int | None, until_ms: int | None, now_ms: int, *, by_hour: bool) -> tuple[int, int]:
    """The hours asked for, as [from, until) of their starts, Unix ms."""
    if from_ms is None:
        from_ms = (now_ms if until_ms is None else until_ms) - DAY_MS if by_hour else 0
    from_ms = from_ms // HOUR_MS * HOUR_MS
    last_ms = now_ms if until_ms is None else until_ms
    if by_hour and last_ms - from_ms > BALANCE_HOURS_MAX * HOUR_MS:
        reason = f"is more than {BALANCE_HOURS_MAX} hours before the end; ask for less, or with granularity=total"
        raise wrong_input(FieldProblem("from", reason))
    return from_ms, _EVER_MS if until_ms is None else until_ms


def _place(key: LineKey) -> tuple[int, str]:
    return key.hour_ms, key.datastream_id


def _line_of(key: LineKey, line: Line, *, by_hour: bool) -> BalanceLine:
    sums = _sums_of([line])
    return BalanceLine(
        **{name: getattr(sums, name) for name in sums.__struct_fields__},
        datastream=key.datastream_id,
        hour=written(key.hour_ms) if by_hour else None,
    )


def _sums_of(lines: Iterable[Line]) -> BalanceSums:
    line = sum_of(lines)
    refused_requests = sum(line.refused_requests.values())
    return BalanceSums(
        received=line.received,
        accepted=line.accepted,
        refused=sum(line.refused.values()),
        refused_by=line.refused,
        counted=line.counted,
        duplicate=sum(line.duplicate.values()),
        duplicate_by=line.duplicate,
        dropped=sum(line.dropped.values()),
        dropped_by=line.dropped,
        waiting=line.waiting,
        requests=BalanceRequests(
            received=line.requests + refused_requests,
            accepted=line.requests,
            refused=refused_requests,
            refused_by=line.refused_requests,
        ),
        holds=line.holds,
    )


BALANCE_ROUTES = (get_balance,)
