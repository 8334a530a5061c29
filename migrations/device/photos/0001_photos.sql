-- Photos and their thumbnails, addressed by the SHA-256 of the reduced, stamped picture.
CREATE TABLE picture (
  hash      BLOB PRIMARY KEY,
  full      BLOB NOT NULL,
  thumbnail BLOB NOT NULL,
  kept_at   INTEGER NOT NULL
) STRICT;
