-- Projection: findings of sealed inspections with where they stand. Made again from cells at will; rows of a store that an
-- older version made are made when it is opened next.
CREATE TABLE finding_index (
  inspection BLOB NOT NULL,
  item       TEXT NOT NULL,
  facility   BLOB NOT NULL,
  state      TEXT NOT NULL,
  -- ISO text: days compare as text.
  deadline   TEXT,
  severity   INTEGER NOT NULL,
  found_at   INTEGER NOT NULL,
  summary    TEXT NOT NULL,
  PRIMARY KEY (inspection, item)
) STRICT, WITHOUT ROWID;
CREATE INDEX finding_by_facility ON finding_index (facility, item, found_at);
CREATE INDEX finding_by_deadline ON finding_index (deadline) WHERE state <> 'verified_done';
