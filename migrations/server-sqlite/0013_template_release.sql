-- A version of a checklist that some units use before the others do, or still: for them and what lies below them it stands
-- instead of the one that is current everywhere.
CREATE TABLE template_release (
    code        TEXT NOT NULL,
    unit        BLOB NOT NULL,
    version     TEXT NOT NULL,
    released_at INTEGER NOT NULL,
    PRIMARY KEY (code, unit),
    FOREIGN KEY (code, version) REFERENCES template (code, version)
) STRICT, WITHOUT ROWID;
