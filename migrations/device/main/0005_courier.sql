-- What went out in a courier's file, and when last. It is no receipt: only the server's word is.
ALTER TABLE outbox ADD COLUMN exported_at INTEGER;
ALTER TABLE photo ADD COLUMN exported_at INTEGER;

-- Files of colleagues that this device carries to the server. Only the server opens them; they lie beside the store until
-- they are delivered.
CREATE TABLE cargo (
  bundle     BLOB PRIMARY KEY,
  bytes      INTEGER NOT NULL,
  taken_at   INTEGER NOT NULL,
  upload_url TEXT,
  -- When the server took it, with its word for who made it; or why the server never will.
  ended_at   INTEGER,
  receipt    BLOB,
  refused    TEXT
) STRICT, WITHOUT ROWID;
