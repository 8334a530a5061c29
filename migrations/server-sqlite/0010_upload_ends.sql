-- Uploads end: unfinished ones expire, finished ones are remembered as long, so that a lost last answer can be asked for again.
ALTER TABLE upload ADD COLUMN expires_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE upload ADD COLUMN finished_at INTEGER;
UPDATE upload SET expires_at = created_at + 604800000;
CREATE INDEX upload_expiry ON upload (expires_at);
