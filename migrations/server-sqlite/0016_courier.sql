-- Courier's files: what was imported, with the server's word on it as it stood then. Who brings one again is answered from here.
CREATE TABLE bundle (
  id          BLOB PRIMARY KEY,
  -- Whose device made it.
  author      BLOB NOT NULL,
  -- Which device brought it; NULL: an administrator.
  carrier     BLOB,
  imported_at INTEGER NOT NULL,
  bytes       INTEGER NOT NULL,
  receipt     BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- What an upload is of: a photo, or a courier's file.
ALTER TABLE upload ADD COLUMN kind TEXT NOT NULL DEFAULT 'photo';
