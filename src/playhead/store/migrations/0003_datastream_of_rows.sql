-- Reporting rows are kept as long as their datastream says (store.port.Kept), also when their session is gone before them.
ALTER TABLE kept.reported ADD COLUMN datastream_id VARCHAR;
UPDATE kept.reported SET datastream_id = session.datastream_id FROM kept.session WHERE reported.session_id = session.session_id;
