-- What a waiting envelope lacks: an arrival finds exactly those that waited for it, and nothing else is judged again.
-- What waited before this has no rows here; its device offers it again at its next exchange, because it has no receipt.
CREATE TABLE waiting_for (
    document BLOB NOT NULL,
    change   BLOB NOT NULL,
    envelope BLOB NOT NULL,
    PRIMARY KEY (document, change, envelope)
) STRICT, WITHOUT ROWID;
CREATE INDEX waiting_for_envelope ON waiting_for (envelope);
CREATE INDEX waiting_courier ON waiting (courier);
