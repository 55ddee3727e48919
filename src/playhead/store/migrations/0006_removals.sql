-- Up to which arrival data of a class (event, reported, session) was removed because of its age (decision 0090): what is
-- missing and older was removed, what is missing and younger is lost. No datastream: those that have no row of their own.
CREATE TABLE kept.removal (
  class VARCHAR NOT NULL,
  datastream_id VARCHAR NOT NULL,
  before_ms BIGINT NOT NULL
);
