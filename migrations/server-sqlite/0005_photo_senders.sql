-- Who has proved to have a photo's bytes, by sending them whole: a receipt is no one else's, and a household head sees only
-- photos of its own devices.

CREATE TABLE photo_sender (
    hash   BLOB NOT NULL,
    device BLOB NOT NULL,
    PRIMARY KEY (hash, device)
) STRICT, WITHOUT ROWID;

INSERT INTO photo_sender (hash, device) SELECT hash, courier FROM photo WHERE courier IS NOT NULL;
