-- The form of premises that is being written: it waits here, and goes nowhere until it is saved or given up. An empty id: new
-- premises.
CREATE TABLE facility_draft (
  facility BLOB NOT NULL PRIMARY KEY,
  fields   TEXT NOT NULL,
  at       INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
