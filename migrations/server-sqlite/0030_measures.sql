-- Projection: measures against premises with where they stand. Derived from cells, made again at will.
CREATE TABLE measure (
    facility   BLOB NOT NULL,
    measure    BLOB NOT NULL,
    unit       BLOB NOT NULL,
    instrument TEXT NOT NULL,
    state      TEXT NOT NULL,
    -- ISO text: days compare as text.
    until      TEXT,
    begun_at   INTEGER NOT NULL,
    summary    TEXT NOT NULL,
    PRIMARY KEY (facility, measure)
) STRICT, WITHOUT ROWID;
CREATE INDEX measure_unit ON measure (unit, state, until);
