-- What came after a seal and is carried by its author's supplement needs no supervisor any more.
ALTER TABLE quarantine ADD COLUMN carried_by BLOB;
CREATE INDEX quarantine_document ON quarantine (document) WHERE released_at IS NULL;
