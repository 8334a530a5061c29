-- The embedded server store. Ids and hashes are raw bytes, instants UTC milliseconds, days ISO 8601 texts.
-- Forward-only: this file is never edited once it has landed; see sync-server/src/store/sqlite/migrate.rs.

CREATE TABLE meta (
    key   TEXT PRIMARY KEY,
    value BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- Administrative and police units, each version with dates; the key is never the official code.
CREATE TABLE unit (
    id         BLOB PRIMARY KEY,
    code       TEXT NOT NULL,
    name       TEXT NOT NULL,
    full_name  TEXT NOT NULL,
    kind       TEXT NOT NULL,
    parent     BLOB,
    valid_from TEXT,
    valid_to   TEXT,
    search     TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE unit_succession (
    date       TEXT NOT NULL,
    from_unit  BLOB NOT NULL,
    to_unit    BLOB NOT NULL,
    area       TEXT NOT NULL,
    population TEXT NOT NULL,
    basis      TEXT NOT NULL,
    PRIMARY KEY (date, from_unit, to_unit)
) STRICT, WITHOUT ROWID;

CREATE TABLE unit_coverage (
    team       BLOB NOT NULL,
    unit       BLOB NOT NULL,
    valid_from TEXT,
    valid_to   TEXT,
    PRIMARY KEY (team, unit)
) STRICT, WITHOUT ROWID;

CREATE TABLE template (
    code        TEXT NOT NULL,
    version     TEXT NOT NULL,
    sha256      TEXT NOT NULL UNIQUE,
    current     INTEGER NOT NULL,
    body        BLOB NOT NULL,
    imported_at INTEGER NOT NULL,
    PRIMARY KEY (code, version)
) STRICT, WITHOUT ROWID;

-- People, what they log in with, and the posts that give them rights.
CREATE TABLE person (
    id            BLOB PRIMARY KEY,
    name          TEXT NOT NULL,
    username      TEXT UNIQUE,
    password_hash TEXT,
    home_facility BLOB,
    home_unit     BLOB,
    home_place    TEXT,
    created_at    INTEGER NOT NULL,
    disabled_at   INTEGER
) STRICT, WITHOUT ROWID;

CREATE TABLE post (
    id         INTEGER PRIMARY KEY,
    person     BLOB NOT NULL REFERENCES person (id),
    role       TEXT NOT NULL,
    unit       BLOB NOT NULL,
    valid_from TEXT,
    valid_to   TEXT
) STRICT;
CREATE INDEX post_person ON post (person);

CREATE TABLE session (
    token_hash BLOB PRIMARY KEY,
    person     BLOB NOT NULL REFERENCES person (id),
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE enrolment_code (
    code_hash  BLOB PRIMARY KEY,
    person     BLOB NOT NULL REFERENCES person (id),
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    used_at    INTEGER
) STRICT, WITHOUT ROWID;

CREATE TABLE invitation_used (
    nonce    BLOB PRIMARY KEY,
    author   BLOB NOT NULL,
    facility BLOB NOT NULL,
    person   BLOB NOT NULL,
    used_at  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Devices and authors. token_hash is NULL for the server's own signing places of browser users.
CREATE TABLE device (
    id               BLOB PRIMARY KEY,
    person           BLOB NOT NULL REFERENCES person (id),
    name             TEXT NOT NULL,
    token_hash       BLOB UNIQUE,
    enrolled_at      INTEGER NOT NULL,
    revoked_at       INTEGER,
    app_version      TEXT NOT NULL DEFAULT '',
    last_exchange_at INTEGER,
    clock_offset_ms  INTEGER NOT NULL DEFAULT 0,
    unsent_envelopes INTEGER NOT NULL DEFAULT 0,
    unsent_photos    INTEGER NOT NULL DEFAULT 0,
    oldest_unsent    INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX device_person ON device (person);

CREATE TABLE author (
    key          BLOB PRIMARY KEY,
    person       BLOB NOT NULL REFERENCES person (id),
    device       BLOB NOT NULL REFERENCES device (id),
    certificate  BLOB NOT NULL,
    certified_at INTEGER NOT NULL,
    -- Only where the server signs for a browser user; the epoch rises when a backup is taken into use.
    seed         BLOB,
    epoch        INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;
CREATE INDEX author_person ON author (person);

CREATE TABLE actor (
    actor  BLOB PRIMARY KEY,
    author BLOB NOT NULL REFERENCES author (key)
) STRICT, WITHOUT ROWID;
