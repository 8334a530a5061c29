-- What is held only until another record comes, or is signed, names that record: it is judged again when something of it arrives.
ALTER TABLE quarantine ADD COLUMN awaits BLOB;
CREATE INDEX quarantine_awaits ON quarantine (awaits) WHERE released_at IS NULL AND awaits IS NOT NULL;
