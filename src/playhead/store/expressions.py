"""
Metrics, dimensions and segments as SQL over the public views (store migration 0002).

Law: everything a person wrote comes in as a quoted literal; every name is from these tables.
"""

from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from itertools import pairwise
from typing import Final, assert_never

from playhead.reporting.dimensions import DIMENSIONS, Bucket, Dimension, DimensionKind
from playhead.reporting.lookups import column_of
from playhead.reporting.metrics import Aggregation, Grain, Metric, metric_of
from playhead.reporting.report import BUCKET_MS, bases_of, custom_name
from playhead.reporting.segments import All, Any_, Condition, Not, Segment, Value
from playhead.store.columns import AD_FIELDS, CHAPTER_FIELDS, POD_FIELDS, QUALITY_FIELDS, SESSION_FIELDS

PIECE_S: Final = 300
"""Length of a content segment (metrics.md 6.3)."""

VIEW_OF: Final[Mapping[Grain, str]] = {
    Grain.SESSION: "sessions",
    Grain.AD: "ads",
    Grain.CHAPTER: "chapters",
    Grain.STATE: "states",
}

JOINED: Final = "USING (session_key, started_received_ms)"
"""How parts are joined with their session: a key of 64 bits and a time are told apart three times as fast as ids."""

PART_OF: Final = "p.session_key = s.session_key AND p.started_received_ms = s.started_received_ms"
"""That a part `p` is of session `s`."""

_COLUMNS: Final[Mapping[str, str]] = {
    **{f"sessionDetails.{wire}": column for column, _, wire in SESSION_FIELDS},
    **{f"qoeDataDetails.{wire}": column for column, _, wire in QUALITY_FIELDS},
    **{f"advertisingDetails.{wire}": column for column, _, wire in AD_FIELDS},
    **{f"advertisingPodDetails.{wire}": column for column, _, wire in POD_FIELDS},
    **{f"chapterDetails.{wire}": column for column, _, wire in CHAPTER_FIELDS},
    "sessionDetails.ID": "session_id",
    "states.name": "name",
    "states.count": "count",
    "states.time": "time",
    "states.isSet": "is_set",
    "person": "person",
}

_PIECES: Final = (
    f"CASE WHEN len(s.viewed_s) = 1 THEN range(floor(s.viewed_s[1].lo / {PIECE_S})::BIGINT, ceil(s.viewed_s[1].hi / {PIECE_S})::BIGINT)"
    f" ELSE flatten(list_transform(s.viewed_s, lambda u, n: range(greatest(floor(u.lo / {PIECE_S})::BIGINT,"
    f" ceil(s.viewed_s[n - 1].hi / {PIECE_S})::BIGINT), ceil(u.hi / {PIECE_S})::BIGINT))) END"
)
"""
Numbers of the content segments a session viewed any of, each once: one that two stretches share is the first one's.

What was seen in one go, as most of it is, needs no list of lists, at a fifth of the time.
"""

_PIECE_SHOWN: Final = f"'[' || {{}} * {PIECE_S // 60} || '-' || ({{}} + 1) * {PIECE_S // 60} || ']'"
"""How the number of a content segment, named by a placeholder, is written."""

_COUNTED: Final = {Aggregation.COUNT, Aggregation.PIECES}

_DERIVED: Final = {
    "datastream": "s.datastream_id",
    "close-cause": "s.close_cause",
    "media-path": "s.media_path",
    "previous-content": "s.previous_content",
    "next-content": "s.next_content",
}


def literal(value: Value) -> str:
    """A value as SQL; a text between quotes, whatever is in it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return "'" + value.replace("\0", "").replace("'", "''") + "'"
    return repr(value)


def column(field: str, alias: str) -> str:
    """Where a field is kept."""
    return f'{alias}."{_COLUMNS[field]}"'


def alias_of(grain: Grain) -> str:
    """The name of a grain's view in a question: the session's `s`, a part's `p`."""
    return "s" if grain is Grain.SESSION else "p"


def value_of(dimension: Dimension, looked_up: AbstractSet[str], sent: str = "") -> str:
    """
    A dimension with a field, or of a lookup: what its lookup says of the record's key, else what was sent (decision 0077).

    Args:
        dimension: Which.
        looked_up: Dimensions of which lookups hold values.
        sent: What was sent, if it is not the record's own field.
    """
    alias = alias_of(dimension.grain)
    sent = sent or (column(dimension.field, alias) if dimension.field else "")
    if sent and dimension.id not in looked_up:
        return sent
    key = column(DIMENSIONS[dimension.lookup].field, alias)
    said = (
        f"(SELECT l.value FROM lookups AS l WHERE l.lookup = {literal(dimension.lookup)} "
        f"AND l.name = {literal(column_of(dimension))} AND l.key = {key})"
    )
    if dimension.numeric:
        said += "::BIGINT"
    return f"coalesce({said}, {sent})" if sent else said


def aggregate(metric: Metric, only: str = "") -> str:
    """
    A metric that is no ratio and no percentile, as an aggregate over its records.

    Args:
        metric: Which.
        only: A further condition on the records.
    """
    alias = alias_of(metric.grain)
    of_state = f"p.name = {literal(metric.state)}" if metric.state else ""
    flag = flagged(metric, alias) if metric.aggregation in _COUNTED else ""
    conditions = " AND ".join(filter(None, (flag, of_state, only)))
    chosen = f" FILTER (WHERE {conditions})" if conditions else ""
    match metric.aggregation:
        case Aggregation.COUNT | Aggregation.PIECES:
            return f"count(*){chosen}"
        case Aggregation.SUM:
            return f"sum({_value(metric)}){chosen}"
        case Aggregation.MEAN:
            return f"avg({_value(metric)}){chosen}"
        case Aggregation.DISTINCT:
            return f"count(DISTINCT s.person_key){chosen}"
        case Aggregation.P50 | Aggregation.P75 | Aggregation.P95 | Aggregation.P99 | Aggregation.RATIO:
            raise AssertionError("a percentile is made of counts (store.counting), a ratio of its bases")
        case _:
            assert_never(metric.aggregation)


def of_one(metric: Metric, only: str = "") -> str:
    """A metric that is no ratio, of one session alone; the rest as `aggregate`."""
    if metric.aggregation in _COUNTED or metric.aggregation is Aggregation.DISTINCT:
        flag = "s.person_key IS NOT NULL" if metric.aggregation is Aggregation.DISTINCT else flagged(metric, "s")
        return f"CASE WHEN {' AND '.join(filter(None, (flag, only)))} THEN 1 ELSE 0 END"
    value = _value(metric) if metric.aggregation is Aggregation.SUM else f"{_value(metric)}::DOUBLE"
    return f"CASE WHEN {only} THEN {value} END" if only else value


def _value(metric: Metric) -> str:
    value = column(metric.field, alias_of(metric.grain))
    exact = metric.field == "sessionDetails.averageMinuteAudience"  # whatever the order of adding
    return f"TRY_CAST({value} AS DECIMAL(38, 6))" if exact else value


def flagged(metric: Metric, alias: str) -> str:
    """Whether a record counts."""
    value = column(metric.field, alias)
    return f"lower({value}) = 'true'" if metric.id == "authorized" else value


class Told:
    """
    A dimension as SQL.

    Attributes:
        value: The expression.
        listed: The list of a session whose members are the values; empty for most.
        shown: How a grouped value, named by a placeholder `{}`, is written.
        order: How it is sorted, of the same placeholder.
    """

    def __init__(self, value: str, listed: str = "", shown: str = "{}", order: str = "{}") -> None:
        self.value = value
        self.listed = listed
        self.shown = shown
        self.order = order


def told(  # noqa: PLR0917 - what a dimension may depend on
    dimension: Dimension,
    place: int,
    grain: Grain,
    metric_row: str,
    time: "Clock",
    looked_up: AbstractSet[str] = frozenset(),
) -> Told:
    """
    A dimension of records of a grain.

    Args:
        dimension: Which.
        place: Its number in the question; names the member of a list.
        grain: Of the records.
        metric_row: The reporting row of the metrics, for `event-type`.
        time: The timestamp of the records.
        looked_up: Dimensions of which lookups hold values.
    """
    member = f"s.x{place}"
    if dimension.kind is DimensionKind.TIME:
        return Told(time.part(dimension.id))
    if dimension.kind is DimensionKind.LIST:
        return Told(member, f"list_distinct({column(dimension.field, 's')})")
    if dimension.id == "content-segment":
        return Told(member, _PIECES, shown=_PIECE_SHOWN)
    if dimension.id == "event-type":
        return Told(literal(metric_row))
    if dimension.id == "content" and grain is Grain.AD:
        return Told("p.session_content")  # which saves a join with as many sessions
    if dimension.id in _DERIVED:
        return Told(_DERIVED[dimension.id])
    name = custom_name(dimension)
    if name is not None:
        of_session = f"s.custom_metadata[{literal(name)}]"
        own = grain in {Grain.AD, Grain.CHAPTER}
        return Told(f"coalesce(p.custom_metadata[{literal(name)}], {of_session})" if own else of_session)
    return _plain(dimension, looked_up)


def _plain(dimension: Dimension, looked_up: AbstractSet[str]) -> Told:
    value = value_of(dimension, looked_up)
    if dimension.id == "content-type":
        value = f"lower({value})"
    if dimension.id == "media-downloaded-flag":
        value = f"CASE WHEN {value} THEN 'true' END"
    if dimension.id == "average-bitrate":
        return Told(value, order="TRY_CAST(split_part({}, '-', 1) AS BIGINT)")
    return Told(value)


class Clock:
    """
    The timestamp of a block's records as SQL, and times derived from it.

    Attributes:
        at: The column, Unix ms.
        ahead: What local time is ahead of UTC there, ms.
        local: Local time, ms.
    """

    def __init__(self, at: str, offsets: Sequence[tuple[int, int]]) -> None:
        """
        A column in a zone.

        Args:
            at: The column.
            offsets: (from when on, Unix ms; what local time is ahead of UTC, ms), ascending, at least one.
        """
        self.at = at
        offset = str(offsets[-1][1])
        if len(offsets) > 1:
            cases = " ".join(f"WHEN {at} < {later} THEN {ahead}" for (_, ahead), (later, _) in pairwise(offsets))
            offset = f"CASE {cases} ELSE {offset} END"
        self.ahead = offset
        self.local = at if offset == "0" else f"({at} + {offset})"

    def bucket(self, bucket: Bucket) -> str:
        """
        The stretch a record is in, as a number.

        Of an hour and less its start in Unix ms; of a day and more its start in local ms.
        """
        size = BUCKET_MS[bucket]
        if size <= BUCKET_MS[Bucket.HOUR]:
            return f"{self.at} - {self.local} % {size}"
        day = BUCKET_MS[Bucket.DAY]
        if bucket is Bucket.DAY:
            return f"{self.local} - {self.local} % {day}"
        if bucket is Bucket.WEEK:
            return f"{self.local} - ({self.local} - {4 * day}) % {7 * day}"
        return f"epoch_ms(date_trunc('month', make_timestamp_ms({self.local})))"

    def part(self, name: str) -> str:
        """What a dimension of time has for a value, as a number."""
        if name == "hour-of-day":
            return f"{self.local} // {BUCKET_MS[Bucket.HOUR]} % 24"
        if name == "day-of-week":
            return f"({self.local} // {BUCKET_MS[Bucket.DAY]} + 3) % 7 + 1"
        return self.bucket(Bucket(name))


# Segments


def predicate(segment: Segment, time: Clock, looked_up: AbstractSet[str]) -> str:
    """
    Whether a session, named `s`, is in a segment; never NULL.

    Args:
        segment: The segment.
        time: When the session closed, by the player's clock.
        looked_up: Dimensions of which lookups hold values.
    """

    def of_session(condition: Condition) -> str:
        if isinstance(condition.subject, Metric):
            return _compared(number_of(condition.subject), condition, numeric=True)
        return _of_dimension(condition.subject, condition, time, looked_up)

    return _joined(segment, of_session)


def ad_predicate(segment: Segment, looked_up: AbstractSet[str]) -> str:
    """Whether an ad, named `p`, is one of those that count (`segments.ads_of`); never NULL. `looked_up` as above."""

    def of_ad(condition: Condition) -> str:
        assert isinstance(condition.subject, Dimension), "which ads count is said by dimensions of ads"
        return _compared(value_of(condition.subject, looked_up), condition, numeric=condition.subject.numeric)

    return _joined(segment, of_ad)


def _joined(segment: Segment, leaf: Callable[[Condition], str]) -> str:
    match segment:
        case All(parts):
            return "(" + (" AND ".join(_joined(part, leaf) for part in parts) or "true") + ")"
        case Any_(parts):
            return "(" + (" OR ".join(_joined(part, leaf) for part in parts) or "false") + ")"
        case Not(part):
            return f"(NOT {_joined(part, leaf)})"
        case Condition():
            return leaf(segment)
        case _:
            assert_never(segment)


def number_of(metric: Metric) -> str:
    """What a metric is of one session, named `s`; NULL where it has no value."""
    if metric.aggregation is Aggregation.RATIO:
        over, *less, by = (f"coalesce({number_of(base)}, 0)" for base in _terms(metric))
        return f"(({over}{''.join(f' - {one}' for one in less)}) / nullif({by}, 0))"
    if metric.grain is not Grain.SESSION:
        return f"(SELECT {aggregate(metric)} FROM {VIEW_OF[metric.grain]} AS p WHERE {PART_OF})"
    if metric.aggregation in {Aggregation.COUNT, Aggregation.PIECES}:
        return f"CASE WHEN {flagged(metric, 's')} THEN 1 ELSE 0 END"
    value = column(metric.field, "s")
    return f"coalesce({value}, 0)" if metric.aggregation is Aggregation.SUM else value


def _terms(metric: Metric) -> list[Metric]:
    found = [metric_of(one) for one in (metric.over, metric.less, metric.by) if one]
    assert all(one in bases_of(metric) for one in found), "a ratio is made of its bases"
    return [one for one in found if one is not None]


def _of_dimension(dimension: Dimension, condition: Condition, time: Clock, looked_up: AbstractSet[str]) -> str:
    if dimension.grain is not Grain.SESSION:
        view = VIEW_OF[dimension.grain]
        value = value_of(dimension, looked_up)
        positive = Condition(dimension, _POSITIVE.get(condition.operator, condition.operator), _asked_for(condition))
        inner = _compared(value, positive, numeric=dimension.numeric)
        found = f"EXISTS (SELECT 1 FROM {view} AS p WHERE {PART_OF} AND {inner})"
        return f"(NOT {found})" if _negative(condition) else f"({found})"
    if dimension.kind is DimensionKind.LIST:
        return _of_list(column(dimension.field, "s"), condition)
    if dimension.id == "content-segment":
        return _of_list(f"list_transform({_PIECES}, lambda n: {_PIECE_SHOWN.replace('{}', 'n')})", condition)
    value = told(dimension, 0, Grain.SESSION, "", time, looked_up).value
    lowered = dimension.id == "content-type"
    if lowered:
        condition = Condition(
            dimension, condition.operator, tuple(v.lower() if isinstance(v, str) else v for v in condition.values)
        )
    return _compared(value, condition, numeric=dimension.numeric or dimension.kind is DimensionKind.TIME)


_POSITIVE: Final = {"!=": "="}


def _negative(condition: Condition) -> bool:
    return condition.operator == "!=" or (condition.operator == "exists" and condition.values == (False,))


def _asked_for(condition: Condition) -> tuple[Value, ...]:
    return (True,) if condition.operator == "exists" else condition.values


def _of_list(value: str, condition: Condition) -> str:
    """A list holds a comparison if one of its members does; `!=` if none is equal."""
    texts = [literal(_text(one)) for one in condition.values]
    some = f"coalesce(len({value}), 0) > 0"
    match condition.operator:
        case "=":
            return f"coalesce(list_contains({value}, {texts[0]}), false)"
        case "!=":
            return f"(NOT coalesce(list_contains({value}, {texts[0]}), false))"
        case "in":
            return f"coalesce(list_has_any({value}, [{', '.join(texts)}]), false)"
        case "exists":
            return f"({some})" if condition.values == (True,) else f"(NOT {some})"
        case "contains":
            test = f"contains(lower(m), lower({texts[0]}))"
        case _:
            test = f"m {condition.operator} {texts[0]}"
    return f"coalesce(list_bool_or(list_transform({value}, lambda m: {test})), false)"


def _compared(value: str, condition: Condition, *, numeric: bool) -> str:
    """A comparison that is true or false, never NULL; a text is compared with numbers as a number if it is one."""
    values = condition.values
    operator = condition.operator
    if operator == "exists":
        return f"({value} IS NOT NULL)" if values == (True,) else f"({value} IS NULL)"
    if operator == "contains":
        return f"coalesce(contains(lower({value}::VARCHAR), lower({literal(values[0])})), false)"
    as_numbers = numeric or (operator in {"<", ">"} and not isinstance(values[0], str))
    left = f"TRY_CAST({value} AS DOUBLE)" if as_numbers else f"{value}::VARCHAR"
    rights = [f"TRY_CAST({literal(one)} AS DOUBLE)" if as_numbers else literal(_text(one)) for one in values]
    match operator:
        case "=":
            return f"coalesce({left} = {rights[0]}, false)"
        case "!=":
            return f"({left} IS DISTINCT FROM {rights[0]})"
        case "in":
            return f"coalesce({left} IN ({', '.join(rights)}), false)"
        case _:
            return f"coalesce({left} {operator} {rights[0]}, false)"


def _text(value: Value) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else repr(value)
