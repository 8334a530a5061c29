-- How much is kept of refused envelopes that nobody settled, by the device that brought them (the empty text: the server's own),
-- kept up by the database itself: the quota is asked for every refused envelope, and counting would take longer the more
-- there are.
CREATE TABLE quarantine_load (
    courier   BLOB PRIMARY KEY,
    envelopes INTEGER NOT NULL,
    bytes     INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

INSERT INTO quarantine_load (courier, envelopes, bytes)
SELECT coalesce(courier, x''), count(*), sum(length(body)) FROM quarantine WHERE released_at IS NULL GROUP BY 1;

CREATE TRIGGER quarantine_came AFTER INSERT ON quarantine WHEN new.released_at IS NULL
BEGIN
    INSERT OR IGNORE INTO quarantine_load (courier, envelopes, bytes) VALUES (coalesce(new.courier, x''), 0, 0);
    UPDATE quarantine_load SET envelopes = envelopes + 1, bytes = bytes + length(new.body)
    WHERE courier = coalesce(new.courier, x'');
END;

CREATE TRIGGER quarantine_settled AFTER UPDATE OF released_at ON quarantine
WHEN old.released_at IS NULL AND new.released_at IS NOT NULL
BEGIN
    UPDATE quarantine_load SET envelopes = envelopes - 1, bytes = bytes - length(old.body)
    WHERE courier = coalesce(old.courier, x'');
END;

-- What was settled and still has its bytes: they are let go after some time, the row stays.
CREATE INDEX quarantine_settled_bytes ON quarantine (released_at) WHERE released_at IS NOT NULL AND length(body) > 0;
