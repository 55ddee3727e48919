-- Values that people keep beside what players send (decision 0077): by lookup (content, ad, ad-pod, chapter), key and column,
-- once each. They do not follow from the journals and are asked for when a report is: no row that is kept knows of them.
CREATE TABLE kept.lookup (
  lookup VARCHAR NOT NULL,
  key VARCHAR NOT NULL,
  name VARCHAR NOT NULL,
  value VARCHAR NOT NULL
);

CREATE VIEW lookups AS SELECT lookup, key, name, value FROM kept.lookup;
