-- What became of everything that was received, counted (decision 0093): sums, which outlive the events. No key: its index
-- would live in memory, and only rows of the hours that are added to are looked for.
CREATE TABLE kept.balance (
  hour_ms BIGINT NOT NULL,
  datastream_id VARCHAR NOT NULL,
  item VARCHAR NOT NULL,
  reason VARCHAR NOT NULL,
  n BIGINT NOT NULL
);

-- Of what came before: the deliveries that are kept, and refused requests, each as one event of no datastream.
INSERT INTO kept.balance
SELECT hour_ms, '', 'refused_request', reason, sum(refusals) FROM kept.refusal GROUP BY ALL;

INSERT INTO kept.balance
SELECT hour_ms, '', 'refused', reason, n FROM kept.balance;

INSERT INTO kept.balance
SELECT
  event.received_ms // 3600000 * 3600000,
  coalesce(session.datastream_id, ''),
  CASE event.outcome WHEN 'accepted' THEN 'counted' ELSE event.outcome END,
  coalesce(event.reason, ''),
  count(*)
FROM kept.event LEFT JOIN kept.session
  ON event.session_key = session.session_key AND event.session_id = session.session_id
GROUP BY ALL;

INSERT INTO kept.balance
SELECT event.received_ms // 3600000 * 3600000, coalesce(session.datastream_id, ''), 'request', '', count(*)
FROM kept.event LEFT JOIN kept.session
  ON event.session_key = session.session_key AND event.session_id = session.session_id
WHERE event.request_index = 0
GROUP BY ALL;

INSERT INTO kept.balance
SELECT hour_ms, datastream_id, 'accepted', '', sum(n) FROM kept.balance
WHERE item IN ('counted', 'duplicate', 'dropped') GROUP BY ALL;

INSERT INTO kept.balance
SELECT hour_ms, datastream_id, 'received', '', sum(n) FROM kept.balance
WHERE item IN ('accepted', 'refused') GROUP BY ALL;

CREATE VIEW balance AS
SELECT make_timestamp_ms(hour_ms) AS hour_at, hour_ms, datastream_id, item, reason, n FROM kept.balance;

CREATE OR REPLACE VIEW refusals AS
SELECT datastream_id, make_timestamp_ms(hour_ms) AS hour_at, hour_ms, reason, n AS refusals
FROM kept.balance WHERE item = 'refused_request';

DROP TABLE kept.refusal;
