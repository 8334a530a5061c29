-- Inspections that rest: their changes in one piece, as ancu_shared::archive packs them. The row of each change stays, with empty bytes;
-- cells have no rows, because they follow from the changes.
CREATE TABLE archive (
  document BLOB PRIMARY KEY REFERENCES document (id),
  packed   BLOB NOT NULL
) STRICT;
