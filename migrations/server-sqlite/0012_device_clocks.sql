-- What exchanges told of each device's clock: a span is a time in which it differed from ours by about as much. The first and
-- last instants are ours. With the courier and time of its admission, this says of every envelope how far off its author's
-- clock was; what was written before this table says nothing.
CREATE TABLE device_clock (
    device    BLOB NOT NULL,
    since     INTEGER NOT NULL,
    until     INTEGER NOT NULL,
    offset_ms INTEGER NOT NULL,
    PRIMARY KEY (device, since)
) STRICT, WITHOUT ROWID;
