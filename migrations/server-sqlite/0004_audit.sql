-- An append-only row per action, hash-chained per unit (the nil unit for what belongs to none).

CREATE TABLE audit (
    id       INTEGER PRIMARY KEY AUTOINCREMENT,
    unit     BLOB NOT NULL,
    number   INTEGER NOT NULL,
    at       INTEGER NOT NULL,
    person   BLOB,
    device   BLOB,
    action   TEXT NOT NULL,
    subject  TEXT NOT NULL,
    details  TEXT NOT NULL,
    previous BLOB NOT NULL,
    hash     BLOB NOT NULL,
    UNIQUE (unit, number)
) STRICT;

CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'audit rows are never changed'); END;
CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'audit rows are never removed'); END;
