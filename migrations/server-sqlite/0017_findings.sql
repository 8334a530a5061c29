-- Projection: findings of sealed inspections with where they stand. Derived from cells, made again at will.
CREATE TABLE finding (
    inspection BLOB NOT NULL,
    item       TEXT NOT NULL,
    unit       BLOB NOT NULL,
    facility   BLOB NOT NULL,
    state      TEXT NOT NULL,
    -- ISO text: days compare as text.
    deadline   TEXT,
    severity   INTEGER NOT NULL,
    found_at   INTEGER NOT NULL,
    summary    TEXT NOT NULL,
    PRIMARY KEY (inspection, item)
) STRICT, WITHOUT ROWID;
CREATE INDEX finding_facility ON finding (facility, item, found_at);
CREATE INDEX finding_deadline ON finding (unit, deadline) WHERE state <> 'verified_done';
