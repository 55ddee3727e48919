-- What became of the session at each break, and what breaks are dated and told by, kept beside its ads (decision 0079).
-- In steps that need one thing in memory at a time, then the table anew in its order: an UPDATE of all would hold them all.
CREATE TABLE kept.ad_break AS
SELECT
  rowid AS place, session_key, started_received_ms, ordinal, pod_id IS NOT NULL AS in_break,
  max(ordinal) FILTER (pod_id IS NOT NULL) OVER of_session AS latest,
  max(ordinal) OVER of_break AS last,
  max(2 * ordinal + CASE WHEN is_completed THEN 1 ELSE 0 END) OVER of_break % 2 = 1 AS finished,
  max(closed_at_ms) OVER of_break AS closed_ms,
  count(*) OVER of_break AS ads,
  count(*) FILTER (is_completed) OVER of_break AS completed,
  coalesce(sum(time_played) OVER of_break, 0)::BIGINT AS seconds
FROM kept.ad
WINDOW of_session AS (PARTITION BY session_key, started_received_ms),
  of_break AS (PARTITION BY session_key, started_received_ms, pod_id IS NULL, pod_index);

CREATE TABLE kept.ad_told AS
SELECT
  s.last_at_ms AS session_last_at_ms,
  s.content AS session_content,
  CASE WHEN in_break THEN b.closed_ms END AS break_closed_at_ms,
  CASE
    WHEN NOT in_break THEN NULL
    WHEN last < latest THEN 'next-break'
    WHEN s.main_play_ms[-1].hi - b.closed_ms >= 1000 THEN 'content'
    WHEN finished THEN 'left-after'
    ELSE 'left-in-ad'
  END AS break_outcome,
  CASE WHEN in_break AND ordinal = last THEN ads END AS break_ads,
  CASE WHEN in_break AND ordinal = last THEN completed END AS break_completed,
  CASE WHEN in_break AND ordinal = last THEN seconds END AS break_seconds
FROM kept.ad_break AS b LEFT JOIN kept.session AS s USING (session_key, started_received_ms)
ORDER BY place;
DROP TABLE kept.ad_break;

CREATE TABLE kept.ad_anew AS FROM kept.ad POSITIONAL JOIN kept.ad_told;
DROP TABLE kept.ad_told;
DROP TABLE kept.ad;
ALTER TABLE kept.ad_anew RENAME TO ad;
ALTER TABLE kept.ad ALTER session_key SET NOT NULL;
ALTER TABLE kept.ad ALTER session_id SET NOT NULL;
ALTER TABLE kept.ad ALTER started_received_ms SET NOT NULL;
ALTER TABLE kept.ad ALTER ordinal SET NOT NULL;
ALTER TABLE kept.ad ALTER started_at_ms SET NOT NULL;
ALTER TABLE kept.ad ALTER custom_metadata SET NOT NULL;

CREATE OR REPLACE VIEW ads AS
SELECT
  session_id, ordinal,
  make_timestamp_ms(started_at_ms) AS started_at,
  make_timestamp_ms(closed_at_ms) AS closed_at,
  * EXCLUDE (session_id, ordinal)
FROM kept.ad;
