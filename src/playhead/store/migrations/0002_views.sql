-- What people and reports ask. Times ending in `_ms` are Unix ms; those ending in `_at` the same instant as UTC timestamps.
CREATE VIEW sessions AS
SELECT
  session_id, datastream_id, state, close_cause, provisional,
  make_timestamp_ms(started_at_ms) AS started_at,
  make_timestamp_ms(last_at_ms) AS last_at,
  make_timestamp_ms(closed_ms) AS closed_at,
  * EXCLUDE (session_key, session_id, datastream_id, state, close_cause, provisional, record),
  record::JSON AS record
FROM kept.session;

CREATE VIEW ads AS
SELECT
  session_id, ordinal,
  make_timestamp_ms(started_at_ms) AS started_at,
  make_timestamp_ms(closed_at_ms) AS closed_at,
  * EXCLUDE (session_key, session_id, ordinal)
FROM kept.ad;

CREATE VIEW chapters AS
SELECT
  session_id, ordinal,
  make_timestamp_ms(started_at_ms) AS started_at,
  make_timestamp_ms(closed_at_ms) AS closed_at,
  * EXCLUDE (session_key, session_id, ordinal)
FROM kept.chapter;

CREATE VIEW states AS
SELECT
  session_id, ordinal, name, is_set,
  state_count AS "count",
  state_time AS "time",
  started_received_ms
FROM kept.player_state;

CREATE VIEW rows AS
SELECT
  row_id, session_id, event_type,
  make_timestamp_ms(at_ms) AS row_at,
  at_ms, sequence,
  xdm::JSON AS xdm
FROM kept.reported;

CREATE VIEW events AS
SELECT
  sequence, session_id, datastream_id,
  make_timestamp_ms(received_ms) AS received_at,
  received_ms,
  'media.' || action AS event_type,
  at_ms, playhead_s, outcome, reason, request_id, request_index, client_id, ecid,
  TRY(decode(xdm)) AS xdm,
  TRY(decode(shared_xdm)) AS shared_xdm
FROM kept.event;

CREATE VIEW refusals AS
SELECT datastream_id, make_timestamp_ms(hour_ms) AS hour_at, hour_ms, reason, refusals
FROM kept.refusal;
