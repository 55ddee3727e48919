-- How near the nearest other closed session of the same person is, within half an hour (decision 0089).
ALTER TABLE kept.session ADD COLUMN near_ms BIGINT;
UPDATE kept.session SET near_ms = greatest(gap_ms, 0)
FROM (
  SELECT rowid AS place, least(smallest_at_ms - max(largest_at_ms) OVER earlier, lead(smallest_at_ms) OVER in_order - largest_at_ms) AS gap_ms
  FROM kept.session WHERE state = 'closed' AND person_key IS NOT NULL
  WINDOW in_order AS (PARTITION BY person_key ORDER BY smallest_at_ms),
    earlier AS (PARTITION BY person_key ORDER BY smallest_at_ms ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
) AS measured
WHERE kept.session.rowid = measured.place AND gap_ms <= 1800000;

CREATE OR REPLACE VIEW sessions AS
SELECT
  session_id, datastream_id, state, close_cause, provisional,
  make_timestamp_ms(started_at_ms) AS started_at,
  make_timestamp_ms(last_at_ms) AS last_at,
  make_timestamp_ms(closed_ms) AS closed_at,
  * EXCLUDE (session_id, datastream_id, state, close_cause, provisional, record),
  record::JSON AS record
FROM kept.session;
