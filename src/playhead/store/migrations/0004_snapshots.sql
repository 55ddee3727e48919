-- Open sessions as the reporter held them at the end of a commit, so that a start need not take all their deliveries
-- again (decision 0045). Only appended to: the latest of a session holds, of sessions that are not closed;
-- `sequence` is that of the latest delivery in it. Superseded ones are removed many at a time.
CREATE TABLE kept.snapshot (
  session_id VARCHAR NOT NULL,
  sequence BIGINT NOT NULL,
  form VARCHAR NOT NULL,
  wake_ms BIGINT NOT NULL,
  body BLOB NOT NULL
);

-- The settings sessions of a datastream begin under from an instant on (decision 0046); JSON of SessionSettings.
CREATE TABLE kept.setting (
  datastream_id VARCHAR NOT NULL,
  from_ms BIGINT NOT NULL,
  settings VARCHAR NOT NULL
);

-- How many sessions are not closed: what the number of snapshots is measured by.
ALTER TABLE kept.clock ADD COLUMN open_sessions BIGINT DEFAULT 0;
UPDATE kept.clock SET open_sessions = (SELECT count(*) FROM kept.session WHERE state <> 'closed');
