-- Records that rest. All that is kept of one is its archive: an admitted envelope of it keeps its row, its number in the feed and its
-- name, with an empty body; its changes and cells have no rows, because they follow from the envelopes.
CREATE TABLE archive (
    document  BLOB PRIMARY KEY,
    -- As ancu_shared::archive packs it.
    packed    BLOB NOT NULL,
    -- Bytes of the envelopes in it.
    bytes     INTEGER NOT NULL,
    folded_at INTEGER NOT NULL
) STRICT;

-- Records whose archive did not prove to be what they are: they stay as they were, and are told of.
CREATE TABLE unfoldable (
    document BLOB PRIMARY KEY,
    reason   TEXT NOT NULL,
    at       INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
