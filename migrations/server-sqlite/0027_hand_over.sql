-- Premises that were handed over to another unit, with all that belongs to them.

-- Where a feed tells that a record left it or came to it: at most one place per unit and record, and where the record lies now.
-- A record once lay in each of these units.
CREATE TABLE feed_move (
    unit     BLOB NOT NULL,
    sequence INTEGER NOT NULL,
    document BLOB NOT NULL,
    now      BLOB NOT NULL,
    PRIMARY KEY (document, unit)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX feed_move_place ON feed_move (unit, sequence);

CREATE TABLE hand_over (
    id        INTEGER PRIMARY KEY,
    facility  BLOB NOT NULL,
    from_unit BLOB NOT NULL,
    to_unit   BLOB NOT NULL,
    person    BLOB NOT NULL,
    reason    TEXT NOT NULL,
    at        INTEGER NOT NULL
) STRICT;
CREATE INDEX hand_over_facility ON hand_over (facility, id);
