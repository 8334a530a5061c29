-- Recorded actions of one kind, newest first, without reading all the others.
CREATE INDEX audit_action ON audit (action);
