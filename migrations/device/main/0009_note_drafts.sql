-- A note that is being written at a question where a colleague's newer note came meanwhile: it waits here, and goes nowhere
-- until its writer chooses which of the two is to stand.
CREATE TABLE note_draft (
  inspection BLOB NOT NULL,
  item       TEXT NOT NULL,
  words      TEXT NOT NULL,
  at         INTEGER NOT NULL,
  PRIMARY KEY (inspection, item)
) STRICT, WITHOUT ROWID;
