-- Envelopes of others, as they were heard: what is needed, beside their changes, to put them together again byte for byte. A
-- server that was restored from a backup may lack them, and their authors' devices may be gone.
CREATE TABLE heard (
  id        BLOB PRIMARY KEY,
  document  BLOB NOT NULL,
  author    BLOB NOT NULL,
  epoch     INTEGER NOT NULL,
  signature BLOB NOT NULL,
  -- Whether the server may lack it.
  lacking   INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;
CREATE INDEX heard_lacking ON heard (id) WHERE lacking = 1;

-- What came before this table did is heard once more.
DELETE FROM cursor;
