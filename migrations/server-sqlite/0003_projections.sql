-- Projections: derived from cells, rebuilt at will, never the only place of a fact.

CREATE TABLE facility (
    document             BLOB PRIMARY KEY,
    unit                 BLOB NOT NULL,
    class                TEXT NOT NULL,
    name                 TEXT NOT NULL,
    address              TEXT NOT NULL,
    search               TEXT NOT NULL,
    latitude             REAL,
    longitude            REAL,
    storeys              INTEGER,
    last_inspected_at    INTEGER,
    failed_checks        INTEGER,
    open_inspection      BLOB,
    declarations_waiting INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;
CREATE INDEX facility_unit ON facility (unit, search);

-- One row per inspection with its supplements and its review joined; summary is the view's JSON.
CREATE TABLE inspection (
    document   BLOB PRIMARY KEY,
    unit       BLOB NOT NULL,
    facility   BLOB,
    state      TEXT NOT NULL,
    started_at INTEGER NOT NULL,
    sealed_at  INTEGER,
    danger     INTEGER NOT NULL,
    summary    TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX inspection_facility ON inspection (facility);
CREATE INDEX inspection_state ON inspection (state, unit);

CREATE TABLE dwelling (
    document  BLOB PRIMARY KEY,
    unit      BLOB NOT NULL,
    facility  BLOB,
    state     TEXT NOT NULL,
    residents BLOB
) STRICT, WITHOUT ROWID;
CREATE INDEX dwelling_facility ON dwelling (facility);
