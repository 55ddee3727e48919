"""
Latency of reports and panels over many made-up sessions, beside the same work as plain SQL on the same file.

    python bench/reports.py [--sessions 1000000] [--file PATH]

The sessions are written by SQL, two ads each on every other one, in one break or two, over thirty days, of a third as many persons with ids of
38 digits; three in ten follow another session of their person within half an hour or begin before its end, a quarter was
seen in three stretches, a tenth has replays. Every question is asked several times; printed are the median, the slowest and the least processor time of all
cores, which others on the machine disturb less, the same of a plain `GROUP BY` over the same rows and columns, and the
ratio of processor times. Then a few questions without and with a lookup of ten thousand contents.
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import duckdb

from playhead.base.clock import ManualClock
from playhead.base.units import DAY_MS, MINUTE_MS
from playhead.reporting.dimensions import Bucket, dimension_of
from playhead.reporting.lookups import overridden
from playhead.reporting.panels import Audience, PanelQuestion
from playhead.reporting.report import Asked, Period, report_of
from playhead.reporting.segments import segment_of
from playhead.store import breaks, panels
from playhead.store.duck import DuckStore
from playhead.store.keys import PERSON_KEY
from playhead.store.migrate import migrations
from playhead.store.port import Answer
from playhead.store.reports import answer_report

BEGIN_MS = 1_767_225_600_000
DAYS = 30
MONTH = Period(BEGIN_MS, BEGIN_MS + DAYS * DAY_MS)
FOLLOWS_MS = 40 * MINUTE_MS
"""How long after the beginning of one session of a person the one begins that follows it."""
LAST_DAY = Period(BEGIN_MS + (DAYS - 1) * DAY_MS, BEGIN_MS + DAYS * DAY_MS)

_VALUES = {
    "session_key": "i::UBIGINT",
    "session_id": "md5(i::VARCHAR) || md5((i + 7)::VARCHAR)",
    "started_received_ms": "born",
    "datastream_id": "'web'",
    "state": "'closed'",
    "close_cause": "['end', 'idle', 'complete'][1 + i % 3]",
    "provisional": "false",
    "started_at_ms": "born",
    "smallest_at_ms": "born",
    "last_at_ms": "born + long * 1000",
    "largest_at_ms": "born + long * 1000",
    "last_received_ms": "born + long * 1000",
    "playhead_changed_ms": "born + long * 1000",
    "closed_ms": "born + long * 1000 + 600000",
    "person": "rpad(hash(hash(who) % (many // 3))::VARCHAR || hash(hash(who) % (many // 3) + 1)::VARCHAR, 38, '0')",
    "person_key": PERSON_KEY,
    "accepted": "40",
    "duplicate": "0",
    "dropped": "0",
    "viewed_s": "CASE WHEN i % 4 = 0 THEN [{'lo': 0.0, 'hi': long * 0.3}, {'lo': long * 0.3 + 15, 'hi': long * 0.5}, {'lo': long * 0.5 + 40, 'hi': long * 0.8 + 40}] ELSE [{'lo': 0.0, 'hi': long * 0.8}] END",
    "replayed_s": "CASE WHEN i % 10 = 0 THEN [{'lo': long * 0.1, 'hi': long * 0.1 + 10}] ELSE [] END",
    "main_play_ms": "[{'lo': born + 2000, 'hi': born + long * 900}]",
    "ad_play_ms": "[]",
    "custom_metadata": "MAP {'team': ['red', 'blue'][1 + i % 2]}",
    "content": "'content ' || (hash(i * 3) % 20) * (hash(i * 5) % 20)",
    "content_name": "'Title ' || (hash(i * 3) % 20) * (hash(i * 5) % 20)",
    "content_length": "3600",
    "content_type": "'vod'",
    "player_name": "'player ' || i % 7",
    "channel": "'channel ' || i % 12",
    "asset_id": "'asset ' || hash(i * 19) % 50000",
    "app_version": "'1.' || i % 9",
    "genre_list": "['Drama', 'Action']",
    "is_viewed": "true",
    "is_played": "i % 20 > 0",
    "is_completed": "CASE WHEN i % 3 = 2 THEN true END",
    "has_progress_25": "true",
    "has_progress_50": "CASE WHEN i % 2 = 0 THEN true END",
    "time_played": "(long * 0.9)::BIGINT",
    "total_time_played": "long",
    "estimated_streams": "1 + long // 1800",
    "ad_count": "CASE WHEN i % 2 = 0 THEN 2 END",
    "seconds_since_last_call": "60",
    "bitrate_average": "500 + hash(i * 11) % 6000",
    "time_to_start": "hash(i * 13) % 6",
    "buffer_count": "CASE WHEN i % 5 = 0 THEN 1 END",
    "buffer_time": "CASE WHEN i % 5 = 0 THEN 3 END",
    "error_count": "CASE WHEN i % 50 = 0 THEN 1 END",
    "has_error_impacted_streams": "CASE WHEN i % 50 = 0 THEN true END",
    "record": "'{}'",
}


def fill(path: Path, sessions: int) -> None:
    """Write the sessions and their ads."""
    DuckStore(path, ManualClock(MONTH.until_ms)).close()
    connection = duckdb.connect(str(path))
    names, values = ", ".join(_VALUES), ", ".join(f"{value} AS {name}" for name, value in _VALUES.items())
    connection.execute(
        f"INSERT INTO kept.session ({names}) SELECT {values} FROM (SELECT i, {sessions} AS many,"
        f" {BEGIN_MS} + (i * {DAYS * DAY_MS} // {sessions}) AS born, 60 + hash(i * 17) % 3000 AS long,"
        f" CASE WHEN hash(i * 29) % 10 < 3 THEN i - {sessions * FOLLOWS_MS // (DAYS * DAY_MS)} ELSE i END AS who"
        f" FROM range({sessions}) AS r(i))"
    )
    [neighbours] = [statements.split(";")[1] for _, name, statements in migrations() if name.endswith("_near.sql")]
    connection.execute(neighbours)
    told = connection.execute("DESCRIBE kept.ad").fetchall()[-7:]
    for name, *_ in told:
        connection.execute(f"ALTER TABLE kept.ad DROP COLUMN {name}")
    connection.execute(
        "INSERT INTO kept.ad (session_key, session_id, started_received_ms, ordinal, started_at_ms, closed_at_ms, ad, advertiser,"
        " is_started, is_completed, time_played, pod_id, pod_index, pod_name, pod_offset, custom_metadata) SELECT session_key, session_id, started_received_ms, n,"
        " started_at_ms + n * 20000, started_at_ms + n * 20000 + 15000, 'ad ' || (session_key + n) % 30,"
        " 'advertiser ' || (session_key + n) % 9, true, CASE WHEN (session_key + n) % 4 > 0 THEN true END, 15, content || '_' || (n - 1) * (session_key // 2 % 2),"
        " (n - 1) * (session_key // 2 % 2), ['before', 'between'][(1 + (n - 1) * (session_key // 2 % 2))::INTEGER], (n - 1) * (session_key // 2 % 2) * 600, MAP {}"
        " FROM kept.session, range(1, 3) AS r(n) WHERE ad_count = 2"
    )
    [breaks_told] = [statements for _, name, statements in migrations() if name.endswith("_breaks.sql")]
    connection.execute(breaks_told)
    connection.execute("CHECKPOINT")
    connection.close()


Ask = Callable[[str, int], Answer]


def report(ask: Ask, period: Period = MONTH, looked_up: frozenset[str] = frozenset(), **question: Any) -> None:
    """Ask a report."""
    answer_report(report_of(Asked(from_="", until="", **question), period, None, 0, looked_up), ask)


VIEWS = ["media-starts", "content-starts", "content-time-spent", "content-completion-rate", "viewers"]
QUALITY = ["time-to-start.p50", "time-to-start.p95", "total-buffer-duration", "error-impacted-streams"]
IN = f"state = 'closed' AND last_at_ms >= {MONTH.from_ms} AND last_at_ms < {MONTH.until_ms}"

QUESTIONS: dict[str, tuple[Callable[[Ask], object], str]] = {
    "top contents by time": (
        lambda ask: report(ask, metrics=["content-time-spent", "content-starts"], dimensions=["content"], limit=20),
        f"SELECT content, sum(time_played), count(*) FILTER (WHERE is_played) FROM kept.session WHERE {IN} GROUP BY 1 ORDER BY 2 DESC LIMIT 20",
    ),
    "overview by day, with viewers": (
        lambda ask: report(ask, metrics=VIEWS, granularity="day"),
        f"SELECT last_at_ms // 86400000, count(*), sum(time_played), count(DISTINCT person) FROM kept.session WHERE {IN} GROUP BY 1",
    ),
    "contents by starts, with viewers": (
        lambda ask: report(ask, metrics=["content-starts", "viewers"], dimensions=["content"], limit=20),
        f"SELECT content, count(*) FILTER (WHERE is_played), count(DISTINCT person) FROM kept.session WHERE {IN} GROUP BY 1 ORDER BY 2 DESC LIMIT 20",
    ),
    "contents by viewers": (
        lambda ask: report(ask, metrics=["viewers", "content-starts"], dimensions=["content"], limit=20),
        f"SELECT content, count(DISTINCT person), count(*) FILTER (WHERE is_played) FROM kept.session WHERE {IN} GROUP BY 1 ORDER BY 2 DESC LIMIT 20",
    ),
    "quality by player and version": (
        lambda ask: report(ask, metrics=QUALITY, dimensions=["content-player-name", "app-version"]),
        f"SELECT player_name, app_version, quantile_cont(time_to_start, 0.95) FROM kept.session WHERE {IN} GROUP BY ALL",
    ),
    "ads by advertiser": (
        lambda ask: report(
            ask, metrics=["ad-starts", "ad-completion-rate", "ad-time-spent"], dimensions=["advertiser"]
        ),
        "SELECT advertiser, count(*), count(*) FILTER (WHERE is_completed), sum(time_played) FROM kept.ad GROUP BY 1",
    ),
    "ad breaks": (
        lambda ask: breaks.ad_breaks(PanelQuestion(period=MONTH), ask, by=breaks.By.POD_NAME, ads=None),
        "SELECT pod_name, count(*) FROM (SELECT DISTINCT session_key, pod_index, pod_name FROM kept.ad) GROUP BY 1",
    ),
    "ads by content": (
        lambda ask: report(ask, metrics=["ad-starts", "ad-completes"], dimensions=["content"], limit=20),
        "SELECT content, count(*) FROM kept.ad JOIN kept.session USING (session_key) GROUP BY 1 ORDER BY 2 DESC LIMIT 20",
    ),
    "longest waits": (
        lambda ask: report(
            ask,
            metrics=["total-buffer-duration", "buffer-events", "average-bitrate"],
            dimensions=["media-session-id"],
            limit=10,
        ),
        f"SELECT session_id, buffer_time, buffer_count, bitrate_average FROM kept.session WHERE {IN} ORDER BY 2 DESC LIMIT 10",
    ),
    "genres, a segment": (
        lambda ask: report(
            ask,
            metrics=VIEWS[:3],
            dimensions=["genre"],
            segment={
                "all": [
                    {"dimension": "content-channel", "op": "in", "value": ["channel 1", "channel 2"]},
                    {"metric": "content-time-spent", "op": ">", "value": 60},
                ]
            },
        ),
        f"SELECT unnest(genre_list), count(*) FROM kept.session WHERE {IN} AND channel IN ('channel 1', 'channel 2') GROUP BY 1",
    ),
    "two dimensions of many values": (
        lambda ask: report(ask, metrics=["content-starts"], dimensions=["asset-id", "content"], limit=50),
        f"SELECT asset_id, content, count(*) FROM kept.session WHERE {IN} GROUP BY ALL ORDER BY 3 DESC LIMIT 50",
    ),
    "media path": (
        lambda ask: report(ask, metrics=["media-starts"], dimensions=["media-path"], limit=50),
        (
            "SELECT c, count(*) FROM (SELECT lag(content) OVER (PARTITION BY person ORDER BY started_at_ms) AS c"
            f" FROM kept.session WHERE {IN}) GROUP BY 1"
        ),
    ),
    "content segments": (
        lambda ask: report(ask, metrics=["content-starts"], dimensions=["content-segment"], limit=50),
        f"SELECT (viewed_s[1]).hi // 300, count(*) FROM kept.session WHERE {IN} GROUP BY 1",
    ),
    "concurrent viewers, a day by minute": (
        lambda ask: panels.concurrent(PanelQuestion(period=LAST_DAY, granularity=Bucket.MINUTE), Audience.PERSONS, ask),
        f"SELECT last_at_ms // 60000, count(*) FROM kept.session WHERE last_at_ms >= {LAST_DAY.from_ms} GROUP BY 1",
    ),
    "concurrent viewers, a month by hour": (
        lambda ask: panels.concurrent(PanelQuestion(period=MONTH, granularity=Bucket.HOUR), Audience.PERSONS, ask),
        f"SELECT last_at_ms // 60000, count(DISTINCT person) FROM kept.session WHERE {IN} GROUP BY 1",
    ),
    "concurrent viewers by content, a month": (
        lambda ask: panels.concurrent(
            PanelQuestion(period=MONTH, granularity=Bucket.HOUR, breakdown=dimension_of("content")),
            Audience.PERSONS,
            ask,
        ),
        f"SELECT content, last_at_ms // 60000, count(DISTINCT person) FROM kept.session WHERE {IN} GROUP BY ALL",
    ),
    "concurrent sessions by player, a day": (
        lambda ask: panels.concurrent(
            PanelQuestion(period=LAST_DAY, granularity=Bucket.MINUTE, breakdown=dimension_of("content-player-name")),
            Audience.SESSIONS,
            ask,
        ),
        f"SELECT player_name, last_at_ms // 60000, count(*) FROM kept.session WHERE last_at_ms >= {LAST_DAY.from_ms} GROUP BY ALL",
    ),
    "average minute audience, a month": (
        lambda ask: panels.period_audience(PanelQuestion(period=MONTH, granularity=Bucket.HOUR), ask),
        f"SELECT last_at_ms // 3600000, sum(time_played) FROM kept.session WHERE {IN} GROUP BY 1",
    ),
    "retention of all by percent": (
        lambda ask: panels.retention(PanelQuestion(period=MONTH), ask, step_s=1, percent=True, content=False),
        f"SELECT (viewed_s[1]).hi // 36, count(*) FROM kept.session WHERE {IN} GROUP BY 1",
    ),
    "retention of one content": (
        lambda ask: panels.retention(
            PanelQuestion(period=MONTH, segment=_content("content 36")), ask, step_s=60, percent=False, content=True
        ),
        f"SELECT (viewed_s[1]).hi // 60, count(*) FROM kept.session WHERE {IN} AND content = 'content 36' GROUP BY 1",
    ),
}


def _content(name: str) -> Any:
    return segment_of({"dimension": "content", "op": "=", "value": name})


LOOKED_UP: dict[str, Callable[[Ask, frozenset[str]], object]] = {
    "top contents by name": lambda ask, looked_up: report(
        ask,
        looked_up=looked_up,
        metrics=["content-time-spent", "content-starts"],
        dimensions=["content-name"],
        limit=20,
    ),
    "players, a segment on the name": lambda ask, looked_up: report(
        ask,
        looked_up=looked_up,
        metrics=["content-time-spent"],
        dimensions=["content-player-name"],
        segment={"dimension": "content-name", "op": "contains", "value": "title 3"},
    ),
    "average minute audience of contents": lambda ask, looked_up: panels.content_audience(
        PanelQuestion(period=MONTH, looked_up=looked_up), ask, with_ads=False
    ),
}


def lookups(store: DuckStore, ask: Ask, rounds: int) -> None:
    """What a lookup costs: the same questions before and after it is there."""
    taken = []
    for entries in (0, 10_000):
        rows = {f"content {n}": {"content-name": f"Title {n}!", "content-length": "3000"} for n in range(entries)}
        store.change_lookup("content", rows, whole=True)
        known = overridden(store.lookups())
        taken.append([statistics.median(milliseconds(partial(one, ask, known), rounds)) for one in LOOKED_UP.values()])
    print(f"\n{'with a lookup of 10,000 contents':40} {'without':>10} {'with':>9} {'ratio':>17}")
    for name, without, with_entries in zip(LOOKED_UP, *taken, strict=True):
        print(f"{name:40} {without:10.0f} {with_entries:9.0f} {with_entries / without:17.1f}")


def milliseconds(
    work: Callable[[], object], rounds: int, clock: Callable[[], float] = time.perf_counter
) -> list[float]:
    """How long each round took."""
    found = []
    for _ in range(rounds):
        began = clock()
        work()
        found.append((clock() - began) * 1000)
    return found


def measured(work: Callable[[], object], rounds: int) -> tuple[float, float, float]:
    """Median and slowest round, and the least processor time of one."""
    used: list[float] = []
    taken = milliseconds(lambda: used.extend(milliseconds(work, 1, time.process_time)), rounds)
    return statistics.median(taken), max(taken), min(used)


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--sessions", type=int, default=1_000_000)
    arguments.add_argument("--rounds", type=int, default=7)
    arguments.add_argument("--file", type=Path, help="made there if it is not, and kept")
    options = arguments.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = options.file or Path(folder) / "store.duckdb"
        began = time.perf_counter()
        if not path.exists():
            fill(path, options.sessions)
        print(
            f"{options.sessions:,} sessions, {path.stat().st_size / 1e6:,.0f} MB, made in {time.perf_counter() - began:.0f} s"
        )
        store = DuckStore(path, ManualClock(MONTH.until_ms))
        print(
            f"{'':40} {'median ms':>10} {'slowest':>9} {'processor':>10} {'plain SQL':>10} {'processor':>10} {'ratio':>6}"
        )

        def ask(sql: str, rows_max: int) -> Answer:
            return store.answer(sql, rows_max=rows_max)

        for name, (ours, plain) in QUESTIONS.items():
            median, slowest, used = measured(partial(ours, ask), options.rounds)
            reference, _, plainly = measured(partial(store.answer, plain), options.rounds)
            numbers = f"{median:10.0f} {slowest:9.0f} {used:10.0f} {reference:10.0f} {plainly:10.0f}"
            print(f"{name:40} {numbers} {used / plainly:6.1f}", flush=True)
        lookups(store, ask, options.rounds)
        store.close()


if __name__ == "__main__":
    main()
