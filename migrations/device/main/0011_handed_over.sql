-- Records that were handed over to another unit.

-- Where the record lies now, if that is a unit in which this device's person has no post: own work on it still names `unit`, and
-- it leaves the device once all of that is at the server.
ALTER TABLE document ADD COLUMN left_for BLOB;
-- The unit that an envelope names, where it is not its record's.
ALTER TABLE heard ADD COLUMN unit BLOB;

-- Premises that left for another unit, to be told.
CREATE TABLE departed (
  document  BLOB PRIMARY KEY,
  name      TEXT NOT NULL,
  unit_name TEXT NOT NULL,
  at        INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
