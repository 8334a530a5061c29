-- A device whose answer was lost on the way asks again with the same code and the same key: so a code remembers the key.
ALTER TABLE enrolment_code ADD COLUMN author BLOB;
