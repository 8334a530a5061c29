-- The device's records. The change log is the truth; everything else here can be made again from it, but for the journal
-- (what was answered and not yet folded into a change) and the outbox (envelopes with their receipts).

-- Single values: the identity (author key, token, certificate), the server's context, marks of the exchange.
CREATE TABLE profile (
  name  TEXT PRIMARY KEY,
  value BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE document (
  id         BLOB PRIMARY KEY,
  kind       TEXT NOT NULL,
  unit       BLOB NOT NULL,
  -- Whether this device's person began it.
  own        INTEGER NOT NULL DEFAULT 0,
  -- Why it cannot be read here; NULL for a sound record.
  flagged    TEXT,
  -- What the header refers to, for joining: the premises, and the record it supplements, decides on or belongs to.
  facility   BLOB,
  parent     BLOB,
  -- Whether some key has two live values: worth a closer look.
  clashing   INTEGER NOT NULL DEFAULT 0,
  changed_at INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;
CREATE INDEX document_by_facility ON document (facility, kind);
CREATE INDEX document_by_parent ON document (parent, kind);
CREATE INDEX document_clashing ON document (id) WHERE clashing = 1;
CREATE INDEX document_by_kind ON document (kind, changed_at);

-- Every change, in an order in which they can be applied.
CREATE TABLE change (
  position INTEGER PRIMARY KEY,
  document BLOB NOT NULL REFERENCES document (id),
  hash     BLOB NOT NULL,
  actor    BLOB NOT NULL,
  -- Its number among its actor's changes to this record.
  sequence INTEGER NOT NULL,
  bytes    BLOB NOT NULL,
  -- Counters of its first and last operation: they say which cells it wrote.
  start_op INTEGER NOT NULL,
  max_op   INTEGER NOT NULL,
  -- The envelope it came in or was put into; NULL while it waits to be put into one.
  envelope BLOB,
  UNIQUE (document, hash)
) STRICT;
CREATE INDEX change_by_actor ON change (document, actor, sequence);
CREATE INDEX change_by_envelope ON change (envelope, position);

-- The live puts of every record: two rows of one key are a clash.
CREATE TABLE cell (
  document BLOB NOT NULL REFERENCES document (id),
  key      TEXT NOT NULL,
  counter  INTEGER NOT NULL,
  actor    BLOB NOT NULL,
  value    TEXT NOT NULL,
  at       INTEGER NOT NULL,
  PRIMARY KEY (document, key, counter, actor)
) STRICT, WITHOUT ROWID;

-- What was answered and is durable, and not yet part of a change. One row a key: the newest statement.
CREATE TABLE journal (
  position INTEGER PRIMARY KEY,
  document BLOB NOT NULL REFERENCES document (id),
  key      TEXT NOT NULL,
  value    TEXT NOT NULL,
  at       INTEGER NOT NULL,
  UNIQUE (document, key)
) STRICT;

-- Envelopes made here, with what the server said of each. `unsent`, `accepted`, `waiting`, `quarantined`; `rewritten`: a
-- copy of this store wrote at the same places before, and what the envelope says was written again under another epoch.
CREATE TABLE outbox (
  position    INTEGER PRIMARY KEY,
  id          BLOB NOT NULL UNIQUE,
  document    BLOB NOT NULL REFERENCES document (id),
  bytes       BLOB NOT NULL,
  made_at     INTEGER NOT NULL,
  state       TEXT NOT NULL DEFAULT 'unsent',
  receipt_at  INTEGER,
  code        TEXT,
  reason      TEXT
) STRICT;
CREATE INDEX outbox_by_state ON outbox (state, position);
CREATE INDEX outbox_by_document ON outbox (document);

-- Envelopes that came and build on changes that did not come yet, or could not be read.
CREATE TABLE parked (
  id       BLOB PRIMARY KEY,
  document BLOB NOT NULL,
  bytes    BLOB NOT NULL,
  reason   TEXT NOT NULL
) STRICT;
CREATE INDEX parked_by_document ON parked (document);

CREATE TABLE cursor (
  unit BLOB PRIMARY KEY,
  text TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Certificates that this server signed.
CREATE TABLE author (
  key         BLOB PRIMARY KEY,
  certificate BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- Which author and epoch an actor is, as envelopes told.
CREATE TABLE actor (
  actor  BLOB PRIMARY KEY,
  author BLOB NOT NULL,
  epoch  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE template (
  sha256  TEXT PRIMARY KEY,
  code    TEXT NOT NULL,
  version TEXT NOT NULL,
  current INTEGER NOT NULL,
  -- The file, once fetched.
  body    BLOB,
  UNIQUE (code, version)
) STRICT, WITHOUT ROWID;

-- Photos named by records: metadata, and whether the server has the bytes. The bytes are in the photos' own file.
CREATE TABLE photo (
  hash       BLOB PRIMARY KEY,
  document   BLOB NOT NULL,
  item       TEXT NOT NULL,
  bytes      INTEGER NOT NULL,
  own        INTEGER NOT NULL,
  added_at   INTEGER NOT NULL,
  receipt_at INTEGER,
  upload_url TEXT
) STRICT, WITHOUT ROWID;
CREATE INDEX photo_unsent ON photo (added_at) WHERE own = 1 AND receipt_at IS NULL;

-- Projection: premises in lists and searches. Made again from cells at will.
CREATE TABLE facility_index (
  document BLOB PRIMARY KEY REFERENCES document (id),
  class    TEXT NOT NULL,
  unit     BLOB NOT NULL,
  name_key TEXT NOT NULL,
  search   TEXT NOT NULL,
  latitude  REAL,
  longitude REAL,
  last_inspected_at INTEGER,
  has_open INTEGER NOT NULL DEFAULT 0,
  summary  TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX facility_by_visit ON facility_index (last_inspected_at, name_key);
CREATE INDEX facility_by_name ON facility_index (name_key);

-- Projection: inspections with their state. Made again from cells at will.
CREATE TABLE inspection_index (
  document BLOB PRIMARY KEY REFERENCES document (id),
  state    TEXT NOT NULL,
  summary  TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX inspection_by_state ON inspection_index (state, document);
