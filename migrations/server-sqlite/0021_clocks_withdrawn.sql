-- Spans of device_clock that were measured while our own clock ran ahead: evidence, and held against no device any more. The
-- instants are of that clock; withdrawn_at is of the one that was taken for right. A device that was enrolled then has one of no
-- length that says so.
CREATE TABLE device_clock_withdrawn (
    device       BLOB NOT NULL,
    since        INTEGER NOT NULL,
    until        INTEGER NOT NULL,
    offset_ms    INTEGER NOT NULL,
    withdrawn_at INTEGER NOT NULL,
    PRIMARY KEY (device, since, withdrawn_at)
) STRICT, WITHOUT ROWID;
