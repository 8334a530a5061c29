-- Why an envelope was not admitted, for people: the exact cause as a closed code, its words in Vietnamese (`reason` is English),
-- and the premises that it is about as they were called when it came. NULL where an older server refused it.
ALTER TABLE quarantine ADD COLUMN cause TEXT;
ALTER TABLE quarantine ADD COLUMN reason_vi TEXT;
ALTER TABLE quarantine ADD COLUMN premises TEXT;
