"""
`playhead rebuild`: the sessions again from the log, by the settings of now (decision 0092).

Law: what would change is known before anything is changed, and is changed in one transaction.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping
from itertools import pairwise
from pathlib import Path

from msgspec import Struct

from playhead.app.ask import running_console
from playhead.app.clock import SystemClock
from playhead.app.settings import Settings
from playhead.app.verify import Step, books_of, recompute, scratch_in, settings_by, stored_in
from playhead.base.errors import DataDirectoryError, PlayheadError
from playhead.base.settings import SettingsInForce, read_by
from playhead.base.units import DAY_MS, DatastreamId, SessionId
from playhead.deployment.layout import Layout
from playhead.pipeline.closings import ClosingsWriter, closing_of
from playhead.pipeline.recompute import settings_along
from playhead.store.audit import Difference, Span, books, opened
from playhead.store.ledgers import Reach
from playhead.store.port import SettingsHistory, settings_then
from playhead.store.reader import read_session
from playhead.store.swap import swap

EVER = Span(0, 1 << 62)

_OF_SESSIONS = ("event", "session", "reported", "ad", "chapter", "player_state")


class Metric(Struct):
    """
    What changes in one column.

    Attributes:
        rows: In how many rows.
        before, after: Sums of what was stored and is recomputed in these rows; None of what is no number.
    """

    rows: int = 0
    before: float | None = None
    after: float | None = None


class Outcome(Struct, frozen=True, kw_only=True):
    """
    What a rebuild changed, or would.

    Attributes:
        sessions: Number of sessions.
        metrics: By table and column.
        changed: It was changed, and not only looked at.
    """

    sessions: int
    metrics: Mapping[tuple[str, str], Metric]
    changed: bool


def rebuild(
    layout: Layout,
    settings: Settings,
    *,
    span: Span = EVER,
    diff_only: bool = False,
    scratch: Path | None = None,
    on_change: Callable[[Difference], None],
    on_step: Callable[[Step], None] = lambda _: None,
) -> Outcome:
    """
    Recompute sessions under the settings of now and put them in the place of those stored.

    Args:
        layout: The data directory.
        settings: Those of now, for datastreams that have none of their own.
        span: Arrivals for which they hold; what was in force before and after stays. Sessions whose start arrived then
            are rebuilt, others left alone.
        diff_only: Only tell what would change; a server may be running.
        scratch: As of `verify`.
        on_change: Told of each change, before anything is changed.
        on_step: Told now and then.

    Raises:
        PlayheadError: A server is running, the journals are damaged, or the disk refused; nothing is changed.
    """
    if not diff_only and running_console(layout) is not None:
        raise PlayheadError(
            "a server is running on this data directory: stop it first, or see with --diff-only what would change"
        )
    with scratch_in(scratch or layout.run) as room, stored_in(layout, room, on_step) as path:
        kept = books_of(layout, path, live=path != layout.store, on_step=on_step)
        if any(one.damages for one in kept.journals.values()):
            raise PlayheadError(
                "the journals are damaged, so that something would be missing; `playhead verify` says where. Nothing was changed"
            )
        settings_of = settings_by(layout, settings)
        along = settings_along(overlaid(kept.history, settings_of, span), settings_of)
        recomputed = room / "recomputed.duckdb"
        recompute(kept, along, recomputed, on_step)
        on_step(Step("comparing"))
        chosen: dict[str, set[SessionId]] = defaultdict(set)
        metrics: dict[tuple[str, str], Metric] = defaultdict(Metric)
        by_order = Reach(whole=False, archive_ms=kept.archive_ms)
        with books(path, recomputed, room) as both:
            both.choose(span)
            for difference in both.differences(by_order):
                if difference.table in _OF_SESSIONS:
                    chosen[difference.table].add(SessionId(difference.session_id))
                    add(metrics, difference)
                    on_change(difference)
        if not diff_only:
            on_step(Step("changing the store"))
            swap(path, recomputed, chosen, kept.reach)
            tell_collectors(layout, recomputed, chosen["session"], along, kept.position.now_ms)
        return Outcome(sessions=len(set().union(*chosen.values())), metrics=metrics, changed=not diff_only)


def overlaid(
    history: SettingsHistory, settings_of: Callable[[DatastreamId], SettingsInForce], span: Span
) -> SettingsHistory:
    """A history in which the settings of now hold for arrivals of a span, each time as the server of then goes by them."""
    made: dict[DatastreamId, list[tuple[int, SettingsInForce]]] = {}
    for datastream_id, known in history.items():
        before = [(at_ms, settings) for at_ms, settings in known if at_ms < span.from_ms]
        until = [one for one in known if one[0] <= span.until_ms]
        now = settings_of(datastream_id)
        begun = settings_then(history, datastream_id, span.from_ms) or now
        spanned = [(span.from_ms, begun), *(one for one in until if one[0] > span.from_ms)]
        later = [one for one in known if one[0] > span.until_ms]
        # what held at the end of the span goes on to hold behind it
        back = [(span.until_ms, (until or known)[-1 if until else 0][1])] if span.until_ms < EVER.until_ms else []
        first = [(0, known[0][1])] if span.from_ms > 0 and not before else []
        within = [(span.from_ms, read_by(begun.server_version, now))]
        within += [
            (at_ms, read_by(then.server_version, now))
            for (_, former), (at_ms, then) in pairwise(spanned)
            if then.server_version != former.server_version
        ]
        made[datastream_id] = [*first, *before, *within, *back, *later]
    return made


def add(metrics: dict[tuple[str, str], Metric], difference: Difference) -> None:
    """Count a change."""
    metric = metrics[difference.table, difference.column]
    metric.rows += 1
    for name, value in (("before", difference.stored), ("after", difference.recomputed)):
        if difference.column and isinstance(value, int | float) and not isinstance(value, bool):
            setattr(metric, name, (getattr(metric, name) or 0) + value)


def tell_collectors(
    layout: Layout,
    recomputed: Path,
    sessions: set[SessionId],
    along: Callable[[DatastreamId, int], SettingsInForce],
    now_ms: int,
) -> None:
    """
    News of sessions that may now be open, closed or closed otherwise than collectors think: those of the last day.

    Raises:
        DataDirectoryError: They cannot be written; collectors may refuse or take a little more than they should.
    """
    with opened(recomputed) as connection:
        records = [record for name in sorted(sessions) if (record := read_session(connection, name)) is not None]
    news = [
        closing_of(record, along(record.datastream_id, record.started_received_ms), now_ms)
        for record in records
        if record.started_received_ms > now_ms - DAY_MS
    ]
    if not news:
        return
    clock = SystemClock()
    try:
        writer = ClosingsWriter(layout.closings, clock.now_ms())
        try:
            writer.write(news, clock.now_ms())
        finally:
            writer.close()
    except OSError as error:
        raise DataDirectoryError(f"the store is rebuilt, but collectors cannot be told: {error.strerror}") from error
