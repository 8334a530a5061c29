-- Searching among premises: what a search reads, apart from the summaries, which are ten times as large. Every page that is
-- read is decrypted first. Made again from cells at will: rows that miss here are made when the store is opened.
CREATE TABLE facility_search (
  number    INTEGER PRIMARY KEY,
  document  BLOB NOT NULL UNIQUE REFERENCES document (id),
  class     TEXT NOT NULL,
  -- Folded, for the order of lists and for finding doubles.
  name_key    TEXT NOT NULL,
  address_key TEXT NOT NULL,
  latitude  REAL,
  longitude REAL,
  last_inspected_at INTEGER,
  -- Words of the name, the address, and those that announce its parts: three lines.
  key       TEXT NOT NULL
) STRICT;
CREATE INDEX facility_search_by_name ON facility_search (name_key, number);
CREATE INDEX facility_search_by_class ON facility_search (class, name_key, number);
CREATE INDEX facility_search_by_address ON facility_search (address_key);
CREATE INDEX facility_search_by_place ON facility_search (latitude);

-- The letters of the keys: words of name and address by their beginnings, announcing words whole.
CREATE VIRTUAL TABLE facility_word USING fts5 (
  words, announcing,
  content = '', contentless_delete = 1, detail = 'column', prefix = '1 2 3', tokenize = "ascii tokenchars '/'"
);

ALTER TABLE facility_index DROP COLUMN search;
DROP INDEX facility_by_name;
ALTER TABLE facility_index DROP COLUMN latitude;
ALTER TABLE facility_index DROP COLUMN longitude;

-- Whether something of a record is unsent is asked for every row of a list.
CREATE INDEX change_uncut ON change (document) WHERE envelope IS NULL;
CREATE INDEX photo_unsent_of ON photo (document) WHERE own = 1 AND receipt_at IS NULL;
