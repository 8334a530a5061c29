-- Records: the log of envelopes is the truth; documents, changes and cells are its index, written in the same transaction.

CREATE TABLE unit_feed (
    unit BLOB PRIMARY KEY,
    last INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE document (
    id            BLOB PRIMARY KEY,
    kind          TEXT NOT NULL,
    unit          BLOB NOT NULL,
    -- The person whose envelope created it.
    owner         BLOB NOT NULL,
    -- Review: the record decided on.
    subject       BLOB,
    subject_kind  TEXT,
    -- Inspection and dwelling: the premises.
    facility      BLOB,
    -- Inspection: the sealed inspection that this one supplements.
    supplement_of BLOB,
    sealed        INTEGER NOT NULL DEFAULT 0,
    created_at    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX document_owner ON document (owner, kind);
CREATE INDEX document_subject ON document (subject) WHERE subject IS NOT NULL;
CREATE INDEX document_supplement ON document (supplement_of) WHERE supplement_of IS NOT NULL;
CREATE INDEX document_facility ON document (facility, kind) WHERE facility IS NOT NULL;

CREATE TABLE envelope (
    id          BLOB PRIMARY KEY,
    unit        BLOB NOT NULL,
    sequence    INTEGER NOT NULL,
    document    BLOB NOT NULL,
    author      BLOB NOT NULL,
    courier     BLOB,
    received_at INTEGER NOT NULL,
    body        BLOB NOT NULL
) STRICT;
CREATE UNIQUE INDEX envelope_feed ON envelope (unit, sequence);
CREATE INDEX envelope_document ON envelope (document, sequence);

CREATE TABLE change (
    document BLOB NOT NULL,
    hash     BLOB NOT NULL,
    actor    BLOB NOT NULL,
    sequence INTEGER NOT NULL,
    max_op   INTEGER NOT NULL,
    envelope BLOB NOT NULL,
    PRIMARY KEY (document, hash)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX change_sequence ON change (document, actor, sequence);

-- All live puts of a record: two with one key are a clash. The value is the scalar as JSON.
CREATE TABLE cell (
    document BLOB NOT NULL,
    key      TEXT NOT NULL,
    counter  INTEGER NOT NULL,
    actor    BLOB NOT NULL,
    value    TEXT NOT NULL,
    at       INTEGER NOT NULL,
    PRIMARY KEY (document, key, counter, actor)
) STRICT, WITHOUT ROWID;

CREATE TABLE waiting (
    envelope    BLOB PRIMARY KEY,
    document    BLOB NOT NULL,
    courier     BLOB,
    received_at INTEGER NOT NULL,
    body        BLOB NOT NULL
) STRICT;
CREATE INDEX waiting_document ON waiting (document);

CREATE TABLE quarantine (
    id          INTEGER PRIMARY KEY,
    envelope    BLOB NOT NULL UNIQUE,
    document    BLOB,
    kind        TEXT,
    unit        BLOB,
    author      BLOB,
    courier     BLOB,
    code        TEXT NOT NULL,
    reason      TEXT NOT NULL,
    received_at INTEGER NOT NULL,
    released_at INTEGER,
    released_by BLOB,
    body        BLOB NOT NULL
) STRICT;
CREATE INDEX quarantine_open ON quarantine (received_at) WHERE released_at IS NULL;

-- Photos: bytes are files, addressed by their hash.
CREATE TABLE photo (
    hash        BLOB PRIMARY KEY,
    bytes       INTEGER NOT NULL,
    received_at INTEGER NOT NULL,
    courier     BLOB
) STRICT, WITHOUT ROWID;

CREATE TABLE photo_reference (
    hash     BLOB NOT NULL,
    document BLOB NOT NULL,
    PRIMARY KEY (hash, document)
) STRICT, WITHOUT ROWID;

CREATE TABLE upload (
    id         TEXT PRIMARY KEY,
    hash       BLOB NOT NULL,
    length     INTEGER NOT NULL,
    device     BLOB NOT NULL,
    created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX upload_device ON upload (device);
