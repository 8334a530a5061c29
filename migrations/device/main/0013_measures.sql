-- Projection: measures against premises with where they stand. Made again from cells at will.
CREATE TABLE measure_index (
  facility BLOB NOT NULL,
  measure  BLOB NOT NULL,
  state    TEXT NOT NULL,
  -- ISO text: days compare as text.
  until    TEXT,
  begun_at INTEGER NOT NULL,
  summary  TEXT NOT NULL,
  PRIMARY KEY (facility, measure)
) STRICT, WITHOUT ROWID;
CREATE INDEX measure_by_state ON measure_index (state, until);
