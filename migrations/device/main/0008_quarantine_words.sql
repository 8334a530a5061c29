-- Why the server did not admit an envelope, for its author: the exact cause as a closed code, and its words in Vietnamese
-- (`reason` is English). NULL where an older server refused it.
ALTER TABLE outbox ADD COLUMN cause TEXT;
ALTER TABLE outbox ADD COLUMN reason_vi TEXT;
